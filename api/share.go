package api

import (
	"context"
	"net/http"
	"net/netip"
	"slices"

	"github.com/dakahq/daka/domain"
)

// shareOf says whose share of a pool a request takes: its organization's, else its caller's. many is how many times a person's bound the caller has.
func shareOf(ctx context.Context, org string) part {
	p := PrincipalOf(ctx)
	of := part{key: org, caller: p.Actor.ID, many: 1}
	switch {
	case p.Admin:
		of.many = 1 << 16
	case p.Program != nil, isDevice(AccessOf(ctx)):
		of.many = manyAtOnce
	case of.caller == "":
		of.caller = networkOf(ctx)
	}
	if of.key == "" {
		of.key = of.caller
	}
	return of
}

func isDevice(a Access) bool { return holderOf(Principal{}, a.Roles) == machine }

// networkOf is from where somebody unknown asks; IPv6 gives a customer a /56.
func networkOf(ctx context.Context) string {
	a, _ := ctx.Value(arrivalKey{}).(arrival)
	if a.address.Is6() && !a.address.Is4In6() {
		if prefix, err := a.address.Prefix(56); err == nil {
			return prefix.String()
		}
	}
	if a.address == (netip.Addr{}) {
		return "unknown"
	}
	return a.address.String()
}

// holderOf is who asks, by the roles in the organization.
func holderOf(p Principal, roles []Role) holder {
	is := func(names ...Role) bool {
		return slices.ContainsFunc(roles, func(r Role) bool { return slices.Contains(names, r) })
	}
	switch {
	case p.Program != nil, is(domain.RoleDevice):
		return machine
	case is(domain.RoleOwner, domain.RoleHR, domain.RoleManager, domain.RoleAuditor, approver):
		return staff
	}
	return employee
}

// limit counts a request against who asks.
func (s *Server) limit(r *http.Request, p Principal, roles []Role, route string) error {
	if s.limits == nil || p.Admin || p.Actor.ID == "" {
		return nil
	}
	return s.limits.take(p.Actor, holderOf(p, roles), route, r.PathValue("month"), s.now())
}
