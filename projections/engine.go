// Package projections folds the ledger into read models that a page, a program or an auditor asks.
package projections

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/audit"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/query"
	"github.com/dakahq/daka/projections/rebuild"
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
	// Plain leaves tricks out, for measurements.
	Plain Plain
	// shape is another version's, for tests of versions side by side.
	shape tables.Shape
}

// Plain says which tricks the read side does without, so that a measurement can tell what each gives. What is written is the same.
type Plain struct {
	// HeldBack lets a rebuild write punches in their turn, into tables with all their keys, and assess days between pages.
	HeldBack bool
	// Cache reads the facts of members from the tables for every page.
	Cache bool
	// FastRead decodes punches as any event.
	FastRead bool
	// Copy writes rows by INSERT.
	Copy bool
	// Analyze leaves the planner's statistics to Postgres.
	Analyze bool
}

// Engine follows the ledger when it leads, and answers about the read models always.
type Engine struct {
	*query.Models
	base
	cache *facts.Cache
	hub   *hub
	// waiters look for readers that wait.
	waiters *waiters
	leader  *leader
	copies  *copies
	check   *logCheck
	parking *parking
	// rebuilder makes read models beside the live ones.
	rebuilder *rebuild.Rebuilder
	// Audit answers what was known, and how a day came about.
	Audit *audit.Audit
	// close closes the pools that Open made.
	close func()
}

// base is what the parts of an engine share.
type base struct {
	pool   *pgxpool.Pool
	events *eventlog.Log
	log    *slog.Logger
	// shape is this version's.
	shape tables.Shape
	state *copyState
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
	if c.Source == nil {
		c.Source = feed.LogSource{Log: c.Log}
	}
	e := &Engine{base: base{events: c.Log, log: c.Logger, shape: c.shape, state: &copyState{}}, cache: &facts.Cache{}, hub: newHub()}
	if err := e.openPools(ctx, c); err != nil {
		return nil, err
	}
	e.join(c)
	err := tables.VerifyRole(ctx, e.App)
	if err == nil {
		err = e.copies.lookAtViews(ctx)
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
	return nil
}

// join makes the parts, which know the pools.
func (e *Engine) join(c Config) {
	brake := &brake{now: time.Now}
	e.rebuilder = &rebuild.Rebuilder{Pool: e.pool, Events: e.events, Log: e.log, Shape: e.shape, Plans: e.cache, Scratch: c.Scratch, InTurn: c.Plain.HeldBack, PlainRead: c.Plain.FastRead, PlainRows: c.Plain.Copy}
	e.copies = &copies{base: e.base, models: e.Models}
	e.check = &logCheck{base: e.base, mender: &mender{base: e.base, ledgers: e.Ledgers, others: e.copies.others}}
	e.parking = &parking{base: e.base, ledgers: e.Ledgers, places: e.events, brake: brake, program: c.Program, kick: make(chan struct{}, 1)}
	e.leader = &leader{base: e.base, name: c.Name, source: c.Source, plans: e.cache, brake: brake, check: e.check, copies: e.copies, parking: e.parking, rebuilder: e.rebuilder, plain: c.Plain}
	e.waiters = &waiters{models: e.Models, hub: e.hub}
	e.Audit = audit.New(e.events, e.Models.Ledgers, auditDecoder, e.cache)
}

// Close lets go of what Open made; the pools that it was given stay open.
func (e *Engine) Close() { e.close() }

// Run leads when no other copy does, else waits for its turn; it returns when ctx ends.
func (e *Engine) Run(ctx context.Context) error {
	go e.hub.listen(ctx, e.pool, e.log)
	go e.copies.beat(ctx)
	go warm(ctx, e.Dashboards)
	wait := feed.NewPauses()
	for ctx.Err() == nil {
		err := e.leader.leadOnce(ctx, wait)
		if ctx.Err() != nil {
			break
		}
		if err != nil && !errors.Is(err, errStale) {
			e.state.note(err)
			e.log.WarnContext(ctx, "leadership ended", slog.Any("error", err))
		}
		eventlog.Pause(ctx, min(wait.Next(), time.Second))
	}
	return context.Cause(ctx)
}

// Rebuild replays the ledger into a fresh schema beside the live one and swaps; see rebuild.Rebuilder. Errors: rebuild.ErrBusy, *apply.GapError,
// *RollbackError, infrastructure.
func (e *Engine) Rebuild(ctx context.Context, progress func(done, total uint64)) (took time.Duration, err error) {
	return e.rebuilder.Rebuild(ctx, e.check.check, progress)
}

// Diff replays the ledger beside the live read models, of one organization or of all, and compares every row of every table; see rebuild.Rebuilder.
// Errors: rebuild.ErrBusy, rebuild.ErrUnsettled, *apply.GapError, *RollbackError, infrastructure.
func (e *Engine) Diff(ctx context.Context, org *domain.ID) (rebuild.Difference, error) {
	return e.rebuilder.Diff(ctx, e.check.check, org)
}

// DeclareRollback takes the log as it is for the truth: the read models and the ledger's index are made anew from it, the index under the
// next epoch, and the checkpoint stands at its end. declare writes the declaration to the ledger and gives its epoch, at least the one that
// it is given. Readers see the old rows until the swap. Errors: ErrNoRollback, rebuild.ErrBusy, those of declare, infrastructure.
func (e *Engine) DeclareRollback(ctx context.Context, declare func(ctx context.Context, atLeast int64) (int64, error)) (rebuild.Declared, error) {
	return e.rebuilder.BeginEpoch(ctx, func(ctx context.Context) (before, next int64, err error) {
		if before, err = e.check.rolledBack(ctx); err == nil {
			next, err = declare(ctx, before+1)
		}
		return before, next, err
	})
}
