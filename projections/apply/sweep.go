package apply

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/projections/assess"
	"github.com/dakahq/daka/projections/tables"
)

// Transaction runs do in a transaction of the schema: Schema.Within, under the leader's fence where the tables are live.
type Transaction func(ctx context.Context, do func(pgx.Tx) error) error

// Sweep drains slices until nothing is dirty or ctx ends. A slice whose rows Postgres refuses is taken member by member, so that one whose
// days cannot be written keeps nobody else's from being assessed.
func (d *Days) Sweep(ctx context.Context, in Transaction) error {
	for size := sliceFirst; ; {
		more, took, err := d.Drain(ctx, in, size)
		size = fitting(size, took)
		switch {
		case err != nil && d.Schema.Blames(ctx, err):
			d.Schema.Log.WarnContext(ctx, "assessing days failed, looking for the member", slog.Any("error", err))
			if err := d.sweepApart(ctx, in); err != nil {
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
func (d *Days) sweepApart(ctx context.Context, in Transaction) error {
	rows, err := d.Schema.Pool.Query(ctx, "SELECT org, member FROM "+d.Schema.Name()+".dirty ORDER BY org, member LIMIT $1", sliceRows(sliceFirst))
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
		err := in(ctx, func(tx pgx.Tx) error { return d.assessMarked(ctx, tx, m) })
		if err != nil && d.Schema.Blames(ctx, err) {
			fault := &assess.Fault{MemberKey: m, Cause: err}
			err = in(ctx, func(tx pgx.Tx) error {
				if _, err := tx.Exec(ctx, "DELETE FROM dirty WHERE org = $1 AND member = $2", m.Org, m.ID); err != nil {
					return err
				}
				return d.ParkDays(ctx, tx, []*assess.Fault{fault})
			})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// assessMarked assesses a slice of one member's dirty range.
func (d *Days) assessMarked(ctx context.Context, tx pgx.Tx, m tables.MemberKey) error {
	rows, err := tx.Query(ctx, dirtySQL+`WHERE d.org = $1 AND d.member = $2`, m.Org, m.ID)
	if err != nil {
		return fmt.Errorf("read a dirty range: %w", err)
	}
	spans, _, err := d.take(ctx, tx, rows, SliceDays, true)
	if err != nil || len(spans) == 0 {
		return err
	}
	return d.assess(ctx, tx, spans, nil)
}
