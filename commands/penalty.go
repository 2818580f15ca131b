package commands

import (
	"context"

	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// Penalties are waived, and restored (rules 5.3).
type Penalties struct {
	ledger *ledger.Ledger
	find   finder
}

// AboutPenalty says which penalty is meant, and why.
type AboutPenalty struct {
	Member   domain.ID       `json:"-"`
	Occasion domain.Occasion `json:"-"`
	Reason   string          `json:"reason" format:"multiline"`
	// Look refuses what is no penalty by now; what was written is answered without it.
	Look func(context.Context) error `json:"-"`
}

// Waive takes a penalty back. Nobody waives their own.
func (s *Penalties) Waive(ctx context.Context, call ledger.Call, req AboutPenalty) (ledger.Receipt, error) {
	return s.decide(ctx, call, req, func(st domain.MemberState, why *domain.Sealed[string]) ([]domain.Event, error) {
		o := req.Occasion
		return st.WaivePenalty(domain.PenaltyWaived{Date: o.Date, Section: o.Section, CheckType: o.CheckType, When: o.When, Reason: why})
	})
}

// Restore lets a waived penalty hold again; nobody decides about their own.
func (s *Penalties) Restore(ctx context.Context, call ledger.Call, req AboutPenalty) (ledger.Receipt, error) {
	return s.decide(ctx, call, req, func(st domain.MemberState, why *domain.Sealed[string]) ([]domain.Event, error) {
		o := req.Occasion
		return st.RestorePenalty(domain.PenaltyRestored{Date: o.Date, Section: o.Section, CheckType: o.CheckType, When: o.When, Reason: why})
	})
}

func (s *Penalties) decide(ctx context.Context, call ledger.Call, req AboutPenalty, decide func(domain.MemberState, *domain.Sealed[string]) ([]domain.Event, error)) (ledger.Receipt, error) {
	p := s.find.problems()
	why := domain.PrivateText(p.FreeText("/reason", req.Reason))
	if why == nil {
		p.Add("/reason", "is empty; write why")
	}
	if err := p.Err(); err != nil {
		return ledger.Receipt{}, err
	}
	if _, err := s.find.asker(ctx, call, req.Member); err != nil {
		return ledger.Receipt{}, err
	}
	call.Subject = req.Member
	own := s.find.person(call.Org, call.Actor) == req.Member
	r, err := ledger.HandleClient(ctx, s.ledger, call, domain.MemberStream(call.Org, req.Member), func(st domain.MemberState, _ domain.Instant) ([]domain.Event, error) {
		if own {
			return nil, domain.Refuse("self_waiver", "nobody takes back a penalty of their own; another administrator must")
		}
		if err := req.Look(ctx); err != nil {
			return nil, err
		}
		return decide(st, why)
	})
	r.ID = req.Member
	return r, err
}
