package node

import (
	"errors"
	"fmt"

	"github.com/dakahq/daka/deploy/single/node/lite"
)

const (
	pageEvents = 1000
	pageBytes  = 1 << 20
	knownTypes = 4096
	// knownTypeSize keeps long types out of the memory for those that come again and again.
	knownTypeSize = 256
	columns       = "e.pos, e.stream, e.rev, e.id, e.type, e.json, e.created, e.sum, e.meta, e.data"
)

// lossError says that an event which was acknowledged cannot be served: its bytes or its place are damaged.
type lossError struct {
	what string
	pos  int64 // 0: unknown
}

func (e *lossError) Error() string { return e.what }

// page is a run of events; its events point into memory of the page.
type page struct {
	events []event
	more   bool  // the run was cut by size, not by the end
	next   int64 // position to go on from, for $all
	bytes  int
	arena  []byte
}

func (p *page) reset() {
	p.events, p.more, p.bytes, p.next = p.events[:0], false, 0, 0
	p.arena = p.arena[:0]
}

func (p *page) keep(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	if cap(p.arena)-len(p.arena) < len(b) {
		p.arena = make([]byte, 0, max(min(2*cap(p.arena), pageBytes), 4<<10, len(b)))
	}
	at := len(p.arena)
	p.arena = append(p.arena, b...)
	return p.arena[at : at+len(b) : at+len(b)]
}

// reader is one reading connection with its statements.
type reader struct {
	conn    *lite.Conn
	names   *names
	last    func() int64 // newest acknowledged position
	types   map[string]string
	scratch []byte

	begin, end                       *lite.Stmt
	allForward, allBackward          *lite.Stmt
	streamForward, streamBackward    *lite.Stmt
	category, name, find, head, meta *lite.Stmt
	findCategory, positions, below   *lite.Stmt
}

func newReader(path string, n *names, last func() int64) (*reader, error) {
	return newReaderOn(lite.Options{Path: path, VFS: lite.SealedVFS, ReadOnly: true}, n, last)
}

