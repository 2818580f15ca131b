// Package lite is a thin hand on SQLite's C interface as modernc transpiles it: one connection, prepared statements,
// blobs read in place. database/sql costs about twice as much per row, and hides the write-ahead log's frame count.
package lite

import (
	"fmt"
	"strings"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	_ "modernc.org/sqlite" // patches the library at start
	sqlite3 "modernc.org/sqlite/lib"
)

// Conn is one connection; only one goroutine may use it at a time.
type Conn struct {
	tls    *libc.TLS
	db     uintptr
	frames uintptr // one int32: frames in the write-ahead log after the last commit
}

// Options say how a connection opens its file.
type Options struct {
	Path     string // of the database file
	ReadOnly bool   // refuses writes; the file must exist
	VFS      string // name given to Seal, or empty for the platform's own
}

// Open opens or creates the database; it neither checkpoints by itself nor on Close. Errors name the path.
func Open(o Options) (*Conn, error) {
	c := &Conn{tls: libc.NewTLS()}
	c.frames = libc.Xcalloc(c.tls, 1, 8)
	flags := int32(sqlite3.SQLITE_OPEN_NOMUTEX)
	if o.ReadOnly {
		flags |= sqlite3.SQLITE_OPEN_READONLY
	} else {
		flags |= sqlite3.SQLITE_OPEN_READWRITE | sqlite3.SQLITE_OPEN_CREATE
	}
	if err := c.open(o.Path, o.VFS, flags); err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("open %s: %w", o.Path, err)
	}
	sqlite3.Xsqlite3_extended_result_codes(c.tls, c.db, 1)
	c.dbConfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
	sqlite3.Xsqlite3_wal_hook(c.tls, c.db, cFunc(countFrames), c.frames)
	sqlite3.Xsqlite3_busy_timeout(c.tls, c.db, 10_000)
	return c, nil
}

func (c *Conn) open(path, vfs string, flags int32) error {
	name, err := libc.CString(path)
	if err != nil {
		return err
	}
	defer libc.Xfree(c.tls, name)
	var zVFS uintptr
	if vfs != "" {
		if zVFS, err = libc.CString(vfs); err != nil {
			return err
		}
		defer libc.Xfree(c.tls, zVFS)
	}
	out := libc.Xcalloc(c.tls, 1, 8)
	defer libc.Xfree(c.tls, out)
	rc := sqlite3.Xsqlite3_open_v2(c.tls, name, out, flags, zVFS)
	c.db = *(*uintptr)(at(out))
	return c.err(rc)
}

func (c *Conn) dbConfig(op, on int32) {
	va := libc.Xmalloc(c.tls, 32)
	defer libc.Xfree(c.tls, va)
	sqlite3.Xsqlite3_db_config(c.tls, c.db, op, libc.VaList(va, on, uintptr(0)))
}

// Close ends the connection; statements must be finalized before.
func (c *Conn) Close() error {
	if c.tls == nil {
		return nil
	}
	var err error
	if c.db != 0 {
		err = c.err(sqlite3.Xsqlite3_close_v2(c.tls, c.db))
		c.db = 0
	}
	libc.Xfree(c.tls, c.frames)
	c.tls.Close()
	c.tls = nil
	return err
}

// Frames is the number of frames in the write-ahead log after this connection's last commit.
func (c *Conn) Frames() int { return int(*(*int32)(at(c.frames))) }

func countFrames(_ *libc.TLS, arg, _, _ uintptr, n int32) int32 {
	*(*int32)(at(arg)) = n
	return sqlite3.SQLITE_OK
}

// Exec runs statements that return no rows of interest.
func (c *Conn) Exec(sql string) error {
	z, err := libc.CString(sql)
	if err != nil {
		return err
	}
	defer libc.Xfree(c.tls, z)
	if err := c.err(sqlite3.Xsqlite3_exec(c.tls, c.db, z, 0, 0, 0)); err != nil {
		return fmt.Errorf("%s: %w", firstWords(sql), err)
	}
	return nil
}

