package keys

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/wire"
)

// ErrUnknown is a key id that the store never had.
var ErrUnknown = errors.New("the key store has no such key")

// ErrDestroyed is a key that was destroyed: what it sealed is erased.
var ErrDestroyed = fmt.Errorf("erased: %w", wire.ErrErased)

// ErrFull is a key store whose disk has no room; nothing was kept.
var ErrFull = errors.New("the key store's disk is full")

// Config says where the keys are.
type Config struct {
	// Path is the SQLite file; its directory exists or is made, mode 0700.
	Path string
	// Master is the master key, 32 bytes; when empty it is read from MasterFile.
	Master []byte
	// MasterFile is where the master key is read, and made at the first start; empty is master.key beside Path.
	MasterFile string
}

// Store is the key store. Several processes may share its file.
type Store struct {
	db     *sql.DB
	path   string
	master cipher.AEAD

	mu    sync.RWMutex
	cache map[domain.ID]Key
	// checked is when other processes' destructions were last looked up, seen the last one known.
	checked time.Time
	seen    int64
	// destructions counts those known here: a key read before one is not kept after it.
	destructions uint64
	// made are the files that this Open made.
	made []string
}

const schema = `
CREATE TABLE IF NOT EXISTS keys (
	id BLOB PRIMARY KEY, org BLOB, subject BLOB,
	wrapped BLOB, made_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS destroyed (n INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS master (one INTEGER PRIMARY KEY CHECK (one = 1), token BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS installation (one INTEGER PRIMARY KEY CHECK (one = 1), secret BLOB NOT NULL);
`

// Open opens the store, making file and master key at the first start.
func Open(ctx context.Context, c Config) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(c.Path), 0o700); err != nil {
		return nil, fmt.Errorf("the key store's directory: %w", err)
	}
	made := missing(c.Path, c.masterFile())
	master, err := masterOf(c)
	if err != nil {
		return nil, err
	}
	aead, err := newAEAD(master)
	if err != nil {
		return nil, err
	}
	db, err := openFile(ctx, c.Path)
	if err != nil {
		return nil, fmt.Errorf("opening the key store %s: %w", c.Path, err)
	}
	s := &Store{db: db, path: c.Path, master: aead, cache: map[domain.ID]Key{}, made: made}
	if err := s.checkMaster(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("the key store %s: %w", c.Path, err), db.Close())
	}
	return s, nil
}

// masterFile is where the master key is.
func (c Config) masterFile() string {
	if c.MasterFile == "" {
		return filepath.Join(filepath.Dir(c.Path), "master.key")
	}
	return c.MasterFile
}

func masterOf(c Config) ([]byte, error) {
	if len(c.Master) == secretSize {
		return c.Master, nil
	}
	if len(c.Master) > 0 {
		return nil, fmt.Errorf("the master key has %d bytes, not %d", len(c.Master), secretSize)
	}
	c.MasterFile = c.masterFile()
	if info, err := os.Stat(c.Path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a folder: name the key store's file, such as %s", c.Path, filepath.Join(c.Path, "keys.db"))
	}
	_, noKey := os.Stat(c.MasterFile)
	if info, err := os.Stat(c.Path); err == nil && info.Size() > 0 && errors.Is(noKey, os.ErrNotExist) {
		return nil, fmt.Errorf("the keys in %s are there, but their master key %s is missing: restore it from its backup",
			c.Path, c.MasterFile)
	}
	return MasterFile(c.MasterFile)
}

