package node

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dakahq/daka/deploy/single/node/lite"
)

const (
	maxGroup      = 512     // requests in one commit
	maxGroupBytes = 8 << 20 // bytes of events in one commit
	gatherDelay   = 2 * time.Millisecond
	vainWaits     = 16
	maxAppend     = 1 << 20 // bytes of one append, EventStoreDB's own limit
	maxKeptGroup  = 1 << 13 // events whose room is kept from one commit to the next
)

var (
	errClosed   = errors.New("the node is closing")
	errDiskFull = errors.New("the disk is full: nothing was written, free some space and try again")
)

type writeKind int

const (
	writeAppend writeKind = iota
	writeDelete
	writeTombstone
)

// request is one write on its way to the writer; done receives exactly one outcome.
type request struct {
	kind     writeKind
	name     string
	expected int64
	events   []event
	size     int
	held     int64 // of the budget for what is in hand
	done     chan outcome
}

// answer gives the request its outcome; a second one is dropped.
func (r *request) answer(o outcome) {
	select {
	case r.done <- o:
	default:
	}
}

// outcome of a request: rev is the last revision after a success, the head after a wrong version (-1: no stream).
type outcome struct {
	verdict  verdict
	rev, pos int64
	deleted  string // the stream whose tombstone is in the way, where it is another than the request's
	err      error
}

// queries are the writer's prepared statements.
type queries struct {
	findStream, tail, lastData, place    *lite.Stmt
	addStream, findCategory, addCategory *lite.Stmt
	addEvent, begin, commit, rollback    *lite.Stmt
}

// writer is the only one that writes. It gathers waiting requests into one transaction, and answers after its fsync.
type writer struct {
	conn         *lite.Conn
	q            queries
	mark         *mark
	wal          string
	streams      map[string]*stream
	categories   map[string]int64
	kept         int // bytes of what streams remember
	ids          *idCache
	last         int64 // position of the newest event
	nextStream   int64
	nextCategory int64
	scratch      []byte
	clock        func() time.Time

	underWay  atomic.Int64 // appends between their first byte and their answer
	patience  *time.Timer
	commits   int64
	vain      int // waits for others, one after another, that brought nobody
	gate      sync.RWMutex
	closed    bool
	queue     chan *request
	stopped   chan struct{}
	committed func(group []event, last int64)
	fatal     func(error)
	checkpts  chan struct{}
	group     []event
	idsOf     [][16]byte
}

// prepare prepares all of them.
func (q *queries) prepare(conn *lite.Conn) error {
	texts := []struct {
		into **lite.Stmt
		sql  string
	}{
		{&q.findStream, "SELECT id FROM streams WHERE name=?1"},
		{&q.tail, "SELECT rev, pos, id, category FROM events WHERE stream=?1 ORDER BY rev DESC LIMIT 16"},
		{&q.lastData, "SELECT data, json FROM events WHERE stream=?1 ORDER BY rev DESC LIMIT 1"},
		{&q.place, "SELECT id, pos FROM events WHERE stream=?1 AND rev=?2"},
		{&q.addStream, "INSERT INTO streams(id, name, category) VALUES(?1, ?2, ?3)"},
		{&q.findCategory, "SELECT id FROM categories WHERE name=?1"},
		{&q.addCategory, "INSERT INTO categories(id, name) VALUES(?1, ?2)"},
		{&q.addEvent, "INSERT INTO events(pos, stream, rev, category, id, type, json, created, sum, meta, data)" +
			" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"},
		{&q.begin, "BEGIN IMMEDIATE"},
		{&q.commit, "COMMIT"},
		{&q.rollback, "ROLLBACK"},
	}
	for _, t := range texts {
		s, err := conn.Prepare(t.sql)
		if err != nil {
			return err
		}
		*t.into = s
	}
	return nil
}

// finalize lets go of all of them.
func (q *queries) finalize() {
	for _, s := range []*lite.Stmt{q.findStream, q.tail, q.lastData, q.place, q.addStream, q.findCategory,
		q.addCategory, q.addEvent, q.begin, q.commit, q.rollback} {
		s.Finalize()
	}
}

func (w *writer) loadCounters() error {
	for _, c := range []struct {
		into *int64
		sql  string
	}{
		{&w.last, "SELECT max(pos) FROM events"},
		{&w.nextStream, "SELECT max(id) FROM streams"},
		{&w.nextCategory, "SELECT max(id) FROM categories"},
	} {
		n, err := w.conn.Int(c.sql)
		if err != nil {
			return err
		}
		*c.into = n
	}
	return nil
}

// do hands a request to the writer and waits for its outcome; the writer answers every request it was handed. When ctx ends in a full line nothing
// is written.
func (w *writer) do(ctx context.Context, r *request) outcome {
	if err := w.enqueue(ctx, r); err != nil {
		return outcome{err: err}
	}
	return <-r.done
}

