package projections

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/projections/feed"
	"golang.org/x/sync/errgroup"
)

// pingEvery is how often a leader looks whether its lock still stands, and a follower whether it is free.
const pingEvery = time.Second

// leadOnce waits for the lock, leads until something ends that, and lets go. The lock is for liveness only; the epoch is what
// keeps a paused leader from writing.
func (e *Engine) leadOnce(ctx context.Context, wait *eventlog.Pauses) error {
	conn, err := pgx.ConnectConfig(ctx, e.pool.Config().ConnConfig.Copy())
	if err != nil {
		return fmt.Errorf("connect for the leader's lock: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if err := acquire(ctx, conn, e.shape.Lock()); err != nil {
		return err
	}
	var epoch int64
	err = conn.QueryRow(ctx, "UPDATE projector SET epoch = epoch + 1, leader = $1 RETURNING epoch", e.name).Scan(&epoch)
	if err != nil {
		return fmt.Errorf("take the epoch: %w", err)
	}
	wait.Reset()
	e.log.InfoContext(ctx, "leading the projection", slog.Any("epoch", epoch))
	ctx, letGo := holdWhile(ctx, conn)
	defer letGo()
	for {
		err := e.project(ctx, epoch)
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		if !errors.Is(err, errReplaced) {
			return err
		}
	}
}

func acquire(ctx context.Context, conn *pgx.Conn, lock int64) error {
	for {
		var got bool
		if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", lock).Scan(&got); err != nil {
			return fmt.Errorf("ask for the leader's lock: %w", err)
		}
		if got {
			return nil
		}
		if !eventlog.Pause(ctx, pingEvery) {
			return context.Cause(ctx)
		}
	}
}

// holdWhile holds the lock in the background until letGo, which returns when nobody uses the connection any more.
func holdWhile(ctx context.Context, conn *pgx.Conn) (held context.Context, letGo func()) {
	held, cancel := context.WithCancelCause(ctx)
	var holding sync.WaitGroup
	holding.Go(func() { hold(held, conn, cancel) })
	return held, func() {
		cancel(nil)
		holding.Wait()
	}
}

// hold pings the lock's connection; when it is gone, so is the lock.
func hold(ctx context.Context, conn *pgx.Conn, cancel context.CancelCauseFunc) {
	for eventlog.Pause(ctx, pingEvery) {
		ping, done := context.WithTimeout(ctx, 2*pingEvery)
		err := conn.Ping(ping)
		done()
		if err != nil {
			cancel(fmt.Errorf("lost the leader's lock: %w", err))
			return
		}
	}
}

// project runs the Watermill router over the feed until ctx ends or the read models are replaced.
func (e *Engine) project(ctx context.Context, epoch int64) error {
	if err := e.fit(ctx, epoch); err != nil {
		return err
	}
	if err := e.buildFirst(ctx); err != nil {
		return err
	}
	p, err := e.projector(ctx, epoch)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	e.lead.Store(p)
	defer e.lead.Store(nil)
	e.halt.Store(nil)
	f := &feed.Feed{Source: e.source, Checkpoint: e.rewind(p), Halted: func() bool { return e.halt.Load() != nil }, Note: e.note, Log: e.log, Closed: make(chan struct{})}
	e.feed.Store(f)
	router, err := message.NewRouter(message.RouterConfig{CloseTimeout: 5 * time.Second}, watermill.NewSlogLoggerWithLevelMapping(e.log, quiet))
	if err != nil {
		return fmt.Errorf("make the router: %w", err)
	}
	router.AddConsumerHandler("read-models", "$all", f, func(m *message.Message) error { return e.handle(ctx, p, m, stop) })
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return e.sweeps(ctx, p, stop) })
	g.Go(func() error { return e.statistics(ctx, p) })
	g.Go(func() error { return e.clearShapes(ctx) })
	g.Go(func() error {
		if err := e.tryAgain(ctx, p); err != nil && ctx.Err() == nil {
			e.log.WarnContext(ctx, "what is parked could not be tried again", slog.Any("error", err))
		}
		return nil
	})
	g.Go(func() error {
		defer router.Close()
		return router.Run(ctx)
	})
	err = g.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// rewind makes the projector stand where Postgres says that it stands.
// There the log is compared with what was read of it: a store that went away may come back with an older file.
func (e *Engine) rewind(p *projector) feed.CheckpointReader {
	return func(ctx context.Context) (eventlog.Position, error) {
		at, err := p.rewind(ctx)
		if err == nil {
			err = e.CheckLog(ctx)
		}
		return at, err
	}
}

// handle applies one message, which is one page. An error makes Watermill nack it, and the feed reads again from the checkpoint.
func (e *Engine) handle(ctx context.Context, p *projector, m *message.Message, stop context.CancelCauseFunc) error {
	pg := feed.PageOf(m)
	if pg == nil {
		return errors.New("message without a page")
	}
	begun := time.Now()
	err := p.apply(ctx, pg)
	var gap *GapError
	var halt *HaltError
	var rolled *RollbackError
	switch {
	case err == nil:
		e.stats.page(pg, time.Since(begun))
		e.wake()
	case errors.Is(err, errStale), errors.Is(err, errReplaced), errors.Is(err, errToldElsewhere):
		stop(err)
	case errors.As(err, &rolled):
		e.tellRollback(ctx, err)
		stop(err)
	case errors.As(err, &gap), errors.As(err, &halt):
		e.stop(ctx, err)
	}
	if err != nil && ctx.Err() == nil {
		e.note(err)
	}
	return err
}

// stop keeps the projector where it is until a person looks; the reason is in the status, the metrics and readiness.
func (e *Engine) stop(ctx context.Context, err error) {
	e.halt.Store(&err)
	e.log.ErrorContext(ctx, "projector stopped", slog.Any("error", err))
	_, werr := e.pool.Exec(ctx, "UPDATE projector SET problem = $1", err.Error())
	if werr != nil {
		e.log.WarnContext(ctx, "could not write down why", slog.Any("error", werr))
	}
}

func (e *Engine) wake() {
	select {
	case e.kick <- struct{}{}:
	default:
	}
}

// sweeps drains dirty ranges between pages.
func (e *Engine) sweeps(ctx context.Context, p *projector, stop context.CancelCauseFunc) error {
	wait := feed.NewPauses()
	e.wake()
	for {
		select {
		case <-e.kick:
		case <-time.After(time.Second):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		err := p.sweep(ctx)
		switch {
		case err == nil:
			wait.Reset()
			continue
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, errStale), errors.Is(err, errReplaced):
			stop(err)
			return err
		}
		e.note(err)
		e.log.WarnContext(ctx, "assessing dirty days failed, trying again", slog.Any("error", err))
		eventlog.Pause(ctx, wait.Next())
	}
}

// quiet moves Watermill's routine words to debug.
var quiet = map[slog.Level]slog.Level{slog.LevelInfo: slog.LevelDebug, slog.LevelError: slog.LevelDebug}

// rewind takes the durable checkpoint as the place to read from and forgets what memory holds.
func (p *projector) rewind(ctx context.Context) (eventlog.Position, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget()
	var at eventlog.Position
	err := p.pool.QueryRow(ctx, "SELECT commit_pos, prepare_pos FROM projector").Scan(&at.Commit, &at.Prepare)
	if err != nil {
		return at, fmt.Errorf("read the checkpoint: %w", err)
	}
	p.at = at
	return at, nil
}
