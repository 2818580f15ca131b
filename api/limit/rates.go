package limit

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

// Holder is the kind of principal that a bucket's size follows from. The administrator has no bucket: it is who runs the server.
type Holder string

// The holders.
const (
	Employee Holder = "person"
	Staff    Holder = "staff"
	Machine  Holder = "machine" // devices and programs, which act for many
)

// size is a bucket: how many at once, and how many a minute after that.
type size struct{ burst, perMinute int }

// sizes are the limits (reliability: one person never needs them, a runaway page or script meets them).
func sizes() map[Holder]map[class]size {
	return map[Holder]map[class]size{
		Employee: {punching: {30, 1}, asking: {240, 240}, writing: {60, 60}, exporting: {20, 6}, sending: {30, 10}},
		Staff:    {punching: {30, 1}, asking: {1000, 1200}, writing: {300, 300}, exporting: {30, 10}, sending: {30, 10}},
		Machine:  {punching: {3000, 60_000}, asking: {1000, 6000}, writing: {3000, 30_000}, exporting: {30, 10}, sending: {300, 300}},
	}
}

type bucketKey struct {
	who    domain.Actor
	holder Holder
	class  class
}

// Rates are the buckets of this process. They are keyed by who asks, never by address: a whole company is behind one. They lie in
// shards, because every punch passes here.
type Rates struct {
	sizes   map[Holder]map[class]size
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

// NewRates counts what it refuses in registry.
func NewRates(registry *prometheus.Registry) *Rates {
	l := &Rates{sizes: sizes(), seed: maphash.MakeSeed(),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "daka_rate_limited_total", Help: "Requests refused because they came too often, by holder and class."}, []string{"holder", "class"})}
	for i := range l.shards {
		l.shards[i].buckets = map[bucketKey]*rate.Limiter{}
	}
	registry.MustRegister(l.refused)
	return l
}

// Take takes one from the bucket of a caller for a route; month is that of its path, if there is one. The error is a refusal that says how
// long to wait.
func (l *Rates) Take(who domain.Actor, h Holder, route, month string, now time.Time) error {
	c := classOf(route)
	if c == exporting && IsPage(month) {
		c = asking
	}
	return l.takeOne(bucketKey{who, h, c}, now)
}

func (l *Rates) takeOne(k bucketKey, now time.Time) error {
	wait := l.shards[maphash.String(l.seed, k.who.ID)%shards].take(k, l.sizes, now)
	if wait == 0 {
		return nil
	}
	l.refused.WithLabelValues(string(k.holder), string(k.class)).Inc()
	return &domain.Refusal{Code: "rate_limited", Text: "that was too often; wait as long as Retry-After says", RetryAfter: wait}
}

// take answers 0, or how long the caller has to wait.
func (s *shard) take(k bucketKey, sizes map[Holder]map[class]size, now time.Time) time.Duration {
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

// IsPage says that a month is asked as a page of JSON, and not as a file.
func IsPage(month string) bool { return month != "" && !strings.Contains(month, ".") }
