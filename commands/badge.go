package commands

import (
	"context"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// Badges are the numbers that machines and files know a member by, beside the 工号.
type Badges struct {
	ledger    *ledger.Ledger
	directory *directory.Directory
	find      finder
}

// AddBadge gives a member another number.
type AddBadge struct {
	Member domain.ID `json:"-"`
	Number string    `json:"number"`
	// From is the first day, inclusive; empty is the day of the command where the member is.
	From domain.Date `json:"from,omitempty"`
	// Until is the last day, inclusive; empty is open, or the last day of a membership that has ended.
	Until domain.Date `json:"until,omitempty"`
}

// Add gives a member a machine's number for some dates. A number has one holder at a time: of two who claim it, the second is refused.
func (s *Badges) Add(ctx context.Context, call ledger.Call, req AddBadge) (ledger.Receipt, error) {
	p := s.find.problems()
	e := domain.BadgeAssigned{
		Number: p.Number("/number", req.Number), Member: req.Member, Kind: domain.BadgeMachine,
		From: p.Date("/from", req.From, false), Until: p.Date("/until", req.Until, false),
	}
	if err := p.Err(); err != nil {
		return ledger.Receipt{}, err
	}
	if _, err := s.find.organization(ctx, call.Org); err != nil {
		return ledger.Receipt{}, err
	}
	m, err := s.find.member(ctx, call.Org, req.Member)
	if err != nil {
		return ledger.Receipt{}, err
	}
	if e.From == "" {
		e.From = s.find.dayOfMember(call, req.Member)
	}
	if m.Left != "" && (e.Until == "" || e.Until > m.Left) {
		e.Until = m.Left
	}
	return s.on(ctx, call, req.Member, e.Number, func(st domain.BadgeState) ([]domain.Event, error) { return st.Give(e) })
}

// RemoveBadge takes a machine's number from a member.
type RemoveBadge struct {
	Member domain.ID
	Number string
	// Until is the last day, inclusive; empty is the day of the command where the member is. A day before the first one undoes a mistake.
	Until domain.Date
}

// Remove ends the holding of a machine's number; punches that were recorded under it stay the member's.
func (s *Badges) Remove(ctx context.Context, call ledger.Call, req RemoveBadge) (ledger.Receipt, error) {
	p := s.find.problems()
	number, until := p.Number("/number", req.Number), p.Date("/until", req.Until, false)
	if err := p.Err(); err != nil {
		return ledger.Receipt{}, err
	}
	if _, err := s.find.organization(ctx, call.Org); err != nil {
		return ledger.Receipt{}, err
	}
	if _, err := s.find.member(ctx, call.Org, req.Member); err != nil {
		return ledger.Receipt{}, err
	}
	if until == "" {
		until = s.find.dayOfMember(call, req.Member)
	}
	return s.on(ctx, call, req.Member, number, func(st domain.BadgeState) ([]domain.Event, error) {
		return st.TakeBack(number, req.Member, until)
	})
}

// on decides on a number's own stream, about a member.
func (s *Badges) on(ctx context.Context, call ledger.Call, member domain.ID, number string, decide func(domain.BadgeState) ([]domain.Event, error)) (ledger.Receipt, error) {
	call.Subject = member
	r, err := ledger.HandleClient(ctx, s.ledger, call, domain.BadgeStream(call.Org, number), func(st domain.BadgeState, _ domain.Instant) ([]domain.Event, error) {
		return decide(st)
	})
	r.ID = member
	return r, err
}