func newReaderOn(o lite.Options, n *names, last func() int64) (*reader, error) {
	c, err := lite.Open(o)
	if err != nil {
		return nil, err
	}
	r := &reader{conn: c, names: n, last: last, types: map[string]string{}}
	if err := errors.Join(c.Exec("PRAGMA cache_size=-8192; PRAGMA query_only=ON"), r.prepare()); err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

func (r *reader) statements() map[**lite.Stmt]string {
	const from = "SELECT " + columns + " FROM events e "
	return map[**lite.Stmt]string{
		&r.begin:          "BEGIN",
		&r.end:            "COMMIT",
		&r.allForward:     from + "WHERE pos>=?1 ORDER BY pos LIMIT ?2",
		&r.allBackward:    from + "WHERE pos<?1 ORDER BY pos DESC LIMIT ?2",
		&r.streamForward:  from + "WHERE stream=?1 AND rev>=?2 AND rev<=?3 ORDER BY rev LIMIT ?4",
		&r.streamBackward: from + "WHERE stream=?1 AND rev<=?2 AND rev>=?3 ORDER BY rev DESC LIMIT ?4",
		&r.category:       from + "INDEXED BY events_category WHERE category=?1 AND pos>=?2 AND pos<=?3 ORDER BY pos LIMIT ?4",
		&r.positions:      "SELECT pos FROM events WHERE pos>=?1 AND pos<?2 ORDER BY pos",
		&r.name:           "SELECT name FROM streams WHERE id=?1",
		&r.find:           "SELECT id FROM streams WHERE name=?1",
		&r.findCategory:   "SELECT id FROM categories WHERE name=?1",
		&r.head:           "SELECT rev FROM events WHERE stream=?1 ORDER BY rev DESC LIMIT 1",
		&r.below:          "SELECT rev FROM events WHERE stream=?1 AND rev<?2 ORDER BY rev DESC LIMIT 1",
		&r.meta:           "SELECT data, json FROM events WHERE stream=?1 ORDER BY rev DESC LIMIT 1",
	}
}

func (r *reader) prepare() error {
	for into, sql := range r.statements() {
		s, err := r.conn.Prepare(sql)
		if err != nil {
			return err
		}
		*into = s
	}
	return nil
}

func (r *reader) close() error {
	for s := range r.statements() {
		(*s).Finalize()
	}
	return r.conn.Close()
}

// within runs f in one reading transaction, so that everything it sees is of one moment.
func (r *reader) within(f func() error) error {
	if err := r.begin.Run(); err != nil {
		return err
	}
	err := f()
	if e := r.end.Run(); e != nil && err == nil {
		err = e
	}
	return err
}

// scan adds the row a statement stands on to the page when its checksum holds; a bad row is left out.
func (r *reader) scan(q *lite.Stmt, p *page) (*event, error) {
	e, err := r.take(q, p)
	if err != nil {
		p.drop()
	}
	return e, err
}

func (p *page) drop() { p.events = p.events[:len(p.events)-1] }

func (r *reader) take(q *lite.Stmt, p *page) (*event, error) {
	p.events = append(p.events, event{})
	e := &p.events[len(p.events)-1]
	e.pos, e.stream, e.rev = q.Int64(0), q.Int64(1), q.Int64(2)
	idLen := copy(e.id[:], q.Bytes(3))
	e.typ = r.internType(q.Bytes(4))
	e.json, e.created = q.Int64(5) != 0, q.Int64(6)
	e.meta, e.data = q.Bytes(8), q.Bytes(9)
	name, err := r.streamName(e.stream)
	if err != nil {
		return nil, err
	}
	e.name = name
	var sum [sumSize]byte
	sum, r.scratch = e.checksum(r.scratch)
	if string(sum[:]) != string(q.Bytes(7)) || idLen != len(e.id) {
		return nil, &lossError{pos: e.pos, what: fmt.Sprintf("the event at position %d (stream %q, revision %d) fails its checksum and is not served: restore it from a backup", e.pos, e.name, e.rev)}
	}
	e.meta, e.data = p.keep(e.meta), p.keep(e.data)
	p.bytes += len(e.meta) + len(e.data) + len(e.typ) + len(e.name) + 64
	return e, nil
}

func (r *reader) internType(b []byte) string {
	if s, ok := r.types[string(b)]; ok {
		return s
	}
	if len(r.types) >= knownTypes {
		clear(r.types)
	}
	s := string(b)
	if len(s) <= knownTypeSize {
		r.types[s] = s
	}
	return s
}

func (r *reader) streamName(id int64) (string, error) {
	if name, ok := r.names.get(id); ok {
		return name, nil
	}
	r.name.BindInt64(1, id)
	row, err := r.name.Step()
	if err != nil {
		return "", err
	}
	if !row {
		return "", &lossError{what: fmt.Sprintf("the name of stream number %d is missing: its events are not served", id)}
	}
	name := string(r.name.Bytes(0))
	r.name.Reset()
	r.names.put(id, name)
	return name, nil
}

// forward fills the page with $all from a position on; a position that is missing is a loss, never skipped.
func (r *reader) forward(from int64, limit int, p *page) error {
	p.reset()
	newest := r.last()
	q := r.allForward
	q.BindInt64(1, from)
	q.BindInt64(2, int64(limit))
	defer q.Reset()
	p.next = from
	for {
		row, err := q.Step()
		if err != nil {
			return unreadable(err, "$all from position %d", p.next)
		}
		if !row {
			break
		}
		e, err := r.scan(q, p)
		if err != nil {
			return err
		}
		if e.pos != p.next {
			p.drop()
			return missing(p.next)
		}
		p.next = e.pos + 1
		if p.bytes > pageBytes {
			p.more = true
			return nil
		}
	}
	if p.more = len(p.events) == limit; !p.more && p.next <= newest {
		return missing(p.next)
	}
	return nil
}

// backward fills the page with $all before a position, newest first.
func (r *reader) backward(before int64, limit int, p *page) error {
	p.reset()
	q := r.allBackward
	q.BindInt64(1, before)
	q.BindInt64(2, int64(limit))
	defer q.Reset()
	next := min(before-1, r.last())
	for {
		row, err := q.Step()
		if err != nil {
			return unreadable(err, "$all before position %d", next+1)
		}
		if !row {
			break
		}
		e, err := r.scan(q, p)
		if err != nil {
			return err
		}
		if len(p.events) == 1 && e.pos > next {
			next = e.pos // written after the snapshot of the newest position
		}
		if e.pos != next {
			p.drop()
			return missing(next)
		}
		next--
		if p.bytes > pageBytes {
			break
		}
	}
	if p.more, p.next = next > 0, next+1; p.more && len(p.events) < limit && p.bytes <= pageBytes {
		return missing(next)
	}
	return nil
}

func missing(pos int64) error {
	return &lossError{pos: pos, what: fmt.Sprintf("the event at position %d is missing from the store: the read ends here, restore it from a backup", pos)}
}

func unreadable(err error, format string, args ...any) error {
	var l *lossError
	if errors.As(err, &l) {
		return err
	}
	where := fmt.Sprintf(format, args...)
	if damaged(err) {
		return &lossError{what: fmt.Sprintf("the store is damaged where it holds %s: %v", where, err)}
	}
	return fmt.Errorf("read %s: %w", where, err)
}

// streamForward fills the page with revisions from..head of a stream; a missing revision is a loss.
func (r *reader) streamPage(v view, name string, from int64, limit int, p *page) error {
	p.reset()
	q := r.streamForward
	q.BindInt64(1, v.id)
	q.BindInt64(2, from)
	q.BindInt64(3, v.head)
	q.BindInt64(4, int64(limit))
	defer q.Reset()
	return r.revisions(q, p, name, from, v.head, 1, limit)
}

func (r *reader) streamPageBack(v view, name string, from int64, limit int, p *page) error {
	p.reset()
	q := r.streamBackward
	q.BindInt64(1, v.id)
	q.BindInt64(2, from)
	q.BindInt64(3, v.first)
	q.BindInt64(4, int64(limit))
	defer q.Reset()
	return r.revisions(q, p, name, from, v.first, -1, limit)
}

// revisions collects rows whose revisions must run from first to last by step without a gap.
func (r *reader) revisions(q *lite.Stmt, p *page, name string, first, last, step int64, limit int) error {
	next := first
	for {
		row, err := q.Step()
		if err != nil {
			return unreadable(err, "revision %d of stream %q", next, name)
		}
		if !row {
			break
		}
		e, err := r.scan(q, p)
		if err != nil {
			return err
		}
		if e.rev != next || e.name != name {
			p.drop()
			return missingRevision(name, next)
		}
		next += step
		if p.bytes > pageBytes {
			break
		}
	}
	p.next = next
	p.more = (last-next)*step >= 0
	if p.more && len(p.events) < limit && p.bytes <= pageBytes {
		return missingRevision(name, next)
	}
	return nil
}

func missingRevision(name string, rev int64) error {
	return &lossError{what: fmt.Sprintf("revision %d of stream %q is missing from the store: the read ends here, restore it from a backup", rev, name)}
}
