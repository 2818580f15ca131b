package node

import (
	"crypto/rand"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

func (w *writer) apply(r *request, now time.Time) (outcome, error) {
	s, err := w.stream(r.name)
	if err != nil {
		return outcome{}, err
	}
	ids := w.idsOf[:0]
	for i := range r.events {
		ids = append(ids, r.events[i].id)
	}
	if r.kind != writeAppend {
		ids = append(ids, newID())
	}
	w.idsOf = ids
	d, err := decider{w}.decide(s, r.expected, ids)
	if err != nil || d.verdict != verdictWrite {
		return outcome{verdict: d.verdict, rev: d.rev, pos: d.pos}, err
	}
	ticks := now.UnixNano() / 100
	switch r.kind {
	case writeDelete:
		return w.softDelete(s, ids[0], ticks)
	case writeTombstone:
		return w.bury(s, ids[0], ticks)
	}
	return w.append(s, r.events, d, ticks)
}

// append writes the events, and brings back what a Delete hid, also when there are none. Without an event the answer's
// position is that of the revival, 0 when there was nothing to revive.
func (w *writer) append(s *stream, events []event, d decision, ticks int64) (outcome, error) {
	revived, err := w.revivedByMeta(s)
	if err != nil {
		return outcome{}, err
	}
	first, before := s.head+1, w.last
	if d.revive {
		revived = s
	}
	var meta []byte
	if revived != nil {
		meta = revived.rawMeta
	}
	for i := range events {
		events[i].created = ticks
		if err := w.insert(s, &events[i], s.head+1); err != nil {
			return outcome{}, err
		}
	}
	o := outcome{rev: s.head}
	if len(events) > 0 {
		o.pos = w.last
		newest := &events[len(events)-1]
		if err := w.noteMeta(s, newest); err != nil {
			return outcome{}, err
		}
		if revived != s {
			meta = newest.data
		}
	}
	if revived == nil {
		return o, nil
	}
	if revived != s {
		first = revived.head + 1
	}
	if err := w.revive(revived, meta, first, ticks); err != nil {
		return outcome{}, err
	}
	if o.pos == 0 && w.last > before {
		o.pos = w.last
	}
	return o, nil
}

// revivedByMeta is the softly deleted stream that a write to its metadata brings back, nil when there is none.
func (w *writer) revivedByMeta(s *stream) (*stream, error) {
	if !isMeta(s.name) {
		return nil, nil
	}
	of, err := w.stream(strings.TrimPrefix(s.name, metaPrefix))
	if err != nil || !of.softDeleted() {
		return nil, err
	}
	return of, nil
}

// noteMeta tells a stream of the newest event of its metadata.
func (w *writer) noteMeta(s *stream, e *event) error {
	if !isMeta(s.name) {
		return nil
	}
	of, err := w.stream(strings.TrimPrefix(s.name, metaPrefix))
	if err != nil {
		return err
	}
	of.setMeta(e.data, e.json)
	w.kept += len(of.rawMeta)
	return nil
}

// revive moves $tb of the metadata to the first revision that is visible again; the other keys stay.
func (w *writer) revive(s *stream, meta []byte, first, ticks int64) error {
	data, ok := withBefore(meta, first)
	if !ok {
		return nil
	}
	return w.writeMeta(s, data, newID(), ticks)
}

// softDelete hides a stream that has events or metadata, unless its metadata was ended by a tombstone.
func (w *writer) softDelete(s *stream, id [16]byte, ticks int64) (outcome, error) {
	m, err := w.stream(metaOf(s.name))
	switch {
	case err != nil:
		return outcome{}, err
	case m.tombstoned:
		return outcome{verdict: verdictDeleted, deleted: m.name}, nil
	case s.head < 0 && m.head < 0:
		return outcome{verdict: verdictWrong, rev: noStream}, nil
	}
	data := []byte(`{"$tb":` + strconv.FormatInt(math.MaxInt64, 10) + `}`)
	if err := w.writeMeta(s, data, id, ticks); err != nil {
		return outcome{}, err
	}
	return outcome{rev: s.head, pos: w.last}, nil
}

func (w *writer) writeMeta(s *stream, data []byte, id [16]byte, ticks int64) error {
	m, err := w.stream(metaOf(s.name))
	if err != nil {
		return err
	}
	e := event{id: id, typ: typeMetadata, json: true, data: data, created: ticks}
	if err := w.insert(m, &e, m.head+1); err != nil {
		return err
	}
	s.setMeta(data, true)
	return nil
}

func (w *writer) bury(s *stream, id [16]byte, ticks int64) (outcome, error) {
	e := event{id: id, typ: typeTombstone, created: ticks}
	if err := w.insert(s, &e, tombstoneRev); err != nil {
		return outcome{}, err
	}
	s.tombstoned = true
	return outcome{rev: tombstoneRev, pos: w.last}, w.noteMeta(s, &e)
}

// insert writes one event at the next position and moves the stream's head.
func (w *writer) insert(s *stream, e *event, rev int64) error {
	if rev < 0 || s.head == tombstoneRev || rev == tombstoneRev && e.typ != typeTombstone {
		return &requestError{fmt.Errorf("revision %d behind %d of stream %q is never written", rev, s.head, s.name)}
	}
	if err := w.intern(s); err != nil {
		return err
	}
	e.pos, e.rev, e.stream, e.name = w.last+1, rev, s.id, s.name
	var sum [sumSize]byte
	sum, w.scratch = e.checksum(w.scratch)
	q := w.q.addEvent
	q.BindInt64(1, e.pos)
	q.BindInt64(2, e.stream)
	q.BindInt64(3, e.rev)
	q.BindInt64(4, s.category)
	q.BindBlob(5, e.id[:])
	q.BindText(6, e.typ)
	q.BindInt64(7, int64(boolByte(e.json)))
	q.BindInt64(8, e.created)
	q.BindBlob(9, sum[:])
	q.BindBlob(10, e.meta)
	q.BindBlob(11, e.data)
	if err := q.Run(); err != nil {
		return fmt.Errorf("write revision %d of stream %q: %w", rev, s.name, err)
	}
	w.last, s.head = e.pos, rev
	w.ids.add(e.id, written{stream: s.id, rev: rev, pos: e.pos})
	w.group = append(w.group, *e)
	return nil
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}

func uuid4(id [16]byte) [16]byte {
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id
}

func newID() [16]byte {
	var id [16]byte
	_, _ = rand.Read(id[:])
	return uuid4(id)
}
