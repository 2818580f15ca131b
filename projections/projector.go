package projections

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/assess"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/fold"
	"github.com/dakahq/daka/projections/tables"
)

// projector writes one schema of read models, page by page. The leader's also owns the ledger index and the durable checkpoint.
type projector struct {
	pool    *pgxpool.Pool
	log     *slog.Logger
	shape   tables.Shape
	version int64
	// epoch is the leader's fence; 0 for a shadow, which nobody else writes.
	epoch int64
	live  bool
	at    eventlog.Position
	// only restricts a shadow to one organization.
	only *domain.ID
	// bulk holds punches back while a rebuild replays, and leaves all days to its end; nil otherwise.
	bulk *bulk
	// gate bounds the keys that a rebuild makes at once.
	gate chan struct{}
	// laps are how long the parts of a rebuild took.
	laps []any

	mu sync.Mutex
	// next is held by who waits for mu: a page comes after one slice, however eager the sweeper is.
	next sync.Mutex
	orgs map[domain.ID]*facts.Organization
	// index is the ledger index that pages append to, nil for none.
	index *indexer
	// heads is the memory of a shadow that writes its stream heads at the end; nil reads them from Postgres.
	heads map[string]uint64
	// recent are heads of a live schema as its last pages left them.
	recent map[string]uint64
	hot    *assess.Cache
	cache  *facts.Cache
	brake  *brake
	seen   counters
	// turn is the organization whose days were assessed last.
	turn domain.ID
	// written counts events and days, for the planner's statistics.
	written atomic.Int64
}

// A page assesses itself up to inlineDays when its punches are those of a moment: around nearDays of each member. Files bring months of
// a member in many pages; beyond fewDays their days are left to the slices between pages, which judge each only once.
const (
	inlineDays = 40_000
	nearDays   = 8
	fewDays    = 2_000
)

var (
	// errStale says that another leader has taken over; this one must stop.
	errStale = errors.New("another leader has taken over")
	// errReplaced says that a rebuild has swapped the schema under the projector.
	errReplaced = errors.New("the read models were replaced by a rebuild")
)

// GapError is an event that the feed left out: its successor came first. The projector stops and never skips it.
type GapError struct {
	Stream         string
	Expected, Seen uint64
}

// Error names the stream and both revisions.
func (e *GapError) Error() string {
	return fmt.Sprintf("event missing: %s came with revision %d, expected %d", e.Stream, e.Seen, e.Expected)
}

func (p *projector) schema() string { return fmt.Sprintf("rm_%d", p.version) }

// begin opens a transaction on the projector's schema. The checkpoint is in the same transaction as the rows, so a
// commit that Postgres loses in a crash is simply read again. Every statement of a page goes by key, whatever the planner thinks of
// tables that have just been filled.
func (p *projector) begin(ctx context.Context) (pgx.Tx, error) { return p.beginOn(ctx, p.pool) }

// opener is a connection or a pool of them.
type opener interface {
	BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error)
}

func (p *projector) beginOn(ctx context.Context, on opener) (pgx.Tx, error) {
	begin := `BEGIN; SET LOCAL search_path TO ` + p.schema() + `, ` + p.shape.Path() + `; SET LOCAL synchronous_commit = off; SET LOCAL jit = off;
		SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off`
	if p.bulk == nil {
		begin += ";" + tables.StageScript()
	}
	tx, err := on.BeginTx(ctx, pgx.TxOptions{BeginQuery: begin})
	if err != nil {
		return nil, fmt.Errorf("begin a page: %w", err)
	}
	if p.bulk == nil {
		return &tables.StagedTx{Tx: tx, Used: map[string]bool{}}, nil
	}
	return tx, nil
}

// forget drops everything kept in memory, after anything that did not commit.
func (p *projector) forget() {
	p.orgs = map[domain.ID]*facts.Organization{}
	if p.index != nil {
		p.index.tails = map[domain.ID]*ledgerTail{}
	}
	p.recent = map[string]uint64{}
	p.hot = assess.NewCache()
}

// within runs one transaction; only one runs at a time, and a failure forgets what memory learned in it.
func (p *projector) within(ctx context.Context, do func(pgx.Tx) error) error {
	p.next.Lock()
	p.mu.Lock()
	p.next.Unlock()
	defer p.mu.Unlock()
	tx, err := p.begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if err = safely(tx, do); err == nil {
		err = tx.Commit(ctx)
	}
	if err != nil {
		p.forget()
	}
	return err
}

// panicError is a fault of the program in the middle of a page; it comes again on every try.
type panicError struct{ text string }

