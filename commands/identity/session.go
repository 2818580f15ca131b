package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
)

// How long a session of an ordinary member lasts (reliability §7.3; see LengthsOf), and how it is remembered.
const (
	SessionIdle = 14 * 24 * time.Hour
	SessionLife = 30 * 24 * time.Hour
	// MostSessions is how many a person may have; the one seen longest ago makes room.
	MostSessions = 5

	// remember is how long a session is believed without asking again; a revocation is seen by every copy within it.
	remember = 500 * time.Millisecond
	// grace is how long a session stays good while Postgres does not answer: nobody can revoke it there either.
	grace = time.Minute
	// touch is how exact `seen` is.
	touch = time.Minute
	// quiet is how long Postgres is left alone after it did not answer.
	quiet = time.Second
	// StepUpLife is how long a person who showed the password or a code is believed without showing it again.
	StepUpLife = 5 * time.Minute
	// turnGrace is how long the token before stays good after a new one took its place: requests may be on their way.
	turnGrace   = 10 * time.Second
	lookTimeout = 1500 * time.Millisecond
	mostCached  = 20_000
	tokenBytes  = 32
)

// Sessions are people signed in on devices. What Postgres said of one is believed for half a second.
type Sessions struct {
	*database
	roles Roles

	mu     sync.Mutex // guards cache and silent
	cache  map[[32]byte]*seen
	silent time.Time // until when Postgres is not asked for sessions again
}

// Session is a person signed in on one device.
type Session struct {
	ID      domain.ID
	Account domain.ID
	// Made, Seen (to a minute), Expires, and Idle, when it ends if nobody uses it, are instants of the server's clock.
	Made, Seen, Expires, Idle time.Time
	// Agent is such as "Chrome, Android".
	Agent string
	// Stepped is when the person last showed the password or a code on the number, nil for never in this session; SteppedUp says that this
	// was within StepUpLife.
	Stepped   *time.Time
	SteppedUp bool
}

// seen is a session as Postgres last told it.
type seen struct {
	session Session
	at      time.Time
}

func newToken() (token string, hash [32]byte) {
	secret := make([]byte, tokenBytes)
	_, _ = rand.Read(secret) // never fails (crypto/rand)
	token = base64.RawURLEncoding.EncodeToString(secret)
	return token, sha256.Sum256([]byte(token))
}

// Make makes a session and its token, which is kept nowhere. Proven says that the person showed the password or a code on the number,
// which counts as a step-up.
func (s *Sessions) Make(ctx context.Context, account domain.ID, agent string, proven bool) (token string, session Session, err error) {
	token, hash := newToken()
	now := s.now()
	session = Session{ID: uuid.New(), Account: account, Made: now, Seen: now, Expires: now.Add(SessionLife), Agent: agent}
	if proven {
		session.Stepped = &now
	}
	err = s.within(ctx, "make a session", func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO identity.sessions (token, id, account, made, seen, expires, agent, stepped) VALUES ($1, $2, $3, $4, $4, $5, $6, $7)`,
			hash[:], session.ID, account, now, session.Expires, agent, session.Stepped); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM identity.sessions WHERE token IN
			(SELECT token FROM identity.sessions WHERE account = $1 ORDER BY seen DESC, made DESC, id OFFSET $2)`, account, MostSessions)
		return err
	})
	session, _ = s.bounded(session, now)
	return token, session, err
}

// StepUp notes that a session's person has just shown the password or a code. The session gets a new token; the one before stays good
// for some seconds. ErrNoSession when it has ended meanwhile.
func (s *Sessions) StepUp(ctx context.Context, account, id domain.ID) (token string, err error) {
	token, hash := newToken()
	n, err := s.exec(ctx, "end a session", "UPDATE identity.sessions SET before = token, token = $3, turned = $4, stepped = $4 WHERE account = $1 AND id = $2", account, id, hash[:], s.now())
	s.forget(func(_ [32]byte, k *seen) bool { return k.session.Account == account && k.session.ID == id })
	if err == nil && n == 0 {
		err = ErrNoSession
	}
	return token, err
}

// Get gives the session of a token, and notes that its person used it at an instant; the zero time when only the page asked by itself.
// ErrNoSession, ErrExpired, or ErrDown when Postgres does not answer and nobody looked for a minute.
func (s *Sessions) Get(ctx context.Context, token string, used time.Time) (Session, error) {
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return Session{}, ErrNoSession
	}
	hash := sha256.Sum256([]byte(token))
	now := s.now()
	known, ask := s.recall(hash, now, used)
	if !ask {
		return s.current(known, now)
	}
	found, err := s.look(ctx, hash, now, used)
	switch {
	case err == nil:
		s.keep(hash, found, now)
		return s.current(&seen{found, now}, now)
	case errors.Is(err, ErrNoSession):
		s.forget(func(h [32]byte, _ *seen) bool { return h == hash })
		return Session{}, err
	case ctx.Err() == nil:
		s.leaveAlone(now)
	}
	if known != nil && now.Sub(known.at) < grace {
		return s.current(known, now)
	}
	return Session{}, err
}

