package who

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/domain"
)

// Access is what a principal is in one organization. Only the guard of a route makes one; handlers take it from the context.
type Access struct {
	// Org is the organization of the path.
	Org domain.ID
	// Member is who the person is there, nil for the administrator and for tokens.
	Member *directory.Member
	// Roles are what the policy table is asked with.
	Roles []Role
	// Actor is how the ledger names who acts.
	Actor domain.Actor
	// Reach is how far the best of the roles reaches on this route.
	Reach Reach
	// Locations says that coordinates, networks, addresses and notes of others are open.
	Locations bool

	team func() []domain.ID
	// issuer is the member for whom a token acts, and rights are the member's roles now; nil for the administrator's tokens.
	issuer *directory.Member
	rights []Role
}

type accessKey struct{}

// AccessOf is what the caller is in the organization of the path, the zero value on other routes.
func AccessOf(ctx context.Context) Access {
	a, _ := ctx.Value(accessKey{}).(Access)
	return a
}

// AccessWait bounds the wait for a directory that is fresh enough to judge by.
const AccessWait = 2 * time.Second

// Access says what the caller is in an organization, by a directory at most a second old: a member who has left has no roles. An organization
// where the caller is nobody answers like one that never was.
func (g *Guard) Access(ctx context.Context, org domain.ID) (Access, error) {
	p := PrincipalOf(ctx)
	d := g.directory
	fresh, cancel := context.WithTimeout(ctx, AccessWait)
	defer cancel()
	if _, known := d.Organization(org); !p.Admin || !known {
		if err := d.Fresh(fresh); err != nil {
			return Access{}, err
		}
	}
	o, known := d.Organization(org)
	if !known && g.await != nil { // another copy may have founded it within this second
		if err := g.await(fresh, org); err != nil {
			return Access{}, err
		}
		o, known = d.Organization(org)
	}
	switch {
	case !known:
	case p.Admin:
		return Access{Org: org, Roles: []Role{Administrator}, Actor: p.Actor, Locations: true}, nil
	case p.Program != nil && p.Program.Org == org:
		return g.accessOfToken(o, p)
	case p.Account != nil:
		return g.accessOfAccount(o, *p.Account)
	}
	return Access{}, noOrganization()
}

func noOrganization() error {
	return domain.Refuse("organization_not_found", "there is no such organization")
}

// accessOfAccount finds the membership; one that ended says so, since the person was told of the organization once.
func (g *Guard) accessOfAccount(o directory.Organization, account domain.ID) (Access, error) {
	zone := g.LocationOf(o.ID)
	left := false
	for _, ms := range g.directory.Memberships(account) {
		m, ok := g.directory.Member(ms.Org, ms.Member)
		if ms.Org != o.ID || !ok || m.Joined == "" {
			continue
		}
		if m.Ended(g.now(), zone) {
			left = true
			continue
		}
		a := Access{Org: o.ID, Member: &m, Roles: RolesOf(o, m), Actor: domain.Actor{Kind: domain.ActorMember, ID: m.ID.String()}}
		a.Locations = slices.Contains(a.Roles, domain.RoleHR) || slices.Contains(a.Roles, domain.RoleAuditor)
		a.team = func() []domain.ID { return g.teamOf(o.ID, m, domain.DateOf(g.now(), zone)) }
		return a, nil
	}
	if left {
		return Access{}, domain.Refuse("membership_ended", "your membership of this organization has ended")
	}
	return Access{}, noOrganization()
}

// accessOfToken is what the token's issuer may do at this moment, within the token's scopes (tokenReach) and never more than HR. Who acts
// for the administrator of the installation has no issuer.
func (g *Guard) accessOfToken(o directory.Organization, p Principal) (Access, error) {
	t, known := g.directory.Tokens.Get(o.ID, p.Program.ID)
	if !known || t.Revoked || t.Expired(g.now()) {
		return Access{}, domain.Refuse("token_wrong", "the token was revoked, or has expired")
	}
	a := Access{Org: o.ID, Actor: p.Actor, Locations: true}
	if OfInstallation(t.By) {
		return a, nil
	}
	m, there := g.IssuerOf(o.ID, t)
	if !there {
		return Access{}, errIssuerLeft()
	}
	a.issuer, a.rights = &m, RolesOf(o, m)
	a.Locations = slices.Contains(a.rights, domain.RoleHR) || slices.Contains(a.rights, domain.RoleAuditor)
	a.team = func() []domain.ID { return g.teamOf(o.ID, m, domain.DateOf(g.now(), g.LocationOf(o.ID))) }
	return a, nil
}

// OfInstallation says that a token acts for nobody of the organization, but for who runs the server.
func OfInstallation(by domain.Actor) bool {
	return by == commands.Administrator || by.Kind == domain.ActorSystem
}

// IssuerOf is the member for whom a token acts; false when the membership has ended, and the token with it.
func (g *Guard) IssuerOf(org domain.ID, t directory.Token) (directory.Member, bool) {
	id, err := uuid.Parse(t.By.ID)
	m, known := g.directory.Member(org, id)
	return m, err == nil && known && !m.Ended(g.now(), g.LocationOf(org))
}

