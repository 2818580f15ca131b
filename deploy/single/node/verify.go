package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/dakahq/daka/deploy/single/node/lite"
)

const maxFindings = 1000

// Finding is one thing wrong in a store. Position is 0 where it is unknown, Page (from 1) where it is no page.
type Finding struct {
	Position int64
	Page     int64
	What     string
}

// Report says how much of a store was looked at and what is wrong with it.
type Report struct {
	Events   int64
	Pages    int64
	Last     int64 // position of the newest event
	Findings []Finding
	More     int64 // findings beyond the first thousand
}

// Clean tells whether nothing was found.
func (r *Report) Clean() bool { return len(r.Findings) == 0 }

func (r *Report) add(f Finding) {
	if len(r.Findings) >= maxFindings {
		r.More++
		return
	}
	r.Findings = append(r.Findings, f)
}

// Verify looks through the store of a stopped node: every page's seal, every record's checksum, every index, and that
// no position, no revision and nothing acknowledged is missing. The error is for a store that cannot be looked at.
func Verify(ctx context.Context, dir string) (Report, error) {
	var rep Report
	d, err := takeDir(dir)
	if err != nil {
		return rep, err
	}
	defer func() { _ = d.release() }()
	if err := lite.Seal(); err != nil {
		return rep, err
	}
	path := filepath.Join(dir, storeFile)
	m, _, err := openMark(filepath.Join(dir, markFile))
	if err != nil {
		rep.add(Finding{What: err.Error()})
	} else {
		defer func() { _ = m.close() }()
		state, err := readWAL(path+"-wal", lite.PageSize)
		if err == nil {
			err = state.check(m.now, path+"-wal")
		}
		if err != nil {
			rep.add(Finding{What: err.Error()})
		}
	}
	s := &store{path: path, log: slog.New(slog.DiscardHandler), names: newNames(), pool: make(chan *reader, readers)}
	if m != nil {
		s.last.Store(m.now.pos)
	}
	err = s.verify(ctx, &rep)
	if m != nil && rep.Last < m.now.pos {
		rep.add(Finding{Position: rep.Last + 1, What: fmt.Sprintf("acknowledged events are missing: store ends at %d, acknowledged up to %d", rep.Last, m.now.pos)})
	}
	return rep, err
}

// VerifyAll does the same in a running node, beside its work.
func (n *Node) VerifyAll(ctx context.Context) (Report, error) {
	var rep Report
	err := n.store.verify(ctx, &rep)
	for _, f := range rep.Findings {
		n.cfg.Log.ErrorContext(ctx, "damage in the event store", slog.Any("position", f.Position), slog.Any("page", f.Page), slog.Any("what", f.What))
	}
	return rep, err
}

func (s *store) verify(ctx context.Context, rep *Report) error {
	return s.verifyOn(ctx, lite.Options{Path: s.path, VFS: lite.SealedVFS, ReadOnly: true}, rep)
}

func (s *store) verifyOn(ctx context.Context, o lite.Options, rep *Report) error {
	r, err := newReaderOn(o, s.names, s.last.Load)
	if err != nil {
		rep.add(Finding{What: unreadable(err, "the schema").Error()})
		return nil
	}
	defer func() { _ = r.close() }()
	for _, step := range []func(context.Context, *Report) error{r.verifyPages, r.verifyEvents, r.verifyIndexes} {
		if err := step(ctx, rep); err != nil {
			return err
		}
	}
	return nil
}

// verifyPages reads every page through the sealed layer, used or not.
func (r *reader) verifyPages(ctx context.Context, rep *Report) error {
	n, err := r.conn.Int("PRAGMA page_count")
	if err != nil {
		rep.add(Finding{What: unreadable(err, "the page count").Error()})
		return nil
	}
	q, err := r.conn.Prepare("SELECT length(data) FROM sqlite_dbpage WHERE pgno=?1")
	if err != nil {
		return err
	}
	defer q.Finalize()
	for pgno := int64(1); pgno <= n; pgno++ {
		if pgno%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		q.BindInt64(1, pgno)
		row, err := q.Step()
		if err == nil && row && q.Int64(0) == 0 {
			err = errors.New("it is empty")
		}
		if err != nil {
			rep.add(Finding{Page: pgno, What: fmt.Sprintf("page %d of the store is damaged: %v", pgno, err)})
		}
		q.Reset()
		rep.Pages++
	}
	return nil
}

