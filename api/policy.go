package api

import (
	"fmt"
	"net/http"
	"sort"
	"strings"

	"github.com/dakahq/daka/api/limit"
	"github.com/dakahq/daka/domain"
)

// Role is what the policy table asks for: a role of the ledger, or one of those below.
type Role = domain.Role

// The roles beside those of the ledger.
const (
	Administrator Role = "administrator"
	// Account is any person who signed in, Program any token, outside of organizations.
	Account Role = "account"
	Program Role = "program"
)

// Reach is how far a role's hand goes on a route.
type Reach int

// The reaches. Team is the departments and groups that a manager leads, and the manager.
const (
	None Reach = iota
	Self
	Team
	All
)

// measure says by what a reach below All is judged.
type measure int

const (
	// whole routes speak of no member: only All enters.
	whole measure = iota
	// inPath routes name {member} in the path; the guard judges.
	inPath
	// byGroup routes name {group} in the path: one's own group is Self, a team's is Team; the guard judges.
	byGroup
	// byHandler routes name members in the body, behind another id, or as a list: the handler asks AccessOf(ctx).
	byHandler
)

// entry is a row of the policy table.
type entry struct {
	// open routes need nobody.
	open  bool
	by    measure
	reach map[Role]Reach
	// people routes take no token, whatever its scopes.
	people bool
	// stepUp routes ask a person for the password or a code first, unless that was shown within the last 5 minutes.
	stepUp bool
	// event is what a success is called in the security log, empty where it is not noted.
	event string
}

type to = map[Role]Reach

// Reaches that many routes share.
var (
	// common is what everybody in an organization may know of it.
	common = to{Administrator: All, domain.RoleOwner: All, domain.RoleHR: All, domain.RoleManager: All, domain.RoleEmployee: All, domain.RoleAuditor: All}
	// look is what is counted and listed; the owner reads it, but no places.
	look = to{Administrator: All, domain.RoleOwner: All, domain.RoleHR: All, domain.RoleManager: Team, domain.RoleAuditor: All}
	// own is that, and everybody's own part.
	own     = to{Administrator: All, domain.RoleOwner: All, domain.RoleHR: All, domain.RoleManager: Team, domain.RoleEmployee: Self, domain.RoleAuditor: All}
	manage  = to{Administrator: All, domain.RoleOwner: All, domain.RoleHR: All}
	audited = to{Administrator: All, domain.RoleOwner: All, domain.RoleHR: All, domain.RoleAuditor: All}
	// ask is what people do for themselves and HR for others; a device does nothing of it.
	ask   = to{Administrator: All, domain.RoleOwner: Self, domain.RoleHR: All, domain.RoleManager: Self, domain.RoleEmployee: Self}
	leave = to{Administrator: All, domain.RoleOwner: All, domain.RoleHR: All, domain.RoleManager: Self, domain.RoleEmployee: Self}
	// punch is ask, and devices for those who stand before them.
	punch = to{Administrator: All, domain.RoleOwner: Self, domain.RoleHR: All, domain.RoleManager: Self, domain.RoleEmployee: Self, domain.RoleDevice: All}
	judge = to{Administrator: All, domain.RoleOwner: All, domain.RoleHR: All, domain.RoleManager: Team, approver: All}
	// review is for punches that wait.
	review = to{Administrator: All, domain.RoleOwner: All, domain.RoleHR: All, domain.RoleManager: Team}
	talk   = to{Administrator: All, domain.RoleOwner: All, domain.RoleHR: All, domain.RoleManager: Team, domain.RoleEmployee: Self, approver: All}
	read   = to{Administrator: All, domain.RoleOwner: All, domain.RoleHR: All, domain.RoleManager: Team, domain.RoleEmployee: Self, domain.RoleAuditor: All, approver: All}
	// show is for pictures: one's own, and a team's proofs.
	show = to{Administrator: All, domain.RoleOwner: Self, domain.RoleHR: All, domain.RoleManager: Team, domain.RoleEmployee: Self, domain.RoleAuditor: All, approver: All}
	// seen is for those who may know who looked: the person, and who audits.
	seen  = to{Administrator: All, domain.RoleOwner: Self, domain.RoleHR: Self, domain.RoleManager: Self, domain.RoleEmployee: Self, domain.RoleAuditor: All}
	admin = to{Administrator: All}
	me    = to{Administrator: All, Account: All, Program: All}
	// mine is what only a person has: a profile and sessions.
	mine = to{Account: All}
	// visitors have no organization yet, or look for one.
	visitors = to{Administrator: All, Account: All}
)

const v1 = limit.Root

