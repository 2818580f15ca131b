package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

const lockFile = "lock"

// dataDir is a directory that this process alone uses, for as long as it holds the lock.
type dataDir struct{ lock *os.File }

// takeDir makes the directory if need be, refuses one that holds something else, and locks it.
func takeDir(dir string) (*dataDir, error) {
	if dir == "" {
		return nil, errors.New("no data directory was named")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	if err := checkOurs(dir); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the data directory: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("data directory %s is in use by another daka node: stop that one, or choose another directory", dir)
	}
	return &dataDir{lock: f}, nil
}

func (d *dataDir) release() error { return d.lock.Close() }

// checkOurs refuses a directory with foreign files and no store in it: a mistyped path must not be written into.
func checkOurs(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, storeFile)); err == nil {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look into the data directory: %w", err)
	}
	ours := []string{lockFile, markFile, "ca.crt", "ca.key", "node.crt", "node.key", "node.password"}
	for _, e := range entries {
		if slices.Contains(ours, e.Name()) || strings.HasPrefix(e.Name(), storeFile) {
			continue
		}
		return fmt.Errorf("data directory %s holds no event store but other files (%s): choose an empty directory", dir, e.Name())
	}
	return nil
}

// closeFiles keeps the store's files from other users, wherever the directory lies: it makes the store with 0600, which SQLite gives its log and
// its index, too, and closes those that an older program left open.
func closeFiles(store string) error {
	f, err := os.OpenFile(store, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("make the event store's file: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("make the event store's file: %w", err)
	}
	for _, path := range []string{store, store + "-wal", store + "-shm"} {
		if err := os.Chmod(path, 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("keep the event store's file from other users: %w", err)
		}
	}
	return nil
}