// verifyEvents walks all events in order of position; after a finding it goes on behind it.
func (r *reader) verifyEvents(ctx context.Context, rep *Report) error {
	heads := map[int64]int64{}
	p := &page{}
	for next := int64(1); ; {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		err := r.within(func() error { return r.forward(next, pageEvents, p) })
		for i := range p.events {
			e := &p.events[i]
			r.verifyRevision(e, heads, rep)
			rep.Events++
			rep.Last = e.pos
		}
		if err != nil {
			rep.add(Finding{Position: p.next, What: err.Error()})
			if next, err = r.behind(p.next); err != nil || next == 0 {
				return err
			}
			continue
		}
		if next = p.next; !p.more {
			return r.verifyHeads(ctx, heads, rep)
		}
	}
}

func (r *reader) verifyRevision(e *event, heads map[int64]int64, rep *Report) {
	head, known := heads[e.stream]
	if !known {
		head = noStream
	}
	heads[e.stream] = e.rev
	switch {
	case head == tombstoneRev:
		rep.add(Finding{Position: e.pos, What: fmt.Sprintf("stream %q goes on behind its tombstone, with revision %d at position %d", e.name, e.rev, e.pos)})
	case e.rev < 0 || e.rev == tombstoneRev && e.typ != typeTombstone:
		rep.add(Finding{Position: e.pos, What: fmt.Sprintf("stream %q has an event of revision %d at position %d: revisions end at %d", e.name, e.rev, e.pos, int64(tombstoneRev-1))})
	case e.rev != head+1 && e.rev != tombstoneRev:
		rep.add(Finding{Position: e.pos, What: fmt.Sprintf("stream %q goes from revision %d to %d at position %d", e.name, head, e.rev, e.pos)})
	}
}

// behind is the first readable position after a bad one, 0 when there is none. Damaged pages are stepped over.
func (r *reader) behind(bad int64) (int64, error) {
	q, err := r.conn.Prepare("SELECT pos FROM events WHERE pos>=?1 ORDER BY pos LIMIT 1")
	if err != nil {
		return 0, err
	}
	defer q.Finalize()
	newest := r.last()
	if n, err := r.conn.Int("SELECT max(pos) FROM events"); err == nil {
		newest = max(newest, n)
	}
	for bad++; bad <= newest; bad++ {
		q.BindInt64(1, bad)
		row, err := q.Step()
		switch {
		case err == nil && row:
			next := q.Int64(0)
			q.Reset()
			return next, nil
		case err == nil || !damaged(err):
			return 0, nil
		}
	}
	return 0, nil
}

// verifyHeads holds what the stream index says against what the walk saw.
func (r *reader) verifyHeads(ctx context.Context, heads map[int64]int64, rep *Report) error {
	for id, want := range heads {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		head, _, err := r.headOf(id)
		if err == nil && head < want {
			err = fmt.Errorf("its index ends at revision %d, its events at %d", head, want)
		}
		if err == nil {
			continue
		}
		name, _ := r.streamName(id)
		rep.add(Finding{What: fmt.Sprintf("stream %q: %v", name, err)})
	}
	return nil
}

// verifyIndexes lets SQLite compare its trees, indexes and free pages.
func (r *reader) verifyIndexes(ctx context.Context, rep *Report) error {
	if missing, err := missingParts(r.conn); err == nil && missing != "" {
		rep.add(Finding{What: "the store lacks " + missing})
	}
	q, err := r.conn.Prepare("PRAGMA integrity_check(100)")
	if err != nil {
		return err
	}
	defer q.Finalize()
	for ctx.Err() == nil {
		row, err := q.Step()
		if err != nil {
			rep.add(Finding{What: unreadable(err, "its indexes").Error()})
			return nil
		}
		if !row {
			return nil
		}
		if text := string(q.Bytes(0)); text != "ok" {
			rep.add(Finding{What: "integrity check: " + text})
		}
	}
	return ctx.Err()
}
