package limit

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/semaphore"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/domain"
)

// Root begins the path of every route of the API; a request's lane is found by what follows.
const Root = "/api/v1"

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
	Importing lane = "imports" // imports at work
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
		Importing: {places: 8, waiting: 64, patience: time.Minute, caller: 4},
		exports:   {places: 8, waiting: 64, patience: 30 * time.Second, caller: 4},
	}
}

// ManyAtOnce is how many times a person's bound a program or device has, which acts for many.
const ManyAtOnce = 64

// Admission decides which requests are worked on. At arrival, when only the path is known, it turns away what would wait too long. What
// stays is recognised, its body is read, and only then it takes a place in its lane's pool.
type Admission struct {
	pools       map[lane]*pool
	bodies      *reception
	recognisers *semaphore.Weighted
	// starting counts those who wait for the directory at a start.
	starting atomic.Int64
	refused  map[lane]prometheus.Counter
	// turnedAway are answers made once, by language.
	turnedAway map[problem.Language][]byte
}

// NewAdmission counts what it turns away in registry.
func NewAdmission(registry *prometheus.Registry, now func() time.Time) *Admission {
	refused := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "daka_overloaded_total", Help: "Requests turned away because the server had too much to do, by lane."}, []string{"lane"})
	registry.MustRegister(refused)
	a := &Admission{pools: map[lane]*pool{}, bodies: newReception(bodiesAtOnce), recognisers: semaphore.NewWeighted(recognising),
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
	if !strings.HasPrefix(path, Root) {
		return open
	}
	if method == http.MethodGet || method == http.MethodHead {
		return readLane(path)
	}
	switch {
	case strings.HasSuffix(path, "/punches"), strings.HasSuffix(path, "/punches/batch"):
		return punches
	case strings.HasPrefix(path, Root+"/auth/"):
		return strangers
	case strings.HasSuffix(path, "/imports"):
		return uploads
	case strings.HasSuffix(path, "/files"), strings.HasSuffix(path, "/avatar"):
		return pictures
	case strings.HasPrefix(path, Root+"/admin/"):
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
	rest, in := strings.CutPrefix(path, Root+"/orgs/")
	if !in {
		return ""
	}
	org, _, _ := strings.Cut(rest, "/")
	return org
}

// Arrive lets a request in. What would wait too long is turned away here, before anything is spent on it: at twice the capacity every
// second request ends here, and what it costs is taken from those that do not.
func (a *Admission) Arrive(w http.ResponseWriter, r *http.Request, next http.Handler) {
	body := r.Body != nil && r.Body != http.NoBody
	if body {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime))
	}
	l := laneOf(r.Method, r.URL.Path)
	if l == open {
		next.ServeHTTP(w, r)
		return
	}
	came, seconds := a.pools[l].arrive(orgIn(r.URL.Path))
	if came == nil {
		a.turnAway(w, r, l, seconds)
		return
	}
	defer came()
	next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), comingKey{}, came)))
}

// comingKey is under which a request carries what ends its arrival.
type comingKey struct{}

// hasCome ends a request's arrival: it asks for its place now, or waits for its caller's body, which takes no processor.
func hasCome(ctx context.Context) {
	if came, is := ctx.Value(comingKey{}).(func()); is {
		came()
	}
}

func (a *Admission) turnAway(w http.ResponseWriter, r *http.Request, l lane, seconds int) {
	a.refused[l].Inc()
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writePatience)) // that of an earlier request may be over
	text := a.turnedAway[problem.ParseLanguage(r.Header.Get("Accept-Language"))]
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	h.Set("Retry-After", strconv.Itoa(seconds))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write(text)
}

// Part says whose share of a pool a request takes.
type Part struct {
	// Key is the organization, else the caller; caller is who is bounded beside that.
	Key, Caller string
	// Many is how many times a person's bound the caller has.
	Many int
}

// Place takes a place in a lane; leave gives it back.
func (a *Admission) Place(ctx context.Context, of Part, l lane) (leave func(), err error) {
	hasCome(ctx)
	leave, err = a.pools[l].enter(ctx, of.Key, of.Caller, of.Many)
	if refusal, is := err.(*domain.Refusal); is && refusal.Code == "overloaded" { //nolint:errorlint // the pool's own
		a.refused[l].Inc()
	}
	return leave, err
}

// InPlace gives a handler that reads its own body a place in its lane first: what it reads is long, so its lane is not that of punches.
func (a *Admission) InPlace(w http.ResponseWriter, r *http.Request, of Part, handle func(http.ResponseWriter, *http.Request) error) error {
	l := laneOf(r.Method, r.URL.Path)
	if l == open {
		return handle(w, r)
	}
	leave, err := a.Place(r.Context(), of, l)
	if err != nil {
		return err
	}
	defer leave()
	return handle(w, r)
}

// Recognise lets some writes look up their caller at a time; done must be called when err is nil. After an outage everybody comes at
// once: without it, thousands would ask Postgres for their sessions, and each would give up before its turn.
func (a *Admission) Recognise(r *http.Request) (done func(), err error) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Header.Get("Authorization") != "" {
		return func() {}, nil
	}
	ctx, cancel := context.WithTimeout(r.Context(), gatePatience)
	defer cancel()
	if a.recognisers.Acquire(ctx, 1) != nil {
		return nil, &domain.Refusal{Code: "overloaded", Text: problem.OverloadedText, RetryAfter: 2 * time.Second}
	}
	return func() { a.recognisers.Release(1) }, nil
}

// AtStart gives a write some time to wait in for a server that starts; when too many wait, there is no room, and the time is over at once.
// done must be called.
func (a *Admission) AtStart(ctx context.Context) (waiting context.Context, done func(), room bool) {
	patience := freshPatience
	if room = a.starting.Add(1) <= mostStarting; !room {
		patience = 0
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	return waiting, func() { cancel(); a.starting.Add(-1) }, room
}