func (s *Sessions) current(k *seen, now time.Time) (Session, error) {
	if k == nil {
		return Session{}, ErrDown
	}
	x, _ := s.bounded(k.session, now)
	if !now.Before(x.Idle) {
		return Session{}, ErrExpired
	}
	return x, nil
}

// recall says what is remembered, and whether Postgres must be asked, or told of the use.
func (s *Sessions) recall(hash [32]byte, now, used time.Time) (known *seen, ask bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known = s.cache[hash]
	if known != nil && now.Sub(known.at) < remember && used.Sub(known.session.Seen) < touch {
		return known, false
	}
	if now.Before(s.silent) {
		if known != nil && now.Sub(known.at) >= grace {
			known = nil
		}
		return known, false
	}
	return known, true
}

func (s *Sessions) leaveAlone(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silent = now.Add(quiet)
}

func (s *Sessions) keep(hash [32]byte, session Session, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.cache) >= mostCached {
		for other := range s.cache {
			delete(s.cache, other)
			break
		}
	}
	s.cache[hash] = &seen{session, now}
}

func (s *Sessions) forget(which func([32]byte, *seen) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for hash, k := range s.cache {
		if which(hash, k) {
			delete(s.cache, hash)
		}
	}
}

const sessionColumns = "id, account, made, seen, expires, agent, stepped"

func scanSession(row pgx.CollectableRow) (x Session, err error) {
	err = row.Scan(&x.ID, &x.Account, &x.Made, &x.Seen, &x.Expires, &x.Agent, &x.Stepped)
	return x, err
}

// look asks Postgres. It ends what has expired for good, and notes now and then that the session is in use; in this order, so that
// coming back too late is no use.
func (s *Sessions) look(ctx context.Context, hash [32]byte, now, used time.Time) (Session, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	rows, err := s.pool.Query(ctx, "SELECT "+sessionColumns+" FROM identity.sessions WHERE token = $1 OR before = $1 AND turned > $2", hash[:], now.Add(-turnGrace))
	if err != nil {
		return Session{}, said("find a session", err)
	}
	found, err := pgx.CollectExactlyOneRow(rows, scanSession)
	if errors.Is(err, pgx.ErrNoRows) {
		return found, ErrNoSession
	}
	if err != nil {
		return found, said("find a session", err)
	}
	x, sure := s.bounded(found, now)
	switch {
	case !sure || !now.Before(found.Expires): // nothing to note
	case !now.Before(x.Idle):
		found.Expires = now
		_, err = s.pool.Exec(ctx, "UPDATE identity.sessions SET expires = LEAST(expires, $2) WHERE id = $1", found.ID, now)
	case used.Sub(found.Seen) >= touch:
		found.Seen = used
		_, err = s.pool.Exec(ctx, "UPDATE identity.sessions SET seen = GREATEST(seen, $2) WHERE id = $1", found.ID, used)
	}
	return found, said("find a session", err)
}

// List gives a person's sessions that have not ended, the last made first.
func (s *Sessions) List(ctx context.Context, account domain.ID) ([]Session, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	rows, err := s.pool.Query(ctx, "SELECT "+sessionColumns+" FROM identity.sessions WHERE account = $1 ORDER BY made DESC, id", account)
	if err != nil {
		return nil, said("list sessions", err)
	}
	list, err := pgx.CollectRows(rows, scanSession)
	now, open := s.now(), list[:0]
	for _, x := range list {
		if x, _ = s.bounded(x, now); now.Before(x.Idle) {
			open = append(open, x)
		}
	}
	return open, said("list sessions", err)
}

// End ends one session of a person; false when there is none of that id. Every copy knows within a second.
func (s *Sessions) End(ctx context.Context, account, id domain.ID) (bool, error) {
	n, err := s.exec(ctx, "end a session", "DELETE FROM identity.sessions WHERE account = $1 AND id = $2", account, id)
	s.forget(func(_ [32]byte, k *seen) bool { return k.session.Account == account && k.session.ID == id })
	return n > 0, err
}

// EndAll ends all sessions of a person but one, which may be the nil id; it gives how many ended.
func (s *Sessions) EndAll(ctx context.Context, account, except domain.ID) (int, error) {
	n, err := s.exec(ctx, "end a session", "DELETE FROM identity.sessions WHERE account = $1 AND id <> $2", account, except)
	s.forget(func(_ [32]byte, k *seen) bool { return k.session.Account == account && k.session.ID != except })
	return n, err
}
