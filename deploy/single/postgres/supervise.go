package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Times of the supervisor. After kill -9 of a postmaster its backends outlive it for a moment, and
// Postgres refuses to start until they are gone: three or four refusals in 2 to 3.5 s are normal.
const (
	refusedFor   = 30 * time.Second       // first start: give up when every attempt was refused this long
	retryPause   = 300 * time.Millisecond // between refused attempts
	watchPause   = 100 * time.Millisecond // between looks at a healthy postmaster
	reviveMost   = 10 * time.Second       // longest pause between tries that fail at once
	trimPause    = time.Minute            // between looks at the log's size
	dialPause    = 25 * time.Millisecond  // between tries to connect to one that is starting
	dialTimeout  = 5 * time.Second        // one try to connect
	patienceStep = 5 * time.Second        // how often a slow start is reported
)

// supervise watches the postmaster and brings it back until Stop or Leave.
func (s *Server) supervise() {
	defer close(s.done)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-s.stopping:
			cancel()
		case <-ctx.Done():
		}
	}()
	tick, trim := time.NewTicker(watchPause), time.NewTicker(trimPause)
	defer tick.Stop()
	defer trim.Stop()
	for {
		select {
		case <-s.stopping:
			return
		case <-trim.C:
			if err := s.place.trimLog(logMax); err != nil {
				s.log.WarnContext(ctx, "postgres: long log", slog.Any("error", err))
			}
		case <-tick.C:
		}
		if !alive(s.PID()) {
			s.revive(ctx)
		}
	}
}

// revive brings a dead cluster back, however long it takes; only the end of ctx stops it.
func (s *Server) revive(ctx context.Context) {
	died := time.Now()
	s.log.WarnContext(ctx, "postgres: the postmaster died; restarting it", slog.Int("pid", s.PID()), slog.String("log", s.place.log))
	s.note(0, errors.New("postgres: the postmaster died and is being restarted"))
	for wait := watchPause; ctx.Err() == nil; wait = min(2*wait, reviveMost) {
		if err := s.bringUp(ctx, refusedFor); err != nil {
			if ctx.Err() == nil {
				s.log.ErrorContext(ctx, "postgres: cannot restart; trying on", slog.Any("error", err), slog.Duration("again_in", wait))
				s.note(s.PID(), err)
			}
			_ = pause(ctx, wait) // an error that comes at once must not be tried, and logged, without end
			continue
		}
		s.log.InfoContext(ctx, "postgres: up again", slog.Int("pid", s.PID()), slog.Duration("down", time.Since(died)))
		return
	}
}

// bringUp adopts a living postmaster or starts one, until the cluster takes connections. It gives up
// with the end of ctx, or when attempts were refused for the given time. A postmaster that lives but
// is still recovering is waited for: that may take long and killing it would only begin it anew.
func (s *Server) bringUp(ctx context.Context, patience time.Duration) error {
	deadline := time.Now().Add(patience)
	for {
		pid, err := s.findOrSpawn(ctx)
		if err != nil {
			return err
		}
		s.note(pid, errors.New("postgres: starting"))
		err = s.awaitUp(ctx, pid)
		if err == nil {
			s.note(pid, nil)
			return nil
		}
		if ctx.Err() != nil {
			return s.failure(ctx.Err())
		}
		s.note(0, err)
		if time.Now().After(deadline) {
			return s.failure(err)
		}
		if err := pause(ctx, retryPause); err != nil {
			return s.failure(err)
		}
	}
}

func (s *Server) failure(err error) error {
	return fmt.Errorf("postgres: the cluster in %s does not start: %w; its log %s ends: %s",
		s.place.data, err, s.place.log, s.place.logTail())
}

// findOrSpawn returns the postmaster that the data directory records if it lives, else a new one.
// When the record is doubtful a new postmaster settles it: Postgres itself checks the lock file and
// the shared memory, and refuses.
func (s *Server) findOrSpawn(ctx context.Context) (int, error) {
	pid, err := s.place.recordedPID()
	if err != nil {
		return 0, err
	}
	if pid != 0 && alive(pid) && s.place.isOurs(pid) {
		if pid != s.PID() {
			s.log.InfoContext(ctx, "postgres: adopting the running postmaster", slog.Int("pid", pid))
		}
		return pid, nil
	}
	if pid != 0 && zombie(pid) {
		if err := s.place.release(pid); err != nil {
			return 0, err
		}
	}
	s.spawned, err = spawn(s.bin, s.owner, s.place, s.settings)
	return s.spawned, err
}

// awaitUp connects until the cluster answers; it returns an error as soon as the postmaster is gone,
// and after a while when it lives but does not even say that it is starting.
func (s *Server) awaitUp(ctx context.Context, pid int) error {
	report, silent := time.Now().Add(patienceStep), time.Now()
	for {
		err := s.ask(ctx)
		if err == nil {
			return nil
		}
		if !alive(pid) {
			return fmt.Errorf("postmaster %d ended", pid)
		}
		if _, said := errors.AsType[*pgconn.PgError](err); said {
			silent = time.Now()
		} else if time.Since(silent) > refusedFor {
			return fmt.Errorf("postmaster %d runs but cannot be reached: %w", pid, err)
		}
		if time.Now().After(report) {
			report = time.Now().Add(patienceStep)
			s.log.WarnContext(ctx, "postgres: still starting", slog.Int("pid", pid), slog.Any("error", err))
		}
		if err := pause(ctx, dialPause); err != nil {
			return err
		}
	}
}

// ask connects once and makes sure that the answer comes from our data directory.
func (s *Server) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.AdminURL("postgres"))
	if err != nil {
		return plain(err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var data string
	if err := conn.QueryRow(ctx, "SHOW data_directory").Scan(&data); err != nil {
		return fmt.Errorf("ask for the data directory: %w", err)
	}
	if data != s.place.data {
		return fmt.Errorf("the socket %s belongs to the cluster in %s", s.place.socket, data)
	}
	return nil
}

// plain keeps the server's own word when there is one; pgx wraps it in the whole connection string.
func plain(err error) error {
	if said, ok := errors.AsType[*pgconn.PgError](err); ok {
		return said
	}
	return err
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// isOurs tells our postmaster from a stranger that got its old pid: a postmaster works inside its data directory.
func (p place) isOurs(pid int) bool {
	cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	return err == nil && cwd == p.data
}
