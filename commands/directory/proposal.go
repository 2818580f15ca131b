package directory

import (
	"slices"

	"github.com/dakahq/daka/domain"
)

// Proposal is the first of two persons' words for a role, or that an owner shall be one no longer; another owner's word is missing.
type Proposal struct {
	Member domain.ID
	Role   domain.Role
	// Removal says that the member shall be an owner no longer.
	Removal bool
	// By is who said it, At when.
	By domain.Actor
	At domain.Instant
}

func proposalOf(e domain.RoleProposed, meta domain.Metadata) Proposal {
	return Proposal{Member: e.Member, Role: e.Role, By: meta.Actor, At: meta.ReceivedAt}
}

// unproposed gives the proposals that are not about a member, in a slice of its own.
func unproposed(before []Proposal, member domain.ID) []Proposal {
	return slices.DeleteFunc(slices.Clone(before), func(p Proposal) bool { return p.Member == member })
}

// answered ends the proposal of an auditor when that role was granted or refused.
func (m *Member) answered(role domain.Role) {
	switch role {
	case domain.RoleAuditor:
		m.AuditorProposed = nil
	case domain.RoleHR:
		m.HRProposed = nil
	}
}

func (m *Member) proposed(p Proposal) {
	if p.Role == domain.RoleHR {
		m.HRProposed = &p
		return
	}
	m.AuditorProposed = &p
}

// Proposals are what waits for a second owner's word, the oldest first; who has left is no longer proposed.
func (d *Directory) Proposals(org domain.ID) []Proposal {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	o := d.state.orgs[org]
	if o == nil {
		return nil
	}
	var out []Proposal
	for _, p := range slices.Concat(o.view.ProposedOwners, o.view.ProposedRemovals) {
		if m := o.members[p.Member]; m != nil && m.Left == "" {
			out = append(out, p)
		}
	}
	for _, m := range o.members {
		for _, p := range []*Proposal{m.AuditorProposed, m.HRProposed} {
			if p != nil && m.Left == "" {
				out = append(out, *p)
			}
		}
	}
	slices.SortFunc(out, func(a, b Proposal) int { return a.At.Time().Compare(b.At.Time()) })
	return out
}
