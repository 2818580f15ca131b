package directory

import (
	"slices"
	"time"

	"github.com/dakahq/daka/domain"
)

// Membership says in which organization an account is which member.
type Membership struct {
	Org, Member domain.ID
}

// Memberships gives where an account is or was a member, in recorded order; Member tells whether it still is.
func (d *Directory) Memberships(account domain.ID) []Membership {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	return d.state.accounts[account]
}

// RolesOf gives an account's roles over all its memberships that last at an instant, with repeats; false before the log was read.
// A membership counts until its last day is over everywhere.
func (d *Directory) RolesOf(account domain.ID, at time.Time) ([]domain.Role, bool) {
	last := time.FixedZone("", -12*60*60)
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	var roles []domain.Role
	for _, held := range d.state.accounts[account] {
		o := d.state.orgs[held.Org]
		if o == nil || o.members[held.Member] == nil || o.members[held.Member].Ended(at, last) {
			continue
		}
		for _, r := range o.members[held.Member].Roles {
			roles = append(roles, r.Role)
		}
		if slices.Contains(o.view.Owners, held.Member) {
			roles = append(roles, domain.RoleOwner)
		}
	}
	return roles, d.state.caughtUp
}

// linkLocked moves a membership to the account that now holds it.
func (d *state) linkLocked(org domain.ID, before, after *domain.ID, member domain.ID) {
	if after == nil || before != nil && *before == *after {
		return
	}
	m := Membership{Org: org, Member: member}
	if before != nil {
		left := slices.DeleteFunc(slices.Clone(d.accounts[*before]), func(other Membership) bool { return other == m })
		d.accounts[*before] = left
	}
	d.accounts[*after] = append(slices.Clone(d.accounts[*after]), m)
}