func firstWords(sql string) string {
	words := strings.Fields(sql)
	return strings.Join(words[:min(len(words), 5)], " ")
}

// InTransaction tells whether a transaction is open.
func (c *Conn) InTransaction() bool { return sqlite3.Xsqlite3_get_autocommit(c.tls, c.db) == 0 }

// Checkpoint modes, weakest first.
const (
	Passive  = sqlite3.SQLITE_CHECKPOINT_PASSIVE
	Truncate = sqlite3.SQLITE_CHECKPOINT_TRUNCATE
)

// Checkpoint copies the write-ahead log into the database file and says how many frames the log has and had copied.
func (c *Conn) Checkpoint(mode int32) (inLog, copied int, err error) {
	out := libc.Xcalloc(c.tls, 2, 4)
	defer libc.Xfree(c.tls, out)
	rc := sqlite3.Xsqlite3_wal_checkpoint_v2(c.tls, c.db, 0, mode, out, out+4)
	return int(*(*int32)(at(out))), int(*(*int32)(at(out + 4))), c.err(rc)
}

// ReserveBytes keeps n bytes free at the end of every page; only before the first table exists.
func (c *Conn) ReserveBytes(n int32) error {
	p := libc.Xcalloc(c.tls, 1, 8)
	defer libc.Xfree(c.tls, p)
	*(*int32)(at(p)) = n
	return c.err(sqlite3.Xsqlite3_file_control(c.tls, c.db, 0, sqlite3.SQLITE_FCNTL_RESERVE_BYTES, p))
}

// Text runs a query and returns its first column of its first row as text, empty when there is no row.
func (c *Conn) Text(sql string) (string, error) {
	s, err := c.Prepare(sql)
	if err != nil {
		return "", err
	}
	defer s.Finalize()
	row, err := s.Step()
	if err != nil || !row {
		return "", err
	}
	return string(s.Bytes(0)), nil
}

// Int runs a query and returns its first column of its first row, 0 when there is no row.
func (c *Conn) Int(sql string) (int64, error) {
	s, err := c.Prepare(sql)
	if err != nil {
		return 0, err
	}
	defer s.Finalize()
	row, err := s.Step()
	if err != nil || !row {
		return 0, err
	}
	return s.Int64(0), nil
}

// Error is SQLite's answer: the extended result code, the operating system's errno if any, and the message.
type Error struct {
	Code  int32
	Errno int32
	Msg   string
}

func (e *Error) Error() string {
	return fmt.Sprintf("sqlite %d (errno %d): %s", e.Code, e.Errno, e.Msg)
}

// Primary is the result code without its extension.
func (e *Error) Primary() int32 { return e.Code & 0xff }

func (c *Conn) err(rc int32) error {
	if rc == sqlite3.SQLITE_OK {
		return nil
	}
	e := &Error{Code: rc, Msg: libc.GoString(sqlite3.Xsqlite3_errstr(c.tls, rc))}
	if c.db != 0 {
		e.Code = max(rc, 0)
		if ext := sqlite3.Xsqlite3_extended_errcode(c.tls, c.db); ext&0xff == rc&0xff {
			e.Code = ext
		}
		e.Errno = sqlite3.Xsqlite3_system_errno(c.tls, c.db)
		e.Msg = libc.GoString(sqlite3.Xsqlite3_errmsg(c.tls, c.db))
	}
	return e
}

// at turns an address outside Go's heap into a pointer.
func at(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }

// cFunc is the address by which transpiled code calls a Go function of the same signature.
func cFunc[T any](f T) uintptr { return *(*uintptr)(unsafe.Pointer(&struct{ f T }{f})) }

func (c *Conn) malloc(n int) uintptr { return libc.Xmalloc(c.tls, types.Size_t(n)) }
