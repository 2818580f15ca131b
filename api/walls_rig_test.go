package api

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/api/requestid"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/commands/files"
	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/deploy/single/node"
	"github.com/dakahq/daka/deploy/single/postgres/postgrestest"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections"
)

// walls is a whole server whose callers the test names itself.
type walls struct {
	t       *testing.T
	server  *Server
	service *commands.Service
	engine  *projections.Engine
	ctx     context.Context
}

// caller is who asks, by a header that only this test's server knows.
type caller string

const testCaller = "X-Test-Caller"

const (
	nobody    caller = ""
	theAdmin  caller = "admin"
	byAccount        = "account:"
	// bySession is a person who has shown nothing but the session for a while.
	bySession = "session:"
)

// person is a member with an account, and the way to ask as that person.
type person struct {
	org, member, account domain.ID
}

func (p person) caller() caller { return caller(byAccount + p.account.String()) }

// named takes the caller from the header; the roles and all else go the product's way.
func named(tokens map[string]*who.ProgramToken) func(*who.Guard, http.Handler) http.Handler {
	return func(_ *who.Guard, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var p who.Principal
			switch name := r.Header.Get(testCaller); {
			case name == string(theAdmin):
				p = who.Principal{Actor: domain.Actor{Kind: domain.ActorToken, ID: "admin"}, Via: "token", Admin: true}
			case strings.HasPrefix(name, byAccount), strings.HasPrefix(name, bySession):
				id := uuid.MustParse(name[strings.Index(name, ":")+1:])
				p = who.Principal{Actor: domain.Actor{Kind: domain.ActorAccount, ID: id.String()}, Via: "session", Account: &id, SteppedUp: strings.HasPrefix(name, byAccount)}
			case tokens[name] != nil:
				p = who.Principal{Actor: domain.Actor{Kind: domain.ActorToken, ID: tokens[name].ID.String()}, Via: "token", Program: tokens[name]}
			}
			next.ServeHTTP(w, r.WithContext(who.WithPrincipal(r.Context(), p)))
		})
	}
}

