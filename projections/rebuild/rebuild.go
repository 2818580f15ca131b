package rebuild

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/tables"
)

// Rebuilder makes read models beside the live ones.
type Rebuilder struct {
	// Pool owns the database.
	Pool   *pgxpool.Pool
	Events *eventlog.Log
	Log    *slog.Logger
	Shape  tables.Shape
	// Plans are compiled rules, which the live tables share.
	Plans *facts.Cache
	// Scratch is the folder of the file that holds punches back, about 350 bytes each.
	Scratch string
	// InTurn writes punches in their turn, PlainRead decodes them as any event, and PlainRows writes without COPY; for measurements.
	InTurn, PlainRead, PlainRows bool

	building sync.Mutex
}

// ErrBusy says that another rebuild or comparison runs, here or in another copy.
var ErrBusy = errors.New("another rebuild or comparison is running; try again when it is done")

// rebuildLock is the advisory lock of the one rebuild or diff.
const rebuildLock int64 = 0x64616b62

// swapEvents bounds what is applied while the live projector waits at the swap.
const swapEvents = 2000

// Rebuild replays the ledger into a fresh schema beside the live one and swaps; reads never fail meanwhile. First it asks check whether the log
// may be read. progress hears how many events are applied of how many there are; nil hears nothing. took is until readers saw the new read
// models; the old ones are cleared away after that. Errors: ErrBusy, *apply.GapError, those of check, infrastructure.
func (b *Rebuilder) Rebuild(ctx context.Context, check func(context.Context) error, progress func(done, total uint64)) (took time.Duration, err error) {
	begun := time.Now()
	err = b.alone(ctx, func() error {
		if err := check(ctx); err != nil {
			return err
		}
		s, old, err := b.shadow(ctx, nil)
		if err != nil {
			return err
		}
		err = b.fill(ctx, s, b.head, progress)
		if err == nil {
			err = b.swap(ctx, s)
		}
		if err != nil {
			return errors.Join(err, tables.DropSchema(context.WithoutCancel(ctx), b.Pool, s.schema.Version))
		}
		took = time.Since(begun)
		b.Log.InfoContext(ctx, "read models rebuilt", slog.Any("version", s.schema.Version), slog.Duration("took", took), slog.Group("of", s.laps...))
		if old == 0 {
			return nil
		}
		eventlog.Pause(ctx, time.Second) // A reader that parsed its query before the swap has opened its tables by then.
		return tables.DropSchema(ctx, b.Pool, old)
	})
	return took, err
}

