package lite

import (
	"sync"
	"syscall"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

const walBuffer = 1 << 20

// walLog is one handle on a write-ahead log. SQLite writes each frame as a header and a page; they are gathered here and
// written at once when SQLite syncs, which it does before anyone may read them.
type walLog struct {
	buf    []byte
	off    int64
	synced bool
}

var walLogs sync.Map // file handle -> *walLog

func walOf(file uintptr) *walLog {
	if w, ok := walLogs.Load(file); ok {
		return w.(*walLog)
	}
	w := &walLog{}
	walLogs.Store(file, w)
	return w
}

func walWrite(_ *libc.TLS, file, buf uintptr, n int32, off int64) int32 {
	w := walOf(file)
	if len(w.buf) > 0 && (off != w.off+int64(len(w.buf)) || len(w.buf)+int(n) > walBuffer) {
		if rc := w.flush(file); rc != sqlite3.SQLITE_OK {
			return rc
		}
	}
	if len(w.buf) == 0 {
		w.off = off
	}
	w.buf = append(w.buf, unsafe.Slice((*byte)(at(buf)), n)...)
	return sqlite3.SQLITE_OK
}

// flush writes what was gathered. No room, in whatever words the system says it, is SQLITE_FULL.
func (w *walLog) flush(file uintptr) int32 {
	rest, off := w.buf, w.off
	w.buf = w.buf[:0]
	for len(rest) > 0 {
		n, err := syscall.Pwrite(handle(file), rest, off)
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.ENOSPC || err == syscall.EFBIG || err == syscall.EDQUOT || err == nil && n == 0:
			return sqlite3.SQLITE_FULL
		case err != nil:
			return sqlite3.SQLITE_IOERR | 3<<8 // SQLITE_IOERR_WRITE
		}
		rest, off = rest[n:], off+int64(n)
	}
	return sqlite3.SQLITE_OK
}

func handle(file uintptr) int { return int((*sqlite3.TunixFile)(at(file)).Fh) }

// walSync writes what was gathered and makes it durable. The first sync of a handle is the platform's own, which also
// syncs the directory; later ones leave the file's times alone (fdatasync), as C's SQLite does on Linux.
func walSync(tls *libc.TLS, file uintptr, flags int32) int32 {
	w := walOf(file)
	if rc := w.flush(file); rc != sqlite3.SQLITE_OK {
		return rc
	}
	if !w.synced {
		w.synced = true
		return under.wal.sync(tls, file, flags)
	}
	if syscall.Fdatasync(handle(file)) != nil {
		return sqlite3.SQLITE_IOERR | 4<<8 // SQLITE_IOERR_FSYNC
	}
	return sqlite3.SQLITE_OK
}

func walRead(tls *libc.TLS, file, buf uintptr, n int32, off int64) int32 {
	if w, ok := walLogs.Load(file); ok {
		if rc := w.(*walLog).flush(file); rc != sqlite3.SQLITE_OK {
			return rc
		}
	}
	return under.wal.read(tls, file, buf, n, off)
}

func walTruncate(tls *libc.TLS, file uintptr, size int64) int32 {
	if rc := walOf(file).flush(file); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return under.wal.truncate(tls, file, size)
}

func walSize(tls *libc.TLS, file, out uintptr) int32 {
	if rc := walOf(file).flush(file); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return under.wal.size(tls, file, out)
}

func walClose(tls *libc.TLS, file uintptr) int32 {
	if w, ok := walLogs.LoadAndDelete(file); ok {
		_ = w.(*walLog).flush(file)
	}
	return under.wal.close(tls, file)
}
