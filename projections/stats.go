package projections

import (
	"sync"
	"time"

	"github.com/dakahq/daka/projections/feed"
)

// counters are what a projector did since it started.
type counters struct {
	mu sync.Mutex
	summary
}

func (c *counters) add(s summary) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.applied += s.applied
	c.parked += s.parked
	c.duplicates += s.duplicates
}

func (c *counters) get() summary {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.summary
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
