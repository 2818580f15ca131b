package ledger

import (
	"log/slog"
	"sync"
	"time"

	"github.com/dakahq/daka/domain"
)

// regression remembers that the server's clock went back behind what it has recorded.
type regression struct {
	mu sync.Mutex
	// until is the greatest received_at that was raised over the clock by more than a minute; the zero time where there is none.
	until time.Time
}

// noteRaised takes a received_at that was raised over the clock, and tells the log when that begins.
func (l *Ledger) noteRaised(received, clock domain.Instant) {
	behind := received.Time().Sub(clock.Time())
	if behind <= domain.ClockSkewLimit {
		return
	}
	r := &l.regressed
	r.mu.Lock()
	began := !r.until.After(clock.Time())
	if received.Time().After(r.until) {
		r.until = received.Time()
	}
	r.mu.Unlock()
	if began {
		l.logger.Error("the server's clock lies behind what is recorded already; set it right, punches are flagged clock_skew until then",
			slog.Duration("behind", behind), slog.Time("recorded", received.Time()), slog.Time("clock", clock.Time()))
	}
}

// Regressed is how far the clock lies behind a received_at that was raised over it; 0 once the clock has passed it.
func (l *Ledger) Regressed() time.Duration {
	l.regressed.mu.Lock()
	defer l.regressed.mu.Unlock()
	return max(l.regressed.until.Sub(l.clock()), 0)
}
