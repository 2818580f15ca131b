package who

import (
	"context"
	"net/http"
	"net/netip"
	"slices"

	"github.com/dakahq/daka/api/limit"
	"github.com/dakahq/daka/domain"
)

// ShareOf says whose share of a pool a request takes: its organization's, else its caller's. many is how many times a person's bound the caller has.
func ShareOf(ctx context.Context, org string) limit.Part {
	p := PrincipalOf(ctx)
	of := limit.Part{Key: org, Caller: p.Actor.ID, Many: 1}
	switch {
	case p.Admin:
		of.Many = 1 << 16
	case p.Program != nil, isDevice(AccessOf(ctx)):
		of.Many = limit.ManyAtOnce
	case of.Caller == "":
		of.Caller = networkOf(ctx)
	}
	if of.Key == "" {
		of.Key = of.Caller
	}
	return of
}

func isDevice(a Access) bool { return holderOf(Principal{}, a.Roles) == limit.Machine }

// networkOf is from where somebody unknown asks; IPv6 gives a customer a /56.
func networkOf(ctx context.Context) string {
	a := ArrivalOf(ctx)
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
func holderOf(p Principal, roles []Role) limit.Holder {
	is := func(names ...Role) bool {
		return slices.ContainsFunc(roles, func(r Role) bool { return slices.Contains(names, r) })
	}
	switch {
	case p.Program != nil, is(domain.RoleDevice):
		return limit.Machine
	case is(domain.RoleOwner, domain.RoleHR, domain.RoleManager, domain.RoleAuditor, approver):
		return limit.Staff
	}
	return limit.Employee
}

// limit counts a request against who asks.
func (g *Guard) limit(r *http.Request, p Principal, roles []Role, route string) error {
	if g.rates == nil || p.Admin || p.Actor.ID == "" {
		return nil
	}
	return g.rates.Take(p.Actor, holderOf(p, roles), route, r.PathValue("month"), g.now())
}
