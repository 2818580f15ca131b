package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/people"
	"github.com/dakahq/daka/domain"
)

// guarded judges a typed route before its parameters and body are read, then reads a body of fewer than limit bytes, and takes a place.
func (s *Server) guarded(route string, limit int64) func(huma.Context, func(huma.Context)) {
	return func(hc huma.Context, next func(huma.Context)) {
		r, w := humachi.Unwrap(hc)
		ctx, err := s.secured(r, route, hc.Operation().Tags)
		if err != nil {
			s.problemOf(r.Context(), err).Write(w)
			return
		}
		leave, err := s.admission.Receive(ctx, w, r, shareOf(ctx, r.PathValue("org")), PrincipalOf(ctx).Actor.ID != "", limit)
		if err != nil {
			s.problemOf(ctx, err).Write(w)
			return
		}
		defer leave()
		next(huma.WithContext(hc, remembered(ctx, r)))
	}
}

// guard judges by the policy table, and puts what the caller is into the context.
func (s *Server) guard(r *http.Request, route string, tags []string) (context.Context, error) {
	ctx, e := r.Context(), policy[route]
	if e.open {
		return ctx, nil
	}
	text := r.PathValue("org")
	if text == "" {
		if err := s.limit(r, PrincipalOf(ctx), nil, route); err != nil {
			return ctx, err
		}
		if e.best(PrincipalOf(ctx).roles()) == None {
			return ctx, forbidden()
		}
		return ctx, e.steppedUp(ctx)
	}
	org, err := parseID(text, "organization_not_found", "organization")
	if err != nil {
		return ctx, noOrganization()
	}
	a, err := s.access(ctx, org)
	if over := s.limit(r, PrincipalOf(ctx), a.Roles, route); over != nil {
		return ctx, over
	}
	if err != nil {
		return ctx, err
	}
	a.Reach = e.best(a.Roles)
	if p := PrincipalOf(ctx); p.Program != nil {
		if a.Reach = tokenReach(e, p.Program, r.Method, tags); a.issuer != nil {
			rights := e.best(a.rights)
			if a.Reach > None && (rights == None || e.by == whole && rights < All) {
				return ctx, errBeyondIssuer()
			}
			a.Reach = min(a.Reach, rights)
		}
	}
	if a.Reach == None || e.by == whole && a.Reach < All {
		return ctx, forbidden()
	}
	if err := s.guardPath(r, e, a); err != nil {
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
func (e entry) steppedUp(ctx context.Context) error {
	if p := PrincipalOf(ctx); e.stepUp && p.Account != nil && !p.SteppedUp {
		return people.ErrStepUp()
	}
	return nil
}

// tokenReach is never more than HR's, and only on routes whose tag the token's scopes name; the guard holds it to the issuer's roles, too.
func tokenReach(e entry, t *ProgramToken, method string, tags []string) Reach {
	for _, tag := range tags {
		if !e.people && slices.Contains(t.Scopes, scopeOf(method, tag)) {
			return e.reach[domain.RoleHR]
		}
	}
	return None
}

// guardPath judges the member or group in the path. One of another organization answers like one that never was.
func (s *Server) guardPath(r *http.Request, e entry, a Access) error {
	switch e.by {
	case inPath:
		member, err := memberOf(a, r.PathValue("member"))
		if err == nil {
			err = s.known(a.Org, &member)
		}
		if err != nil {
			return err
		}
		return a.Check(member)
	case byGroup:
		group, err := parseID(r.PathValue("group"), "group_not_found", "group")
		if _, known := s.config.Directory.Group(a.Org, group); err != nil || !known {
			return domain.Refuse("group_not_found", "there is no such group")
		}
		if !s.reachesGroup(a, group) {
			return forbidden()
		}
	}
	return nil
}

// memberOf is the member that a path names, `me` being the caller.
func memberOf(a Access, text string) (domain.ID, error) {
	if text != "me" {
		id, err := parseID(text, "member_not_found", "member")
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

// reachesGroup says that one of the members whom the caller reaches is, was or will be in a group.
func (s *Server) reachesGroup(a Access, group domain.ID) bool {
	if a.Reach == All {
		return true
	}
	for _, id := range a.Scope() {
		m, _ := s.config.Directory.Member(a.Org, id)
		if slices.ContainsFunc(m.Groups, func(g directory.Assignment) bool { return g.Group == group }) {
			return true
		}
	}
	return false
}
