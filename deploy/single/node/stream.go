package node

import (
	"fmt"
	"slices"
	"strings"
)

const (
	cachedStreams = 1 << 16
	keptBytes     = 32 << 20 // of names and metadata in memory
)

// stream is what the writer knows of one stream; head is its last revision, -1 when it has no event.
type stream struct {
	id, head, category int64
	name               string
	tombstoned         bool
	hasMeta            bool
	keep               retention
	rawMeta            []byte
}

func (s *stream) softDeleted() bool { return s.keep.before == deletedBefore }

// placed is the id and position of one revision.
type placed struct {
	id  [16]byte
	pos int64
}

func categoryOf(name string) string {
	category, _, _ := strings.Cut(name, "-")
	return category
}

// stream answers from memory, or loads the head, the newest ids and the metadata of a stream once.
func (w *writer) stream(name string) (*stream, error) {
	if s, ok := w.streams[name]; ok {
		return s, nil
	}
	s := &stream{name: name, head: noStream}
	id, found, err := w.find(name)
	if err != nil {
		return nil, err
	}
	if found {
		s.id = id
		if err := w.loadTail(s); err != nil {
			return nil, err
		}
	}
	if err := w.loadMeta(s); err != nil {
		return nil, err
	}
	w.streams[name] = s
	w.kept += len(name) + len(s.rawMeta)
	return s, nil
}

func (w *writer) find(name string) (int64, bool, error) {
	q := w.q.findStream
	q.BindText(1, name)
	row, err := q.Step()
	if err != nil || !row {
		return 0, false, wrap(err, "look up stream %q", name)
	}
	defer q.Reset()
	return q.Int64(0), true, nil
}

// loadTail reads the newest records of the stream: its head, whether it is tombstoned, and ids for repeats.
func (w *writer) loadTail(s *stream) error {
	q := w.q.tail
	q.BindInt64(1, s.id)
	type row struct {
		id [16]byte
		written
	}
	var rows []row
	for {
		more, err := q.Step()
		if err != nil {
			return wrap(err, "read the head of stream %q", s.name)
		}
		if !more {
			break
		}
		r := row{written: written{stream: s.id, rev: q.Int64(0), pos: q.Int64(1)}}
		copy(r.id[:], q.Bytes(2))
		s.category = q.Int64(3)
		rows = append(rows, r)
	}
	for i := len(rows) - 1; i >= 0; i-- {
		w.ids.add(rows[i].id, rows[i].written)
	}
	if len(rows) > 0 {
		s.head = rows[0].rev
	}
	if s.head == tombstoneRev {
		s.tombstoned = true
	}
	return nil
}

func (w *writer) loadMeta(s *stream) error {
	id, found, err := w.find(metaOf(s.name))
	if err != nil || !found {
		return err
	}
	q := w.q.lastData
	q.BindInt64(1, id)
	row, err := q.Step()
	if err != nil || !row {
		return wrap(err, "read the metadata of stream %q", s.name)
	}
	s.setMeta(q.Bytes(0), q.Int64(1) != 0)
	q.Reset()
	return nil
}

// setMeta takes the newest event of the stream's metadata. Metadata of a metadata stream hides nothing. Its text is kept while
// the stream is softly deleted, for its revival.
func (s *stream) setMeta(raw []byte, isJSON bool) {
	s.hasMeta, s.rawMeta, s.keep = true, nil, parseRetention(raw, isJSON && !isMeta(s.name))
	if s.softDeleted() {
		s.rawMeta = slices.Clone(raw)
	}
}

// place finds the event at a revision, for comparing ids.
func (w *writer) place(s *stream, rev int64) (placed, bool, error) {
	if s.id == 0 {
		return placed{}, false, nil
	}
	q := w.q.place
	q.BindInt64(1, s.id)
	q.BindInt64(2, rev)
	row, err := q.Step()
	if err != nil || !row {
		return placed{}, false, wrap(err, "read revision %d of stream %q", rev, s.name)
	}
	defer q.Reset()
	p := placed{pos: q.Int64(1)}
	copy(p.id[:], q.Bytes(0))
	return p, true, nil
}

// tombstoned also answers for a metadata stream, which dies with its stream.
func (w *writer) tombstoned(s *stream) (bool, error) {
	if s.tombstoned || !isMeta(s.name) {
		return s.tombstoned, nil
	}
	of, err := w.stream(strings.TrimPrefix(s.name, metaPrefix))
	if err != nil {
		return false, err
	}
	return w.tombstoned(of)
}

// intern gives the stream and its category numbers when it is written for the first time.
func (w *writer) intern(s *stream) error {
	if s.id != 0 && s.category != 0 {
		return nil
	}
	category := categoryOf(s.name)
	cat, ok := w.categories[category]
	if !ok {
		var err error
		if cat, err = w.internCategory(category); err != nil {
			return err
		}
		w.categories[category] = cat
		w.kept += len(category)
	}
	s.category = cat
	if s.id != 0 {
		return nil
	}
	w.nextStream++
	q := w.q.addStream
	q.BindInt64(1, w.nextStream)
	q.BindText(2, s.name)
	q.BindInt64(3, cat)
	if err := q.Run(); err != nil {
		return fmt.Errorf("add stream %q: %w", s.name, err)
	}
	s.id = w.nextStream
	return nil
}

func (w *writer) internCategory(name string) (int64, error) {
	q := w.q.findCategory
	q.BindText(1, name)
	row, err := q.Step()
	if err != nil {
		return 0, fmt.Errorf("look up category %q: %w", name, err)
	}
	if row {
		defer q.Reset()
		return q.Int64(0), nil
	}
	w.nextCategory++
	add := w.q.addCategory
	add.BindInt64(1, w.nextCategory)
	add.BindText(2, name)
	if err := add.Run(); err != nil {
		return 0, fmt.Errorf("add category %q: %w", name, err)
	}
	return w.nextCategory, nil
}

func wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}
