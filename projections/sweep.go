package projections

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/projections/assess"
	"github.com/dakahq/daka/projections/fold"
	"github.com/dakahq/daka/projections/tables"
)

// sweep drains slices until nothing is dirty or ctx ends. A slice whose rows Postgres refuses is taken member by member, so that one whose
// days cannot be written keeps nobody else's from being assessed.
func (p *projector) sweep(ctx context.Context) error {
	for size := sliceFirst; ; {
		more, took, err := p.drain(ctx, size)
		size = fitting(size, took)
		switch {
		case err != nil && p.blames(ctx, err):
			p.log.WarnContext(ctx, "assessing days failed, looking for the member", slog.Any("error", err))
			if err := p.sweepApart(ctx); err != nil {
				return err
			}
		case err != nil:
			return err
		case !more:
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

// sweepApart assesses each dirty member of a slice in a transaction of its own.
func (p *projector) sweepApart(ctx context.Context) error {
	rows, err := p.pool.Query(ctx, "SELECT org, member FROM "+p.schema()+".dirty ORDER BY org, member LIMIT $1", sliceRows(sliceFirst))
	if err != nil {
		return fmt.Errorf("list who is dirty: %w", err)
	}
	var all []tables.MemberKey
	var m tables.MemberKey
	_, err = pgx.ForEachRow(rows, []any{(*[16]byte)(&m.Org), (*[16]byte)(&m.ID)}, func() error {
		all = append(all, m)
		return nil
	})
	if err != nil {
		return fmt.Errorf("list who is dirty: %w", err)
	}
	for _, m := range all {
		err := p.ordered(ctx, func(tx pgx.Tx) error { return p.assessMarked(ctx, tx, m) })
		if err != nil && p.blames(ctx, err) {
			fault := &assess.Fault{MemberKey: m, Cause: err}
			err = p.ordered(ctx, func(tx pgx.Tx) error {
				if _, err := tx.Exec(ctx, "DELETE FROM dirty WHERE org = $1 AND member = $2", m.Org, m.ID); err != nil {
					return err
				}
				return p.parkDays(ctx, tx, []*assess.Fault{fault})
			})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// assessMarked assesses a slice of one member's dirty range.
func (p *projector) assessMarked(ctx context.Context, tx pgx.Tx, m tables.MemberKey) error {
	rows, err := tx.Query(ctx, dirtyRanges()+`WHERE d.org = $1 AND d.member = $2`, m.Org, m.ID)
	if err != nil {
		return fmt.Errorf("read a dirty range: %w", err)
	}
	spans, _, err := p.take(ctx, tx, rows, sliceDays, true)
	if err != nil || len(spans) == 0 {
		return err
	}
	return p.assess(ctx, tx, spans, nil)
}

// ordered is within, under the leader's fence where the schema is the live one.
func (p *projector) ordered(ctx context.Context, do func(pgx.Tx) error) error {
	if p.live {
		return p.fenced(ctx, do)
	}
	return p.within(ctx, do)
}

// daysReason is the same for every date and every try, so that a replay parks with the same row; the log says more.
const daysReason = "some days of this member cannot be assessed; the log names the fault"

// parkDays notes the members with days that cannot be assessed. Their events are applied all the same, and their other days assessed.
func (p *projector) parkDays(ctx context.Context, tx pgx.Tx, faults []*assess.Fault) error {
	for _, fault := range faults {
		p.log.ErrorContext(ctx, "days cannot be assessed", slog.Any("org", fault.Org), slog.Any("member", fault.ID), slog.Any("cause", fault.Cause))
		_, err := tx.Exec(ctx, `INSERT INTO parked (org, kind, subject, commit_pos, prepare_pos, stream, revision, reason, since) VALUES ($1, $2, $3, 0, 0, '', -1, $4, NULL) ON CONFLICT DO NOTHING`, fault.Org, fold.KindDays, fault.ID, daysReason)
		if err != nil {
			return fmt.Errorf("note days that cannot be assessed: %w", err)
		}
	}
	return nil
}