func openFile(ctx context.Context, path string) (*sql.DB, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	q := url.Values{"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "secure_delete(ON)"},
		"_txlock": {"immediate"}}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(2)
	if err := prepare(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func prepare(ctx context.Context, db *sql.DB) error {
	var synchronous int
	if err := db.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&synchronous); err != nil {
		return err
	}
	if synchronous != 2 {
		return fmt.Errorf("synchronous is %d, not FULL", synchronous)
	}
	_, err := db.ExecContext(ctx, schema)
	return err
}

// checkMaster holds the file to one master key for its whole life.
func (s *Store) checkMaster(ctx context.Context) error {
	token := seal(s.master, []byte("daka"), []byte("daka/master/1"))
	if _, err := s.db.ExecContext(ctx, "INSERT OR IGNORE INTO master (one, token) VALUES (1, ?)", token); err != nil {
		return err
	}
	if err := s.db.QueryRowContext(ctx, "SELECT token FROM master").Scan(&token); err != nil {
		return err
	}
	if _, err := open(s.master, token, []byte("daka/master/1")); err != nil {
		return errors.New("it was written under another master key: give the one of its first start")
	}
	return nil
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

// Key gives a subject's key and its id, making it if absent; it is on disk before this returns. ErrDestroyed after Destroy.
func (s *Store) Key(ctx context.Context, org, subject domain.ID) (domain.ID, Key, error) {
	id := ID(org, subject)
	if k, ok := s.cached(ctx, id); ok {
		return id, k, nil
	}
	secret := make([]byte, secretSize)
	_, _ = rand.Read(secret)
	_, err := s.db.ExecContext(ctx, "INSERT OR IGNORE INTO keys (id, org, subject, wrapped, made_at) VALUES (?, ?, ?, ?, ?)",
		id[:], org[:], subject[:], seal(s.master, secret, wrapAAD(id)), time.Now().Unix())
	if err != nil {
		return id, Key{}, fmt.Errorf("keeping the key %s: %w", id, written(err))
	}
	k, err := s.load(ctx, id)
	return id, k, err
}

// written tells a full disk from other failures of a write.
func written(err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) && e.Code() == sqlite3.SQLITE_FULL {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}

// Lookup gives a key by its id; ErrUnknown or ErrDestroyed when there is none.
func (s *Store) Lookup(ctx context.Context, id domain.ID) (Key, error) {
	if k, ok := s.cached(ctx, id); ok {
		return k, nil
	}
	return s.load(ctx, id)
}

func (s *Store) load(ctx context.Context, id domain.ID) (Key, error) {
	before := s.known()
	var wrapped []byte
	err := s.db.QueryRowContext(ctx, "SELECT wrapped FROM keys WHERE id = ?", id[:]).Scan(&wrapped)
	if errors.Is(err, sql.ErrNoRows) {
		return Key{}, fmt.Errorf("key %s: %w", id, ErrUnknown)
	}
	if err != nil {
		return Key{}, fmt.Errorf("reading the key %s: %w", id, err)
	}
	if wrapped == nil {
		return Key{}, fmt.Errorf("key %s: %w", id, ErrDestroyed)
	}
	secret, err := open(s.master, wrapped, wrapAAD(id))
	if err != nil {
		return Key{}, fmt.Errorf("unwrapping the key %s: %w", id, err)
	}
	k, err := newKey(secret)
	if err == nil {
		s.keep(id, k, before)
	}
	return k, err
}

func wrapAAD(id domain.ID) []byte { return append([]byte("daka/wrap/1"), id[:]...) }

// Destroy erases a key for good, also one that was never made; other processes forget it within a second.
func (s *Store) Destroy(ctx context.Context, id domain.ID) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("destroying the key %s: %w", id, err)
	}
	defer tx.Rollback()
	if err := destroy(ctx, tx, id); err != nil {
		return fmt.Errorf("destroying the key %s: %w", id, written(err))
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("destroying the key %s: %w", id, written(err))
	}
	s.forget(id)
	// The wrapped key also leaves the write-ahead log.
	if _, err := s.db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		return fmt.Errorf("clearing the key %s from the write-ahead log: %w", id, err)
	}
	return nil
}

func destroy(ctx context.Context, tx *sql.Tx, id domain.ID) error {
	const erase = "INSERT INTO keys (id, made_at) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET wrapped = NULL"
	if _, err := tx.ExecContext(ctx, erase, id[:], time.Now().Unix()); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO destroyed (id, at) VALUES (?, ?)", id[:], time.Now().Unix())
	return err
}
