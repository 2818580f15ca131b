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
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/audit"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/query"
	"github.com/dakahq/daka/projections/tables"
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
	Source feed.Source
	// shape is another version's, for tests of versions side by side.
	shape tables.Shape
}

// Engine follows the ledger when it leads, and answers about the read models always.
type Engine struct {
	*query.Models
	pool    *pgxpool.Pool
	events  *eventlog.Log
	source  feed.Source
	log     *slog.Logger
	name    string
	program string
	// scratchDir takes the file of a rebuild.
	scratchDir string
	cache      *facts.Cache
	brake      *brake
	hub        *hub
	// lookout looks for readers that wait.
	lookout lookout
	feed    atomic.Pointer[feed.Feed]
	lead    atomic.Pointer[projector]
	halt    atomic.Pointer[error]
	last    atomic.Pointer[error]
	stats   stats
	// kick wakes the sweeper after a page.
	kick chan struct{}
	// close closes the pools that Open made.
	close func()
	// audit answers what was known, and how a day came about.
	audit *audit.Audit
	// building is held by a rebuild or a diff of this copy.
	building sync.Mutex
	// shape is this version's.
	shape tables.Shape
}

// Open migrates the database and makes the first read models; it starts nothing. Errors: ErrTooOld, ErrWalls, infrastructure.
func Open(ctx context.Context, c Config) (*Engine, error) {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.shape.Fold == 0 {
		c.shape = tables.Shape{Fold: tables.FoldVersion}
	}
	for _, step := range []func(context.Context, *pgxpool.Pool) error{tables.EnsureRole, tables.Migrate, c.shape.CreateFirst, c.shape.ForceRowSecurity} {
		if err := step(ctx, c.Pool); err != nil {
			return nil, err
		}
	}
	e := &Engine{
		shape: c.shape, events: c.Log, source: c.Source, log: c.Logger, name: c.Name, program: c.Program, scratchDir: c.Scratch,
		cache: &facts.Cache{}, brake: &brake{now: time.Now}, hub: newHub(), kick: make(chan struct{}, 1),
	}
	if e.source == nil {
		e.source = feed.LogSource{Log: c.Log}
	}
	if err := e.openPools(ctx, c); err != nil {
		return nil, err
	}
	err := tables.VerifyRole(ctx, e.App)
	if err == nil {
		err = e.lookAtViews(ctx)
	}
	if err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

// openPools makes the pools that look through this shape's views, of the addresses that Open was given.
func (e *Engine) openPools(ctx context.Context, c Config) error {
	pool, err := c.shape.Connect(ctx, c.Pool)
	if err != nil {
		return err
	}
	var app *pgxpool.Pool
	if c.App != nil {
		app, err = c.shape.Connect(ctx, c.App)
	} else {
		app, err = tables.AppPool(ctx, pool)
	}
	if err != nil {
		pool.Close()
		return err
	}
	e.pool, e.close = pool, func() { app.Close(); pool.Close() }
	e.Models = query.New(pool, app)
	e.audit = audit.New(e.events, e.Models.Ledgers, auditDecoder, e.cache)
	return nil
}

// Close lets go of what Open made; the pools that it was given stay open.
func (e *Engine) Close() { e.close() }

// Run leads when no other copy does, else waits for its turn; it returns when ctx ends.
func (e *Engine) Run(ctx context.Context) error {
	go e.listen(ctx)
	go e.beat(ctx)
	go e.warm(ctx)
	wait := feed.NewPauses()
	for ctx.Err() == nil {
		err := e.leadOnce(ctx, wait)
		if ctx.Err() != nil {
			break
		}
		if err != nil && !errors.Is(err, errStale) {
			e.note(err)
			e.log.WarnContext(ctx, "leadership ended", slog.Any("error", err))
		}
		eventlog.Pause(ctx, min(wait.Next(), time.Second))
	}
	return context.Cause(ctx)
}

func (e *Engine) note(err error) { e.last.Store(&err) }

// projector makes the writer of the schema that is live now, at its durable checkpoint.
func (e *Engine) projector(ctx context.Context, epoch int64) (*projector, error) {
	p := e.writerOf(0)
	p.live, p.epoch, p.index = true, epoch, newIndexer(liveIndex, 0)
	err := e.pool.QueryRow(ctx, "SELECT version, commit_pos, prepare_pos FROM projector").Scan(&p.version, &p.at.Commit, &p.at.Prepare)
	if err != nil {
		return nil, fmt.Errorf("read the projector: %w", err)
	}
	return p, nil
}

// writerOf makes a projector for a schema; it is a shadow until it is made live.
func (e *Engine) writerOf(version int64) *projector {
	p := &projector{pool: e.pool, log: e.log, shape: e.shape, version: version, cache: e.cache, brake: e.brake}
	p.forget()
	return p
}
