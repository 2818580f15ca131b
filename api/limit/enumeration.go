package limit

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/dakahq/daka/domain"
)

// Enumeration bounds attempts to guess codes of invitations and names of organizations.
type Enumeration struct {
	mu   sync.Mutex
	by   map[domain.ID]*rate.Limiter
	now  func() time.Time
	next time.Time // when full buckets are dropped
}

// A person may try 20 times at once, and then once in 3 seconds.
const (
	guessEvery = 3 * time.Second
	guessBurst = 20
)

// NewEnumeration counts by now.
func NewEnumeration(now func() time.Time) *Enumeration {
	return &Enumeration{by: map[domain.ID]*rate.Limiter{}, now: now}
}

// Take counts an attempt; people are counted by account, never by address. The administrator, who has none, is not counted.
func (g *Enumeration) Take(account *domain.ID) error {
	if account == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	g.tidy(now)
	bucket := g.by[*account]
	if bucket == nil {
		bucket = rate.NewLimiter(rate.Every(guessEvery), guessBurst)
		g.by[*account] = bucket
	}
	if bucket.AllowN(now, 1) {
		return nil
	}
	return &domain.Refusal{Code: "rate_limited", Text: "you have tried too often; wait a moment and try again", RetryAfter: guessEvery}
}

// tidy drops the buckets that are full again, once in a while.
func (g *Enumeration) tidy(now time.Time) {
	if now.Before(g.next) {
		return
	}
	g.next = now.Add(guessEvery * guessBurst)
	for account, bucket := range g.by {
		if bucket.TokensAt(now) >= guessBurst {
			delete(g.by, account)
		}
	}
}
