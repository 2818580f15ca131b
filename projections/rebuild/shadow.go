package rebuild

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/apply"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/fold"
	"github.com/dakahq/daka/projections/tables"
)

// Shadow writes a schema that nobody reads yet. While held is not nil punches wait in a file, and no day is assessed; after load it writes pages
// as the live tables are written, but without checkpoint, fence and announcements.
type Shadow struct {
	schema *apply.Schema
	days   *apply.Days
	heads  *apply.Heads
	// index is the ledger index that pages append to, nil for none.
	index *apply.Index
	plans *facts.Cache
	at    eventlog.Position
	held  *heldBack
	// gate bounds the keys that are made at once.
	gate chan struct{}
	// plainRead decodes punches as any event.
	plainRead bool
	// laps are how long the parts took.
	laps []any
}

// newShadow writes a version's schema; of one organization, or of all where only is nil.
func (b *Rebuilder) newShadow(version int64, only *domain.ID) *Shadow {
	s := &Shadow{
		schema: &apply.Schema{Pool: b.Pool, Log: b.Log, Shape: b.Shape, Version: version, PlainRows: b.PlainRows}, heads: &apply.Heads{Only: only},
		plans: b.Plans, gate: newGate(), plainRead: b.PlainRead,
	}
	s.days = &apply.Days{Schema: s.schema, Plans: b.Plans}
	s.schema.Forget = s.forget
	s.forget()
	return s
}

func (s *Shadow) forget() {
	s.days.Forget()
	s.heads.Forget()
	if s.index != nil {
		s.index.Forget()
	}
}

// holdBack keeps punches back from now on.
func (s *Shadow) holdBack(dir string, events uint64) (err error) {
	s.held, err = newHeldBack(dir, events)
	s.schema.Bare, s.heads.Whole = err == nil, map[string]uint64{}
	return err
}

// release writes pages whole from now on; the file of the punches is done with.
func (s *Shadow) release() (held *heldBack) {
	held, s.held, s.heads.Whole, s.schema.Bare = s.held, nil, nil, false
	return held
}

func (s *Shadow) apply(ctx context.Context, pg *feed.Page) error {
	return s.schema.Apply(ctx, pg, s.whole)
}

func (s *Shadow) whole(ctx context.Context, pg *feed.Page, poison error) error {
	err := s.schema.Within(ctx, func(tx pgx.Tx) error { return s.write(ctx, tx, pg, poison) })
	if err == nil && s.held != nil {
		maps.Copy(s.heads.Whole, s.held.page.Heads)
		err = s.held.keep()
	}
	if err == nil {
		s.at = pg.Last
	}
	return err
}

func (s *Shadow) write(ctx context.Context, tx pgx.Tx, pg *feed.Page, poison error) error {
	var b pgx.Batch
	heads, parked := s.heads.Ask(&b, pg.Records), map[fold.Subject]bool{}
	b.Queue("SELECT org, kind, subject FROM parked").Query(fold.ReadParked(parked))
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("open a page: %w", err)
	}
	w := fold.NewWriter(s.plans)
	w.Lazy, w.Holds = s.held != nil, s.held != nil
	fresh, err := s.heads.Gapless(w, heads, pg.Records)
	if err != nil {
		return err
	}
	if s.index != nil {
		if _, err := s.index.Append(ctx, tx, eventlog.Position{}, fresh); err != nil {
			return err
		}
	}
	fold.All(ctx, s.schema.Log, w, parked, fresh, poison, &fold.Summary{})
	if s.held != nil {
		s.held.page = w.Withhold()
		return s.days.Flush(ctx, tx, w)
	}
	if err := s.days.Flush(ctx, tx, w); err != nil {
		return err
	}
	return s.days.Inline(ctx, tx, w)
}

// sweep assesses what is dirty, slice by slice.
func (s *Shadow) sweep(ctx context.Context) error { return s.days.Sweep(ctx, s.schema.Within) }

// drain assesses what is dirty inside a transaction that readers wait for.
func (s *Shadow) drain(ctx context.Context, tx pgx.Tx) error {
	for more := true; more; {
		var err error
		if more, err = s.days.Slice(ctx, tx, apply.SliceDays); err != nil {
			return err
		}
	}
	return nil
}

