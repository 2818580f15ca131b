package ledger

import (
	"context"
	"sync"
	"time"

	"github.com/dakahq/daka/commands/eventlog"
)

// fence answers with a position behind which no event lies that was acknowledged before the question.
//
// An append that comes back with a position above the fence was written after the question, so it is new. At or below
// it, the store recognised the ids of an older append, whose bytes need not be ours. One look at the log's end serves
// all who ask while the look before it is under way.
type fence struct {
	end func(context.Context) (eventlog.Position, error)

	mu      sync.Mutex
	running bool
	next    *look
	// rested is when the next look may begin; only run touches it, and there is one run at a time.
	rested time.Time
}

type look struct {
	done chan struct{}
	at   eventlog.Position
	err  error
}

const (
	lookTimeout = 3 * time.Second
	// gather and worth space looks under load, so that each serves several commands: at most gather, and worth times what the last one took. A
	// lone command does not wait, nor does any where a look costs nothing.
	gather = 5 * time.Millisecond
	worth  = 16
)

func (f *fence) position(ctx context.Context) (eventlog.Position, error) {
	f.mu.Lock()
	if f.next == nil {
		f.next = &look{done: make(chan struct{})}
	}
	l := f.next
	if !f.running {
		f.running = true
		go f.run()
	}
	f.mu.Unlock()
	select {
	case <-l.done:
		return l.at, l.err
	case <-ctx.Done():
		return eventlog.Position{}, context.Cause(ctx)
	}
}

// run looks until nobody asks.
func (f *fence) run() {
	for {
		time.Sleep(time.Until(f.rested))
		f.mu.Lock()
		l := f.next
		f.next = nil
		f.running = l != nil
		f.mu.Unlock()
		if l == nil {
			return
		}
		began := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
		l.at, l.err = f.end(ctx)
		cancel()
		f.rested = began.Add(min(gather, worth*time.Since(began)))
		close(l.done)
	}
}
