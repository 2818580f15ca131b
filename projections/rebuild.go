package projections

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/tables"
)

// ErrBusy says that another rebuild or comparison runs, here or in another copy.
var ErrBusy = errors.New("another rebuild or comparison is running; try again when it is done")

// rebuildLock is the advisory lock of the one rebuild or diff.
const rebuildLock int64 = 0x64616b62

// swapEvents bounds what is applied while the live projector waits at the swap.
const swapEvents = 2000

// Rebuild replays the ledger into a fresh schema beside the live one and swaps; reads never fail meanwhile. progress hears how many
// events are applied of how many there are. took is until readers saw the new read models; the old ones are cleared away after that.
// Errors: ErrBusy, *GapError, infrastructure.
func (e *Engine) Rebuild(ctx context.Context, progress func(done, total uint64)) (took time.Duration, err error) {
	begun := time.Now()
	err = e.alone(ctx, func() error {
		if err := e.CheckLog(ctx); err != nil {
			return err
		}
		p, old, err := e.shadow(ctx, nil)
		if err != nil {
			return err
		}
		err = e.fillShadow(ctx, p, e.head, progress)
		if err == nil {
			err = e.swap(ctx, p)
		}
		if err != nil {
			return errors.Join(err, tables.DropSchema(context.WithoutCancel(ctx), e.pool, p.version))
		}
		took = time.Since(begun)
		e.log.InfoContext(ctx, "read models rebuilt", slog.Any("version", p.version), slog.Duration("took", took), slog.Group("of", p.laps...))
		if old == 0 {
			return nil
		}
		eventlog.Pause(ctx, time.Second) // A reader that parsed its query before the swap has opened its tables by then.
		return tables.DropSchema(ctx, e.pool, old)
	})
	return took, err
}

// alone holds the lock of rebuilds and diffs, over all copies.
func (e *Engine) alone(ctx context.Context, do func() error) error {
	if !e.building.TryLock() {
		return ErrBusy
	}
	defer e.building.Unlock()
	conn, err := pgx.ConnectConfig(ctx, e.pool.Config().ConnConfig.Copy())
	if err != nil {
		return fmt.Errorf("connect for the lock of rebuilds: %w", tables.Down(err))
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var got bool
	if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", rebuildLock).Scan(&got); err != nil {
		return fmt.Errorf("ask for the lock of rebuilds: %w", err)
	}
	if !got {
		return ErrBusy
	}
	// Postgres notices a closed connection a moment later; who comes next would find the lock still held.
	defer func() { _, _ = conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", rebuildLock) }()
	return do()
}

// shadow makes empty read models beside the live ones and clears what a killed rebuild left.
func (e *Engine) shadow(ctx context.Context, only *domain.ID) (p *projector, live int64, err error) {
	var leftovers []int64
	err = pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, "SELECT version FROM projector").Scan(&live); err != nil {
			return fmt.Errorf("read the projector: %w", err)
		}
		rows, err := tx.Query(ctx, `SELECT substr(nspname, 4)::bigint FROM pg_namespace WHERE nspname ~ '^rm_[0-9]+$'
			AND substr(nspname, 4)::bigint NOT IN (SELECT version FROM projection.shapes)`)
		if err != nil {
			return fmt.Errorf("look for leftovers: %w", err)
		}
		if leftovers, err = pgx.CollectRows(rows, pgx.RowTo[int64]); err != nil {
			return fmt.Errorf("look for leftovers: %w", err)
		}
		version, err := tables.NextVersion(ctx, tx)
		if err != nil {
			return err
		}
		p = e.writerOf(version)
		p.only, p.heads, p.gate = only, map[string]uint64{}, newGate()
		return p.shape.Create(ctx, tx, version, true)
	})
	if err != nil {
		return nil, 0, err
	}
	for _, version := range leftovers {
		if err := tables.DropSchema(ctx, e.pool, version); err != nil {
			return nil, 0, err
		}
	}
	return p, live, nil
}

// head is the live checkpoint: a shadow never runs ahead of it, because the ledger index is appended by the live projector. A shape's first
// read models have none; they end where the index does.
func (e *Engine) head(ctx context.Context) (at eventlog.Position, err error) {
	var version int64
	err = e.pool.QueryRow(ctx, "SELECT version, commit_pos, prepare_pos FROM projector").Scan(&version, &at.Commit, &at.Prepare)
	if err != nil {
		return at, fmt.Errorf("read the checkpoint: %w", err)
	}
	if version == 0 {
		return e.beginAt(ctx)
	}
	return at, nil
}

// fillShadow replays up to a position, then computes all days and makes the keys.
func (e *Engine) fillShadow(ctx context.Context, p *projector, until feed.CheckpointReader, progress func(done, total uint64)) error {
	if progress == nil {
		progress = func(uint64, uint64) {}
	}
	total, err := e.size(ctx, p.only)
	if err != nil {
		return err
	}
	target, err := until(ctx)
	if err != nil {
		return err
	}
	if p.bulk, err = newBulk(e.scratchDir, total); err != nil {
		return err
	}
	defer func(s *spill) { _ = s.close() }(p.bulk.spill)
	var done uint64
	begun := time.Now()
	err = p.replay(ctx, e.events, target, func(n int) {
		done += uint64(n)
		progress(done, max(total, done))
	})
	if err != nil {
		return err
	}
	p.lap("reading", begun)
	return p.finish(ctx)
}

