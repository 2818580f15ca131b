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

// statistics tells the planner each time that the tables have doubled, beside the projector. Postgres looks for itself once a minute;
// until then it keeps plans from when the tables were empty, and these walk an organization's members for each of them.
func (e *Engine) statistics(ctx context.Context, p *projector) error {
	due := int64(statisticsLeast)
	known, unmarked, err := e.rowsKnown(ctx, p)
	if err != nil {
		e.log.WarnContext(ctx, "could not ask what the planner knows", slog.Any("error", err))
	}
	due = max(due, known)
	swept, before := p.written.Load()-unmarked, int64(-1)
	for eventlog.Pause(ctx, statisticsLook) {
		written := p.written.Load()
		if calm := written == before; calm && written-swept > max(vacuumLeast, known/10) {
			swept, known = written, max(known, written)
			if err := e.vacuum(ctx, p); err != nil && ctx.Err() == nil {
				e.log.WarnContext(ctx, "could not vacuum the read models", slog.Any("error", err))
			}
		}
		before = written
		if written < due {
			continue
		}
		due = 2*written + known
		if err := e.analyze(ctx, p); err != nil && ctx.Err() == nil {
			e.log.WarnContext(ctx, "could not renew the planner's statistics", slog.Any("error", err))
		}
	}
	return context.Cause(ctx)
}

// rowsKnown is how many rows the planner knows of in the projector's schema, and how many of them are on pages that are not marked as
// seen by everybody: all after a rebuild.
func (e *Engine) rowsKnown(ctx context.Context, p *projector) (rows, unmarked int64, err error) {
	err = e.pool.QueryRow(ctx, `SELECT coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint,
			coalesce(sum(greatest(c.reltuples, 0) * (1 - c.relallvisible::float / greatest(c.relpages, 1))) FILTER (WHERE c.relname = ANY($2)), 0)::bigint
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = $1 AND c.relkind = 'r'`, p.schema(), tables.Staged).Scan(&rows, &unmarked)
	if err != nil {
		return 0, 0, fmt.Errorf("count the rows of %s: %w", p.schema(), err)
	}
	return rows, unmarked, nil
}

// vacuum marks the pages that all readers may see, so that a dashboard of a date long ago is answered from its index alone. Postgres
// does it by itself some minutes after a large import.
func (e *Engine) vacuum(ctx context.Context, p *projector) error {
	var names []string
	for _, t := range tables.Staged {
		names = append(names, p.schema()+"."+t)
	}
	if _, err := e.pool.Exec(ctx, "VACUUM (SKIP_LOCKED) "+strings.Join(names, ", ")); err != nil {
		return fmt.Errorf("vacuum %s: %w", p.schema(), err)
	}
	return e.analyze(ctx, p)
}

// sampled makes ANALYZE look at a quarter of the rows that it takes of old: it runs often here, and nothing in the tables is so uneven
// that more rows would tell more. Postgres looks closer by itself, later.
const sampled = "SET LOCAL default_statistics_target = 25; "

func (e *Engine) analyze(ctx context.Context, p *projector) error {
	var names []string
	for _, t := range tables.Names() {
		names = append(names, p.schema()+"."+t)
	}
	err := pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, sampled+"ANALYZE "+strings.Join(names, ", "))
		return err
	})
	if err != nil {
		return fmt.Errorf("analyze %s: %w", p.schema(), err)
	}
	return nil
}