// policy names who may use each route and how far. A route without an entry does not start.
var policy = map[string]entry{
	"GET /healthz": {open: true}, "GET /readyz": {open: true}, "GET /metrics": {reach: admin}, "GET /debug/pprof/*": {reach: admin}, "GET /openapi.json": {open: true}, "GET /docs": {open: true},
	"GET /docs/docs.js": {open: true}, "POST " + v1 + "/auth/login": {open: true}, "POST " + v1 + "/auth/logout": {open: true},
	"POST " + v1 + "/auth/step-up": {reach: mine}, "POST " + v1 + "/auth/codes": {open: true}, "POST " + v1 + "/auth/register": {open: true}, "POST " + v1 + "/auth/password": {open: true},
	"GET " + v1 + "/me": {reach: me}, "PATCH " + v1 + "/me": {reach: mine},
	"PUT " + v1 + "/me/avatar": {reach: mine}, "GET " + v1 + "/me/avatar": {reach: mine}, "DELETE " + v1 + "/me/avatar": {reach: mine},
	"GET " + v1 + "/me/security":             {reach: mine},
	"GET " + v1 + "/orgs/{org}/security-log": {people: true, reach: to{Administrator: All, domain.RoleOwner: All, domain.RoleAuditor: All}},
	"GET " + v1 + "/me/sessions":             {reach: mine}, "DELETE " + v1 + "/me/sessions": {reach: mine}, "DELETE " + v1 + "/me/sessions/{session}": {reach: mine},

	"POST " + v1 + "/orgs": {reach: visitors}, "GET " + v1 + "/orgs": {reach: visitors}, "GET " + v1 + "/handles": {reach: visitors},
	"POST " + v1 + "/join-requests": {reach: to{Account: All}}, "GET " + v1 + "/join-requests": {reach: to{Account: All}},
	"DELETE " + v1 + "/join-requests/{request}": {reach: to{Account: All}},
	"GET " + v1 + "/invitations/{code}":         {reach: visitors},
	"POST " + v1 + "/orgs/{org}/invitations":    {reach: manage}, "GET " + v1 + "/orgs/{org}/invitations": {reach: manage},
	"DELETE " + v1 + "/orgs/{org}/invitations/{invitation}": {reach: manage},
	"GET " + v1 + "/orgs/{org}/join-requests":               {reach: audited}, "POST " + v1 + "/orgs/{org}/join-requests/{request}/approve": {reach: manage},
	"POST " + v1 + "/orgs/{org}/join-requests/{request}/reject": {reach: manage},
	"GET " + v1 + "/orgs/{org}":                                 {reach: common}, "PATCH " + v1 + "/orgs/{org}": {reach: manage},
	"GET " + v1 + "/orgs/{org}/setup": {reach: audited}, "PUT " + v1 + "/orgs/{org}/attendance": {reach: manage},
	"POST " + v1 + "/orgs/{org}/departments": {reach: manage}, "GET " + v1 + "/orgs/{org}/departments": {reach: common},
	"PATCH " + v1 + "/orgs/{org}/departments": {reach: manage},
	"POST " + v1 + "/orgs/{org}/leave-types":  {reach: manage}, "GET " + v1 + "/orgs/{org}/leave-types": {reach: common},
	"PUT " + v1 + "/orgs/{org}/approvers": {reach: manage}, "PUT " + v1 + "/orgs/{org}/monitoring": {reach: manage},

	"POST " + v1 + "/orgs/{org}/tokens": {people: true, stepUp: true, event: "token_issued", reach: manage}, "GET " + v1 + "/orgs/{org}/tokens": {people: true, reach: audited},
	"DELETE " + v1 + "/orgs/{org}/tokens/{token}":         {people: true, event: "token_revoked", reach: manage},
	"POST " + v1 + "/orgs/{org}/tokens/{token}/take-over": {people: true, stepUp: true, event: "token_taken_over", reach: to{Administrator: All, domain.RoleOwner: All}},
	"POST " + v1 + "/orgs/{org}/members/import":           {reach: manage},
	"POST " + v1 + "/orgs/{org}/members":                  {reach: manage}, "GET " + v1 + "/orgs/{org}/members": {by: byHandler, reach: look},
	"GET " + v1 + "/orgs/{org}/members/{member}": {by: inPath, reach: own}, "PATCH " + v1 + "/orgs/{org}/members/{member}": {by: inPath, reach: manage},
	"DELETE " + v1 + "/orgs/{org}/members/{member}":     {by: inPath, reach: leave},
	"GET " + v1 + "/orgs/{org}/members/{member}/avatar": {by: inPath, reach: own},
	"GET " + v1 + "/orgs/{org}/role-proposals":          {people: true, reach: to{Administrator: All, domain.RoleOwner: All, domain.RoleAuditor: All}},
	"PUT " + v1 + "/orgs/{org}/members/{member}/group":  {by: inPath, reach: manage},
	"PUT " + v1 + "/orgs/{org}/members/{member}/roles":  {by: inPath, people: true, stepUp: true, event: "roles_changed", reach: to{Administrator: All, domain.RoleOwner: All}},

	"POST " + v1 + "/orgs/{org}/groups": {reach: manage}, "GET " + v1 + "/orgs/{org}/groups": {by: byHandler, reach: read},
	"PUT " + v1 + "/orgs/{org}/groups/{group}/rule":  {reach: manage},
	"GET " + v1 + "/orgs/{org}/groups/{group}/rules": {by: byGroup, reach: read},
	"PUT " + v1 + "/orgs/{org}/roster":               {reach: manage}, "GET " + v1 + "/orgs/{org}/roster": {by: byHandler, reach: own},
	"PUT " + v1 + "/orgs/{org}/calendar": {reach: manage}, "GET " + v1 + "/orgs/{org}/calendar": {reach: common},

	"POST " + v1 + "/orgs/{org}/punches": {by: byHandler, reach: punch}, "POST " + v1 + "/orgs/{org}/punches/batch": {by: byHandler, reach: punch},
	"GET " + v1 + "/orgs/{org}/members/{member}/today": {by: inPath, reach: own}, "GET " + v1 + "/orgs/{org}/members/{member}/punches": {by: inPath, reach: own},
	"GET " + v1 + "/orgs/{org}/punches":                       {by: byHandler, reach: look},
	"POST " + v1 + "/orgs/{org}/members/{member}/corrections": {by: inPath, reach: manage},
	// The person is in a manager's reach, and refused by the command.
	"POST " + v1 + "/orgs/{org}/members/{member}/punches/{punch}/review": {by: inPath, reach: review},
	"GET " + v1 + "/orgs/{org}/members/{member}/days":                    {by: inPath, reach: own},
	"GET " + v1 + "/orgs/{org}/members/{member}/days/{date}/history":     {by: inPath, reach: own},

	"POST " + v1 + "/orgs/{org}/requests": {by: byHandler, reach: ask}, "GET " + v1 + "/orgs/{org}/requests": {by: byHandler, reach: read},
	"GET " + v1 + "/orgs/{org}/requests/{request}":           {by: byHandler, reach: read},
	"POST " + v1 + "/orgs/{org}/requests/{request}/approve":  {by: byHandler, reach: judge},
	"POST " + v1 + "/orgs/{org}/requests/{request}/reject":   {by: byHandler, reach: judge},
	"POST " + v1 + "/orgs/{org}/requests/{request}/withdraw": {by: byHandler, reach: ask},
	"POST " + v1 + "/orgs/{org}/requests/{request}/cancel":   {by: byHandler, reach: judge},
	"POST " + v1 + "/orgs/{org}/requests/{request}/comments": {by: byHandler, reach: talk},

	"GET " + v1 + "/orgs/{org}/dashboard": {by: byHandler, reach: look}, "GET " + v1 + "/orgs/{org}/days": {by: byHandler, reach: look},
	"GET " + v1 + "/orgs/{org}/days/export": {by: byHandler, event: "exported", reach: look}, "GET " + v1 + "/orgs/{org}/months/{month}": {by: byHandler, event: "exported", reach: own},
	"GET " + v1 + "/orgs/{org}/months/{month}/totals": {by: byHandler, reach: look},
	"GET " + v1 + "/orgs/{org}/anomalies":             {by: byHandler, reach: own}, "GET " + v1 + "/orgs/{org}/live": {reach: common},
	"POST " + v1 + "/orgs/{org}/imports": {reach: manage}, "GET " + v1 + "/orgs/{org}/imports": {reach: audited},
	"POST " + v1 + "/orgs/{org}/imports/{import}/revert": {reach: manage},
	"GET " + v1 + "/orgs/{org}/ledger/events":            {event: "exported", reach: to{Administrator: All, domain.RoleAuditor: All}},

	// Whose file it is, the handler finds out; see mayRead.
	"GET " + v1 + "/orgs/{org}/members/{member}/access-log": {by: inPath, reach: seen},
	"POST " + v1 + "/orgs/{org}/files":                      {by: byHandler, reach: punch}, "GET " + v1 + "/orgs/{org}/files/{file}": {by: byHandler, reach: show},

	"POST " + v1 + "/admin/rebuild": {reach: admin}, "POST " + v1 + "/admin/diff": {reach: admin}, "POST " + v1 + "/admin/unpark": {reach: admin}, "POST " + v1 + "/admin/rollback": {reach: admin}, "GET " + v1 + "/admin/projections": {reach: admin},
}

// isOpen says that a request needs no principal: health, documents, signing in, and the page's own files.
func isOpen(r *http.Request) bool {
	if e, known := policy[r.Method+" "+r.URL.Path]; known {
		return e.open
	}
	return !strings.HasPrefix(r.URL.Path, "/api/") && !strings.HasPrefix(r.URL.Path, profiles)
}

// checkPolicy compares the routes that were registered with the table.
func checkPolicy(routes []string) error {
	var missing []string
	for _, route := range routes {
		if e, known := policy[route]; !known || !e.open && len(e.reach) == 0 {
			missing = append(missing, route)
		}
	}
	if len(missing) > 0 {
		sort.Strings(missing)
		return fmt.Errorf("the policy table has no entry for %s; every route names who may use it", strings.Join(missing, ", "))
	}
	return nil
}

// best is the farthest reach among roles.
func (e entry) best(roles []Role) Reach {
	best := None
	for _, role := range roles {
		best = max(best, e.reach[role])
	}
	return best
}
