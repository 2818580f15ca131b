// Package api is the HTTP side: commands in, read models out, the page's files beside them.
//
// It decides nothing about attendance. It names who asks, turns a request into a command or a query, and
// an outcome into an answer. No route answers without a principal but health, documents and the page's files.
package api

import (
	"cmp"
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/dakahq/daka/api/limit"
	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/api/readiness"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/commands/files"
	"github.com/dakahq/daka/commands/keys"
)

// Config is what the API needs. Log, Now and Registry have defaults.
type Config struct {
	Service   *commands.Service
	Directory *directory.Directory
	Keys      *keys.Store
	Files     *files.Store
	// AdminToken signs in; an empty one lets nobody in.
	AdminToken string
	Version    string
	// Web holds the page's files with index.html; nil where the page was not built.
	Web fs.FS
	// EventLog is asked whether the event store answers, and for days as they were known.
	EventLog *eventlog.Log
	// TempDir keeps uploads while they are imported, and workbooks while they are written; New sweeps it. Empty is the system's, for tests.
	TempDir string
	// Limits refuses what a person or program asks too often.
	Limits bool
	// TrustedProxies may say for whom they ask, by X-Forwarded-For and X-Forwarded-Proto.
	TrustedProxies []netip.Prefix
	// PublicURL is where people reach the server, such as https://daka.example.org, for links in messages; without it they have none.
	PublicURL string

	// OpsElsewhere says that metrics and profiles have an address of their own; see Operations.
	OpsElsewhere bool
	// Board knows how each part is; without one the server makes its own. Its owner runs it.
	Board *readiness.Board

	Registry *prometheus.Registry
	Log      *slog.Logger
	Now      func() time.Time
}

// Server is the API. The read side joins later, through SetReads, so that commands are taken while Postgres is down.
type Server struct {
	config      Config
	log         *slog.Logger
	now         func() time.Time
	api         huma.API
	router      *chi.Mux
	reads       atomic.Pointer[Reads]
	drain       chan struct{}
	drained     sync.Once
	routes      []string
	spec        []byte
	metrics     *metrics
	enumeration *limit.Enumeration
	board       *readiness.Board
	books       *books
	streams     *limit.Streams
	// problems explains errors.
	problems *problem.Explainer
	// admission decides what is worked on.
	admission *limit.Admission
	// heartbeat is that of streams.
	heartbeat time.Duration
	// readsProblem is why the read side did not come up at the last try.
	readsProblem atomic.Pointer[error]
	// arrivals find from where requests come; guard names who asks, and says whether they may.
	arrivals *who.Arrivals
	guard    *who.Guard
}

// New builds the API; it fails when a route is missing in the policy table.
func New(c Config) (*Server, error) { return build(c, (*who.Guard).Authenticate) }

// build takes the middleware that names who asks.
func build(c Config, authenticate func(*who.Guard, http.Handler) http.Handler) (*Server, error) {
	s := &Server{config: c, log: c.Log, now: c.Now, router: chi.NewMux(), drain: make(chan struct{}), heartbeat: heartbeat}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.config.Registry == nil {
		s.config.Registry = prometheus.NewRegistry()
	}
	if s.board = c.Board; s.board == nil {
		s.board = readiness.New(time.Now)
	}
	if err := sweepScratch(c.TempDir); err != nil {
		return nil, err
	}
	s.books, s.streams, s.problems = newBooks(), limit.NewStreams(), problem.NewExplainer(s.log, s.drain)
	s.watchParts()
	s.metrics, s.enumeration = newMetrics(s.config.Registry), limit.NewEnumeration(s.now)
	s.admission = limit.NewAdmission(s.config.Registry, time.Now)
	var rates *limit.Rates
	if c.Limits {
		rates = limit.NewRates(s.config.Registry)
	}
	s.arrivals = who.NewArrivals(c.TrustedProxies, s.log)
	s.guard = who.NewGuard(who.GuardConfig{Directory: c.Directory, Identity: c.Service.Identity, Security: c.Service.Security, AdminToken: c.AdminToken,
		Rates: rates, Admission: s.admission, Problems: s.problems, Now: s.now, Await: c.Service.Organizations.Await})
	s.router.Use(s.arrivals.Arrive, limit.WithWriteDeadlines, s.observe, headAsGet, s.recoverer, secure, problem.WithLanguage, remember, s.sameOrigin, s.admit, func(next http.Handler) http.Handler { return authenticate(s.guard, next) })
	s.api = humachi.New(s.router, humaConfig(c.Version))
	s.mount()
	s.metrics.know(s.routes)
	s.router.NotFound(s.notFound)
	s.router.MethodNotAllowed(s.methodNotAllowed)
	if err := who.CheckPolicy(s.routes); err != nil {
		return nil, err
	}
	var err error
	s.spec, err = specification(s.api.OpenAPI())
	return s, err
}

// ServeHTTP answers a request, unless it is turned away at its arrival.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.admission.Arrive(w, r, s.router)
}

// problemOf explains an error in the caller's language.
func (s *Server) problemOf(ctx context.Context, err error) *problem.Problem {
	return s.problems.Of(ctx, err)
}

