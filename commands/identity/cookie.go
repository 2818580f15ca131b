package identity

import (
	"context"
	"sync"
	"time"
)

// Cookies are the administrator's cookies that were given back.
type Cookies struct {
	*database
	mu      sync.Mutex // guards cookies
	cookies map[string]ended
}

// ended is what Postgres last said of an administrator's cookie.
type ended struct {
	is bool
	at time.Time
}

// End notes that the administrator gave a cookie back; it names nobody, and is good until an instant.
func (s *Cookies) End(ctx context.Context, cookie string, until time.Time) error {
	s.note(cookie, ended{is: true, at: s.now()})
	_, err := s.exec(ctx, "end a cookie", "INSERT INTO identity.ended (cookie, until) VALUES ($1, $2) ON CONFLICT DO NOTHING", s.Name("cookie", cookie), until)
	return err
}

// Ended says that a cookie was given back; every copy knows within half a second. While Postgres does not answer, one that was good
// within the last minute stays good, as sessions do; then it is ErrDown.
func (s *Cookies) Ended(ctx context.Context, cookie string) (bool, error) {
	now := s.now()
	s.mu.Lock()
	known, seen := s.cookies[cookie]
	s.mu.Unlock()
	if seen && (known.is || now.Sub(known.at) < remember) {
		return known.is, nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	found := ended{at: now}
	err := s.pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM identity.ended WHERE cookie = $1)", s.Name("cookie", cookie)).Scan(&found.is)
	if err == nil {
		s.note(cookie, found)
		return found.is, nil
	}
	if seen && now.Sub(known.at) < grace {
		return false, nil
	}
	return false, said("look for a cookie", err)
}

func (s *Cookies) note(cookie string, e ended) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.cookies) >= mostCached {
		clear(s.cookies)
	}
	s.cookies[cookie] = e
}
