package projections

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/projections/tables"
)

const (
	// statisticsLeast is how many new rows the planner is told of at first; later it is told each time the tables have doubled.
	statisticsLeast = 500
	// statisticsLook is how often the rows are counted.
	statisticsLook = 200 * time.Millisecond
	// vacuumLeast is how many rows are written before it is worth telling Postgres which pages everybody may see.
	vacuumLeast = 20_000
)

// analyzer tells the planner of rows that were written, beside the leader.
type analyzer struct {
	base
	live *Live
}

// run tells the planner each time that the tables have doubled, beside the projector. Postgres looks for itself once a minute;
// until then it keeps plans from when the tables were empty, and these walk an organization's members for each of them.
func (a *analyzer) run(ctx context.Context) error {
	due := int64(statisticsLeast)
	known, unmarked, err := a.rowsKnown(ctx)
	if err != nil {
		a.log.WarnContext(ctx, "could not ask what the planner knows", slog.Any("error", err))
	}
	due = max(due, known)
	swept, before := a.live.days.Written.Load()-unmarked, int64(-1)
	for eventlog.Pause(ctx, statisticsLook) {
		written := a.live.days.Written.Load()
		if calm := written == before; calm && written-swept > max(vacuumLeast, known/10) {
			swept, known = written, max(known, written)
			if err := a.vacuum(ctx); err != nil && ctx.Err() == nil {
				a.log.WarnContext(ctx, "could not vacuum the read models", slog.Any("error", err))
			}
		}
		before = written
		if written < due {
			continue
		}
		due = 2*written + known
		if err := a.analyze(ctx); err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "could not renew the planner's statistics", slog.Any("error", err))
		}
	}
	return context.Cause(ctx)
}

// rowsKnown is how many rows the planner knows of in the projector's schema, and how many of them are on pages that are not marked as
// seen by everybody: all after a rebuild.
func (a *analyzer) rowsKnown(ctx context.Context) (rows, unmarked int64, err error) {
	err = a.pool.QueryRow(ctx, `SELECT coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint,
			coalesce(sum(greatest(c.reltuples, 0) * (1 - c.relallvisible::float / greatest(c.relpages, 1))) FILTER (WHERE c.relname = ANY($2)), 0)::bigint
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = $1 AND c.relkind = 'r'`, a.live.schema.Name(), tables.Staged).Scan(&rows, &unmarked)
	if err != nil {
		return 0, 0, fmt.Errorf("count the rows of %s: %w", a.live.schema.Name(), err)
	}
	return rows, unmarked, nil
}

// vacuum marks the pages that all readers may see, so that a dashboard of a date long ago is answered from its index alone. Postgres
// does it by itself some minutes after a large import.
func (a *analyzer) vacuum(ctx context.Context) error {
	var names []string
	for _, t := range tables.Staged {
		names = append(names, a.live.schema.Name()+"."+t)
	}
	if _, err := a.pool.Exec(ctx, "VACUUM (SKIP_LOCKED) "+strings.Join(names, ", ")); err != nil {
		return fmt.Errorf("vacuum %s: %w", a.live.schema.Name(), err)
	}
	return a.analyze(ctx)
}

func (a *analyzer) analyze(ctx context.Context) error {
	var names []string
	for _, t := range tables.Names() {
		names = append(names, a.live.schema.Name()+"."+t)
	}
	err := pgx.BeginFunc(ctx, a.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, tables.Sampled+"ANALYZE "+strings.Join(names, ", "))
		return err
	})
	if err != nil {
		return fmt.Errorf("analyze %s: %w", a.live.schema.Name(), err)
	}
	return nil
}
