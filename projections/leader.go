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
	"golang.org/x/sync/errgroup"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/apply"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/rebuild"
)

// pingEvery is how often a leader looks whether its lock still stands, and a follower whether it is free.
const pingEvery = time.Second

// leader leads while this copy holds the lock.
type leader struct {
	base
	name      string
	source    feed.Source
	plans     *facts.Cache
	brake     *brake
	check     *logCheck
	copies    *copies
	parking   *parking
	rebuilder *rebuild.Rebuilder
	plain     Plain
}

// leadOnce waits for the lock, leads until something ends that, and lets go. The lock is for liveness only; the epoch is what
// keeps a paused leader from writing.
func (l *leader) leadOnce(ctx context.Context, wait *eventlog.Pauses) error {
	conn, err := pgx.ConnectConfig(ctx, l.pool.Config().ConnConfig.Copy())
	if err != nil {
		return fmt.Errorf("connect for the leader's lock: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if err := acquire(ctx, conn, l.shape.Lock()); err != nil {
		return err
	}
	var epoch int64
	err = conn.QueryRow(ctx, "UPDATE projector SET epoch = epoch + 1, leader = $1 RETURNING epoch", l.name).Scan(&epoch)
	if err != nil {
		return fmt.Errorf("take the epoch: %w", err)
	}
	wait.Reset()
	l.log.InfoContext(ctx, "leading the projection", slog.Any("epoch", epoch))
	ctx, letGo := holdWhile(ctx, conn)
	defer letGo()
	for {
		err := l.project(ctx, epoch)
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
func (l *leader) project(ctx context.Context, epoch int64) error {
	if err := l.check.fit(ctx, epoch); err != nil {
		return err
	}
	if err := l.buildFirst(ctx); err != nil {
		return err
	}
	p, err := l.live(ctx, epoch)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	l.state.lead.Store(p)
	defer l.state.lead.Store(nil)
	l.state.halt.Store(nil)
	f := &feed.Feed{Source: l.source, Checkpoint: l.rewind(p), Halted: func() bool { return l.state.halt.Load() != nil }, Note: l.state.note, Log: l.log, Closed: make(chan struct{}), Plain: l.plain.FastRead}
	l.state.feed.Store(f)
	router, err := message.NewRouter(message.RouterConfig{CloseTimeout: 5 * time.Second}, watermill.NewSlogLoggerWithLevelMapping(l.log, quiet))
	if err != nil {
		return fmt.Errorf("make the router: %w", err)
	}
	router.AddConsumerHandler("read-models", "$all", f, func(m *message.Message) error { return l.handle(ctx, p, m, stop) })
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return l.sweeps(ctx, p, stop) })
	if !l.plain.Analyze {
		g.Go(func() error { return (&analyzer{base: l.base, live: p}).run(ctx) })
	}
	g.Go(func() error { return l.copies.clearShapes(ctx) })
	g.Go(func() error {
		if err := l.parking.tryAgain(ctx, p); err != nil && ctx.Err() == nil {
			l.log.WarnContext(ctx, "what is parked could not be tried again", slog.Any("error", err))
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
func (l *leader) rewind(p *Live) feed.CheckpointReader {
	return func(ctx context.Context) (eventlog.Position, error) {
		at, err := p.rewind(ctx)
		if err == nil {
			err = l.check.check(ctx)
		}
		return at, err
	}
}

// handle applies one message, which is one page. An error makes Watermill nack it, and the feed reads again from the checkpoint.
func (l *leader) handle(ctx context.Context, p *Live, m *message.Message, stop context.CancelCauseFunc) error {
	pg := feed.PageOf(m)
	if pg == nil {
		return errors.New("message without a page")
	}
	begun := time.Now()
	err := p.apply(ctx, pg)
	var gap *apply.GapError
	var halt *HaltError
	var rolled *RollbackError
	switch {
	case err == nil:
		l.state.stats.page(pg, time.Since(begun))
		l.parking.wake()
	case errors.Is(err, errStale), errors.Is(err, errReplaced), errors.Is(err, errToldElsewhere):
		stop(err)
	case errors.As(err, &rolled):
		l.check.tell(ctx, err)
		stop(err)
	case errors.As(err, &gap), errors.As(err, &halt):
		l.stop(ctx, err)
	}
	if err != nil && ctx.Err() == nil {
		l.state.note(err)
	}
	return err
}

// stop keeps the projector where it is until a person looks; the reason is in the status, the metrics and readiness.
func (l *leader) stop(ctx context.Context, err error) {
	l.state.halt.Store(&err)
	l.log.ErrorContext(ctx, "projector stopped", slog.Any("error", err))
	_, werr := l.pool.Exec(ctx, "UPDATE projector SET problem = $1", err.Error())
	if werr != nil {
		l.log.WarnContext(ctx, "could not write down why", slog.Any("error", werr))
	}
}

// sweeps drains dirty ranges between pages.
func (l *leader) sweeps(ctx context.Context, p *Live, stop context.CancelCauseFunc) error {
	wait := feed.NewPauses()
	l.parking.wake()
	for {
		select {
		case <-l.parking.kick:
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
		l.state.note(err)
		l.log.WarnContext(ctx, "assessing dirty days failed, trying again", slog.Any("error", err))
		eventlog.Pause(ctx, wait.Next())
	}
}

// quiet moves Watermill's routine words to debug.
var quiet = map[slog.Level]slog.Level{slog.LevelInfo: slog.LevelDebug, slog.LevelError: slog.LevelDebug}

// buildFirst makes this shape's read models from the log when there are none yet. The leader of another shape goes on meanwhile.
func (l *leader) buildFirst(ctx context.Context) error {
	version, err := l.copies.built(ctx)
	if err != nil || version > 0 {
		return err
	}
	l.log.InfoContext(ctx, "this version has no read models yet, making them from the log", slog.Any("shape", l.shape.Name()), slog.Any("fold", l.shape.Fold))
	if _, err = l.rebuilder.Rebuild(ctx, l.check.check, nil); err != nil {
		return err
	}
	return l.copies.lookAtViews(ctx)
}
