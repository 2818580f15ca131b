package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sort"
	"strings"

	"github.com/dakahq/daka/domain"
)

// Role is what the policy table asks for: a role of the ledger, the administrator's token, or anybody.
type Role = domain.Role

// The roles beside those of the ledger.
const (
	Administrator Role = "administrator"
	anybody       Role = ""
)

// Sets of the table.
var (
	open   = []Role{anybody}
	admin  = []Role{Administrator}
	manage = []Role{Administrator, domain.RoleOwner, domain.RoleHR}
	judge  = []Role{Administrator, domain.RoleOwner, domain.RoleHR, domain.RoleManager}
	look   = []Role{Administrator, domain.RoleOwner, domain.RoleHR, domain.RoleManager, domain.RoleAuditor}
	person = []Role{Administrator, domain.RoleOwner, domain.RoleHR, domain.RoleManager, domain.RoleAuditor, domain.RoleEmployee}
	punch  = []Role{Administrator, domain.RoleOwner, domain.RoleHR, domain.RoleManager, domain.RoleEmployee, domain.RoleDevice}
)

const v1 = "/api/v1"

// policy names who may use each route. A route without an entry does not start. People and their
// roles come later; until then the administrator's token is the only principal.
var policy = map[string][]Role{
	"GET /healthz": open, "GET /readyz": open, "GET /metrics": open, "GET /openapi.json": open, "GET /docs": open, "GET /docs/docs.js": open,
	"POST " + v1 + "/auth/login": open, "POST " + v1 + "/auth/logout": open, "GET " + v1 + "/me": person,

	"POST " + v1 + "/orgs": admin, "GET " + v1 + "/orgs": person,
	"GET " + v1 + "/orgs/{org}": person, "PATCH " + v1 + "/orgs/{org}": manage,
	"GET " + v1 + "/orgs/{org}/setup": manage, "PUT " + v1 + "/orgs/{org}/attendance": manage,
	"POST " + v1 + "/orgs/{org}/departments": manage, "GET " + v1 + "/orgs/{org}/departments": person,
	"PATCH " + v1 + "/orgs/{org}/departments": manage, "POST " + v1 + "/orgs/{org}/leave-types": manage, "GET " + v1 + "/orgs/{org}/leave-types": person,
	"PUT " + v1 + "/orgs/{org}/approvers": manage, "PUT " + v1 + "/orgs/{org}/monitoring": manage,

	"POST " + v1 + "/orgs/{org}/members": manage, "GET " + v1 + "/orgs/{org}/members": look,
	"GET " + v1 + "/orgs/{org}/members/{member}": person, "PATCH " + v1 + "/orgs/{org}/members/{member}": manage,
	"DELETE " + v1 + "/orgs/{org}/members/{member}": manage, "PUT " + v1 + "/orgs/{org}/members/{member}/group": manage,

	"PUT " + v1 + "/orgs/{org}/members/{member}/roles": {Administrator, domain.RoleOwner},

	"POST " + v1 + "/orgs/{org}/groups": manage, "GET " + v1 + "/orgs/{org}/groups": look,
	"PUT " + v1 + "/orgs/{org}/groups/{group}/rule": manage, "GET " + v1 + "/orgs/{org}/groups/{group}/rules": person,
	"PUT " + v1 + "/orgs/{org}/roster": manage, "GET " + v1 + "/orgs/{org}/roster": person,
	"PUT " + v1 + "/orgs/{org}/calendar": manage, "GET " + v1 + "/orgs/{org}/calendar": person,

	"POST " + v1 + "/orgs/{org}/punches": punch, "POST " + v1 + "/orgs/{org}/punches/batch": punch,
	"GET " + v1 + "/orgs/{org}/members/{member}/today": person, "GET " + v1 + "/orgs/{org}/members/{member}/punches": person,
	"POST " + v1 + "/orgs/{org}/members/{member}/corrections": manage, "GET " + v1 + "/orgs/{org}/members/{member}/days": person,
	"GET " + v1 + "/orgs/{org}/members/{member}/days/{date}/history": person,

	"POST " + v1 + "/orgs/{org}/requests": person, "GET " + v1 + "/orgs/{org}/requests": person, "GET " + v1 + "/orgs/{org}/requests/{request}": person,
	"POST " + v1 + "/orgs/{org}/requests/{request}/approve": judge, "POST " + v1 + "/orgs/{org}/requests/{request}/reject": judge,
	"POST " + v1 + "/orgs/{org}/requests/{request}/withdraw": person, "POST " + v1 + "/orgs/{org}/requests/{request}/cancel": judge,
	"POST " + v1 + "/orgs/{org}/requests/{request}/comments": person,

	"GET " + v1 + "/orgs/{org}/dashboard": look, "GET " + v1 + "/orgs/{org}/days": look, "GET " + v1 + "/orgs/{org}/days/export": look,
	"GET " + v1 + "/orgs/{org}/months/{month}": look, "GET " + v1 + "/orgs/{org}/anomalies": look, "GET " + v1 + "/orgs/{org}/live": look,
	"POST " + v1 + "/orgs/{org}/imports": manage, "GET " + v1 + "/orgs/{org}/imports": manage,
	"POST " + v1 + "/orgs/{org}/imports/{import}/revert": manage,
	"GET " + v1 + "/orgs/{org}/ledger/events":            {Administrator, domain.RoleOwner, domain.RoleAuditor},

	"POST " + v1 + "/admin/rebuild": admin, "POST " + v1 + "/admin/diff": admin, "GET " + v1 + "/admin/projections": admin,
}

// isOpen says that a request needs no principal: service routes, signing in, and the page's own files.
func isOpen(r *http.Request) bool {
	if !strings.HasPrefix(r.URL.Path, "/api/") {
		return true
	}
	return slices.Equal(policy[r.Method+" "+r.URL.Path], open)
}

// allow refuses a principal whose roles the route's entry does not name.
func allow(ctx context.Context, route string) error {
	allowed := policy[route]
	if slices.Contains(allowed, anybody) {
		return nil
	}
	for _, role := range PrincipalOf(ctx).Roles {
		if slices.Contains(allowed, role) {
			return nil
		}
	}
	return domain.Refuse("forbidden", "your roles do not allow this")
}

// checkPolicy compares the routes that were registered with the table.
func checkPolicy(routes []string) error {
	var missing []string
	for _, route := range routes {
		if len(policy[route]) == 0 {
			missing = append(missing, route)
		}
	}
	if len(missing) > 0 {
		sort.Strings(missing)
		return fmt.Errorf("the policy table has no entry for %s; every route names who may use it", strings.Join(missing, ", "))
	}
	return nil
}
