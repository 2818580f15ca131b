package keys

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
)

// Fingerprint is the SHA-256 of the 32 random bytes kept with the keys, lower-case hex; empty in a store that has none yet.
func (s *Store) Fingerprint(ctx context.Context) (string, error) {
	var secret []byte
	err := s.db.QueryRowContext(ctx, "SELECT secret FROM installation").Scan(&secret)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading the key store's fingerprint: %w", err)
	}
	sum := sha256.Sum256(secret)
	return hex.EncodeToString(sum[:]), nil
}

// MakeFingerprint is Fingerprint for a store that shall have one; processes that ask together get the same.
func (s *Store) MakeFingerprint(ctx context.Context) (string, error) {
	secret := make([]byte, secretSize)
	_, _ = rand.Read(secret) // never fails (crypto/rand)
	if _, err := s.db.ExecContext(ctx, "INSERT OR IGNORE INTO installation (one, secret) VALUES (1, ?)", secret); err != nil {
		return "", fmt.Errorf("keeping the key store's fingerprint: %w", written(err))
	}
	return s.Fingerprint(ctx)
}

// Made says that Open found no keys and made the file.
func (s *Store) Made() bool { return slices.Contains(s.made, s.path) }

// Discard closes the store and takes away what its Open made, so that a start with the wrong place leaves nothing that looks like a key
// store. Files that were there before stay.
func (s *Store) Discard() error {
	errs := []error{s.Close()}
	for _, path := range s.made {
		for _, file := range []string{path, path + "-wal", path + "-shm"} {
			if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, fmt.Errorf("taking away what was made for a key store: %w", err))
			}
		}
	}
	return errors.Join(errs...)
}

// missing are those of the files that are not there.
func missing(files ...string) (out []string) {
	for _, file := range files {
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			out = append(out, file)
		}
	}
	return out
}
