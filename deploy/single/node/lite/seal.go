package lite

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// SealBytes is what a seal takes at the end of a page: a mark and a CRC-32C over page number and page.
const SealBytes = 8

// PageSize is the only page size a sealed database may have, in bytes.
const PageSize = 8192

const sealMark = 0x44414b31 // "DAK1"

// SealedVFS names the file layer that seals each page as it is written to the database file, and refuses to hand out
// a page whose seal is broken (SQLITE_IOERR_DATA). The write-ahead log has checksums of its own.
const SealedVFS = "daka-sealed"

var register = sync.OnceValue(registerSealed)

// Seal makes SealedVFS known to SQLite; it may be called any number of times.
func Seal() error { return register() }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// PageSeal computes the seal of page number pgno (from 1) over everything but the seal's own place.
func PageSeal(pgno uint32, page []byte) [SealBytes]byte {
	var head [4]byte
	binary.BigEndian.PutUint32(head[:], pgno)
	sum := crc32.Update(crc32.Checksum(head[:], castagnoli), castagnoli, page[:len(page)-SealBytes])
	var seal [SealBytes]byte
	binary.BigEndian.PutUint32(seal[:4], sealMark)
	binary.BigEndian.PutUint32(seal[4:], sum)
	return seal
}

// Sealed tells whether the page carries its own seal.
func Sealed(pgno uint32, page []byte) bool {
	seal := PageSeal(pgno, page)
	return string(page[len(page)-SealBytes:]) == string(seal[:])
}

type (
	fOpen     = func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32
	fRead     = func(*libc.TLS, uintptr, uintptr, int32, int64) int32
	fWrite    = func(*libc.TLS, uintptr, uintptr, int32, int64) int32
	fSync     = func(*libc.TLS, uintptr, int32) int32
	fTruncate = func(*libc.TLS, uintptr, int64) int32
	fSize     = func(*libc.TLS, uintptr, uintptr) int32
	fClose    = func(*libc.TLS, uintptr) int32
)

// layer holds the platform's own functions. It is the one state of the package: C calls its callbacks without a place
// to carry it. It is written once, before any file is used.
type layer struct {
	open       fOpen
	read       fRead
	write      fWrite
	wal        walFuncs
	methods    uintptr
	walMethods uintptr
	once       sync.Once
	walOnce    sync.Once
}

type walFuncs struct {
	read     fRead
	sync     fSync
	truncate fTruncate
	size     fSize
	close    fClose
}

var under layer

func goFunc[T any](p uintptr) T { return *(*T)(unsafe.Pointer(&struct{ p uintptr }{p})) }

// The pages of all caches in the process lie in one block: 2,048 pages, touched only as far as they are used. A reader's cache is emptied
// whenever somebody has written, and page by page the allocator would ask the system for memory and give it back, at several
// microseconds each. A page and its header take slotBytes; what finds no slot comes from the allocator.
const (
	slots     = 2048
	slotBytes = PageSize + 512
)

// reserve makes the block. SQLite that is at work already, because a key store came first, goes on as it is.
func reserve(tls *libc.TLS) error {
	va := libc.Xmalloc(tls, 64)
	defer libc.Xfree(tls, va)
	block := libc.Xmalloc(tls, slots*slotBytes)
	if block == 0 {
		return fmt.Errorf("no memory for %d pages", slots)
	}
	rc := sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_PAGECACHE, libc.VaList(va, block, int32(slotBytes), int32(slots)))
	if rc == sqlite3.SQLITE_MISUSE {
		libc.Xfree(tls, block)
		return nil
	}
	if rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("reserve pages: %d", rc)
	}
	return nil
}

