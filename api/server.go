// Package api is the HTTP side: commands in, read models out, the page's files beside them.
//
// It decides nothing about attendance. It names who asks, turns a request into a command or a query, and
// an outcome into an answer. No route answers without a principal but health, documents and the page's files.
package api

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/dakahq/daka/api/calendar"
	"github.com/dakahq/daka/api/exports"
	"github.com/dakahq/daka/api/imports"
	"github.com/dakahq/daka/api/limit"
	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/readiness"
	"github.com/dakahq/daka/api/requestid"
	"github.com/dakahq/daka/api/reveal"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/scratch"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/commands/files"
	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/projections"
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
	router      *route.Router
	reads       *read.Side
	drain       chan struct{}
	drained     sync.Once
	spec        []byte
	metrics     *metrics
	enumeration *limit.Enumeration
	board       *readiness.Board
	streams     *limit.Streams
	// problems explains errors.
	problems *problem.Explainer
	// admission decides what is worked on.
	admission *limit.Admission
	// arrivals find from where requests come; guard names who asks, and says whether they may.
	arrivals *who.Arrivals
	guard    *who.Guard
	// health says how each part of the server is.
	health *health
	// values opens personal values, looks records who reads places.
	values *reveal.Values
	looks  *reveal.Looks
	// calendar serves holidays, and says which years are missing.
	calendar *calendar.Calendar
	// exports writes files for people.
	exports *exports.Exports
}

// New builds the API; it fails when a route is missing in the policy table.
func New(c Config) (*Server, error) { return build(c, (*who.Guard).Authenticate) }

// build takes the middleware that names who asks.
func build(c Config, authenticate func(*who.Guard, http.Handler) http.Handler) (*Server, error) {
	s := &Server{config: c, log: c.Log, now: c.Now, drain: make(chan struct{})}
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
	if err := scratch.Sweep(c.TempDir); err != nil {
		return nil, err
	}
	s.streams, s.problems = limit.NewStreams(), problem.NewExplainer(s.log, s.drain)
	s.metrics, s.enumeration = newMetrics(s.config.Registry), limit.NewEnumeration(s.now)
	s.admission = limit.NewAdmission(s.config.Registry, time.Now)
	var rates *limit.Rates
	if c.Limits {
		rates = limit.NewRates(s.config.Registry)
	}
	s.arrivals = who.NewArrivals(c.TrustedProxies, s.log)
	s.guard = who.NewGuard(who.GuardConfig{Directory: c.Directory, Identity: c.Service.Identity, Security: c.Service.Security, AdminToken: c.AdminToken,
		Rates: rates, Admission: s.admission, Problems: s.problems, Now: s.now, Await: c.Service.Organizations.Await})
	s.reads = read.New(s.guard, c.EventLog)
	s.health = &health{use: c.Service, directory: c.Directory, reads: s.reads, now: s.now, admission: s.admission, board: s.board, arrivals: s.arrivals, eventLog: c.EventLog}
	s.router = route.New(c.Version, s.guard, s.admission, s.problems, s.now, s.arrivals.Arrive, limit.WithWriteDeadlines, s.metrics.observe, route.HeadAsGet, recoverer(s.log), secure, problem.WithLanguage, reveal.Remember, sameOrigin, s.health.admit, func(next http.Handler) http.Handler { return authenticate(s.guard, next) })
	s.values, s.looks = reveal.NewValues(c.Keys, s.log), reveal.NewLooks(c.Service.Security, c.Service.Accesses)
	s.exports = exports.New(s.guard, s.values, s.looks, s.log, s.now, c.TempDir)
	s.calendar = calendar.New(c.Service.Calendar, s.reads)
	s.health.watchParts()
	page := &pages{router: s.router, version: c.Version, web: c.Web, registry: s.config.Registry, opsElsewhere: c.OpsElsewhere, spec: func() []byte { return s.spec }, health: s.health}
	page.mountService()
	s.mount(&s.config)
	s.metrics.know(s.router.Routes())
	s.router.Otherwise(page.notFound, page.methodNotAllowed)
	if err := who.CheckPolicy(s.router.Routes()); err != nil {
		return nil, err
	}
	var err error
	s.spec, err = s.router.Specification()
	return s, err
}

// ServeHTTP names a request and answers it, unless it is turned away at its arrival.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.admission.Arrive(w, requestid.Take(w, r), s.router)
}

