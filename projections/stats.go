package projections

import (
	"sync"
	"time"

	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/fold"
)

// counters are what a projector did since it started.
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