// mount registers every route; one file per noun holds its handlers.
func (s *Server) mount() {
	s.mountService()
	s.mountSignIn()
	s.mountAccount()
	s.mountSecurity()
	s.mountOrganizations()
	s.mountJoining()
	s.mountTokens()
	s.mountMembers()
	s.mountGroups()
	s.mountRoster()
	s.mountCalendar()
	s.mountPunches()
	s.mountDays()
	s.mountHistory()
	s.mountToday()
	s.mountRequests()
	s.mountStatistics()
	s.mountLive()
	s.mountImports()
	s.mountFiles()
	s.mountAccesses()
	s.mountLedger()
	s.mountAdmin()
}

// Drain ends the streams that would otherwise keep a stopping server waiting.
func (s *Server) Drain() { s.drained.Do(func() { close(s.drain) }) }

func humaConfig(version string) huma.Config {
	registry := huma.NewMapRegistry("#/components/schemas/", schemaName)
	describeTypes(registry)
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI:    "3.1.0",
			Info:       &huma.Info{Title: "daka", Version: version, Description: apiDescription},
			Components: &huma.Components{Schemas: registry, SecuritySchemes: map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}},
			Security:   []map[string][]string{{"token": {}}},
		},
		Formats:                      map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{problem.OfHuma},
	}
}

// v1 is the root of every route of the API.
const v1 = limit.Root

const apiDescription = "An attendance ledger. Writes take an `Idempotency-Key` (a UUIDv7 made before the first try) and answer a receipt: 201 at first, " +
	"200 with `Idempotent-Replay: true` for a repeat. Errors are problem+json with a stable `code`. Lists are paged with `limit` and `cursor`. " +
	"Reads take `min_position`, a receipt's `position`, wait for it up to 2 s, and answer `Daka-As-Of` and, when behind, `Daka-Stale: true`."

// op describes a route; tag groups it in the documents.
func op(id, method, path, tag, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{tag}, Summary: summary}
}

// route registers a typed handler, asks the policy table, and explains every error.
func route[I, O any](s *Server, o huma.Operation, handle func(context.Context, *I) (*O, error)) {
	key := o.Method + " " + o.Path
	s.routes = append(s.routes, key)
	if optionalBody[I]() { // huma takes every body that it keeps raw for required
		o.RequestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{}}
		defer func() { o.RequestBody.Required = false }()
	}
	o.BodyReadTimeout = -1 // the body is here before huma reads it
	o.Middlewares = append(o.Middlewares, s.guarded(key, cmp.Or(o.MaxBodyBytes, limit.DefaultBody)), s.screened)
	huma.Register(s.api, o, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, s.problemOf(ctx, err)
		}
		s.guard.NoteDone(ctx, key)
		return out, nil
	})
}

// optionalBody says that an input's body is a pointer, so that it may be left out.
func optionalBody[I any]() bool {
	body, found := reflect.TypeFor[I]().FieldByName("Body")
	return found && body.Type.Kind() == reflect.Pointer
}

// tags are those of a route in the documents.
func (s *Server) tags(method, path string) []string {
	item := s.api.OpenAPI().Paths[path]
	switch {
	case item == nil:
	case method == http.MethodGet && item.Get != nil:
		return item.Get.Tags
	case method == http.MethodPost && item.Post != nil:
		return item.Post.Tags
	}
	return nil
}

// plain registers a handler that speaks HTTP itself, such as a stream.
func (s *Server) plain(method, path string, handle func(http.ResponseWriter, *http.Request) error) {
	key := method + " " + path
	s.routes = append(s.routes, key)
	s.router.MethodFunc(method, path, func(w http.ResponseWriter, r *http.Request) {
		ctx, err := s.guard.Secured(r, key, s.tags(method, path))
		if err == nil {
			err = screenAddress(r)
		}
		if err == nil {
			ctx = who.Remembered(ctx, r)
			err = s.admission.InPlace(w, r.WithContext(ctx), who.ShareOf(ctx, r.PathValue("org")), handle)
		}
		if err != nil {
			s.problemOf(r.Context(), err).Write(w)
			return
		}
		s.guard.NoteDone(ctx, key)
	})
}

// guarded judges a typed route before its parameters and body are read, then reads a body of fewer than limit bytes, and takes a place.
func (s *Server) guarded(route string, limit int64) func(huma.Context, func(huma.Context)) {
	return func(hc huma.Context, next func(huma.Context)) {
		r, w := humachi.Unwrap(hc)
		ctx, err := s.guard.Secured(r, route, hc.Operation().Tags)
		if err != nil {
			s.problemOf(r.Context(), err).Write(w)
			return
		}
		leave, err := s.admission.Receive(ctx, w, r, who.ShareOf(ctx, r.PathValue("org")), who.PrincipalOf(ctx).Actor.ID != "", limit)
		if err != nil {
			s.problemOf(ctx, err).Write(w)
			return
		}
		defer leave()
		next(huma.WithContext(hc, who.Remembered(ctx, r)))
	}
}
