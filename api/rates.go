package api

import (
	"hash/maphash"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"github.com/dakahq/daka/domain"
)

// class is what a request costs its own bucket for.
type class string

// The classes.
const (
	punching  class = "punch"
	asking    class = "read"
	writing   class = "write"
	exporting class = "export"
	sending   class = "file"
)

// classOf finds the class of a route.
func classOf(route string) class {
	method, path, _ := strings.Cut(route, " ")
	switch {
	case strings.HasSuffix(path, "/punches") && method == http.MethodPost, strings.HasSuffix(path, "/punches/batch"):
		return punching
	case strings.HasSuffix(path, "/files") && method == http.MethodPost:
		return sending
	case strings.HasSuffix(path, "/export"), strings.HasSuffix(path, "/months/{month}"):
		return exporting
	case method == http.MethodGet:
		return asking
	}
	return writing
}

// holder is the kind of principal that a bucket's size follows from. The administrator has no bucket: it is who runs the server.
type holder string

// The holders.
const (
	employee holder = "person"
	staff    holder = "staff"
	machine  holder = "machine" // devices and programs, which act for many
)

// size is a bucket: how many at once, and how many a minute after that.
type size struct{ burst, perMinute int }

// sizes are the limits (reliability: one person never needs them, a runaway page or script meets them).
func sizes() map[holder]map[class]size {
	return map[holder]map[class]size{
		employee: {punching: {30, 1}, asking: {240, 240}, writing: {60, 60}, exporting: {20, 6}, sending: {30, 10}},
		staff:    {punching: {30, 1}, asking: {1000, 1200}, writing: {300, 300}, exporting: {30, 10}, sending: {30, 10}},
		machine:  {punching: {3000, 60_000}, asking: {1000, 6000}, writing: {3000, 30_000}, exporting: {30, 10}, sending: {300, 300}},
	}
}

type bucketKey struct {
	who    domain.Actor
	holder holder
	class  class
}

// limits are the buckets of this process. They are keyed by who asks, never by address: a whole company is behind one. They lie in
// shards, because every punch passes here.
type limits struct {
	sizes   map[holder]map[class]size
	shards  [shards]shard
	seed    maphash.Seed
	refused *prometheus.CounterVec
}

type shard struct {
	mu      sync.Mutex
	buckets map[bucketKey]*rate.Limiter
}

// perShard bounds the memory; full buckets are forgotten first, for a new one is full, too.
const (
	shards   = 32
	perShard = 2_000
)

// newLimits counts what it refuses in registry.
func newLimits(registry *prometheus.Registry) *limits {
	l := &limits{sizes: sizes(), seed: maphash.MakeSeed(),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "daka_rate_limited_total", Help: "Requests refused because they came too often, by holder and class."}, []string{"holder", "class"})}
	for i := range l.shards {
		l.shards[i].buckets = map[bucketKey]*rate.Limiter{}
	}
	registry.MustRegister(l.refused)
	return l
}

// take takes one from the bucket of a caller for a route; month is that of its path, if there is one. The error is a refusal that says how
// long to wait.
func (l *limits) take(who domain.Actor, h holder, route, month string, now time.Time) error {
	c := classOf(route)
	if c == exporting && isPage(month) {
		c = asking
	}
	return l.takeOne(bucketKey{who, h, c}, now)
}

func (l *limits) takeOne(k bucketKey, now time.Time) error {
	wait := l.shards[maphash.String(l.seed, k.who.ID)%shards].take(k, l.sizes, now)
	if wait == 0 {
		return nil
	}
	l.refused.WithLabelValues(string(k.holder), string(k.class)).Inc()
	return &domain.Refusal{Code: "rate_limited", Text: "that was too often; wait as long as Retry-After says", RetryAfter: wait}
}

// take answers 0, or how long the caller has to wait.
func (s *shard) take(k bucketKey, sizes map[holder]map[class]size, now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.buckets[k]
	if b == nil {
		s.forget(now)
		size := sizes[k.holder][k.class]
		b = rate.NewLimiter(rate.Limit(float64(size.perMinute)/60), size.burst)
		s.buckets[k] = b
	}
	r := b.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// forget makes room: the full ones go, and if none was full, any half.
func (s *shard) forget(now time.Time) {
	if len(s.buckets) < perShard {
		return
	}
	for k, b := range s.buckets {
		if b.TokensAt(now) >= float64(b.Burst()) {
			delete(s.buckets, k)
		}
	}
	for k := range s.buckets {
		if len(s.buckets) <= perShard/2 {
			return
		}
		delete(s.buckets, k)
	}
}

// isPage says that a month is asked as a page of JSON, and not as a file.
func isPage(month string) bool { return month != "" && !strings.Contains(month, ".") }