func newWalls(t *testing.T, tokens map[string]*who.ProgramToken, with ...func(*Config)) *walls {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithCancel(context.Background())
	n, err := node.Open(ctx, node.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", Insecure: true, Log: quiet})
	require.NoError(t, err)
	t.Cleanup(func() { _ = n.Close() })
	log, err := eventlog.Dial(n.ConnectionString(), quiet)
	require.NoError(t, err)
	t.Cleanup(log.Close)
	store, err := keys.Open(ctx, keys.Config{Path: filepath.Join(t.TempDir(), "keys.db")})
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	d := directory.New(log, quiet)
	d.Start(ctx)
	service := commands.NewService(ledger.New(log, store, time.Now, ledger.WithRecorded(d.Recorded)), d)
	pictures, err := files.Open(filepath.Join(t.TempDir(), "files"), store, time.Now)
	require.NoError(t, err)
	c := Config{Files: pictures, Service: service, Directory: d, Keys: store, AdminToken: strings.Repeat("a", 64), EventLog: log, Log: quiet}
	for _, change := range with {
		change(&c)
	}
	server, err := build(c, named(tokens))
	require.NoError(t, err)
	w := &walls{t: t, server: server, service: service, ctx: ctx}
	w.read(postgrestest.Database(t), log)
	t.Cleanup(cancel)
	require.NoError(t, d.Fresh(ctx))
	return w
}

// read opens the read side and runs it until the test ends.
func (w *walls) read(url string, log *eventlog.Log) {
	pool, err := pgxpool.New(w.ctx, url)
	require.NoError(w.t, err)
	w.t.Cleanup(pool.Close)
	people, err := identity.Open(w.ctx, pool, w.server.config.Keys, w.service.Directory, time.Now)
	require.NoError(w.t, err)
	w.service.Identity.Join(people)
	w.engine, err = projections.Open(w.ctx, projections.Config{Pool: pool, Log: log})
	require.NoError(w.t, err)
	w.t.Cleanup(w.engine.Close)
	ctx, cancel := context.WithCancel(w.ctx)
	done := make(chan struct{})
	go func() { defer close(done); _ = w.engine.Run(ctx) }()
	w.t.Cleanup(func() { cancel(); <-done })
	w.server.SetReads(w.engine)
}

type answer struct {
	status int
	body   string
}

func (a answer) code(t *testing.T) string {
	t.Helper()
	var p problem.Problem
	require.NoError(t, json.Unmarshal([]byte(a.body), &p), a.body)
	return p.Code
}

// ask sends a request with a fresh key.
func (w *walls) ask(who caller, method, path, body string) answer {
	w.t.Helper()
	return w.send(w.ctx, who, uuid.Must(uuid.NewV7()).String(), method, path, body)
}

func (w *walls) send(ctx context.Context, who caller, key, method, path, body string) answer {
	w.t.Helper()
	r := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
	r.Header.Set(testCaller, string(who))
	r.Header.Set(requestid.Header, "test") // answers are compared
	r.Header.Set("Idempotency-Key", key)
	switch {
	case strings.Contains(path, "/files?"):
		r.Header.Set("Content-Type", "image/png")
	case body != "":
		r.Header.Set("Content-Type", "application/json")
	}
	out := httptest.NewRecorder()
	out.Body = &bytes.Buffer{}
	w.server.ServeHTTP(out, r)
	return answer{out.Code, out.Body.String()}
}

// try sends a probe; a stream of changes is left again soon.
func (w *walls) try(who caller, q probe) answer {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.ctx)
	defer cancel()
	if strings.HasSuffix(q.path, "/live") {
		defer time.AfterFunc(100*time.Millisecond, cancel).Stop()
	}
	key := "none"
	if !q.keyless {
		key = uuid.Must(uuid.NewV7()).String()
	}
	return w.send(ctx, who, key, q.method, q.path, q.body)
}

// must sends as the administrator and gives the receipt's id.
func (w *walls) must(method, path, body string) domain.ID {
	w.t.Helper()
	a := w.ask(theAdmin, method, v1+path, body)
	require.Equal(w.t, http.StatusCreated, a.status, a.body)
	var receipt ledger.Receipt
	require.NoError(w.t, json.Unmarshal([]byte(a.body), &receipt))
	return receipt.ID
}

// write puts events into a stream of an organization.
func (w *walls) write(org domain.ID, stream string, subject domain.ID, events ...domain.Event) {
	w.t.Helper()
	id, err := uuid.NewV7()
	require.NoError(w.t, err)
	call := ledger.Call{CommandID: id, Method: "POST", Path: "/test", Actor: domain.Actor{Kind: domain.ActorSystem, ID: "test"}, Org: org, Subject: subject}
	_, err = ledger.Handle(w.ctx, w.service.Ledger, call, stream, func(raw, domain.Instant) ([]domain.Event, error) { return events, nil })
	require.NoError(w.t, err)
}

// raw is a stream whose state does not matter.
type raw struct{}

func (s raw) Evolve(domain.Recorded) raw { return s }

// join provisions a member in a department and links an account with roles.
func (w *walls) join(org domain.ID, number string, department *domain.ID, roles ...domain.RoleGranted) person {
	w.t.Helper()
	body := `{"number":"` + number + `","name":"Person ` + number + `","joined":"2026-01-01"`
	if department != nil {
		body += `,"department":"` + department.String() + `"`
	}
	p := person{org: org, account: uuid.New()}
	p.member = w.must("POST", "/orgs/"+org.String()+"/members", body+"}")
	events := []domain.Event{domain.MemberLinked{Account: p.account}}
	for _, r := range roles {
		events = append(events, r)
	}
	w.write(org, domain.MemberStream(org, p.member), p.member, events...)
	return p
}

func role(r domain.Role) domain.RoleGranted { return domain.RoleGranted{Role: r} }
