package projections

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
)

// reading turns one subscription into pages, one decoded ahead of the one being applied.
type reading struct {
	tail  Tail
	from  eventlog.Position
	items chan eventlog.Item
	pages chan *page
	// waiting is true while the tail is asked for the next event, so that back pressure is no stall.
	waiting atomic.Bool
	last    atomic.Pointer[eventlog.Position]
	// took is how long the last page needed, in nanoseconds.
	took atomic.Int64
}

// gather is how long a live page waits for more events: twice what the last page needed, so that the projector leaves
// two thirds of its time to the commands when many arrive, and answers at once when few do.
func (r *reading) gather() time.Duration {
	return min(max(2*time.Duration(r.took.Load()), liveDelay), liveDelayMost)
}

// seen is how far the subscription spoke, checkpoints included; it is never stored.
func (r *reading) seen() eventlog.Position {
	if p := r.last.Load(); p != nil {
		return *p
	}
	return r.from
}

func (r *reading) pull(ctx context.Context, cancel context.CancelCauseFunc) {
	for {
		r.waiting.Store(true)
		item, err := r.tail.Next(ctx)
		r.waiting.Store(false)
		if err != nil {
			cancel(err)
			return
		}
		switch {
		case item.Event != nil:
			r.last.Store(&item.Event.Position)
		case item.Checkpoint != nil:
			r.last.Store(item.Checkpoint)
		}
		select {
		case r.items <- item:
		case <-ctx.Done():
			return
		}
	}
}

// assemble cuts pages: at 20 to 120 ms or 500 events once caught up, at 20,000 events or 12 MB before.
func (r *reading) assemble(ctx context.Context) {
	var events []eventlog.Raw
	var due <-chan time.Time
	size, live, flush := 0, false, false
	for {
		select {
		case item := <-r.items:
			if item.CaughtUp {
				live = true
			}
			if item.Event != nil && r.ours(item.Event, events) {
				events = append(events, *item.Event)
				size += len(item.Event.Data) + len(item.Event.Metadata)
			}
			if due == nil && len(events) > 0 {
				due = time.After(r.gather())
			}
		case <-due:
			due, flush = nil, true
		case <-ctx.Done():
			return
		}
		full := len(events) >= catchUpPage || size >= catchUpBytes || (live && len(events) >= livePage)
		idle := flush && (live || len(r.items) == 0)
		if len(events) == 0 || !(full || idle) {
			if flush && len(events) > 0 {
				due = time.After(liveDelay)
			}
			flush = false
			continue
		}
		select {
		case r.pages <- newPage(events, live, true):
		case <-ctx.Done():
			return
		}
		events, due, size, flush = nil, nil, 0, false
	}
}

// ours drops what is not the ledger's; duplicates inside a page stay and are counted by the projector.
func (r *reading) ours(raw *eventlog.Raw, _ []eventlog.Raw) bool {
	_, ok := domain.ParseStream(raw.Stream)
	return ok
}

// backoff grows from 100 ms to 30 s with jitter.
type backoff struct{ step time.Duration }

func newBackoff() *backoff { return &backoff{} }

func (b *backoff) reset() { b.step = 0 }

func (b *backoff) next() time.Duration {
	b.step = min(max(2*b.step, 100*time.Millisecond), 30*time.Second)
	return b.step/2 + rand.N(b.step/2)
}

// pause waits and says whether ctx still stands.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