// alone holds the lock of rebuilds and diffs, over all copies.
func (b *Rebuilder) alone(ctx context.Context, do func() error) error {
	if !b.building.TryLock() {
		return ErrBusy
	}
	defer b.building.Unlock()
	conn, err := pgx.ConnectConfig(ctx, b.Pool.Config().ConnConfig.Copy())
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
func (b *Rebuilder) shadow(ctx context.Context, only *domain.ID) (s *Shadow, live int64, err error) {
	var leftovers []int64
	err = pgx.BeginFunc(ctx, b.Pool, func(tx pgx.Tx) error {
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
		s = b.newShadow(version, only)
		return b.Shape.Create(ctx, tx, version, !b.InTurn)
	})
	if err != nil {
		return nil, 0, err
	}
	for _, version := range leftovers {
		if err := tables.DropSchema(ctx, b.Pool, version); err != nil {
			return nil, 0, err
		}
	}
	return s, live, nil
}

// head is the live checkpoint: a shadow never runs ahead of it, because the ledger index is appended by the live projector. A shape's first
// read models have none; they end where the index does.
func (b *Rebuilder) head(ctx context.Context) (at eventlog.Position, err error) {
	var version int64
	err = b.Pool.QueryRow(ctx, "SELECT version, commit_pos, prepare_pos FROM projector").Scan(&version, &at.Commit, &at.Prepare)
	if err == nil && version == 0 {
		err = b.Pool.QueryRow(ctx, "SELECT commit_pos, prepare_pos FROM ledger.ledger_head").Scan(&at.Commit, &at.Prepare)
	}
	if err != nil {
		return at, fmt.Errorf("read the checkpoint: %w", err)
	}
	return at, nil
}

// fill replays up to a position, then computes all days and makes the keys.
func (b *Rebuilder) fill(ctx context.Context, s *Shadow, until feed.CheckpointReader, progress func(done, total uint64)) error {
	if progress == nil {
		progress = func(uint64, uint64) {}
	}
	total, err := b.size(ctx, s.heads.Only)
	if err != nil {
		return err
	}
	target, err := until(ctx)
	if err != nil {
		return err
	}
	if !b.InTurn {
		if err = s.holdBack(b.Scratch, total); err != nil {
			return err
		}
		defer func(f *spill) { _ = f.close() }(s.held.spill)
	}
	var done uint64
	begun := time.Now()
	err = s.replay(ctx, b.Events, target, func(n int) {
		done += uint64(n)
		progress(done, max(total, done))
	})
	if err != nil {
		return err
	}
	s.lap("reading", begun)
	if b.InTurn {
		return s.sweep(ctx)
	}
	return s.finish(ctx)
}

// size is how many events the ledger index holds.
func (b *Rebuilder) size(ctx context.Context, only *domain.ID) (total uint64, err error) {
	if err := b.Pool.QueryRow(ctx, sizeSQL, only).Scan(&total); err != nil {
		return 0, fmt.Errorf("read the ledger's size: %w", err)
	}
	return total, nil
}

// errBehind asks the swap to catch up outside the lock first.
var errBehind = errors.New("too far behind for the swap")

// swap catches up, then takes the live projector's row for a moment: both stand at the same position, and readers see the new tables.
func (b *Rebuilder) swap(ctx context.Context, s *Shadow) error {
	for {
		target, err := b.head(ctx)
		if err != nil {
			return err
		}
		if err := s.replay(ctx, b.Events, target, func(int) {}); err != nil {
			return err
		}
		if err := s.sweep(ctx); err != nil {
			return err
		}
		err = s.schema.Within(ctx, func(tx pgx.Tx) error { return b.swapIn(ctx, tx, s) })
		if !errors.Is(err, errBehind) {
			return err
		}
	}
}

func (b *Rebuilder) swapIn(ctx context.Context, tx pgx.Tx, s *Shadow) error {
	var at eventlog.Position
	var live int64
	err := tx.QueryRow(ctx, "SELECT version, commit_pos, prepare_pos FROM projector FOR UPDATE").Scan(&live, &at.Commit, &at.Prepare)
	if err != nil {
		return fmt.Errorf("hold the live projector: %w", err)
	}
	if live == 0 {
		err = b.beginWith(ctx, tx, s)
	} else {
		err = s.applyRest(ctx, tx, b.Events, at)
	}
	if err != nil {
		return err
	}
	if err := s.drain(ctx, tx); err != nil {
		return err
	}
	return b.Shape.Show(ctx, tx, s.schema.Version)
}

// beginWith makes the place up to which a shape's first read models were made its checkpoint.
func (b *Rebuilder) beginWith(ctx context.Context, tx pgx.Tx, s *Shadow) error {
	if s.at.IsZero() {
		return nil
	}
	last, found, err := b.Events.At(ctx, s.at)
	if err != nil || !found {
		return errors.Join(err, fmt.Errorf("look for the event at %d, up to which the read models were made", s.at.Commit))
	}
	_, err = tx.Exec(ctx, "UPDATE projector SET commit_pos = $1, prepare_pos = $2, at_stream = $3, at_revision = $4, at_event = $5, updated_at = now()",
		int64(s.at.Commit), int64(s.at.Prepare), last.Stream, int64(last.Revision), last.ID)
	return err
}
