package projections

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
)

// ErrNotLeading says that this copy does not project; ask the one that does.
var ErrNotLeading = errors.New("this copy does not lead the projection")

// Unpark tries a parked subject again: its waiting events are applied in order, in one transaction. Nothing changes when they still
// cannot be applied; the error then says why. Kind and id are as Parked lists them.
func (e *Engine) Unpark(ctx context.Context, org domain.ID, kind string, id domain.ID) error {
	p := e.lead.Load()
	if p == nil {
		return ErrNotLeading
	}
	by := subject{org, kind, id}
	err := p.within(ctx, func(tx pgx.Tx) error {
		if err := p.fence(ctx, tx); err != nil {
			return err
		}
		records, err := e.waiting(ctx, tx, by)
		if err != nil {
			return err
		}
		return p.unpark(ctx, tx, by, records)
	})
	if err == nil {
		e.wake()
	}
	return err
}

// waiting reads the subject's parked events from the log, in ledger order.
func (e *Engine) waiting(ctx context.Context, tx pgx.Tx, by subject) ([]record, error) {
	type place struct {
		Stream   string
		Revision int64
	}
	rows, err := tx.Query(ctx, `SELECT stream, revision FROM parked_events WHERE org = $1 AND kind = $2 AND subject = $3 ORDER BY commit_pos, prepare_pos`, by.org, by.kind, by.id)
	if err != nil {
		return nil, fmt.Errorf("list the waiting events: %w", err)
	}
	places, err := pgx.CollectRows(rows, pgx.RowToStructByPos[place])
	if err != nil {
		return nil, fmt.Errorf("list the waiting events: %w", err)
	}
	records := make([]record, 0, len(places))
	for _, at := range places {
		raws, err := e.events.Read(ctx, at.Stream, uint64(at.Revision))
		if err != nil || len(raws) == 0 {
			return nil, fmt.Errorf("read %s@%d, which waits: %w", at.Stream, at.Revision, err)
		}
		records = append(records, decodeRecord(&raws[0]))
	}
	return records, nil
}

func (p *projector) unpark(ctx context.Context, tx pgx.Tx, by subject, records []record) error {
	var b pgx.Batch
	parked := map[subject]bool{}
	b.Queue(`DELETE FROM parked WHERE org = $1 AND kind = $2 AND subject = $3`, by.org, by.kind, by.id)
	b.Queue(`DELETE FROM parked_events WHERE org = $1 AND kind = $2 AND subject = $3`, by.org, by.kind, by.id)
	b.Queue("SELECT org, kind, subject FROM parked").Query(readParked(parked))
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("take the marker away: %w", err)
	}
	w := newWriter(p.zones)
	var done summary
	p.foldAll(ctx, w, parked, records, nil, &done)
	if done.newlyParked > 0 {
		return fmt.Errorf("the events of %s %s still cannot be applied: %w", by.kind, by.id, firstProblem(records))
	}
	if by.kind == "member" {
		w.mark(member{by.org, by.id}, "0001-01-03", forever)
	}
	return p.settle(ctx, tx, w)
}

func firstProblem(records []record) error {
	for i := range records {
		if records[i].problem != nil {
			return records[i].problem
		}
	}
	return errors.New("the fold fails")
}
