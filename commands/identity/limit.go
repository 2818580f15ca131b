package identity

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
)

// Limits count what people try.
type Limits struct{ *database }

// Limit allows something so often within a time that slides along; see Store.Name for what Key may be.
type Limit struct {
	Key    []byte
	Most   int
	Within time.Duration
	// Shared limits are a network's, so that the person who meets one need not be who used it up.
	Shared bool
	// Grows makes each attempt of a day beyond Most wait twice as long as the one before: Within at first, growMost at last.
	Grows bool
}

const (
	growDay  = 24 * time.Hour
	growMost = 4 * time.Hour
)

// attemptLife is how long attempts are kept: as long as the longest limit.
const attemptLife = 25 * time.Hour

// Take counts an attempt against every limit, or refuses and counts it against none: network_limited where only shared limits are used up, else
// rate_limited.
func (s *Limits) Take(ctx context.Context, limits ...Limit) error {
	return s.within(ctx, "count an attempt", func(ctx context.Context, tx pgx.Tx) error { return s.take(ctx, tx, limits) })
}

// Peek refuses as Take does, and counts nothing.
func (s *Limits) Peek(ctx context.Context, limits ...Limit) error {
	return s.within(ctx, "look at a limit", func(ctx context.Context, tx pgx.Tx) error {
		return s.over(ctx, tx, limits)
	})
}

func (s *Limits) take(ctx context.Context, tx pgx.Tx, limits []Limit) error {
	keys := distinct(limits)
	for _, key := range keys { // in one order everywhere, so that two never wait for each other
		if err := hold(ctx, tx, key); err != nil {
			return err
		}
	}
	if err := s.over(ctx, tx, limits); err != nil {
		return err
	}
	return s.note(ctx, tx, limits)
}

// note counts an attempt against every limit.
func (s *Limits) note(ctx context.Context, tx pgx.Tx, limits []Limit) error {
	for _, key := range distinct(limits) {
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

// over refuses until every limit has room again.
func (s *Limits) over(ctx context.Context, tx pgx.Tx, limits []Limit) error {
	refusal := domain.Refusal{Code: "network_limited", Text: "too many codes or wrong logins came from this network; wait as long as Retry-After says, or use another network, such as mobile data"}
	for _, l := range limits {
		wait, err := s.left(ctx, tx, l)
		if err != nil {
			return err
		}
		if wait > 0 && !l.Shared {
			refusal.Code, refusal.Text = "rate_limited", "that was too often; wait as long as Retry-After says"
		}
		refusal.RetryAfter = max(refusal.RetryAfter, wait)
	}
	if refusal.RetryAfter > 0 {
		return &refusal
	}
	return nil
}

// left is how long until a limit has room again, 0 when it has.
func (s *Limits) left(ctx context.Context, tx pgx.Tx, l Limit) (time.Duration, error) {
	if l.Most <= 0 {
		return l.Within, nil
	}
	now := s.now()
	if l.Grows {
		return s.grown(ctx, tx, l, now)
	}
	var at time.Time
	err := tx.QueryRow(ctx, "SELECT at FROM identity.attempts WHERE key = $1 AND at > $2 ORDER BY at DESC OFFSET $3 LIMIT 1",
		l.Key, now.Add(-l.Within), l.Most-1).Scan(&at)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return max(0, at.Add(l.Within).Sub(now)), err
}

// grown is how long until the next attempt of a limit that grows.
func (s *Limits) grown(ctx context.Context, tx pgx.Tx, l Limit, now time.Time) (time.Duration, error) {
	var n int
	var last *time.Time
	err := tx.QueryRow(ctx, "SELECT count(*), max(at) FROM identity.attempts WHERE key = $1 AND at > $2", l.Key, now.Add(-growDay)).Scan(&n, &last)
	if err != nil || n < l.Most || last == nil {
		return 0, err
	}
	return max(0, last.Add(min(l.Within<<min(n-l.Most, 16), growMost)).Sub(now)), nil
}

// Clear forgets what was counted under a key, such as wrong passwords after the right one.
func (s *Limits) Clear(ctx context.Context, key []byte) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	_, err := s.pool.Exec(ctx, "DELETE FROM identity.attempts WHERE key = $1", key)
	return said("clear a limit", err)
}
