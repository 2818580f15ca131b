package commands

import (
	"cmp"
	"context"
	"slices"

	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// RevertImport takes back what a finished import brought.
type RevertImport struct {
	Import domain.ID `json:"-"`
	// Progress is told how many of the punches and members have been dealt with; it may be nil.
	Progress func(stage ImportStage, done, total int) `json:"-"`
}

// RevertReport is what a reversal answers, the first time and every time after.
type RevertReport struct {
	ledger.Receipt
	domain.ImportReverted
}

// keptListed bounds the list of what stays, so that it fits into one event.
const keptListed = 1000

// Revert writes ImportReverted, voids each punch of the import, ends the members that it made and that have nothing else, and puts first days
// back that it moved; a repeat after a stop does the rest. An import that holds punches of whoever asks is reverted by another administrator,
// while there is one.
func (s *Imports) Revert(ctx context.Context, call ledger.Call, req RevertImport) (RevertReport, error) {
	if _, err := s.find.organization(ctx, call.Org); err != nil {
		return RevertReport{}, err
	}
	stream := domain.ImportStream(call.Org, req.Import)
	state, _, err := ledger.FoldStream[domain.ImportState](ctx, s.ledger, stream)
	if err != nil {
		return RevertReport{}, err
	}
	if _, err := state.Revert(domain.ImportReverted{}); err != nil {
		return RevertReport{}, err
	}
	t := &trace{org: call.Org, imp: req.Import}
	if err := t.follow(ctx, s.ledger); err != nil {
		return RevertReport{}, err
	}
	call, own := s.mayVoid(call, t)
	call.Subject = call.Org
	r, err := ledger.HandleClient(ctx, s.ledger, call, stream, func(st domain.ImportState, _ domain.Instant) ([]domain.Event, error) {
		if own != nil {
			return nil, own
		}
		return st.Revert(t.reverted())
	})
	r.ID = req.Import
	if err != nil {
		return RevertReport{Receipt: r}, err
	}
	if state, _, err = ledger.FoldStream[domain.ImportState](ctx, s.ledger, stream); err != nil || state.Reverted == nil {
		return RevertReport{Receipt: r}, err
	}
	u := &undoing{ledger: s.ledger, call: call, own: s.find.person(call.Org, call.Actor), reverted: state.RevertedID, trace: t}
	u.done.begin(StagePunches, len(t.punches)+len(t.people), req.Progress)
	return RevertReport{Receipt: r, ImportReverted: *state.Reverted}, u.run(ctx)
}

// mayVoid marks a revert of an import that holds punches of whoever asks, or refuses it.
func (s *Imports) mayVoid(call ledger.Call, t *trace) (ledger.Call, error) {
	own := s.find.person(call.Org, call.Actor)
	if !slices.ContainsFunc(t.sheets, func(sheet tracedSheet) bool { return sheet.member == own }) {
		return call, nil
	}
	return s.find.aboutOneself(call, own, "self_void", "this import holds punches of your own; another administrator reverts it")
}

// reverted is the event that says what will be taken back, and what stays.
func (t *trace) reverted() domain.ImportReverted {
	e := domain.ImportReverted{Import: t.imp, Punches: len(t.punches)}
	for _, id := range t.order {
		p := t.people[id]
		if p.goes() {
			e.Members++
			continue
		}
		if _, moves := p.firstDay(); moves {
			e.Joined++
		}
		reason, what := p.stays()
		switch {
		case reason == "":
		default:
			e.Kept = append(e.Kept, domain.ImportKept{Member: id, Number: p.number, What: what, Reason: reason})
		}
	}
	slices.SortFunc(e.Kept, func(a, b domain.ImportKept) int { return cmp.Compare(a.Number, b.Number) })
	e.KeptLeftOut = max(0, len(e.Kept)-keptListed)
	e.Kept = e.Kept[:len(e.Kept)-e.KeptLeftOut]
	return e
}

// undoing is one run of a reversal.
type undoing struct {
	ledger *ledger.Ledger
	call   ledger.Call
	// own is who reverts, the nil id for the administrator.
	own, reverted domain.ID
	trace         *trace
	done          counter
}

func (u *undoing) run(ctx context.Context) error {
	if err := u.void(ctx); err != nil {
		return err
	}
	for i, id := range u.trace.order {
		if err := u.person(ctx, id, i); err != nil {
			return err
		}
		u.done.add(1)
	}
	return u.numbers(ctx)
}

// void takes the punches out of the days, stream by stream.
func (u *undoing) void(ctx context.Context) error {
	items := make([][]ledger.Item[domain.TimesheetState], len(u.trace.sheets))
	for i, punch := range u.trace.punches {
		member := u.trace.sheets[punch.sheet].member
		one := u.call.Effect(u.reverted, i)
		one.Subject, one.Self = member, u.call.Self && member == u.own
		items[punch.sheet] = append(items[punch.sheet], ledger.Item[domain.TimesheetState]{Call: one, Decide: func(st domain.TimesheetState, _ domain.Instant) ([]domain.Event, error) {
			return st.Void(domain.PunchVoided{Punch: punch.id, Import: u.trace.imp})
		}})
	}
	for i, sheet := range u.trace.sheets {
		outcomes, err := handleChunks(ctx, u.ledger, sheet.stream, items[i])
		if err != nil {
			return err
		}
		for _, o := range outcomes {
			if o.Err != nil {
				return o.Err
			}
		}
		u.done.add(len(outcomes))
	}
	return nil
}

// person ends a member whom the import made and who has nothing else, or puts the first day back.
func (u *undoing) person(ctx context.Context, id domain.ID, i int) error {
	p := u.trace.people[id]
	to, moves := p.firstDay()
	if !p.goes() && !moves {
		return nil
	}
	return u.effect(ctx, id, i, func(call ledger.Call) error {
		_, err := ledger.Handle(ctx, u.ledger, call, domain.MemberStream(call.Org, id), func(st domain.MemberState, _ domain.Instant) ([]domain.Event, error) {
			if p.goes() {
				return st.Undo()
			}
			return st.PutBack(p.joined, to)
		})
		return err
	})
}

// numbers frees the numbers that the import gave to members who go, and the aliases under which nobody else punched.
func (u *undoing) numbers(ctx context.Context) error {
	for i, n := range u.trace.numbers {
		if p := u.trace.people[n.member]; p != nil && !p.goes() && !p.gone && (p.made && n.number == p.number || p.uses(n.number)) {
			continue
		}
		if err := u.effect(ctx, n.member, len(u.trace.order)+i, func(call ledger.Call) error {
			_, err := ledger.Handle(ctx, u.ledger, call, domain.BadgeStream(call.Org, n.number), func(st domain.BadgeState, _ domain.Instant) ([]domain.Event, error) {
				return st.Undo(n.number, n.member)
			})
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// effect runs a command that follows from the reversal and belongs to the import.
func (u *undoing) effect(ctx context.Context, member domain.ID, i int, do func(ledger.Call) error) error {
	call := u.call.Effect(u.reverted, stepUndo+i)
	call.Subject, call.Batch, call.Self = member, &u.trace.imp, false
	return persist(ctx, func() error { return do(call) })
}
