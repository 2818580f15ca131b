package lite

import (
	"fmt"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Stmt is a prepared statement with its own memory for bound blobs, kept from use to use.
type Stmt struct {
	c    *Conn
	p    uintptr
	bufs []buffer
}

type buffer struct {
	p    uintptr
	size int
}

// Prepare compiles one statement.
func (c *Conn) Prepare(sql string) (*Stmt, error) {
	z, err := libc.CString(sql)
	if err != nil {
		return nil, err
	}
	defer libc.Xfree(c.tls, z)
	out := libc.Xcalloc(c.tls, 1, 8)
	defer libc.Xfree(c.tls, out)
	const persistent = sqlite3.SQLITE_PREPARE_PERSISTENT
	if err := c.err(sqlite3.Xsqlite3_prepare_v3(c.tls, c.db, z, -1, persistent, out, 0)); err != nil {
		return nil, fmt.Errorf("prepare %s: %w", firstWords(sql), err)
	}
	s := &Stmt{c: c, p: *(*uintptr)(at(out))}
	s.bufs = make([]buffer, sqlite3.Xsqlite3_bind_parameter_count(c.tls, s.p)+1)
	return s, nil
}

// Finalize frees the statement; a nil statement is fine.
func (s *Stmt) Finalize() {
	if s == nil || s.p == 0 {
		return
	}
	sqlite3.Xsqlite3_finalize(s.c.tls, s.p)
	for _, b := range s.bufs {
		if b.p != 0 {
			libc.Xfree(s.c.tls, b.p)
		}
	}
	s.p, s.bufs = 0, nil
}

// BindInt64 binds parameter i, from 1.
func (s *Stmt) BindInt64(i int, v int64) {
	sqlite3.Xsqlite3_bind_int64(s.c.tls, s.p, int32(i), v)
}

// BindBlob binds a copy of v to parameter i, from 1; nil binds an empty blob.
func (s *Stmt) BindBlob(i int, v []byte) {
	p := s.copyIn(i, len(v))
	copy(unsafe.Slice((*byte)(at(p)), len(v)), v)
	sqlite3.Xsqlite3_bind_blob(s.c.tls, s.p, int32(i), p, int32(len(v)), 0)
}

// BindText binds a copy of v to parameter i, from 1.
func (s *Stmt) BindText(i int, v string) {
	p := s.copyIn(i, len(v))
	copy(unsafe.Slice((*byte)(at(p)), len(v)), v)
	sqlite3.Xsqlite3_bind_text(s.c.tls, s.p, int32(i), p, int32(len(v)), 0)
}

func (s *Stmt) copyIn(i, n int) uintptr {
	b := &s.bufs[i]
	if b.p == 0 || b.size < n {
		if b.p != 0 {
			libc.Xfree(s.c.tls, b.p)
		}
		b.size = max(64, n+n/4)
		b.p = s.c.malloc(b.size)
	}
	return b.p
}

// Step runs to the next row: true when there is one, false when done. After false or an error the statement is reset.
func (s *Stmt) Step() (bool, error) {
	switch rc := sqlite3.Xsqlite3_step(s.c.tls, s.p); rc {
	case sqlite3.SQLITE_ROW:
		return true, nil
	case sqlite3.SQLITE_DONE:
		s.Reset()
		return false, nil
	default:
		err := s.c.err(rc)
		s.Reset()
		return false, err
	}
}

// Run steps a statement that returns no row.
func (s *Stmt) Run() error {
	row, err := s.Step()
	if row {
		s.Reset()
	}
	return err
}

// Reset makes the statement ready to be run again; bindings stay.
func (s *Stmt) Reset() { sqlite3.Xsqlite3_reset(s.c.tls, s.p) }

// Int64 is column i, from 0, as a number.
func (s *Stmt) Int64(i int) int64 { return sqlite3.Xsqlite3_column_int64(s.c.tls, s.p, int32(i)) }

// Bytes is column i, from 0, as text or blob in SQLite's own memory: valid until the next Step or Reset.
func (s *Stmt) Bytes(i int) []byte {
	p := sqlite3.Xsqlite3_column_blob(s.c.tls, s.p, int32(i))
	n := int(sqlite3.Xsqlite3_column_bytes(s.c.tls, s.p, int32(i)))
	if p == 0 || n == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(at(p)), n)
}
