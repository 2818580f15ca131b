package projections

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/fold"
)

// counters are what a leader did since it started.
type counters struct {
	mu sync.Mutex
	fold.Summary
}

func (c *counters) add(s fold.Summary) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Applied += s.Applied
	c.Parked += s.Parked
	c.Duplicates += s.Duplicates
}

func (c *counters) get() fold.Summary {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Summary
}

// stats are what the metrics show of this copy.
type stats struct {
	mu            sync.Mutex
	pages, events uint64
	took          time.Duration
	// lag is now minus received_at of the last event of the last page that was live.
	lag time.Duration
}

func (s *stats) page(p *feed.Page, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages++
	s.events += uint64(len(p.Records))
	s.took += took
	if last := p.Records[len(p.Records)-1]; p.Live && !last.Metadata.ReceivedAt.IsZero() {
		s.lag = time.Since(last.Metadata.ReceivedAt.Time())
	}
}

// copyState is what only this copy knows: whether it leads, and what it stumbled over.
type copyState struct {
	lead  atomic.Pointer[Live]
	feed  atomic.Pointer[feed.Feed]
	halt  atomic.Pointer[error]
	last  atomic.Pointer[error]
	stats stats
}

// note remembers what went wrong last.
func (c *copyState) note(err error) { c.last.Store(&err) }

// problem is why the projector of this copy does not go on, nil when it does.
func (c *copyState) problem() error {
	for _, p := range []*error{c.halt.Load(), c.last.Load()} {
		if p != nil {
			return *p
		}
	}
	return nil
}

// fill adds it to the status.
func (c *copyState) fill(s *Status) {
	if l := c.lead.Load(); l != nil {
		s.Leading = true
		done := l.seen.get()
		s.Counts = Counts{Applied: done.Applied, Parked: done.Parked, Duplicates: done.Duplicates}
	}
	if f := c.feed.Load(); f != nil {
		s.Stalls = f.Stalls.Load()
	}
	if err := c.last.Load(); err != nil {
		s.LastError = (*err).Error()
	}
}
