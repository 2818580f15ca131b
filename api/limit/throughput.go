package limit

import "time"

const (
	rateWindow = 250 * time.Millisecond
	// rateDecay is what remains of the best rate after a window in which less was served.
	rateDecay = 0.95
)

// throughput is how many a pool can serve in a second, as the best of late: a window with little to do says nothing about that.
type throughput struct {
	best        float64 // a second
	count       int
	began, last time.Time
}

// served notes one more.
func (r *throughput) served(now time.Time) {
	r.last = now
	r.count++
	if r.began.IsZero() {
		r.began, r.count = now, 0
	}
	if length := now.Sub(r.began); length >= rateWindow {
		r.best = max(float64(r.count)/length.Seconds(), rateDecay*r.best)
		r.began, r.count = now, 0
	}
}

// within is how many are served in a time.
func (r *throughput) within(d time.Duration) int { return int(r.best * d.Seconds()) }

// crowd tells an overload from a burst: too many have to be in flight for backlogged. From then on those above are refused, until that was not
// needed for calm.
type crowd struct {
	since, last time.Time // of too many: since when without a break, and when last
	shedding    bool
}

// sheds notes whether too many are in flight at an arrival, and says whether to refuse it.
func (c *crowd) sheds(now time.Time, tooMany bool) bool {
	switch {
	case !tooMany:
		c.since = time.Time{}
		c.shedding = c.shedding && now.Sub(c.last) <= calm
		return false
	case c.since.IsZero():
		c.since = now
	}
	c.last = now
	c.shedding = c.shedding || now.Sub(c.since) > backlogged
	return c.shedding
}
