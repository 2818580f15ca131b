package who

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/dakahq/daka/api/limit"
	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/people"
	"github.com/dakahq/daka/domain"
)

// GuardConfig is what a guard needs.
type GuardConfig struct {
	// Directory says who is a member with which roles; nil knows nobody, for tests.
	Directory *directory.Directory
	// Identity has the sessions, Security takes down who was denied.
	Identity *people.Identity
	Security *people.Security
	// AdminToken signs in; an empty one lets nobody in.
	AdminToken string
	// Rates refuses what a person or program asks too often; nil refuses nothing.
	Rates *limit.Rates
	// Admission bounds how many callers are looked up at once.
	Admission *limit.Admission
	// Problems explains refusals.
	Problems *problem.Explainer
	// Now is the clock of sessions, tokens and rates.
	Now func() time.Time
	// Await waits for an organization that another copy may have founded a moment ago; nil waits for none.
	Await func(ctx context.Context, org domain.ID) error
}

// Guard names who asks, and says whether they may.
type Guard struct {
	directory *directory.Directory
	identity  *people.Identity
	security  *people.Security
	// Admin is the token of who runs the server.
	Admin     *AdminToken
	rates     *limit.Rates // nil refuses nothing
	admission *limit.Admission
	problems  *problem.Explainer
	now       func() time.Time
	await     func(ctx context.Context, org domain.ID) error // nil waits for none
}

// NewGuard goes by the directory and the policy table.
func NewGuard(c GuardConfig) *Guard {
	return &Guard{directory: c.Directory, identity: c.Identity, security: c.Security, Admin: &AdminToken{token: c.AdminToken, now: c.Now},
		rates: c.Rates, admission: c.Admission, problems: c.Problems, now: c.Now, await: c.Await}
}

// enter decides by the policy table, and puts what the caller is into the context.
func (g *Guard) enter(r *http.Request, route string, tags []string) (context.Context, error) {
	ctx, e := r.Context(), policy[route]
	if e.Open {
		return ctx, nil
	}
	text := r.PathValue("org")
	if text == "" {
		if err := g.limit(r, PrincipalOf(ctx), nil, route); err != nil {
			return ctx, err
		}
		if e.Best(PrincipalOf(ctx).Roles()) == None {
			return ctx, forbidden()
		}
		return ctx, e.steppedUp(ctx)
	}
	org, err := ParseID(text, "organization_not_found", "organization")
	if err != nil {
		return ctx, noOrganization()
	}
	a, err := g.Access(ctx, org)
	if over := g.limit(r, PrincipalOf(ctx), a.Roles, route); over != nil {
		return ctx, over
	}
	if err != nil {
		return ctx, err
	}
	a.Reach = e.Best(a.Roles)
	if p := PrincipalOf(ctx); p.Program != nil {
		if a.Reach = tokenReach(e, p.Program, r.Method, tags); a.issuer != nil {
			rights := e.Best(a.rights)
			if a.Reach > None && (rights == None || e.By == Whole && rights < All) {
				return ctx, errBeyondIssuer()
			}
			a.Reach = min(a.Reach, rights)
		}
	}
	if a.Reach == None || e.By == Whole && a.Reach < All {
		return ctx, forbidden()
	}
	if err := g.guardPath(r, e, a); err != nil {
		return ctx, err
	}
	if err := e.steppedUp(ctx); err != nil {
		return ctx, err
	}
	return context.WithValue(ctx, accessKey{}, a), nil
}

func errBeyondIssuer() error {
	return domain.Refuse("token_beyond_issuer", "a token does what its issuer may do, and the issuer's roles do not allow this; let somebody with the right role issue one, or give the issuer the role")
}

// steppedUp asks a person for a step-up where the table says so; tokens cannot be asked.
func (e Entry) steppedUp(ctx context.Context) error {
	if p := PrincipalOf(ctx); e.StepUp && p.Account != nil && !p.SteppedUp {
		return people.ErrStepUp()
	}
	return nil
}

// tokenReach is never more than HR's, and only on routes whose tag the token's scopes name; the guard holds it to the issuer's roles, too.
func tokenReach(e Entry, t *ProgramToken, method string, tags []string) Reach {
	for _, tag := range tags {
		if !e.People && slices.Contains(t.Scopes, ScopeOf(method, tag)) {
			return e.Reach[domain.RoleHR]
		}
	}
	return None
}

// guardPath judges the member or group in the path. One of another organization answers like one that never was.
func (g *Guard) guardPath(r *http.Request, e Entry, a Access) error {
	switch e.By {
	case InPath:
		member, err := MemberOf(a, r.PathValue("member"))
		if err == nil {
			err = g.Known(a.Org, &member)
		}
		if err != nil {
			return err
		}
		return a.Check(member)
	case ByGroup:
		group, err := ParseID(r.PathValue("group"), "group_not_found", "group")
		if _, known := g.directory.Group(a.Org, group); err != nil || !known {
			return domain.Refuse("group_not_found", "there is no such group")
		}
		if !g.ReachesGroup(a, group) {
			return forbidden()
		}
	}
	return nil
}

// MemberOf is the member that a path names, `me` being the caller.
func MemberOf(a Access, text string) (domain.ID, error) {
	if text != "me" {
		id, err := ParseID(text, "member_not_found", "member")
		if err != nil {
			return id, domain.Refuse("member_not_found", "there is no such member")
		}
		return id, nil
	}
	if a.Member == nil {
		return domain.ID{}, domain.Refuse("no_member_for_token", "a token is no member of the organization; name one by id")
	}
	return a.Member.ID, nil
}

// ReachesGroup says that one of the members whom the caller reaches is, was or will be in a group.
func (g *Guard) ReachesGroup(a Access, group domain.ID) bool {
	if a.Reach == All {
		return true
	}
	for _, id := range a.Scope() {
		m, _ := g.directory.Member(a.Org, id)
		if slices.ContainsFunc(m.Groups, func(a directory.Assignment) bool { return a.Group == group }) {
			return true
		}
	}
	return false
}

// Known checks that the organization, and the member if one is named, exist; another's id answers like one that never was.
func (g *Guard) Known(org domain.ID, member *domain.ID) error {
	if _, ok := g.directory.Organization(org); !ok {
		return domain.Refuse("organization_not_found", "there is no such organization")
	}
	if member == nil {
		return nil
	}
	if _, ok := g.directory.Member(org, *member); !ok {
		return domain.Refuse("member_not_found", "there is no such member")
	}
	return nil
}

// ParseID reads an id of a path or a body; the error is a refusal with the code, which says that there is no such thing.
func ParseID(text, code, what string) (domain.ID, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return domain.ID{}, domain.Refuse(code, "there is no %s %q", what, text)
	}
	return id, nil
}
