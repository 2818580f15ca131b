package api

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// scratchPrefix begins the name of a folder for one request.
const scratchPrefix = "daka-"

// scratch is a folder for one request, which nobody else may read. It is locked for as long as this process uses it, so that the sweep of another copy
// leaves it alone.
type scratch struct {
	dir  string
	lock *os.File
}

// newScratch makes a folder below root, or in the system's folder for such things where root is empty.
func newScratch(root, name string) (*scratch, error) {
	dir, err := os.MkdirTemp(root, scratchPrefix+name+"-") // mode 0700
	if err != nil {
		return nil, fmt.Errorf("make a folder for the %s: %w", name, err)
	}
	lock, err := holdFolder(dir)
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, fmt.Errorf("lock the folder of the %s: %w", name, err)
	}
	return &scratch{dir: dir, lock: lock}, nil
}

func (s *scratch) remove() {
	_ = os.RemoveAll(s.dir)
	_ = s.lock.Close()
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

// sweepScratch makes the root, for this user alone, and removes what processes that were killed left in it.
func sweepScratch(root string) error {
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
		if !strings.HasPrefix(e.Name(), scratchPrefix) {
			continue
		}
		left := scratch{dir: filepath.Join(root, e.Name())}
		if left.lock, err = holdFolder(left.dir); err == nil {
			left.remove()
		} else if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("sweep the folder of uploads: %w", err)
		}
	}
	return nil
}
