package who

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/dakahq/daka/api/limit"
	"github.com/dakahq/daka/commands/people"
	"github.com/dakahq/daka/domain"
)

// Secured guards a route, and notes who was denied.
func (g *Guard) Secured(r *http.Request, route string, tags []string) (context.Context, error) {
	ctx, err := g.enter(r, route, tags)
	var refusal *domain.Refusal
	if errors.As(err, &refusal) {
		e := g.concerning(ctx, route, r.PathValue("org"))
		e.Kind, e.Detail = people.Denied, refusal.Code
		if refusal.RetryAfter > 0 {
			e.Kind = people.Braked
		}
		g.security.Note(ctx, e)
	}
	return ctx, err
}

// concerning is a security event of the caller on a route of an organization, or of none.
func (g *Guard) concerning(ctx context.Context, route, org string) people.SecurityEvent {
	p := PrincipalOf(ctx)
	e := people.SecurityEvent{Route: route, Actor: p.Actor, Role: string(roleOf(p.Roles()))}
	if a := ArrivalOf(ctx); p.Account != nil {
		e.Account, e.Agent = *p.Account, a.agent
	}
	id, err := ParseID(org, "", "")
	if err != nil || g.directory == nil {
		return e
	}
	o, known := g.directory.Organization(id)
	switch {
	case !known:
	case p.Admin, p.Program != nil && p.Program.Org == id:
		e.Org = id
	case p.Account != nil:
		if a, err := g.accessOfAccount(o, *p.Account); err == nil {
			e.Org, e.Actor, e.Role = id, a.Actor, string(roleOf(a.Roles))
		}
	}
	return e
}

// roleOf is the role that says most of who somebody is.
func roleOf(roles []Role) Role {
	for _, role := range []Role{Administrator, domain.RoleOwner, domain.RoleHR, domain.RoleAuditor, domain.RoleManager, approver, domain.RoleDevice, domain.RoleEmployee, Account, Program} {
		if slices.Contains(roles, role) {
			return role
		}
	}
	return "nobody"
}

type doneKey struct{}

// done is what a route's success is in the security log, and what it was done to.
type done struct{ org, subject, month string }

// Remembered keeps the ids of a path for NoteDone.
func Remembered(ctx context.Context, r *http.Request) context.Context {
	d := done{org: r.PathValue("org"), subject: r.PathValue("member"), month: r.PathValue("month")}
	if token := r.PathValue("token"); token != "" {
		d.subject = token
	}
	return context.WithValue(ctx, doneKey{}, d)
}

// NoteDone notes what a caller did on a route that the table wants in the security log.
func (g *Guard) NoteDone(ctx context.Context, route string) {
	d, _ := ctx.Value(doneKey{}).(done)
	kind := policy[route].event
	if kind == "" || limit.IsPage(d.month) {
		return
	}
	e := g.concerning(ctx, route, d.org)
	e.Kind, e.Role = kind, ""
	if id, err := ParseID(d.subject, "", ""); err == nil {
		e.Subject = id
	}
	g.security.Note(ctx, e)
}

// NoteSessions notes that a person ended sessions.
func (g *Guard) NoteSessions(ctx context.Context, kind string) {
	e := g.concerning(ctx, "", "")
	e.Kind, e.Role = kind, ""
	g.security.Note(ctx, e)
}
