package directory

import (
	"cmp"
	"slices"

	"github.com/dakahq/daka/domain"
)

// Holding is a badge number in a member's hands; see domain.Holding.
type Holding = domain.Holding

// Badge is a number that a member has or had.
type Badge struct {
	Number string
	Holding
}

// Badges are the numbers that members have, and had.
type Badges struct{ state *state }

// Of gives every number that a member has or had, by number, then by date.
func (d Badges) Of(org, member domain.ID) []Badge {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	var out []Badge
	if o := d.state.orgs[org]; o != nil {
		for number, held := range o.badges {
			for _, h := range held.Holdings {
				if h.Member == member {
					out = append(out, Badge{number, h})
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b Badge) int { return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.From, b.From)) })
	return out
}

// On gives who has a number on a date; false for a date that nobody has.
func (d Badges) On(org domain.ID, number string, date domain.Date) (domain.ID, bool) {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	if o := d.state.orgs[org]; o != nil {
		for _, h := range o.badges[number].Holdings {
			if h.On(date) {
				return h.Member, true
			}
		}
	}
	return domain.ID{}, false
}

func (o *organization) evolveBadge(r *domain.Recorded) {
	switch e := r.Event.(type) {
	case domain.BadgeAssigned:
		o.badges[e.Number] = o.badges[e.Number].Evolve(*r)
	case domain.BadgeReleased:
		o.badges[e.Number] = o.badges[e.Number].Evolve(*r)
	}
}
