package commands

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// Clock tells the ledger that time has passed in an organization.
type Clock struct {
	ledger    *ledger.Ledger
	directory *directory.Directory
	find      finder
}

// AdvanceClock says that time has passed Through.
type AdvanceClock struct {
	// Through is floored to 5 minutes; zero is now.
	Through time.Time `json:"through,omitzero"`
}

// Advance writes ClockAdvanced under the id that every copy derives, so that one of them wins (events §4).
func (s *Clock) Advance(ctx context.Context, call ledger.Call, req AdvanceClock) (ledger.Receipt, error) {
	at := req.Through
	if at.IsZero() {
		at = s.ledger.Clock()
	}
	through := domain.FloorClock(domain.At(at))
	call = call.Derive(domain.ClockPreimage(call.Org, through))
	call.Subject = call.Org
	r, err := ledger.Handle(ctx, s.ledger, call, domain.ClockStream(call.Org, through), func(st domain.ClockState, now domain.Instant) ([]domain.Event, error) {
		return st.Advance(through, now)
	})
	r.ID = call.Org
	return r, err
}

// clocks remembers how far each organization's time has passed, as this process knows it.
type clocks struct {
	mu      sync.Mutex
	through map[domain.ID]time.Time
}

// Run writes ClockAdvanced for every organization when one of its windows has closed, until ctx ends. Any copy may run it.
func (s *Clock) Run(ctx context.Context, every time.Duration, log *slog.Logger) {
	c := &clocks{through: map[domain.ID]time.Time{}}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		s.tick(ctx, c, log)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (s *Clock) tick(ctx context.Context, c *clocks, log *slog.Logger) {
	if s.ledger.Held() != nil || s.find.requireFresh(ctx) != nil {
		return
	}
	through := domain.FloorClock(domain.At(s.ledger.Clock())).Time()
	for _, o := range s.directory.Organizations() {
		if err := s.tickOne(ctx, c, o.ID, through); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "the clock of an organization did not advance", slog.String("org", o.ID.String()), slog.Any("error", err))
		}
	}
}

func (s *Clock) tickOne(ctx context.Context, c *clocks, org domain.ID, through time.Time) error {
	after, err := s.through(ctx, c, org, through)
	if err != nil || !through.After(after) || !s.closed(org, after, through) {
		return err
	}
	_, err = s.Advance(ctx, SystemCall(org), AdvanceClock{Through: through})
	var refusal *domain.Refusal
	if err == nil || errors.As(err, &refusal) {
		c.mu.Lock()
		c.through[org] = through
		c.mu.Unlock()
	}
	return err
}

// through is how far the organization's time has passed: as remembered, else as the streams of this month and the last say.
func (s *Clock) through(ctx context.Context, c *clocks, org domain.ID, now time.Time) (time.Time, error) {
	c.mu.Lock()
	known, ok := c.through[org]
	c.mu.Unlock()
	if ok {
		return known, nil
	}
	firstOfMonth := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	for _, at := range []time.Time{now, firstOfMonth.Add(-time.Hour)} {
		st, _, err := ledger.FoldStream[domain.ClockState](ctx, s.ledger, domain.ClockStream(org, domain.At(at)))
		if err != nil {
			return time.Time{}, err
		}
		if !st.Through.IsZero() {
			known = st.Through.Time()
			break
		}
	}
	c.mu.Lock()
	c.through[org] = known
	c.mu.Unlock()
	return known, nil
}

// closed says that a window of any rule of the organization closed between the two instants.
func (s *Clock) closed(org domain.ID, after, through time.Time) bool {
	for _, g := range s.directory.Groups(org) {
		if attendance.Closes(s.directory.Rules.All(org, g.ID), after, through) {
			return true
		}
	}
	return false
}

// SystemCall is a command of the server itself.
func SystemCall(org domain.ID) ledger.Call {
	return ledger.Call{Org: org, Subject: org, Actor: domain.Actor{Kind: domain.ActorSystem, ID: "daka"}}
}
