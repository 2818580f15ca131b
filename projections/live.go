package projections

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/apply"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/fold"
)

// Live writes the read models that people read, page by page, for the copy that leads. It owns the ledger index and the durable checkpoint.
type Live struct {
	pool   *pgxpool.Pool
	schema *apply.Schema
	days   *apply.Days
	heads  *apply.Heads
	// index is the ledger index that pages append to.
	index *apply.Index
	// epoch is the leader's fence.
	epoch int64
	at    eventlog.Position
	plans *facts.Cache
	brake *brake
	seen  counters
}

const (
	// errStale says that another leader has taken over; this one must stop.
	errStale = apply.Order("another leader has taken over")
	// errReplaced says that a rebuild has swapped the schema under the projector.
	errReplaced = apply.Order("the read models were replaced by a rebuild")
	// errMoved is answered by reading again from the durable checkpoint.
	errMoved = apply.Order("the checkpoint moved")
)

// live makes the writer of the schema that people read now, at its durable checkpoint.
func (of *leader) live(ctx context.Context, epoch int64) (*Live, error) {
	l := &Live{
		pool: of.pool, schema: &apply.Schema{Pool: of.pool, Log: of.log, Shape: of.shape, PlainRows: of.plain.Copy}, heads: &apply.Heads{}, index: apply.NewIndex(apply.LiveIndex, 0),
		epoch: epoch, plans: of.plans, brake: of.brake,
	}
	l.days = &apply.Days{Schema: l.schema, Plans: of.plans, Announce: announce, PlainFacts: of.plain.Cache}
	l.schema.Forget = l.forget
	l.forget()
	err := of.pool.QueryRow(ctx, "SELECT version, commit_pos, prepare_pos FROM projector").Scan(&l.schema.Version, &l.at.Commit, &l.at.Prepare)
	if err != nil {
		return nil, fmt.Errorf("read the projector: %w", err)
	}
	return l, nil
}

// forget drops everything kept in memory, after anything that did not commit.
func (l *Live) forget() {
	l.days.Forget()
	l.index.Forget()
	l.heads.Forget()
}

// apply commits a page: checkpoint, heads, ledger index, rows and days in one transaction.
func (l *Live) apply(ctx context.Context, pg *feed.Page) error {
	return l.schema.Apply(ctx, pg, l.whole)
}

func (l *Live) whole(ctx context.Context, pg *feed.Page, poison error) error {
	var done fold.Summary
	err := l.schema.Within(ctx, func(tx pgx.Tx) (err error) {
		done, err = l.write(ctx, tx, pg, poison)
		return err
	})
	if err != nil {
		return err
	}
	l.at = pg.Last
	l.seen.add(done)
	l.days.Written.Add(int64(len(pg.Records)))
	l.brake.note(done.Failed, pg.Records)
	return nil
}

func (l *Live) write(ctx context.Context, tx pgx.Tx, pg *feed.Page, poison error) (done fold.Summary, err error) {
	open, err := l.openPage(ctx, tx, pg)
	if err != nil {
		return done, err
	}
	if err := l.contradiction(open.heads, pg.Records); err != nil {
		return done, err
	}
	w := fold.NewWriter(l.plans)
	fresh, err := l.heads.Gapless(w, open.heads, pg.Records)
	if err != nil {
		return done, err
	}
	done.Duplicates = len(pg.Records) - len(fresh)
	if err := l.appendLedger(ctx, tx, w, open, fresh); err != nil {
		return done, err
	}
	fold.All(ctx, l.schema.Log, w, open.parked, fresh, poison, &done)
	if err := l.brake.check(done.Failed, pg.Records, pg.Live); err != nil {
		return done, err
	}
	return done, l.settle(ctx, tx, w)
}

// opening is what a page finds: the checkpoint moved, the heads of its streams, what is parked, and where the ledger index ends.
type opening struct {
	heads  map[string]uint64
	parked map[fold.Subject]bool
	ledger eventlog.Position
	// epoch is the ledger's.
	epoch int64
}

// openPage moves the checkpoint, which is the fence of every page, and reads all this in one round trip.
func (l *Live) openPage(ctx context.Context, tx pgx.Tx, pg *feed.Page) (o opening, err error) {
	var b pgx.Batch
	moved := int64(1)
	last := &pg.Records[len(pg.Records)-1]
	b.Queue(`UPDATE projector SET commit_pos = $1, prepare_pos = $2, updated_at = now(), problem = '', at_stream = $7, at_revision = $8, at_event = $9
		WHERE epoch = $3 AND version = $4 AND commit_pos = $5 AND prepare_pos = $6 AND NOT EXISTS (SELECT FROM projection.log WHERE rollback <> '')`,
		int64(pg.Last.Commit), int64(pg.Last.Prepare), l.epoch, l.schema.Version, int64(l.at.Commit), int64(l.at.Prepare), last.Stream, int64(last.Revision), last.ID).
		Exec(func(tag pgconn.CommandTag) error { moved = tag.RowsAffected(); return nil })
	b.Queue("SELECT commit_pos, prepare_pos, epoch FROM ledger.ledger_head FOR UPDATE").QueryRow(func(row pgx.Row) error { return row.Scan(&o.ledger.Commit, &o.ledger.Prepare, &o.epoch) })
	o.heads = l.heads.Ask(&b, pg.Records)
	o.parked = map[fold.Subject]bool{}
	b.Queue("SELECT org, kind, subject FROM parked").Query(fold.ReadParked(o.parked))
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return o, fmt.Errorf("open a page: %w", err)
	}
	if moved != 1 {
		return o, l.whyNot(ctx, tx)
	}
	return o, nil
}

