package projections

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/fold"
	"github.com/dakahq/daka/projections/query"
	"github.com/dakahq/daka/projections/tables"
)

// ErrNotLeading says that this copy does not project; ask the one that does.
var ErrNotLeading = errors.New("this copy does not lead the projection; ask the one that does, which GET admin/projections names")

// ErrNotParked says that no such subject is parked.
var ErrNotParked = errors.New("nothing is parked under this organization, kind and subject")

// StillParked is a subject whose events this program cannot apply either.
type StillParked struct{ query.Parked }

// Error names the subject and the reason.
func (e *StillParked) Error() string {
	return fmt.Sprintf("the events of %s %s still cannot be applied: %s", e.Kind, e.Subject, e.Reason)
}

// parking tries again what is parked.
type parking struct {
	base
	ledgers *query.Ledgers
	// places reads what waits.
	places placeReader
	brake  *brake
	// program tells this version from others; empty is the sum of the program's own file.
	program string
	// kick wakes the sweeper, after a page or a try.
	kick chan struct{}
}

// wake wakes the sweeper.
func (k *parking) wake() {
	select {
	case k.kick <- struct{}{}:
	default:
	}
}

// Unpark tries a parked subject again: what waits is applied in order, page by page, up to the first event that still cannot be. The error then
// says why; later events wait on. Kind and id are as Parked lists them. Where everything of the organization is parked, all of it is tried.
func (e *Engine) Unpark(ctx context.Context, org domain.ID, kind string, id domain.ID) error {
	return e.parking.unpark(ctx, org, kind, id)
}

// UnparkAll tries everything that is parked again, and lets a projector that had halted go on: what it cannot apply from now until the next
// start parks. It says how many subjects were parked before; Parked lists what is left.
func (e *Engine) UnparkAll(ctx context.Context) (tried int, err error) {
	return e.parking.unparkAll(ctx)
}

func (k *parking) unpark(ctx context.Context, org domain.ID, kind string, id domain.ID) error {
	p := k.state.lead.Load()
	if p == nil {
		return ErrNotLeading
	}
	by, err := p.scope(ctx, fold.Subject{Org: org, Kind: kind, ID: id})
	if err == nil {
		err = k.retry(ctx, p, by)
	}
	if err != nil {
		return err
	}
	return k.stillParked(ctx, by)
}

func (k *parking) stillParked(ctx context.Context, by fold.Subject) error {
	left, err := k.ledgers.Parked(ctx, &by.Org)
	for _, l := range left {
		if by.Kind == fold.KindEverything || l.Kind == by.Kind && l.Subject == by.ID {
			return &StillParked{l}
		}
	}
	return err
}

func (k *parking) unparkAll(ctx context.Context) (tried int, err error) {
	p := k.state.lead.Load()
	if p == nil {
		return 0, ErrNotLeading
	}
	var halt *HaltError
	if was := k.state.halt.Load(); was != nil && errors.As(*was, &halt) {
		k.brake.release()
		k.state.halt.Store(nil)
		if _, err := k.pool.Exec(ctx, "UPDATE projector SET problem = ''"); err != nil {
			return 0, fmt.Errorf("let the projector go on: %w", err)
		}
	}
	return k.retryAll(ctx, p)
}

// retryAll tries each parked subject; one that fails keeps the others from nothing.
func (k *parking) retryAll(ctx context.Context, p *Live) (tried int, err error) {
	all, err := k.ledgers.Parked(ctx, nil)
	if err != nil {
		return 0, err
	}
	whole := map[domain.ID]bool{}
	for _, s := range all {
		whole[s.Org] = whole[s.Org] || s.Kind == fold.KindEverything
	}
	var failed error
	for _, s := range all {
		by := fold.Subject{Org: s.Org, Kind: s.Kind, ID: s.Subject}
		if whole[s.Org] && by.Kind != fold.KindEverything && by.Kind != fold.KindDays {
			continue
		}
		if by, err = p.scope(ctx, by); err == nil {
			err = k.retry(ctx, p, by)
		}
		if err != nil && !errors.Is(err, ErrNotParked) {
			failed = errors.Join(failed, err)
		}
	}
	return len(all), failed
}

