package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dakahq/daka/deploy/single/node/lite"
)

const (
	storeFile        = "events.db"
	markFile         = "acknowledged"
	readers          = 4
	checkpointFrames = 1024 // 8 MiB of log
	tailCheck        = 64   // newest events looked at before the start
)

// store is the SQLite file with its one writer and its readers.
type store struct {
	path  string
	log   *slog.Logger
	w     *writer
	mark  *mark
	conn  *lite.Conn
	names *names
	hub   *hub
	last  atomic.Int64
	// broken: a write failed in a way that leaves the disk's state unknown; nothing is written any more.
	broken atomic.Bool
	pool   chan *reader
	made   atomic.Int32
	back   sync.WaitGroup
	stop   chan struct{}
}

// openStore opens or creates the store in dir. It refuses a store that holds less than was acknowledged.
func openStore(dir string, log *slog.Logger, fatal func(error)) (*store, error) {
	if err := lite.Seal(); err != nil {
		return nil, err
	}
	if err := closeFiles(filepath.Join(dir, storeFile)); err != nil {
		return nil, err
	}
	s := &store{path: filepath.Join(dir, storeFile), log: log, names: newNames(), hub: newHub(),
		pool: make(chan *reader, readers), stop: make(chan struct{})}
	m, fresh, err := openMark(filepath.Join(dir, markFile))
	if err != nil {
		return nil, err
	}
	s.mark = m
	err = s.open(fresh)
	if doubt := (*doubtError)(nil); errors.As(err, &doubt) {
		err = s.reopen(doubt, fresh)
	}
	if err != nil {
		return nil, errors.Join(err, s.release())
	}
	s.start(fatal)
	return s, nil
}

func (s *store) open(freshMark bool) error {
	wal := s.path + "-wal"
	state, err := readWAL(wal, lite.PageSize)
	if err != nil {
		return err
	}
	if s.conn, err = lite.Open(lite.Options{Path: s.path, VFS: lite.SealedVFS}); err != nil {
		return err
	}
	tables, err := s.conn.Int("SELECT count(*) FROM sqlite_schema")
	if err != nil {
		return s.doubt(unreadable(err, "the schema in %s", s.path))
	}
	if tables == 0 {
		if s.mark.now.pos > 0 {
			return fmt.Errorf("acknowledged events are missing: store ends at 0, acknowledged up to %d", s.mark.now.pos)
		}
		if err := create(s.conn); err != nil {
			return fmt.Errorf("create %s: %w", s.path, err)
		}
	}
	if err := checkSchema(s.conn, s.path); err != nil {
		return err
	}
	if err := prepareWriter(s.conn); err != nil {
		return err
	}
	if err := s.newWriter(wal); err != nil {
		return err
	}
	return s.compare(state, wal, freshMark)
}

func (s *store) newWriter(wal string) error {
	s.w = &writer{conn: s.conn, mark: s.mark, wal: wal, ids: newIDCache(), clock: time.Now,
		queue: make(chan *request, 4*maxGroup), patience: time.NewTimer(time.Hour), stopped: make(chan struct{}),
		checkpts: make(chan struct{}, 1)}
	s.w.forget(false)
	if err := errors.Join(s.w.q.prepare(s.w.conn), s.w.loadCounters()); err != nil {
		return unreadable(err, "the newest events")
	}
	s.last.Store(s.w.last)
	return nil
}

// compare holds the store against the mark: fewer events than acknowledged, or a torn log, is a refusal to start.
func (s *store) compare(state walState, wal string, freshMark bool) error {
	a := s.mark.now
	if s.w.last < a.pos {
		err := fmt.Errorf("acknowledged events are missing: store ends at %d, acknowledged up to %d", s.w.last, a.pos)
		return errors.Join(err, state.check(a, wal))
	}
	if err := state.check(a, wal); err != nil {
		return s.doubt(fmt.Errorf("acknowledged events may be missing: store ends at %d, acknowledged up to %d: %w", s.w.last, a.pos, err))
	}
	if freshMark && s.w.last > 0 {
		s.log.Warn("the acknowledgement mark was missing: taking the store as it is", slog.Any("store", s.path), slog.Any("position", s.w.last))
	}
	r, err := newReader(s.path, s.names, s.last.Load)
	if err != nil {
		return err
	}
	s.put(r)
	s.made.Add(1)
	return s.lookAtTail(r)
}

