package who

import (
	"fmt"
	"maps"
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

// Measure says by what a reach below All is judged.
type Measure int

const (
	// Whole routes speak of no member: only All enters.
	Whole Measure = iota
	// InPath routes name {member} in the path; the guard judges.
	InPath
	// ByGroup routes name {group} in the path: one's own group is Self, a team's is Team; the guard judges.
	ByGroup
	// ByHandler routes name members in the body, behind another id, or as a list: the handler asks AccessOf(ctx).
	ByHandler
)

// Entry is a row of the policy table.
type Entry struct {
	// Open routes need nobody.
	Open bool
	// By says how a reach below All is measured, Reach how far each role reaches; a role that it does not name reaches nothing.
	By    Measure
	Reach map[Role]Reach
	// People routes take no token, whatever its scopes.
	People bool
	// StepUp routes ask a person for the password or a code first, unless that was shown within the last 5 minutes.
	StepUp bool
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
var policy = map[string]Entry{
	"GET /healthz": {Open: true}, "GET /readyz": {Open: true}, "GET /metrics": {Reach: admin}, "GET /debug/pprof/*": {Reach: admin}, "GET /openapi.json": {Open: true}, "GET /docs": {Open: true},
	"GET /docs/docs.js": {Open: true}, "POST " + v1 + "/auth/login": {Open: true}, "POST " + v1 + "/auth/logout": {Open: true},
	"POST " + v1 + "/auth/step-up": {Reach: mine}, "POST " + v1 + "/auth/codes": {Open: true}, "POST " + v1 + "/auth/register": {Open: true}, "POST " + v1 + "/auth/password": {Open: true},
	"GET " + v1 + "/me": {Reach: me}, "PATCH " + v1 + "/me": {Reach: mine},
	"PUT " + v1 + "/me/avatar": {Reach: mine}, "GET " + v1 + "/me/avatar": {Reach: mine}, "DELETE " + v1 + "/me/avatar": {Reach: mine},
	"GET " + v1 + "/me/security":             {Reach: mine},
	"GET " + v1 + "/orgs/{org}/security-log": {People: true, Reach: to{Administrator: All, domain.RoleOwner: All, domain.RoleAuditor: All}},
	"GET " + v1 + "/me/sessions":             {Reach: mine}, "DELETE " + v1 + "/me/sessions": {Reach: mine}, "DELETE " + v1 + "/me/sessions/{session}": {Reach: mine},

	"POST " + v1 + "/orgs": {Reach: visitors}, "GET " + v1 + "/orgs": {Reach: visitors}, "GET " + v1 + "/handles": {Reach: visitors},
	"POST " + v1 + "/join-requests": {Reach: to{Account: All}}, "GET " + v1 + "/join-requests": {Reach: to{Account: All}},
	"DELETE " + v1 + "/join-requests/{request}": {Reach: to{Account: All}},
	"GET " + v1 + "/invitations/{code}":         {Reach: visitors},
	"POST " + v1 + "/orgs/{org}/invitations":    {Reach: manage}, "GET " + v1 + "/orgs/{org}/invitations": {Reach: manage},
	"DELETE " + v1 + "/orgs/{org}/invitations/{invitation}": {Reach: manage},
	"GET " + v1 + "/orgs/{org}/join-requests":               {Reach: audited}, "POST " + v1 + "/orgs/{org}/join-requests/{request}/approve": {Reach: manage},
	"POST " + v1 + "/orgs/{org}/join-requests/{request}/reject": {Reach: manage},
	"GET " + v1 + "/orgs/{org}":                                 {Reach: common}, "PATCH " + v1 + "/orgs/{org}": {Reach: manage},
	"GET " + v1 + "/orgs/{org}/setup": {Reach: audited}, "PUT " + v1 + "/orgs/{org}/attendance": {Reach: manage},
	"POST " + v1 + "/orgs/{org}/departments": {Reach: manage}, "GET " + v1 + "/orgs/{org}/departments": {Reach: common},
	"PATCH " + v1 + "/orgs/{org}/departments": {Reach: manage},
	"POST " + v1 + "/orgs/{org}/leave-types":  {Reach: manage}, "GET " + v1 + "/orgs/{org}/leave-types": {Reach: common},
	"PUT " + v1 + "/orgs/{org}/approvers": {Reach: manage}, "PUT " + v1 + "/orgs/{org}/monitoring": {Reach: manage},

	"POST " + v1 + "/orgs/{org}/tokens": {People: true, StepUp: true, event: "token_issued", Reach: manage}, "GET " + v1 + "/orgs/{org}/tokens": {People: true, Reach: audited},
	"DELETE " + v1 + "/orgs/{org}/tokens/{token}":         {People: true, event: "token_revoked", Reach: manage},
	"POST " + v1 + "/orgs/{org}/tokens/{token}/take-over": {People: true, StepUp: true, event: "token_taken_over", Reach: to{Administrator: All, domain.RoleOwner: All}},
	"POST " + v1 + "/orgs/{org}/members/import":           {Reach: manage},
	"POST " + v1 + "/orgs/{org}/members":                  {Reach: manage}, "GET " + v1 + "/orgs/{org}/members": {By: ByHandler, Reach: look},
	"GET " + v1 + "/orgs/{org}/members/{member}": {By: InPath, Reach: own}, "PATCH " + v1 + "/orgs/{org}/members/{member}": {By: InPath, Reach: manage},
	"DELETE " + v1 + "/orgs/{org}/members/{member}":     {By: InPath, Reach: leave},
	"GET " + v1 + "/orgs/{org}/members/{member}/avatar": {By: InPath, Reach: own},
	"GET " + v1 + "/orgs/{org}/role-proposals":          {People: true, Reach: to{Administrator: All, domain.RoleOwner: All, domain.RoleAuditor: All}},
	"PUT " + v1 + "/orgs/{org}/members/{member}/group":  {By: InPath, Reach: manage},
	"GET " + v1 + "/orgs/{org}/members/{member}/badges": {By: InPath, Reach: own}, "POST " + v1 + "/orgs/{org}/members/{member}/badges": {By: InPath, Reach: manage},
	"DELETE " + v1 + "/orgs/{org}/members/{member}/badges/{number}": {By: InPath, Reach: manage},
	"PUT " + v1 + "/orgs/{org}/members/{member}/roles":              {By: InPath, People: true, StepUp: true, event: "roles_changed", Reach: to{Administrator: All, domain.RoleOwner: All}},

	"POST " + v1 + "/orgs/{org}/groups": {Reach: manage}, "GET " + v1 + "/orgs/{org}/groups": {By: ByHandler, Reach: read},
	"PUT " + v1 + "/orgs/{org}/groups/{group}/rule":         {Reach: manage},
	"POST " + v1 + "/orgs/{org}/groups/{group}/departments": {Reach: manage}, "DELETE " + v1 + "/orgs/{org}/groups/{group}/departments/{department}": {Reach: manage},
	"GET " + v1 + "/orgs/{org}/groups/{group}/rules": {By: ByGroup, Reach: read},
	"PUT " + v1 + "/orgs/{org}/roster":               {Reach: manage}, "GET " + v1 + "/orgs/{org}/roster": {By: ByHandler, Reach: own},
	"PUT " + v1 + "/orgs/{org}/calendar": {Reach: manage}, "GET " + v1 + "/orgs/{org}/calendar": {Reach: common},

	"POST " + v1 + "/orgs/{org}/punches": {By: ByHandler, Reach: punch}, "POST " + v1 + "/orgs/{org}/punches/batch": {By: ByHandler, Reach: punch},
	"GET " + v1 + "/orgs/{org}/members/{member}/today": {By: InPath, Reach: own}, "GET " + v1 + "/orgs/{org}/members/{member}/punches": {By: InPath, Reach: own},
	"GET " + v1 + "/orgs/{org}/punches":                       {By: ByHandler, Reach: look},
	"POST " + v1 + "/orgs/{org}/members/{member}/corrections": {By: InPath, Reach: manage},
	// The person is in a manager's reach, and refused by the command.
	"POST " + v1 + "/orgs/{org}/members/{member}/punches/{punch}/review": {By: InPath, Reach: review},
	"GET " + v1 + "/orgs/{org}/members/{member}/days":                    {By: InPath, Reach: own},
	"GET " + v1 + "/orgs/{org}/members/{member}/days/{date}/history":     {By: InPath, Reach: own},

	"POST " + v1 + "/orgs/{org}/requests": {By: ByHandler, Reach: ask}, "GET " + v1 + "/orgs/{org}/requests": {By: ByHandler, Reach: read},
	"GET " + v1 + "/orgs/{org}/requests/{request}":           {By: ByHandler, Reach: read},
	"POST " + v1 + "/orgs/{org}/requests/{request}/approve":  {By: ByHandler, Reach: judge},
	"POST " + v1 + "/orgs/{org}/requests/{request}/reject":   {By: ByHandler, Reach: judge},
	"POST " + v1 + "/orgs/{org}/requests/{request}/withdraw": {By: ByHandler, Reach: ask},
	"POST " + v1 + "/orgs/{org}/requests/{request}/cancel":   {By: ByHandler, Reach: judge},
	"POST " + v1 + "/orgs/{org}/requests/{request}/comments": {By: ByHandler, Reach: talk},

	"GET " + v1 + "/orgs/{org}/dashboard": {By: ByHandler, Reach: look}, "GET " + v1 + "/orgs/{org}/days": {By: ByHandler, Reach: look},
	"GET " + v1 + "/orgs/{org}/days/export": {By: ByHandler, event: "exported", Reach: look}, "GET " + v1 + "/orgs/{org}/months/{month}": {By: ByHandler, event: "exported", Reach: own},
	"GET " + v1 + "/orgs/{org}/months/{month}/totals":        {By: ByHandler, Reach: look},
	"GET " + v1 + "/orgs/{org}/penalties":                    {By: ByHandler, Reach: own},
	"POST " + v1 + "/orgs/{org}/penalties/{penalty}/waive":   {Reach: manage},
	"POST " + v1 + "/orgs/{org}/penalties/{penalty}/restore": {Reach: manage},
	"GET " + v1 + "/orgs/{org}/anomalies":                    {By: ByHandler, Reach: own}, "GET " + v1 + "/orgs/{org}/live": {Reach: common},
	"POST " + v1 + "/orgs/{org}/imports": {Reach: manage}, "GET " + v1 + "/orgs/{org}/imports": {Reach: audited},
	"GET " + v1 + "/orgs/{org}/imports/{import}":         {Reach: audited},
	"POST " + v1 + "/orgs/{org}/imports/{import}/revert": {Reach: manage},
	"POST " + v1 + "/orgs/{org}/imports/{import}/review": {Reach: manage},
	"GET " + v1 + "/orgs/{org}/ledger/events":            {event: "exported", Reach: to{Administrator: All, domain.RoleAuditor: All}},

	// Whose file it is, the handler finds out; see mayRead.
	"GET " + v1 + "/orgs/{org}/members/{member}/access-log": {By: InPath, Reach: seen},
	"POST " + v1 + "/orgs/{org}/files":                      {By: ByHandler, Reach: punch}, "GET " + v1 + "/orgs/{org}/files/{file}": {By: ByHandler, Reach: show},

	"POST " + v1 + "/admin/rebuild": {Reach: admin}, "POST " + v1 + "/admin/diff": {Reach: admin}, "POST " + v1 + "/admin/unpark": {Reach: admin}, "POST " + v1 + "/admin/rollback": {Reach: admin}, "GET " + v1 + "/admin/projections": {Reach: admin},
}

// Entries are the rows of the table by route.
func Entries() map[string]Entry { return maps.Clone(policy) }

// EntryOf is a route's row; one without open and reach for a route that the table does not name.
func EntryOf(route string) Entry { return policy[route] }

// isOpen says that a request needs no principal: health, documents, signing in, and the page's own files.
func isOpen(r *http.Request) bool {
	if e, known := policy[r.Method+" "+r.URL.Path]; known {
		return e.Open
	}
	return !strings.HasPrefix(r.URL.Path, "/api/") && !strings.HasPrefix(r.URL.Path, Profiles)
}

// CheckPolicy compares the routes that were registered with the table.
func CheckPolicy(routes []string) error {
	var missing []string
	for _, route := range routes {
		if e, known := policy[route]; !known || !e.Open && len(e.Reach) == 0 {
			missing = append(missing, route)
		}
	}
	if len(missing) > 0 {
		sort.Strings(missing)
		return fmt.Errorf("the policy table has no entry for %s; every route names who may use it", strings.Join(missing, ", "))
	}
	return nil
}

// Best is the farthest reach among roles.
func (e Entry) Best(roles []Role) Reach {
	best := None
	for _, role := range roles {
		best = max(best, e.Reach[role])
	}
	return best
}

// Profiles is where the program's own state is, for who runs it.
const Profiles = "/debug/pprof/"
