// Package scratch makes folders for one request each, and removes those that a killed process left.
package scratch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// prefix begins the name of a folder for one request.
const prefix = "daka-"

// Folder is a folder for one request, which nobody else may read. It is locked for as long as this process uses it, so that the sweep of another copy
// leaves it alone.
type Folder struct {
	// Dir is its path.
	Dir  string
	lock *os.File
}

// New makes a folder below root, or in the system's folder for such things where root is empty.
func New(root, name string) (*Folder, error) {
	dir, err := os.MkdirTemp(root, prefix+name+"-") // mode 0700
	if err != nil {
		return nil, fmt.Errorf("make a folder for the %s: %w", name, err)
	}
	lock, err := holdFolder(dir)
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, fmt.Errorf("lock the folder of the %s: %w", name, err)
	}
	return &Folder{Dir: dir, lock: lock}, nil
}

// Remove removes it with what is in it.
func (f *Folder) Remove() {
	_ = os.RemoveAll(f.Dir)
	_ = f.lock.Close()
}

// holdFolder takes the lock of a folder, or fails at once; the kernel lets go of it when the process ends.
func holdFolder(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// Sweep makes the root, for this user alone, and removes what processes that were killed left in it.
func Sweep(root string) error {
	if root == "" {
		return nil
	}
	err := errors.Join(os.MkdirAll(root, 0o700), os.Chmod(root, 0o700))
	if err != nil {
		return fmt.Errorf("make the folder of uploads: %w", err)
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		return fmt.Errorf("look into the folder of uploads: %w", err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), prefix) {
			continue
		}
		left := Folder{Dir: filepath.Join(root, e.Name())}
		if left.lock, err = holdFolder(left.Dir); err == nil {
			left.Remove()
		} else if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("sweep the folder of uploads: %w", err)
		}
	}
	return nil
}
