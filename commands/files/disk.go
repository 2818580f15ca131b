package files

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// write puts a whole file in its place, or none: what a crash leaves is the old state.
func write(path string, content []byte) error {
	dir := filepath.Dir(path)
	if err := folder(dir); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "new-")
	if err != nil {
		return fmt.Errorf("write a file: %w", err)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("write a file: %w", err)
	}
	return syncFolder(dir)
}

// add appends a line.
func add(path, line string) error {
	if err := folder(filepath.Dir(path)); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("list a file: %w", err)
	}
	_, err = f.WriteString(line)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("list a file: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}

// folder makes a folder and those above it, and holds their names on disk.
func folder(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	above := filepath.Dir(dir)
	if err := folder(above); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("make a folder of files: %w", err)
	}
	return syncFolder(above)
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("hold a folder on disk: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("hold a folder on disk: %w", err)
	}
	return nil
}
