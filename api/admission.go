package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/semaphore"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/domain"
)

// lane is a kind of request that has a pool of its own, so that no other kind can take its places.
type lane string

// The lanes. What is in none, such as a list, has no places to take.
const (
	punches   lane = "punches"
	writes    lane = "writes"
	strangers lane = "strangers" // nobody knows the caller: signing in and up
	large     lane = "large"     // JSON above smallBody; its place comes before the body, so that memory is bounded
	pictures  lane = "pictures"
	uploads   lane = "uploads" // imports that arrive
	importing lane = "imports" // imports at work
	exports   lane = "exports"
	open      lane = ""
)

const (
	// recognising is how many writes look up their caller at a time; a session may have to be asked for in Postgres.
	recognising = 256
	// gatePatience is how long a write waits for that.
	gatePatience = 5 * time.Second
	// mostStarting is how many wait for the directory at a start; one costs its connection and some kilobytes.
	mostStarting = 10_000
	// freshPatience is how long a write waits for the directory, which catches up at each start.
	freshPatience = 5 * time.Second
)

// laneBounds are sized for one machine: a punch takes about a millisecond of a processor and waits for the disk, with others, for some more.
func laneBounds() map[lane]bounds {
	return map[lane]bounds{
		punches:   {places: 128, waiting: 10_000, patience: 5 * time.Second, caller: 32},
		writes:    {places: 64, waiting: 2_000, patience: 5 * time.Second, caller: 32},
		strangers: {places: 64, waiting: 1_000, patience: 5 * time.Second, caller: 1_000},
		large:     {places: 16, waiting: 200, patience: 10 * time.Second, caller: 4},
		pictures:  {places: 24, waiting: 1_000, patience: 20 * time.Second, caller: 4},
		uploads:   {places: 32, waiting: 64, patience: 10 * time.Second, caller: 4},
		importing: {places: 8, waiting: 64, patience: time.Minute, caller: 4},
		exports:   {places: 8, waiting: 64, patience: 30 * time.Second, caller: 4},
	}
}

// manyAtOnce is how many times a person's bound a program or device has, which acts for many.
const manyAtOnce = 64

// admission decides which requests are worked on. At arrival, when only the path is known, it turns away what would wait too long. What
// stays is recognised, its body is read, and only then it takes a place in its lane's pool.
type admission struct {
	pools     map[lane]*pool
	bodies    *reception
	recognise *semaphore.Weighted
	// starting counts those who wait for the directory at a start.
	starting atomic.Int64
	refused  map[lane]prometheus.Counter
	// turnedAway are answers made once, by language.
	turnedAway map[problem.Language][]byte
}

func newAdmission(registry *prometheus.Registry, now func() time.Time) *admission {
	refused := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "daka_overloaded_total", Help: "Requests turned away because the server had too much to do, by lane."}, []string{"lane"})
	registry.MustRegister(refused)
	a := &admission{pools: map[lane]*pool{}, bodies: newReception(bodiesAtOnce), recognise: semaphore.NewWeighted(recognising),
		refused: map[lane]prometheus.Counter{}, turnedAway: map[problem.Language][]byte{}}
	for l, b := range laneBounds() {
		a.pools[l] = newPool(b, now)
		a.refused[l] = refused.WithLabelValues(string(l))
	}
	for _, l := range []problem.Language{problem.English, problem.Chinese} {
		ctx := problem.Speaking(context.Background(), l)
		a.turnedAway[l], _ = json.Marshal(problem.New(ctx, "overloaded", problem.OverloadedText))
	}
	return a
}

// laneOf finds the lane of a request by its method and path alone.
func laneOf(method, path string) lane {
	if !strings.HasPrefix(path, v1) {
		return open
	}
	if method == http.MethodGet || method == http.MethodHead {
		return readLane(path)
	}
	switch {
	case strings.HasSuffix(path, "/punches"), strings.HasSuffix(path, "/punches/batch"):
		return punches
	case strings.HasPrefix(path, v1+"/auth/"):
		return strangers
	case strings.HasSuffix(path, "/imports"):
		return uploads
	case strings.HasSuffix(path, "/files"), strings.HasSuffix(path, "/avatar"):
		return pictures
	case strings.HasPrefix(path, v1+"/admin/"):
		return open
	}
	return writes
}

func readLane(path string) lane {
	last := path[strings.LastIndexByte(path, '/')+1:]
	if last == "export" || strings.Contains(path, "/months/") && strings.Contains(last, ".") {
		return exports
	}
	return open
}

// orgIn is the organization that a path names, as text; empty for none.
func orgIn(path string) string {
	rest, in := strings.CutPrefix(path, v1+"/orgs/")
	if !in {
		return ""
	}
	org, _, _ := strings.Cut(rest, "/")
	return org
}

