package eventlog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// ErrStalled is a subscription that says nothing while the log's end shows events that it should have delivered.
var ErrStalled = errors.New("the subscription is silent although the log went on")

// Pauses are the waits between tries: each about twice the one before, with jitter, up to a bound. One goroutine uses them.
type Pauses struct{ steps *backoff.ExponentialBackOff }

// NewPauses begins at about first and ends at about most.
func NewPauses(first, most time.Duration) *Pauses {
	steps := backoff.NewExponentialBackOff()
	steps.InitialInterval, steps.MaxInterval, steps.Multiplier, steps.RandomizationFactor = first, most, 2, 1.0/3
	steps.Reset()
	return &Pauses{steps}
}

// Next is how long to wait before the next try.
func (p *Pauses) Next() time.Duration { return p.steps.NextBackOff() }

// Reset begins again at the first.
func (p *Pauses) Reset() { p.steps.Reset() }

// Pause waits and says whether ctx still stands.
func Pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Follower keeps a reading of the log going: when one ends, it begins another.
type Follower struct {
	Pauses *Pauses
	// Read follows the log until something fails; on says that it got on, so that the waits begin anew.
	Read func(ctx context.Context) (on bool, err error)
	// Failed hears why a reading ended, and how long the next waits.
	Failed func(ctx context.Context, err error, pause time.Duration)
}

// Run reads until ctx ends.
func (f Follower) Run(ctx context.Context) {
	for ctx.Err() == nil {
		on, err := f.Read(ctx)
		if on {
			f.Pauses.Reset()
		}
		if ctx.Err() != nil {
			return
		}
		pause := f.Pauses.Next()
		f.Failed(ctx, err, pause)
		Pause(ctx, pause)
	}
}

// Probe looks at the log's end beside a subscription, which may stand still without a word.
type Probe struct {
	// Every is the time from look to look; at least Least lies between two.
	Every, Least time.Duration
	// Patience is how long looks may find events missing before the subscription counts as stalled.
	Patience time.Duration
	// Look says what is missing; nil when nothing is, or when that cannot be told.
	Look func(ctx context.Context) error
}

// Run looks until ctx ends; a stall ends it by cancel with ErrStalled.
func (p Probe) Run(ctx context.Context, cancel context.CancelCauseFunc) {
	good := time.Now()
	for ctx.Err() == nil {
		began := time.Now()
		err := p.Look(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			good = began
		case time.Since(good) > p.Patience:
			cancel(fmt.Errorf("%w: %w", ErrStalled, err))
			return
		}
		Pause(ctx, max(p.Least, p.Every-time.Since(began)))
	}
}
