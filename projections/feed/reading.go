package feed

import (
	"context"
	"sync"
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
	pages chan *Page
	// plain decodes punches as any event.
	plain bool
	// caughtUp hears that the log was read to its end.
	caughtUp func()
	// waiting is true while the tail is asked for the next event, so that back pressure is no stall.
	waiting atomic.Bool
	last    atomic.Pointer[eventlog.Position]
	// busy says that a page is at work; began and done are when the last one was begun and committed.
	pace        sync.Mutex
	busy        bool
	began, done time.Time
}

func (r *reading) begin() {
	r.pace.Lock()
	defer r.pace.Unlock()
	r.busy, r.began = true, time.Now()
}

func (r *reading) end() {
	r.pace.Lock()
	defer r.pace.Unlock()
	r.busy, r.done = false, time.Now()
}

// rest is how long a live page of some events may still grow before the projector takes it; 0 when it does now. The projector rests
// three times as long as its last page took: when many commands arrive, most of its time is theirs, and what comes meanwhile shares
// one page. A page of few events waits a moment only.
func (r *reading) rest(events int) time.Duration {
	r.pace.Lock()
	defer r.pace.Unlock()
	if r.busy {
		return lookAgain
	}
	most := restMost
	if events < fewEvents {
		most = restFew
	}
	return min(time.Until(r.done.Add(min(3*r.done.Sub(r.began), most))), lookAgain)
}

// lookAgain is how often a waiting page looks whether it is wanted.
const lookAgain = 5 * time.Millisecond

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

// assemble cuts pages: once caught up when the projector has rested, at 20 ms or later, or at 5,000 events; before at 20,000 events or 12 MB.
func (r *reading) assemble(ctx context.Context) {
	var events []eventlog.Raw
	var due <-chan time.Time
	size, live, flush := 0, false, false
	for {
		select {
		case item := <-r.items:
			if item.CaughtUp {
				live = true
				r.caughtUp()
			}
			if item.Event != nil && r.ours(item.Event, events) {
				events = append(events, *item.Event)
				size += len(item.Event.Data) + len(item.Event.Metadata)
			}
			if due == nil && len(events) > 0 {
				due = time.After(liveDelay)
			}
		case <-due:
			due, flush = nil, true
		case <-ctx.Done():
			return
		}
		full := len(events) >= catchUpPage || size >= catchUpBytes || (live && len(events) >= livePage)
		if rest := r.rest(len(events)); flush && live && !full && rest > 0 {
			due, flush = time.After(rest), false
			continue
		}
		idle := flush && (live || len(r.items) == 0)
		if len(events) == 0 || !(full || idle) {
			if flush && len(events) > 0 {
				due = time.After(liveDelay)
			}
			flush = false
			continue
		}
		select {
		case r.pages <- newPage(events, live, true, r.plain):
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