// lap notes how long a part took, for the last word.
func (s *Shadow) lap(what string, begun time.Time) {
	s.laps = append(s.laps, slog.Duration(what, time.Since(begun).Round(time.Millisecond)))
}

// finish turns a schema with facts, and punches held back, into a complete one.
func (s *Shadow) finish(ctx context.Context) error {
	begun := time.Now()
	if err := s.inSchema(ctx, "keys of the facts", tables.FactIndexesSQL+tables.Sampled+"ANALYZE "+strings.Join(factTables(), ", ")); err != nil {
		return err
	}
	s.lap("facts", begun)
	begun = time.Now()
	if err := s.load(ctx); err != nil {
		return err
	}
	s.lap("punches_and_days", begun)
	if err := s.applyUpdates(ctx, s.release().updates); err != nil {
		return err
	}
	return s.inSchema(ctx, "views of the days", tables.PrimaryKeys+tables.Views()+tables.CloseScript(s.schema.Version, tables.Names()))
}

func (s *Shadow) inSchema(ctx context.Context, what, script string) error {
	err := s.schema.Within(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, wholeTables+script)
		return err
	})
	if err != nil {
		return fmt.Errorf("make the %s: %w", what, err)
	}
	return nil
}

// wholeTables lets the planner read tables from end to end. Several indexes are made at a time; workers for one of them would only double its cost.
// Keys of a million rows and more are made in a third less time with 8 MB, which a processor keeps near, than with 128 or 256 MB.
const wholeTables = "SET LOCAL maintenance_work_mem = '8MB'; SET LOCAL max_parallel_maintenance_workers = 0; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL work_mem = '32MB'; SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; "

func (s *Shadow) writeHeads(ctx context.Context) func(pgx.Tx) error {
	return func(tx pgx.Tx) error {
		rows := make([][]any, 0, len(s.heads.Whole))
		for stream, revision := range s.heads.Whole {
			rows = append(rows, []any{stream, int64(revision)})
		}
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"stream_heads"}, []string{"stream", "revision"}, pgx.CopyFromRows(rows))
		if err == nil {
			_, err = tx.Exec(ctx, tables.Sampled+"ANALYZE stream_heads")
		}
		return err
	}
}

// indexBeside makes the shadow keep a ledger index of its own, under the epoch in force.
func (s *Shadow) indexBeside(ctx context.Context) (epoch int64, err error) {
	table := s.schema.Name() + ".ledger_index"
	err = s.schema.Pool.QueryRow(ctx, "SELECT epoch FROM ledger.ledger_head").Scan(&epoch)
	if err == nil {
		_, err = s.schema.Pool.Exec(ctx, "CREATE TABLE "+table+" (LIKE ledger.ledger_index INCLUDING INDEXES)")
	}
	if err != nil {
		return 0, fmt.Errorf("prepare a ledger index to compare with: %w", err)
	}
	s.index = apply.NewIndex(table, epoch)
	return epoch, nil
}

// applyRest applies the few events that the live projector committed since, inside the swap's transaction.
func (s *Shadow) applyRest(ctx context.Context, tx pgx.Tx, log *eventlog.Log, until eventlog.Position) error {
	if !feed.After(until, s.at) {
		return nil
	}
	var raws []eventlog.Raw
	err := log.ReadAll(ctx, s.at, 0, func(raw eventlog.Raw) error {
		if feed.After(raw.Position, until) || len(raws) > swapEvents {
			return feed.ErrEnough
		}
		if _, ours := domain.ParseStream(raw.Stream); ours {
			raws = append(raws, raw)
		}
		return nil
	})
	switch {
	case err != nil && !errors.Is(err, feed.ErrEnough):
		return fmt.Errorf("read up to the swap: %w", err)
	case len(raws) > swapEvents:
		return errBehind
	case len(raws) == 0:
		return nil
	}
	return s.write(ctx, tx, feed.NewPage(raws, false, s.index != nil), nil)
}
