package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"github.com/jackc/pgx/v5"
	"golang.org/x/crypto/argon2"

	"github.com/dakahq/daka/domain"
)

// argon2id as OWASP has it: 19 MiB, two passes, one lane.
const (
	argonMemory = 19 << 10 // KiB
	argonPasses = 2
	argonLanes  = 1
	saltBytes   = 16
	hashBytes   = 32
)

// Passwords are compared here, and kept as argon2id under a pepper.
type Passwords struct {
	*database
	hasher *hasher
}

// hasher bounds how many passwords are hashed at once: each takes 19 MiB and a core.
type hasher struct {
	slots chan struct{}
	// decoy is verified where there is no password, so that both take the same time.
	decoy string
}

func newHasher() *hasher {
	h := &hasher{slots: make(chan struct{}, max(1, runtime.NumCPU()-1))}
	h.decoy = encodePassword(make([]byte, saltBytes), make([]byte, hashBytes))
	return h
}

func (h *hasher) hash(ctx context.Context, password, salt []byte) ([]byte, error) {
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, domain.Refuse("busy", "too many people sign in at this moment; try again in a few seconds")
	}
	defer func() { <-h.slots }()
	return argon2.IDKey(password, salt, argonPasses, argonMemory, argonLanes, hashBytes), nil
}

func encodePassword(salt, hash []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonPasses, argonLanes, b64.EncodeToString(salt), b64.EncodeToString(hash))
}

func decodePassword(phc string) (salt, hash []byte, err error) {
	head := fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, argonMemory, argonPasses, argonLanes)
	rest, found := strings.CutPrefix(phc, head)
	saltText, hashText, two := strings.Cut(rest, "$")
	if !found || !two {
		return nil, nil, errors.New("a password hash of another form")
	}
	if salt, err = base64.RawStdEncoding.DecodeString(saltText); err != nil {
		return nil, nil, fmt.Errorf("the salt of a password: %w", err)
	}
	hash, err = base64.RawStdEncoding.DecodeString(hashText)
	return salt, hash, err
}

// peppered binds a password to its account and to the key store: a copy of the database alone cannot be guessed at.
func (s *Passwords) peppered(account domain.ID, password string) []byte {
	return s.key.MAC("daka/identity/password", domain.NewPreimage("").Raw(account[:]).LP(password).Bytes())
}

// Set sets a person's password, which PasswordProblem has found good.
func (s *Passwords) Set(ctx context.Context, account domain.ID, password string) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails (crypto/rand)
	hash, err := s.hasher.hash(ctx, s.peppered(account, password), salt)
	if err != nil {
		return err
	}
	_, err = s.pool.Exec(ctx, "UPDATE identity.accounts SET password = $2, password_at = $3 WHERE account = $1", account, encodePassword(salt, hash), s.now())
	return said("keep a password", err)
}

// Check says whether it is the account's password. An account without a password, or the nil id, takes the same time and is always wrong.
func (s *Passwords) Check(ctx context.Context, account domain.ID, password string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var kept *string
	err := s.pool.QueryRow(ctx, "SELECT password FROM identity.accounts WHERE account = $1", account).Scan(&kept)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return false, said("read a password", err)
	}
	phc := s.hasher.decoy
	if kept != nil {
		phc = *kept
	}
	salt, want, err := decodePassword(phc)
	if err != nil {
		return false, err
	}
	got, err := s.hasher.hash(ctx, s.peppered(account, password), salt)
	return err == nil && kept != nil && subtle.ConstantTimeCompare(got, want) == 1, err
}
