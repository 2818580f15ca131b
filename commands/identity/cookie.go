package identity

import (
	"context"
	"time"
)

// ended is what Postgres last said of an administrator's cookie.
type ended struct {
	is bool
	at time.Time
}

// EndCookie notes that the administrator gave a cookie back; it names nobody, and is good until an instant.
func (s *Store) EndCookie(ctx context.Context, cookie string, until time.Time) error {
	s.noteCookie(cookie, ended{is: true, at: s.now()})
	_, err := s.end(ctx, "INSERT INTO identity.ended (cookie, until) VALUES ($1, $2) ON CONFLICT DO NOTHING", s.Name("cookie", cookie), until)
	return err
}

// CookieEnded says that a cookie was given back; every copy knows within half a second. While Postgres does not answer, one that was good
// within the last minute stays good, as sessions do; then it is ErrDown.
func (s *Store) CookieEnded(ctx context.Context, cookie string) (bool, error) {
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
		s.noteCookie(cookie, found)
		return found.is, nil
	}
	if seen && now.Sub(known.at) < grace {
		return false, nil
	}
	return false, said("look for a cookie", err)
}

func (s *Store) noteCookie(cookie string, e ended) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.cookies) >= mostCached {
		clear(s.cookies)
	}
	s.cookies[cookie] = e
}