func (e *panicError) Error() string { return "panic: " + e.text }

func safely(tx pgx.Tx, do func(pgx.Tx) error) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = &panicError{fmt.Sprintf("%v\n%s", caught, debug.Stack())}
		}
	}()
	return do(tx)
}

// apply commits a page: checkpoint, heads, ledger index, rows and days in one transaction.
func (p *projector) apply(ctx context.Context, pg *feed.Page) error {
	err := p.applyWhole(ctx, pg, nil)
	if err == nil || !p.blames(ctx, err) {
		return err
	}
	p.log.WarnContext(ctx, "page failed, looking for the event that does it", slog.Any("error", err), slog.Int("events", len(pg.Records)))
	return p.applyParts(ctx, pg)
}

func (p *projector) applyWhole(ctx context.Context, pg *feed.Page, poison error) error {
	var done fold.Summary
	err := p.within(ctx, func(tx pgx.Tx) (err error) {
		done, err = p.write(ctx, tx, pg, poison)
		return err
	})
	if err == nil && p.bulk != nil {
		err = p.keep()
	}
	if err == nil {
		p.at = pg.Last
		p.seen.add(done)
		p.written.Add(int64(len(pg.Records)))
		if p.live {
			p.brake.note(done.Failed, pg.Records)
		}
	}
	return err
}

func (p *projector) write(ctx context.Context, tx pgx.Tx, pg *feed.Page, poison error) (done fold.Summary, err error) {
	open, err := p.openPage(ctx, tx, pg)
	if err != nil {
		return done, err
	}
	w := fold.NewWriter(p.cache)
	w.Lazy, w.Holds = p.bulk != nil, p.bulk != nil
	if p.live {
		if err := p.contradiction(open.heads, pg.Records); err != nil {
			return done, err
		}
	}
	fresh, err := p.gapless(w, open.heads, pg.Records)
	if err != nil {
		return done, err
	}
	done.Duplicates = len(pg.Records) - len(fresh)
	if p.index != nil {
		if err := p.appendLedger(ctx, tx, w, open, fresh); err != nil {
			return done, err
		}
	}
	fold.All(ctx, p.log, w, open.parked, fresh, poison, &done)
	if p.live {
		if err := p.brake.check(done.Failed, pg.Records, pg.Live); err != nil {
			return done, err
		}
	}
	return done, p.settle(ctx, tx, w)
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
func (p *projector) openPage(ctx context.Context, tx pgx.Tx, pg *feed.Page) (o opening, err error) {
	var b pgx.Batch
	moved := int64(1)
	if p.live {
		last := &pg.Records[len(pg.Records)-1]
		b.Queue(`UPDATE projector SET commit_pos = $1, prepare_pos = $2, updated_at = now(), problem = '', at_stream = $7, at_revision = $8, at_event = $9
			WHERE epoch = $3 AND version = $4 AND commit_pos = $5 AND prepare_pos = $6 AND NOT EXISTS (SELECT FROM projection.log WHERE rollback <> '')`,
			int64(pg.Last.Commit), int64(pg.Last.Prepare), p.epoch, p.version, int64(p.at.Commit), int64(p.at.Prepare), last.Stream, int64(last.Revision), last.ID).
			Exec(func(tag pgconn.CommandTag) error { moved = tag.RowsAffected(); return nil })
		b.Queue("SELECT commit_pos, prepare_pos, epoch FROM ledger.ledger_head FOR UPDATE").QueryRow(func(row pgx.Row) error { return row.Scan(&o.ledger.Commit, &o.ledger.Prepare, &o.epoch) })
	}
	if o.heads = p.heads; o.heads == nil {
		o.heads = map[string]uint64{}
		if unknown := p.recall(o.heads, streamsOf(pg.Records)); len(unknown) > 0 {
			b.Queue("SELECT stream, revision FROM stream_heads WHERE stream = ANY($1)", unknown).Query(readHeads(o.heads))
		}
	}
	o.parked = map[fold.Subject]bool{}
	b.Queue("SELECT org, kind, subject FROM parked").Query(fold.ReadParked(o.parked))
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return o, fmt.Errorf("open a page: %w", err)
	}
	if moved != 1 {
		return o, p.whyNot(ctx, tx)
	}
	return o, nil
}

// recentMost bounds the heads kept in memory; one takes about 150 bytes.
const recentMost = 32_768

