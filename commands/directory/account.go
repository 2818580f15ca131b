package directory

import (
	"slices"

	"github.com/dakahq/daka/domain"
)

// Membership says in which organization an account is which member.
type Membership struct {
	Org, Member domain.ID
}

// Memberships gives where an account is or was a member, in recorded order; Member tells whether it still is.
func (d *Directory) Memberships(account domain.ID) []Membership {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.accounts[account]
}

// linkLocked moves a membership to the account that now holds it.
func (d *Directory) linkLocked(org domain.ID, before, after *domain.ID, member domain.ID) {
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
