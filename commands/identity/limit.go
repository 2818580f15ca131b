package identity

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
)

// Limit allows something so often within a time that slides along; see Store.Name for what Key may be.
type Limit struct {
	Key    []byte
	Most   int
	Within time.Duration
}

// attemptLife is how long attempts are kept: as long as the longest limit.
const attemptLife = 25 * time.Hour

// Take counts an attempt against every limit, or refuses with rate_limited and counts it against none.
func (s *Store) Take(ctx context.Context, limits ...Limit) error {
	return s.within(ctx, "count an attempt", func(ctx context.Context, tx pgx.Tx) error { return s.take(ctx, tx, limits) })
}

// Peek refuses as Take does, and counts nothing.
func (s *Store) Peek(ctx context.Context, limits ...Limit) error {
	return s.within(ctx, "look at a limit", func(ctx context.Context, tx pgx.Tx) error {
		wait, err := s.over(ctx, tx, limits)
		return errors.Join(err, limited(wait))
	})
}

func limited(wait time.Duration) error {
	if wait <= 0 {
		return nil
	}
	return &domain.Refusal{Code: "rate_limited", Text: "that was too often; wait as long as Retry-After says", RetryAfter: wait}
}

func (s *Store) take(ctx context.Context, tx pgx.Tx, limits []Limit) error {
	keys := distinct(limits)
	for _, key := range keys { // in one order everywhere, so that two never wait for each other
		if err := hold(ctx, tx, key); err != nil {
			return err
		}
	}
	wait, err := s.over(ctx, tx, limits)
	if err != nil || wait > 0 {
		return errors.Join(err, limited(wait))
	}
	for _, key := range keys {
		if _, err := tx.Exec(ctx, "INSERT INTO identity.attempts (key, at) VALUES ($1, $2)", key, s.now()); err != nil {
			return err
		}
	}
	return nil
}

func distinct(limits []Limit) [][]byte {
	var keys [][]byte
	for _, l := range limits {
		keys = append(keys, l.Key)
	}
	slices.SortFunc(keys, bytes.Compare)
	return slices.CompactFunc(keys, bytes.Equal)
}

// hold makes what is counted under a key wait its turn until the transaction ends.
func hold(ctx context.Context, tx pgx.Tx, key []byte) error {
	_, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(binary.BigEndian.Uint64(key)))
	return err
}

// over is how long until every limit has room again.
func (s *Store) over(ctx context.Context, tx pgx.Tx, limits []Limit) (time.Duration, error) {
	var wait time.Duration
	now := s.now()
	for _, l := range limits {
		if l.Most <= 0 {
			wait = max(wait, l.Within)
			continue
		}
		var at time.Time
		err := tx.QueryRow(ctx, "SELECT at FROM identity.attempts WHERE key = $1 AND at > $2 ORDER BY at DESC OFFSET $3 LIMIT 1",
			l.Key, now.Add(-l.Within), l.Most-1).Scan(&at)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
		case err != nil:
			return 0, err
		default:
			wait = max(wait, at.Add(l.Within).Sub(now))
		}
	}
	return wait, nil
}

// Clear forgets what was counted under a key, such as wrong passwords after the right one.
func (s *Store) Clear(ctx context.Context, key []byte) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	_, err := s.pool.Exec(ctx, "DELETE FROM identity.attempts WHERE key = $1", key)
	return said("clear a limit", err)
}

// Networks are the names of an address, of IPv6 of its /64, and of its neighbourhood: a /24, or a /56. No address is one, too.
func (s *Store) Networks(address netip.Addr) (own, near []byte) {
	address = address.Unmap()
	ownBits, nearBits := 32, 24
	if address.Is6() {
		ownBits, nearBits = 64, 56
	}
	one, _ := address.Prefix(ownBits)
	many, _ := address.Prefix(nearBits)
	return s.Name("address", one.String()), s.Name("network", many.String())
}