// recall fills in the heads that memory has, and gives the streams that it has not.
func (p *projector) recall(heads map[string]uint64, streams []string) (unknown []string) {
	if len(p.recent) > recentMost {
		p.recent = map[string]uint64{}
	}
	for _, s := range streams {
		if revision, ok := p.recent[s]; ok {
			heads[s] = revision
		} else {
			unknown = append(unknown, s)
		}
	}
	return unknown
}

// settle writes what the fold collected and assesses what that is little work for.
func (p *projector) settle(ctx context.Context, tx pgx.Tx, w *fold.Writer) error {
	p.announce(w)
	if p.bulk != nil {
		p.bulk.page = w.Withhold()
	}
	if err := w.Flush(ctx, tx); err != nil {
		return err
	}
	for org := range w.Stale {
		delete(p.orgs, org)
	}
	for org := range w.Other {
		p.hot.EvictOrganization(org)
	}
	if p.bulk != nil {
		return nil
	}
	return p.assessInline(ctx, tx, w)
}

// fence holds the epoch for a transaction that moves no checkpoint.
func (p *projector) fence(ctx context.Context, tx pgx.Tx) error {
	var one int
	err := tx.QueryRow(ctx, `SELECT 1 FROM projector WHERE epoch = $1 AND version = $2 FOR SHARE`, p.epoch, p.version).Scan(&one)
	if errors.Is(err, pgx.ErrNoRows) {
		return p.whyNot(ctx, tx)
	}
	return err
}

func (p *projector) whyNot(ctx context.Context, tx pgx.Tx) error {
	var epoch, version int64
	var at eventlog.Position
	var rollback string
	err := tx.QueryRow(ctx, "SELECT epoch, version, commit_pos, prepare_pos, rollback FROM projector, projection.log").Scan(&epoch, &version, &at.Commit, &at.Prepare, &rollback)
	switch {
	case err != nil:
		return fmt.Errorf("read the checkpoint: %w", err)
	case epoch != p.epoch:
		return errStale
	case version != p.version:
		return errReplaced
	case rollback != "":
		return errToldElsewhere
	}
	return fmt.Errorf("the checkpoint is at %d, not at %d where this page begins: %w", at.Commit, p.at.Commit, errMoved)
}

// errMoved is answered by reading again from the durable checkpoint.
var errMoved = errors.New("the checkpoint moved")

// gapless drops duplicates and refuses a page in which an event is missing (reliability, gap rules).
func (p *projector) gapless(w *fold.Writer, heads map[string]uint64, records []feed.Record) ([]feed.Record, error) {
	fresh, all := records[:0:0], true
	for i := range records {
		r := &records[i]
		if p.only != nil && r.Name.Org != *p.only {
			fresh, all = leaveOut(fresh, records, i, all), false
			continue
		}
		if r.Tombstone { // it comes at the end of all revisions, and parks its subject
			if !all {
				fresh = append(fresh, *r)
			}
			continue
		}
		head, known := w.Heads[r.Stream]
		if !known {
			head, known = heads[r.Stream]
		}
		next := uint64(0)
		if known {
			next = head + 1
		}
		if r.Revision > next {
			return nil, &GapError{Stream: r.Stream, Expected: next, Seen: r.Revision}
		}
		if r.Revision < next {
			fresh, all = leaveOut(fresh, records, i, all), false
			continue
		}
		w.Heads[r.Stream] = r.Revision
		if p.heads == nil {
			p.recent[r.Stream] = r.Revision
		}
		if !all {
			fresh = append(fresh, *r)
		}
	}
	if all {
		return records, nil
	}
	return fresh, nil
}

// leaveOut begins a copy of the page at its first record that is left out; most pages never need one.
func leaveOut(fresh, records []feed.Record, at int, first bool) []feed.Record {
	if first {
		return append(fresh, records[:at]...)
	}
	return fresh
}

// streamsOf lists the streams of a page, each once.
func streamsOf(records []feed.Record) (streams []string) {
	asked := make(map[string]bool, len(records))
	for i := range records {
		if s := records[i].Stream; !asked[s] {
			asked[s] = true
			streams = append(streams, s)
		}
	}
	return streams
}

func readHeads(heads map[string]uint64) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		var stream string
		var revision int64
		_, err := pgx.ForEachRow(rows, []any{&stream, &revision}, func() error {
			heads[stream] = uint64(revision)
			return nil
		})
		return err
	}
}

// announce tells the other copies which organizations a page touched, when it commits.
func (p *projector) announce(w *fold.Writer) {
	if !p.live || len(w.Orgs) == 0 {
		return
	}
	w.Do("SELECT pg_notify($1, $2)", channel, payload(w.Orgs))
}
