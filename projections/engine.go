// Package projections folds the ledger into read models that a page, a program or an auditor asks.
package projections

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dakahq/daka/commands/eventlog"
)

// Config is what an engine needs.
type Config struct {
	// Pool owns the database: it migrates, creates and drops schemas. No transaction pooler may stand before it.
	Pool *pgxpool.Pool
	// App reads for people as AppRole; nil makes a pool of the owner's address that steps down to it. Close closes that one.
	App *pgxpool.Pool
	// Log is the ledger.
	Log *eventlog.Log
	// Logger hears what happens; nil is silent.
	Logger *slog.Logger
	// Name tells this copy from others in the status; empty is fine.
	Name string
	// Scratch is where a rebuild keeps punches for its time, about 350 bytes each; empty is the system's folder for such files.
	Scratch string
	// Program tells this version from others; empty is the sum of the program's own file. What is parked is tried again when it changes.
	Program string
	// Source replaces the feed of Log, for tests that inject faults.
	Source Source
}

// Engine follows the ledger when it leads, and answers about the read models always.
type Engine struct {
	*Reader
	pool    *pgxpool.Pool
	events  *eventlog.Log
	source  Source
	log     *slog.Logger
	name    string
	program string
	// scratchDir takes the file of a rebuild.
	scratchDir string
	plans      *planCache
	zones      *zoneCache
	brake      *brake
	hub        *hub
	// lookout looks for readers that wait.
	lookout lookout
	feed    atomic.Pointer[feed]
	lead    atomic.Pointer[projector]
	halt    atomic.Pointer[error]
	last    atomic.Pointer[error]
	stats   stats
	// kick wakes the sweeper after a page.
	kick chan struct{}
	// close closes the pool that Open made, nil for none.
	close func()
	// building is held by a rebuild or a diff of this copy.
	building sync.Mutex
}

// Open migrates the database and makes the first read models; it starts nothing.
func Open(ctx context.Context, c Config) (*Engine, error) {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	for _, step := range []func(context.Context, *pgxpool.Pool) error{ensureRole, migrate, found, closeLive} {
		if err := step(ctx, c.Pool); err != nil {
			return nil, err
		}
	}
	e := &Engine{
		pool: c.Pool, events: c.Log, source: c.Source, log: c.Logger, name: c.Name, program: c.Program, scratchDir: c.Scratch,
		plans: &planCache{}, zones: &zoneCache{}, brake: &brake{now: time.Now}, hub: newHub(), kick: make(chan struct{}, 1),
	}
	if e.source == nil {
		e.source = logSource{c.Log}
	}
	e.Reader = &Reader{pool: c.Pool, app: c.App}
	if c.App == nil {
		var err error
		if e.app, err = appPool(ctx, c.Pool); err != nil {
			return nil, err
		}
		e.close = e.app.Close
	}
	if err := e.proveWalls(ctx); err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

// Close lets go of what Open made; the pools that it was given stay open.
func (e *Engine) Close() {
	if e.close != nil {
		e.close()
	}
}

// Run leads when no other copy does, else waits for its turn; it returns when ctx ends.
func (e *Engine) Run(ctx context.Context) error {
	go e.listen(ctx)
	go e.warm(ctx)
	wait := newBackoff()
	for ctx.Err() == nil {
		err := e.leadOnce(ctx, wait)
		if ctx.Err() != nil {
			break
		}
		if err != nil && !errors.Is(err, errStale) {
			e.note(err)
			e.log.WarnContext(ctx, "leadership ended", slog.Any("error", err))
		}
		pause(ctx, min(wait.next(), time.Second))
	}
	return context.Cause(ctx)
}

func (e *Engine) note(err error) { e.last.Store(&err) }

// projector makes the writer of the schema that is live now, at its durable checkpoint.
func (e *Engine) projector(ctx context.Context, epoch int64) (*projector, error) {
	p := e.writerOf(0)
	p.live, p.epoch, p.index = true, epoch, newIndexer(liveIndex, 0)
	err := e.pool.QueryRow(ctx, "SELECT version, commit_pos, prepare_pos FROM projection.projector").Scan(&p.version, &p.at.Commit, &p.at.Prepare)
	if err != nil {
		return nil, fmt.Errorf("read the projector: %w", err)
	}
	return p, nil
}

// writerOf makes a projector for a schema; it is a shadow until it is made live.
func (e *Engine) writerOf(version int64) *projector {
	p := &projector{pool: e.pool, log: e.log, version: version, plans: e.plans, zones: e.zones, brake: e.brake}
	p.forget()
	return p
}

// shapeOf is the shape of the live read models.
func (e *Engine) shapeOf(ctx context.Context) (made string, err error) {
	err = e.pool.QueryRow(ctx, "SELECT shape FROM projection.projector").Scan(&made)
	return made, err
}