// enqueue puts a request in line; requests of one caller are written in the order they were put in line. A full line is waited for until ctx ends.
func (w *writer) enqueue(ctx context.Context, r *request) error {
	r.done = make(chan outcome, 1)
	w.gate.RLock()
	defer w.gate.RUnlock()
	if w.closed {
		return errClosed
	}
	select {
	case w.queue <- r:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// close lets the writer finish what is in line, and refuses what comes after.
func (w *writer) close() {
	w.gate.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.gate.Unlock()
	<-w.stopped
}

// run is the writer's loop. After an error that leaves nothing to acknowledge with, it only refuses.
func (w *writer) run() {
	defer close(w.stopped)
	pending := make([]*request, 0, maxGroup)
	dead := false
	for r := range w.queue {
		if dead {
			r.answer(outcome{err: errClosed})
			continue
		}
		pending = w.gather(append(pending[:0], r))
		err := calm(func() error { return w.write(pending) })
		if ofOneRequest(err) { // a panic beside the requests themselves: what was committed stays
			cause := err
			err = w.undo(w.last, cause)
			for _, r := range pending {
				r.answer(outcome{err: cause})
			}
		}
		if err != nil {
			dead = true
			for _, r := range pending {
				r.answer(outcome{err: errClosed})
			}
			w.fatal(err)
		}
	}
}

// gather takes what waits in line. While other appends are under way it waits a moment for them: a commit costs
// nearly the same for one event as for thirty. A caller that stalls half-way must not slow the others down for ever,
// so waits that bring nothing become rare.
func (w *writer) gather(pending []*request) []*request {
	pending, size := w.takeWaiting(pending, pending[0].size)
	others := w.underWay.Load() - int64(len(pending))
	if w.vain >= vainWaits && w.commits%vainWaits != 0 || others <= 0 {
		return pending
	}
	before := len(pending)
	w.patience.Reset(gatherDelay)
	for len(pending) < maxGroup && size < maxGroupBytes && int64(len(pending)) < w.underWay.Load() {
		select {
		case r, ok := <-w.queue:
			if !ok {
				return pending
			}
			pending, size = w.takeWaiting(append(pending, r), size+r.size)
			continue
		case <-w.patience.C:
		}
		break
	}
	if w.vain++; len(pending) > before {
		w.vain = 0
	}
	return pending
}

func (w *writer) takeWaiting(pending []*request, size int) ([]*request, int) {
	for len(pending) < maxGroup && size < maxGroupBytes {
		select {
		case r, ok := <-w.queue:
			if !ok {
				return pending, size
			}
			pending, size = append(pending, r), size+r.size
		default:
			return pending, size
		}
	}
	return pending, size
}

// write commits one group. Its error means that nothing may be acknowledged any more and the process must stop.
func (w *writer) write(pending []*request) error {
	if len(w.streams) > cachedStreams || len(w.categories) > cachedStreams || w.kept > keptBytes {
		w.forget(false)
	}
	before := w.last
	outcomes, err := w.transact(pending)
	if err != nil {
		if err := w.undo(before, err); err != nil {
			return err
		}
		return w.refuse(pending, err)
	}
	if w.last != before {
		if err := w.mark.acknowledge(w.last, w.wal, w.conn.Frames()); err != nil {
			return fmt.Errorf("note what is acknowledged: %w", err)
		}
		w.commits++
		w.committed(w.group, w.last)
	}
	for i, r := range pending {
		r.answer(outcomes[i])
	}
	if cap(w.group) > maxKeptGroup {
		w.group = nil
	}
	w.askCheckpoint()
	return nil
}

// refuse answers a group that was not written. One request that the writer cannot take must not cost the others their
// place: they are written one by one.
func (w *writer) refuse(pending []*request, err error) error {
	if len(pending) > 1 && ofOneRequest(err) {
		for _, r := range pending {
			if err := w.write([]*request{r}); err != nil {
				return err
			}
		}
		return nil
	}
	for _, r := range pending {
		r.answer(outcome{err: failure(err)})
	}
	return nil
}

func (w *writer) askCheckpoint() {
	frames := w.conn.Frames()
	if frames < checkpointFrames {
		return
	}
	if frames > 2*checkpointFrames {
		_, _, _ = w.conn.Checkpoint(lite.Passive) // the background one cannot keep up: let the log start over
		return
	}
	select {
	case w.checkpts <- struct{}{}:
	default:
	}
}

// transact runs a group inside one transaction; requests that change nothing need no transaction of their own.
func (w *writer) transact(pending []*request) ([]outcome, error) {
	w.group = w.group[:0]
	if err := w.q.begin.Run(); err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	outcomes := make([]outcome, len(pending))
	now := w.clock()
	for i, r := range pending {
		err := calm(func() (err error) { outcomes[i], err = w.apply(r, now); return err })
		if err != nil {
			return nil, err
		}
	}
	if err := w.q.commit.Run(); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	return outcomes, nil
}

// undo rolls back and forgets what memory believed. An error that is neither a full disk nor damage is returned: after
// a failed fsync nobody knows what the disk holds.
func (w *writer) undo(before int64, cause error) error {
	if w.conn.InTransaction() {
		if err := w.q.rollback.Run(); err != nil && w.conn.InTransaction() {
			return fmt.Errorf("roll back after %w: %w", cause, err)
		}
	}
	w.forget(true)
	w.last = before
	if err := w.loadCounters(); err != nil && !damaged(err) {
		return fmt.Errorf("read the counters after %w: %w", cause, err)
	}
	if diskFull(cause) || damaged(cause) {
		return nil
	}
	var e *lite.Error
	if errors.As(cause, &e) && e.Primary() == 10 {
		return cause
	}
	return nil
}

func (w *writer) forget(ids bool) {
	w.streams, w.kept = map[string]*stream{}, 0
	w.categories = map[string]int64{}
	if ids {
		w.ids = newIDCache()
	}
}

// diskFull knows "no space", "file too large" and "over quota".
func diskFull(err error) bool {
	var e *lite.Error
	if !errors.As(err, &e) {
		return false
	}
	const fileTooLarge, noSpace, overQuota = 27, 28, 122
	return e.Primary() == 13 || e.Primary() == 10 && (e.Errno == fileTooLarge || e.Errno == noSpace || e.Errno == overQuota)
}

func failure(err error) error {
	if diskFull(err) {
		return errDiskFull
	}
	return err
}