// scope is what is tried for a subject: itself, or everything of its organization where that is parked; all that waits of it then stands
// under that one, in the order of the ledger.
func (p *Live) scope(ctx context.Context, by fold.Subject) (fold.Subject, error) {
	found := by
	err := p.fenced(ctx, func(tx pgx.Tx) error {
		parked := map[fold.Subject]bool{}
		rows, err := tx.Query(ctx, "SELECT org, kind, subject FROM parked WHERE org = $1", by.Org)
		if err == nil {
			err = fold.ReadParked(parked)(rows)
		}
		if err != nil {
			return fmt.Errorf("look what is parked: %w", err)
		}
		if !parked[by] {
			return ErrNotParked
		}
		all := fold.Everything(by.Org)
		if !parked[all] || by.Kind == fold.KindDays {
			return nil
		}
		found = all
		var b pgx.Batch
		b.Queue(`UPDATE parked_events SET kind = $2, subject = $3 WHERE org = $1`, by.Org, all.Kind, all.ID)
		b.Queue(`DELETE FROM parked WHERE org = $1 AND kind NOT IN ($2, $3)`, by.Org, fold.KindEverything, fold.KindDays)
		return tx.SendBatch(ctx, &b).Close()
	})
	return found, err
}

// retryPage is how many waiting events are tried in one transaction; pages of new events come between.
const retryPage = 500

// retry applies what waits under a subject, page by page. The log is read beside the projector, which goes on meanwhile.
func (k *parking) retry(ctx context.Context, p *Live, by fold.Subject) error {
	defer k.wake()
	if by.Kind == fold.KindDays {
		return p.fenced(ctx, func(tx pgx.Tx) error { return p.letGo(ctx, tx, by) })
	}
	for {
		records, err := k.waiting(ctx, p, by)
		if err != nil {
			return err
		}
		stuck, err := p.retryWaiting(ctx, by, records)
		if err != nil || stuck {
			return err
		}
	}
}

// retryWaiting applies a page of waiting events; an event that makes Postgres refuse the page is found one by one. Stuck says that there is no
// more to do: an event parked the subject again, or nothing was left.
func (p *Live) retryWaiting(ctx context.Context, by fold.Subject, records []feed.Record) (stuck bool, err error) {
	stuck, err = p.retryOnce(ctx, by, records, nil)
	if err == nil || !p.schema.Blames(ctx, err) {
		return stuck, err
	}
	for i := range records {
		one := records[i : i+1]
		stuck, err = p.retryOnce(ctx, by, one, nil)
		if err != nil && p.schema.Blames(ctx, err) {
			stuck, err = p.retryOnce(ctx, by, one, err)
		}
		if err != nil || stuck {
			return stuck, err
		}
	}
	return false, nil
}

func (p *Live) retryOnce(ctx context.Context, by fold.Subject, records []feed.Record, poison error) (stuck bool, err error) {
	err = p.fenced(ctx, func(tx pgx.Tx) error {
		parked := map[fold.Subject]bool{}
		var left int
		var b pgx.Batch
		b.Queue("SELECT org, kind, subject FROM parked").Query(fold.ReadParked(parked))
		b.Queue("SELECT count(*) FROM parked_events WHERE org = $1 AND kind = $2 AND subject = $3", by.Org, by.Kind, by.ID).
			QueryRow(func(row pgx.Row) error { return row.Scan(&left) })
		for i := range records {
			at := records[i].Position
			b.Queue(`DELETE FROM parked_events WHERE commit_pos = $1 AND prepare_pos = $2 AND stream = $3`, int64(at.Commit), int64(at.Prepare), records[i].Stream)
		}
		if err := tx.SendBatch(ctx, &b).Close(); err != nil {
			return fmt.Errorf("take what waits: %w", err)
		}
		switch {
		case !parked[by]:
			stuck = true
			return nil
		case left == 0:
			stuck = true
			return p.letGo(ctx, tx, by)
		}
		delete(parked, by)
		w := fold.NewWriter(p.plans)
		fold.All(ctx, p.schema.Log, w, parked, records, poison, &fold.Summary{})
		if stuck = parked[by]; stuck { // its row speaks of another event now
			w.First(`DELETE FROM parked WHERE org = $1 AND kind = $2 AND subject = $3`, by.Org, by.Kind, by.ID)
		}
		return p.settle(ctx, tx, w)
	})
	return stuck, err
}

// letGo takes a subject's marker away, which nothing waits behind any more.
func (p *Live) letGo(ctx context.Context, tx pgx.Tx, by fold.Subject) error {
	w := fold.NewWriter(p.plans)
	w.Orgs[by.Org] = true
	w.Do(`DELETE FROM parked WHERE org = $1 AND kind = $2 AND subject = $3`, by.Org, by.Kind, by.ID)
	if by.Kind == "member" || by.Kind == fold.KindDays {
		w.MarkDates(tables.MemberKey{Org: by.Org, ID: by.ID}, facts.Span{From: tables.FirstDate, To: facts.Forever()})
	}
	return p.settle(ctx, tx, w)
}