func errIssuerLeft() error {
	return domain.Refuse("token_issuer_left", "whoever issued the token has left the organization, and it ended with the membership; an owner can take it over")
}

// approver is the role of those whom an organization named to judge requests.
const approver Role = "approver"

// RolesOf are a member's roles. Everybody is an employee beside them but a device, and an auditor who is nothing else.
func RolesOf(o directory.Organization, m directory.Member) []Role {
	var roles []Role
	for _, r := range m.Roles {
		if !slices.Contains(roles, r.Role) {
			roles = append(roles, r.Role)
		}
	}
	if slices.Contains(o.Owners, m.ID) {
		roles = append(roles, domain.RoleOwner)
	}
	alone := func(role Role) bool { return len(roles) == 1 && roles[0] == role }
	if !slices.Contains(roles, domain.RoleEmployee) && !alone(domain.RoleDevice) && !alone(domain.RoleAuditor) {
		roles = append(roles, domain.RoleEmployee)
	}
	if slices.Contains(o.Approvers, m.ID) {
		roles = append(roles, approver)
	}
	return roles
}

// teamOf are the members whom a manager leads: the department trees and groups that the roles name; a role that names none leads the
// member's own department.
func (g *Guard) teamOf(org domain.ID, m directory.Member, today domain.Date) []domain.ID {
	var departments, groups []domain.ID
	for _, r := range m.Roles {
		switch {
		case r.Role != domain.RoleManager:
		case r.Department != nil:
			departments = append(departments, *r.Department)
		case r.Group != nil:
			groups = append(groups, *r.Group)
		default:
			if own := m.Departments.On(today); own != nil {
				departments = append(departments, *own)
			}
		}
	}
	return g.directory.Team(org, departments, groups, today)
}

// Scope is the members whom the caller reaches on this route, nil for everybody; it is never nil for a reach below All.
func (a Access) Scope() []domain.ID {
	scope := []domain.ID{}
	switch a.Reach {
	case All:
		return nil
	case Team:
		if a.team != nil {
			scope = append(scope, a.team()...)
		}
		fallthrough
	case Self:
		if own := a.person(); own != nil && !slices.Contains(scope, own.ID) {
			scope = append(scope, own.ID)
		}
	}
	return scope
}

// person is the member who asks, or for whom a token does; nil for the administrator.
func (a Access) person() *directory.Member {
	if a.Member != nil {
		return a.Member
	}
	return a.issuer
}

// Reaches says that the caller reaches a member on this route.
func (a Access) Reaches(member domain.ID) bool {
	return a.Reach == All || slices.Contains(a.Scope(), member)
}

// Check refuses a member beyond the caller's reach.
func (a Access) Check(member domain.ID) error {
	if a.Reaches(member) {
		return nil
	}
	return forbidden()
}

// Narrow holds a list to the caller's reach: to one member, to several, or with nil twice to everybody.
func (a Access) Narrow(member *domain.ID) (only *domain.ID, those []domain.ID, err error) {
	if member != nil {
		return member, nil, a.Check(*member)
	}
	if those = a.Scope(); len(those) == 1 {
		return &those[0], nil, nil
	}
	return nil, those, nil
}

// IsSelf says that a member is the caller.
func (a Access) IsSelf(member domain.ID) bool { return a.Member != nil && a.Member.ID == member }

// SeesPlaces says that coordinates, networks, addresses and notes of a member's punches are open to the caller.
func (a Access) SeesPlaces(member domain.ID) bool { return a.Locations || a.IsSelf(member) }

// AsDevice says that the caller writes others' punches as a device alone.
func (a Access) AsDevice() bool {
	held := append(slices.Clone(a.Roles), a.rights...)
	return slices.Contains(held, domain.RoleDevice) && !slices.Contains(held, domain.RoleHR)
}

func forbidden() error { return domain.Refuse("forbidden", "your roles do not allow this") }

// Today is the date that it is in an organization.
func (g *Guard) Today(org domain.ID) domain.Date { return domain.DateOf(g.now(), g.LocationOf(org)) }

// LocationOf is the zone that an organization's dates are in, UTC before its first rule.
func (g *Guard) LocationOf(org domain.ID) *time.Location {
	zone, err := time.LoadLocation(g.ZoneOf(org))
	if err != nil {
		return time.UTC
	}
	return zone
}

// ScopeOf is what a token must hold for a route: the tag of the documents, and read or write.
func ScopeOf(method, tag string) string {
	if method == "GET" {
		return strings.ReplaceAll(tag, " ", "-") + ":read"
	}
	return strings.ReplaceAll(tag, " ", "-") + ":write"
}

// ZoneOf is the zone that an organization's own dates are in: that of its first group's newest rule.
func (g *Guard) ZoneOf(org domain.ID) string {
	for _, group := range g.directory.Groups(org) {
		if plans := g.directory.Rules.All(org, group.ID); len(plans) > 0 {
			return plans[len(plans)-1].Rule.TimeZone
		}
	}
	return ""
}