func registerSealed() error {
	tls := libc.NewTLS()
	if err := reserve(tls); err != nil {
		return err
	}
	if rc := sqlite3.Xsqlite3_initialize(tls); rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("initialize sqlite: %d", rc)
	}
	base := sqlite3.Xsqlite3_vfs_find(tls, 0)
	if base == 0 {
		return fmt.Errorf("sqlite has no file layer")
	}
	own := libc.Xcalloc(tls, 1, 256)
	vfs := (*sqlite3.Tsqlite3_vfs)(at(own))
	*vfs = *(*sqlite3.Tsqlite3_vfs)(at(base))
	name, err := libc.CString(SealedVFS)
	if err != nil {
		return err
	}
	vfs.FpNext, vfs.FzName = 0, name
	under.open = goFunc[fOpen](vfs.FxOpen)
	vfs.FxOpen = cFunc(sealedOpen)
	if rc := sqlite3.Xsqlite3_vfs_register(tls, own, 0); rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("register file layer: %d", rc)
	}
	return nil
}

func sealedOpen(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32 {
	rc := under.open(tls, vfs, name, file, flags, out)
	if rc != sqlite3.SQLITE_OK {
		return rc
	}
	switch {
	case flags&sqlite3.SQLITE_OPEN_MAIN_DB != 0:
		under.once.Do(func() { under.adopt(tls, *(*uintptr)(at(file))) })
		*(*uintptr)(at(file)) = under.methods
	case flags&sqlite3.SQLITE_OPEN_WAL != 0:
		under.walOnce.Do(func() { under.adoptWAL(tls, *(*uintptr)(at(file))) })
		*(*uintptr)(at(file)) = under.walMethods
	}
	return rc
}

// adopt copies the platform's method table with reading and writing replaced; version 2 leaves memory mapping out.
func (l *layer) adopt(tls *libc.TLS, platform uintptr) {
	l.methods = libc.Xcalloc(tls, 1, 256)
	m := (*sqlite3.Tsqlite3_io_methods)(at(l.methods))
	*m = *(*sqlite3.Tsqlite3_io_methods)(at(platform))
	l.read, l.write = goFunc[fRead](m.FxRead), goFunc[fWrite](m.FxWrite)
	m.FiVersion = 2
	m.FxRead, m.FxWrite = cFunc(sealedRead), cFunc(sealedWrite)
}

// adoptWAL does the same for the log, whose handles have another table: they take no locks.
func (l *layer) adoptWAL(tls *libc.TLS, platform uintptr) {
	l.walMethods = libc.Xcalloc(tls, 1, 256)
	m := (*sqlite3.Tsqlite3_io_methods)(at(l.walMethods))
	*m = *(*sqlite3.Tsqlite3_io_methods)(at(platform))
	l.wal = walFuncs{read: goFunc[fRead](m.FxRead), close: goFunc[fClose](m.FxClose),
		sync: goFunc[fSync](m.FxSync), truncate: goFunc[fTruncate](m.FxTruncate), size: goFunc[fSize](m.FxFileSize)}
	m.FiVersion = 1
	m.FxRead, m.FxWrite, m.FxSync = cFunc(walRead), cFunc(walWrite), cFunc(walSync)
	m.FxTruncate, m.FxFileSize, m.FxClose = cFunc(walTruncate), cFunc(walSize), cFunc(walClose)
}

func sealedRead(tls *libc.TLS, file, buf uintptr, n int32, off int64) int32 {
	rc := under.read(tls, file, buf, n, off)
	if n != PageSize || off%PageSize != 0 {
		return rc
	}
	if rc == sqlite3.SQLITE_IOERR|2<<8 && off > 0 { // SQLITE_IOERR_SHORT_READ: the file is cut off, SQLite would take zeroes
		return sqlite3.SQLITE_IOERR | 32<<8
	}
	if rc == sqlite3.SQLITE_OK && !Sealed(uint32(off/PageSize)+1, unsafe.Slice((*byte)(at(buf)), n)) {
		return sqlite3.SQLITE_IOERR | 32<<8 // SQLITE_IOERR_DATA
	}
	return rc
}

func sealedWrite(tls *libc.TLS, file, buf uintptr, n int32, off int64) int32 {
	if n == PageSize && off%PageSize == 0 {
		page := unsafe.Slice((*byte)(at(buf)), n)
		seal := PageSeal(uint32(off/PageSize)+1, page)
		copy(page[PageSize-SealBytes:], seal[:])
	}
	return under.write(tls, file, buf, n, off)
}