// ServeHTTP answers a request. What would wait too long is turned away here, before anything is spent on it: at twice the capacity every
// second request ends here, and what it costs is taken from those that do not.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := r.Body != nil && r.Body != http.NoBody
	if body {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime))
	}
	l := laneOf(r.Method, r.URL.Path)
	if l == open {
		s.router.ServeHTTP(w, r)
		return
	}
	came, seconds := s.admission.pools[l].arrive(orgIn(r.URL.Path))
	if came == nil {
		s.turnAway(w, r, l, seconds)
		return
	}
	defer came()
	s.router.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), comingKey{}, came)))
}

// comingKey is under which a request carries what ends its arrival.
type comingKey struct{}

// hasCome ends a request's arrival: it asks for its place now, or waits for its caller's body, which takes no processor.
func hasCome(ctx context.Context) {
	if came, is := ctx.Value(comingKey{}).(func()); is {
		came()
	}
}

func (s *Server) turnAway(w http.ResponseWriter, r *http.Request, l lane, seconds int) {
	s.admission.refused[l].Inc()
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writePatience)) // that of an earlier request may be over
	text := s.admission.turnedAway[problem.ParseLanguage(r.Header.Get("Accept-Language"))]
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	h.Set("Retry-After", strconv.Itoa(seconds))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write(text)
}

// place takes a place for a request whose caller the guard has put into ctx; org is the organization of its path, if there is one.
func (s *Server) place(ctx context.Context, org string, l lane) (leave func(), err error) {
	hasCome(ctx)
	key, caller, many := shareOf(ctx, org)
	leave, err = s.admission.pools[l].enter(ctx, key, caller, many)
	if refusal, is := err.(*domain.Refusal); is && refusal.Code == "overloaded" { //nolint:errorlint // the pool's own
		s.admission.refused[l].Inc()
	}
	return leave, err
}

// inPlace gives a handler that reads its own body a place in its lane first: what it reads is long, so its lane is not that of punches.
func (s *Server) inPlace(w http.ResponseWriter, r *http.Request, handle func(http.ResponseWriter, *http.Request) error) error {
	l := laneOf(r.Method, r.URL.Path)
	if l == open {
		return handle(w, r)
	}
	leave, err := s.place(r.Context(), r.PathValue("org"), l)
	if err != nil {
		return err
	}
	defer leave()
	return handle(w, r)
}

// shareOf says whose share of a pool a request takes: its organization's, else its caller's. many is how many times a person's bound the caller has.
func shareOf(ctx context.Context, org string) (key, caller string, many int) {
	p := PrincipalOf(ctx)
	switch caller, many = p.Actor.ID, 1; {
	case p.Admin:
		many = 1 << 16
	case p.Program != nil, isDevice(AccessOf(ctx)):
		many = manyAtOnce
	case caller == "":
		caller = networkOf(ctx)
	}
	if key = org; key == "" {
		key = caller
	}
	return key, caller, many
}

func isDevice(a Access) bool { return holderOf(Principal{}, a.Roles) == machine }

// networkOf is from where somebody unknown asks; IPv6 gives a customer a /56.
func networkOf(ctx context.Context) string {
	a, _ := ctx.Value(arrivalKey{}).(arrival)
	if a.address.Is6() && !a.address.Is4In6() {
		if prefix, err := a.address.Prefix(56); err == nil {
			return prefix.String()
		}
	}
	if a.address == (netip.Addr{}) {
		return "unknown"
	}
	return a.address.String()
}

// admit lets a write wait for the directory at a start.
func (s *Server) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead || !strings.HasPrefix(r.URL.Path, "/api/") {
			next.ServeHTTP(w, r)
			return
		}
		if !s.started(r) {
			p := problem.New(r.Context(), "starting", "the server is starting; nothing was written; send the same request again in a moment")
			p.RetryAfter = "2"
			p.Write(w)
			return
		}
		if p := s.heldBack(r); p != nil {
			p.Write(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// recognised bounds how many writes look up their caller at a time. After an outage everybody comes at once: without it, thousands would ask
// Postgres for their sessions, and each would give up before its turn.
func (s *Server) recognised(r *http.Request, principal func(*http.Request) (Principal, error)) (Principal, error) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Header.Get("Authorization") != "" {
		return principal(r)
	}
	ctx, cancel := context.WithTimeout(r.Context(), gatePatience)
	defer cancel()
	if s.admission.recognise.Acquire(ctx, 1) != nil {
		return Principal{}, &domain.Refusal{Code: "overloaded", Text: problem.OverloadedText, RetryAfter: 2 * time.Second}
	}
	defer s.admission.recognise.Release(1)
	return principal(r)
}

// started waits a moment for a directory that was never complete since the start; signing in does without.
func (s *Server) started(r *http.Request) bool {
	d := s.config.Directory
	if d == nil || d.Complete() || strings.HasPrefix(r.URL.Path, v1+"/auth/") {
		return true
	}
	defer s.admission.starting.Add(-1)
	if s.admission.starting.Add(1) > mostStarting {
		return false
	}
	ctx, cancel := context.WithTimeout(r.Context(), freshPatience)
	defer cancel()
	return d.Fresh(ctx) == nil || d.Complete()
}