// lap notes how long a part of a rebuild took, for its last word.
func (p *projector) lap(what string, begun time.Time) {
	p.laps = append(p.laps, slog.Duration(what, time.Since(begun).Round(time.Millisecond)))
}

// size is how many events the ledger index holds.
func (e *Engine) size(ctx context.Context, only *domain.ID) (total uint64, err error) {
	s, err := e.Ledgers.Sizes(ctx)
	for _, l := range s {
		if only == nil || l.Org == *only {
			total += uint64(l.Size)
		}
	}
	return total, err
}

// finish turns a schema with facts, and punches held back, into a complete one.
func (p *projector) finish(ctx context.Context) error {
	begun := time.Now()
	if err := p.inSchema(ctx, "keys of the facts", tables.FactIndexesSQL+sampled+"ANALYZE "+strings.Join(factTables(), ", ")); err != nil {
		return err
	}
	p.lap("facts", begun)
	begun = time.Now()
	if err := p.load(ctx); err != nil {
		return err
	}
	p.lap("punches_and_days", begun)
	said := p.bulk.said
	p.bulk, p.heads = nil, nil
	if err := p.tell(ctx, said); err != nil {
		return err
	}
	return p.inSchema(ctx, "views of the days", tables.PrimaryKeys+tables.Views()+tables.CloseScript(p.version, tables.Names()))
}

func (p *projector) inSchema(ctx context.Context, what, script string) error {
	err := p.within(ctx, func(tx pgx.Tx) error {
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

func (p *projector) writeHeads(ctx context.Context) func(pgx.Tx) error {
	return func(tx pgx.Tx) error {
		rows := make([][]any, 0, len(p.heads))
		for stream, revision := range p.heads {
			rows = append(rows, []any{stream, int64(revision)})
		}
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"stream_heads"}, []string{"stream", "revision"}, pgx.CopyFromRows(rows))
		if err == nil {
			_, err = tx.Exec(ctx, sampled+"ANALYZE stream_heads")
		}
		return err
	}
}

// errBehind asks the swap to catch up outside the lock first.
var errBehind = errors.New("too far behind for the swap")

// swap catches up, then takes the live projector's row for a moment: both stand at the same position, and readers see the new tables.
func (e *Engine) swap(ctx context.Context, p *projector) error {
	for {
		target, err := e.head(ctx)
		if err != nil {
			return err
		}
		if err := p.replay(ctx, e.events, target, func(int) {}); err != nil {
			return err
		}
		if err := p.sweep(ctx); err != nil {
			return err
		}
		err = p.within(ctx, func(tx pgx.Tx) error { return e.swapIn(ctx, tx, p) })
		if !errors.Is(err, errBehind) {
			return err
		}
	}
}

func (e *Engine) swapIn(ctx context.Context, tx pgx.Tx, p *projector) error {
	var at eventlog.Position
	var live int64
	err := tx.QueryRow(ctx, "SELECT version, commit_pos, prepare_pos FROM projector FOR UPDATE").Scan(&live, &at.Commit, &at.Prepare)
	if err != nil {
		return fmt.Errorf("hold the live projector: %w", err)
	}
	if live == 0 {
		err = e.beginWith(ctx, tx, p)
	} else {
		err = e.applyRest(ctx, tx, p, at)
	}
	if err != nil {
		return err
	}
	for more := true; more; {
		if more, err = p.drainSlice(ctx, tx, sliceDays); err != nil {
			return err
		}
	}
	return p.shape.Show(ctx, tx, p.version)
}

// beginWith makes the place up to which a shape's first read models were made its checkpoint.
func (e *Engine) beginWith(ctx context.Context, tx pgx.Tx, p *projector) error {
	if p.at.IsZero() {
		return nil
	}
	last, found, err := e.events.At(ctx, p.at)
	if err != nil || !found {
		return errors.Join(err, fmt.Errorf("look for the event at %d, up to which the read models were made", p.at.Commit))
	}
	_, err = tx.Exec(ctx, "UPDATE projector SET commit_pos = $1, prepare_pos = $2, at_stream = $3, at_revision = $4, at_event = $5, updated_at = now()",
		int64(p.at.Commit), int64(p.at.Prepare), last.Stream, int64(last.Revision), last.ID)
	return err
}

// applyRest applies the few events that the live projector committed since, inside the swap's transaction.
func (e *Engine) applyRest(ctx context.Context, tx pgx.Tx, p *projector, until eventlog.Position) error {
	if !feed.After(until, p.at) {
		return nil
	}
	var raws []eventlog.Raw
	err := e.events.ReadAll(ctx, p.at, 0, func(raw eventlog.Raw) error {
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
	_, err = p.write(ctx, tx, feed.NewPage(raws, false, p.index != nil), nil)
	return err
}
