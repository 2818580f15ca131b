package keys

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ParseMaster reads a master key: 32 bytes in base64, with or without padding, URL or standard letters.
func ParseMaster(text string) ([]byte, error) {
	clean := strings.TrimRight(strings.TrimSpace(text), "=")
	clean = strings.NewReplacer("-", "+", "_", "/").Replace(clean)
	key, err := base64.RawStdEncoding.DecodeString(clean)
	if err != nil || len(key) != secretSize {
		return nil, fmt.Errorf("a master key is 32 random bytes in base64, 44 letters; make one with `openssl rand -base64 32`")
	}
	return key, nil
}

// MasterFile reads the master key from a file, or makes one (mode 0600) when there is none; two processes that start
// together agree on one.
func MasterFile(path string) ([]byte, error) {
	key, err := readMaster(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := makeMaster(path); err != nil {
		return nil, fmt.Errorf("making the master key %s: %w", path, err)
	}
	return readMaster(path)
}

func readMaster(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("the master key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the master key %s can be read by others (mode %04o): chmod 600 it", path, info.Mode().Perm())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the master key: %w", err)
	}
	key, err := ParseMaster(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

// makeMaster writes a whole file beside the place and links it there: whoever links first has made the key.
func makeMaster(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".master-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	secret := make([]byte, secretSize)
	_, _ = rand.Read(secret)
	if _, err := fmt.Fprintln(f, base64.StdEncoding.EncodeToString(secret)); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