// appendLedger indexes a page's events, and moves the index's own head with them.
func (l *Live) appendLedger(ctx context.Context, tx pgx.Tx, w *fold.Writer, o opening, records []feed.Record) error {
	l.index.Epoch = o.epoch
	if l.index.Head != o.ledger {
		l.index.Forget()
	}
	added, err := l.index.Append(ctx, tx, o.ledger, records)
	if added && err == nil {
		w.Do("UPDATE ledger.ledger_head SET commit_pos = $1, prepare_pos = $2", int64(l.index.Head.Commit), int64(l.index.Head.Prepare))
	}
	return err
}

// settle writes what the fold collected and assesses what that is little work for.
func (l *Live) settle(ctx context.Context, tx pgx.Tx, w *fold.Writer) error {
	announce(w)
	if err := l.days.Flush(ctx, tx, w); err != nil {
		return err
	}
	return l.days.Inline(ctx, tx, w)
}

// fence holds the epoch for a transaction that moves no checkpoint.
func (l *Live) fence(ctx context.Context, tx pgx.Tx) error {
	var one int
	err := tx.QueryRow(ctx, `SELECT 1 FROM projector WHERE epoch = $1 AND version = $2 FOR SHARE`, l.epoch, l.schema.Version).Scan(&one)
	if errors.Is(err, pgx.ErrNoRows) {
		return l.whyNot(ctx, tx)
	}
	return err
}

// fenced is a transaction of the live tables in which no page moves the checkpoint.
func (l *Live) fenced(ctx context.Context, do func(pgx.Tx) error) error {
	return l.schema.Within(ctx, func(tx pgx.Tx) error {
		if err := l.fence(ctx, tx); err != nil {
			return err
		}
		return do(tx)
	})
}

// sweep assesses what is dirty, slice by slice.
func (l *Live) sweep(ctx context.Context) error { return l.days.Sweep(ctx, l.fenced) }

func (l *Live) whyNot(ctx context.Context, tx pgx.Tx) error {
	var epoch, version int64
	var at eventlog.Position
	var rollback string
	err := tx.QueryRow(ctx, "SELECT epoch, version, commit_pos, prepare_pos, rollback FROM projector, projection.log").Scan(&epoch, &version, &at.Commit, &at.Prepare, &rollback)
	switch {
	case err != nil:
		return fmt.Errorf("read the checkpoint: %w", err)
	case epoch != l.epoch:
		return errStale
	case version != l.schema.Version:
		return errReplaced
	case rollback != "":
		return errToldElsewhere
	}
	return fmt.Errorf("the checkpoint is at %d, not at %d where this page begins: %w", at.Commit, l.at.Commit, errMoved)
}

// contradiction refuses a page in which a new place of the log holds a revision that the read models have already: what was read before is
// gone, and something else was written since. An event that is only delivered twice comes from an old place.
func (l *Live) contradiction(heads map[string]uint64, records []feed.Record) error {
	highest := l.at
	for i := range records {
		r := &records[i]
		if !feed.After(r.Position, highest) {
			continue
		}
		highest = r.Position
		if head, known := heads[r.Stream]; known && r.Revision <= head {
			return &RollbackError{Stream: r.Stream, Revision: r.Revision, Event: r.ID,
				Found: fmt.Sprintf("that revision was read before, and now it stands at the new position %d", r.Position.Commit)}
		}
	}
	return nil
}

// rewind takes the durable checkpoint as the place to read from and forgets what memory holds.
func (l *Live) rewind(ctx context.Context) (at eventlog.Position, err error) {
	err = l.schema.Hold(func() error {
		l.forget()
		if err := l.pool.QueryRow(ctx, "SELECT commit_pos, prepare_pos FROM projector").Scan(&at.Commit, &at.Prepare); err != nil {
			return fmt.Errorf("read the checkpoint: %w", err)
		}
		l.at = at
		return nil
	})
	return at, err
}

// announce tells the other copies which organizations a page touched, when it commits.
func announce(w *fold.Writer) {
	if len(w.Orgs) > 0 {
		w.Do("SELECT pg_notify($1, $2)", channel, payload(w.Orgs))
	}
}