// problemOf explains an error in the caller's language.
func (s *Server) problemOf(ctx context.Context, err error) *problem.Problem {
	return s.problems.Of(ctx, err)
}

// SetReads joins the read side.
func (s *Server) SetReads(e *projections.Engine) { s.reads.Join(e) }

// ReadsProblem says why the read side is not up, for readiness.
func (s *Server) ReadsProblem(err error) { s.reads.Failed(err) }

// mount registers every route but the page's; each noun is given what it needs, and has a file of its own.
func (s *Server) mount(c *Config) {
	s.mountPeople(c)
	(&organizations{config: c, reads: s.reads, guard: s.guard, values: s.values, calendar: s.calendar, enumeration: s.enumeration, router: s.router, now: s.now}).mountOrganizations()
	s.mountMembers()
	s.mountGroups()
	s.mountRoster()
	s.calendar.Mount(s.router)
	s.mountFacts(c)
	s.mountToday()
	(&statistics{use: c.Service, directory: c.Directory, reads: s.reads, guard: s.guard, values: s.values, router: s.router, now: s.now}).mountStatistics()
	s.mountMonths()
	(&proposals{directory: c.Directory, reads: s.reads, values: s.values, router: s.router}).mountProposals()
	imports.New(imports.Config{Imports: s.config.Service.Imports, Reads: s.reads, Problems: s.problems, Admission: s.admission, TempDir: s.config.TempDir, Log: s.log}).Mount(s.router)
	(&pictures{files: c.Files, guard: s.guard, looks: s.looks, router: s.router}).mountFiles()
	(&accesses{reads: s.reads, values: s.values, router: s.router}).mountAccesses()
	(&ledgerEvents{reads: s.reads, router: s.router}).mountLedger()
	(&administration{use: c.Service, reads: s.reads, guard: s.guard, router: s.router}).mountAdmin()
}

// mountPeople registers who people are, how they come in, and what programs may do for them.
func (s *Server) mountPeople(c *Config) {
	(&signIn{use: c.Service, guard: s.guard, router: s.router, now: s.now}).mountSignIn()
	(&accounts{use: c.Service, directory: c.Directory, files: c.Files, guard: s.guard, router: s.router, now: s.now}).mountAccount()
	(&securityLog{use: c.Service, directory: c.Directory, router: s.router}).mountSecurity()
	(&joins{use: c.Service, directory: c.Directory, reads: s.reads, values: s.values, router: s.router, enumeration: s.enumeration}).mountJoining()
	in := &invitations{use: c.Service, directory: c.Directory, router: s.router, now: s.now, enumeration: s.enumeration, publicURL: c.PublicURL, tempDir: c.TempDir}
	in.mountInvitations()
	in.mountProvisioning()
	(&handles{use: c.Service, directory: c.Directory, router: s.router, enumeration: s.enumeration}).mountHandles()
	(&tokens{use: c.Service, directory: c.Directory, guard: s.guard, router: s.router, now: s.now}).mountTokens()
}

// mountFacts registers punches, requests and days, and the stream of what changed.
func (s *Server) mountFacts(c *Config) {
	(&punches{use: c.Service, reads: s.reads, values: s.values, looks: s.looks, problems: s.problems, router: s.router, now: s.now}).mountPunches()
	(&requests{use: c.Service, reads: s.reads, values: s.values, router: s.router}).mountRequests()
	d := &days{directory: c.Directory, reads: s.reads, guard: s.guard, values: s.values, looks: s.looks, router: s.router, log: s.log, exports: s.exports}
	d.mountDays()
	d.mountHistory()
	(&changes{reads: s.reads, guard: s.guard, problems: s.problems, router: s.router, now: s.now, streams: s.streams, drain: s.drain, heartbeat: heartbeat}).mountLive()
}

// Operations is what an address for operators answers, without a token: metrics, profiles, health. Nobody else may reach it.
func (s *Server) Operations() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metricsHandler(s.config.Registry))
	mux.HandleFunc("GET "+who.Profiles, profile)
	mux.Handle("GET /healthz", s)
	mux.Handle("GET /readyz", s)
	return mux
}

// Drain ends the streams that would otherwise keep a stopping server waiting.
func (s *Server) Drain() { s.drained.Do(func() { close(s.drain) }) }

// v1 is the root of every route of the API.
const v1 = route.V1