// lookAtTail reads the newest events. A bad record does not keep the others from being served; a bad page does.
func (s *store) lookAtTail(r *reader) error {
	var p page
	err := r.within(func() error { return r.forward(max(1, s.w.last-tailCheck+1), tailCheck, &p) })
	var lost *lossError
	if errors.As(err, &lost) && lost.pos > 0 {
		s.log.Error("damage in the event store", slog.Any("position", lost.pos), slog.Any("what", lost.what))
		return nil
	}
	return err
}

func (s *store) start(fatal func(error)) {
	s.w.fatal = func(err error) {
		s.broken.Store(true)
		fatal(err)
	}
	s.w.committed = func(group []event, last int64) {
		s.last.Store(last)
		s.hub.announce(group)
	}
	go s.w.run()
	s.back.Go(s.checkpoints)
}

// checkpoints copies the log into the database file in the background, off the writer's path.
func (s *store) checkpoints() {
	conn, err := lite.Open(lite.Options{Path: s.path, VFS: lite.SealedVFS})
	if err != nil {
		s.log.Error("no connection for checkpoints", slog.Any("error", err))
		return
	}
	defer func() { _ = conn.Close() }()
	if err := conn.Exec("PRAGMA synchronous=FULL; PRAGMA cache_size=-1024"); err != nil {
		s.log.Error("no connection for checkpoints", slog.Any("error", err))
		return
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-s.w.checkpts:
			if _, _, err := conn.Checkpoint(lite.Passive); err != nil {
				s.log.Warn("checkpoint put off", slog.Any("error", err))
			}
		case <-tick.C:
			_ = s.mark.sync()
		case <-s.stop:
			return
		}
	}
}

// get lends a reader; put gives it back.
func (s *store) get(ctx context.Context) (*reader, error) {
	select {
	case <-s.stop:
		return nil, errClosed
	case r := <-s.pool:
		return r, nil
	default:
	}
	if s.made.Add(1) <= readers {
		r, err := newReader(s.path, s.names, s.last.Load)
		if err != nil {
			s.made.Add(-1)
		}
		return r, err
	}
	s.made.Add(-1)
	select {
	case r := <-s.pool:
		return r, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *store) put(r *reader) { s.pool <- r }

// with runs f in one reading transaction on a lent reader.
func (s *store) with(ctx context.Context, f func(*reader) error) error {
	r, err := s.get(ctx)
	if err != nil {
		return err
	}
	defer s.put(r)
	return r.within(func() error { return f(r) })
}

func (s *store) newest() int64 { return s.last.Load() }

func (s *store) forward(ctx context.Context, from int64, limit int, p *page) error {
	return s.with(ctx, func(r *reader) error { return r.forward(from, limit, p) })
}

// close stops the writer, empties the log into the database file and closes everything.
func (s *store) close() error {
	s.w.close()
	close(s.stop)
	s.back.Wait()
	s.drainReaders()
	return errors.Join(s.emptyLog(), s.release())
}

func (s *store) drainReaders() {
	for s.made.Load() > 0 {
		r := <-s.pool
		_ = r.close()
		s.made.Add(-1)
	}
}

func (s *store) emptyLog() error {
	if s.broken.Load() {
		return nil
	}
	if err := s.mark.closing(false); err != nil {
		return err
	}
	inLog, copied, err := s.conn.Checkpoint(lite.Truncate)
	if err != nil || inLog != copied {
		s.log.Warn("the log was not emptied; the next start will", slog.Any("error", err))
		return nil
	}
	return s.mark.closing(true)
}

func (s *store) release() error {
	for s.made.Load() > 0 {
		r := <-s.pool
		_ = r.close()
		s.made.Add(-1)
	}
	if s.w != nil {
		s.w.q.finalize()
	}
	var err error
	if s.conn != nil {
		err = s.conn.Close()
	}
	return errors.Join(err, s.mark.close())
}
