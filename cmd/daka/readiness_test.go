package main

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog/eventlogtest"
	"github.com/dakahq/daka/deploy/single/node"
	"github.com/dakahq/daka/deploy/single/postgres/postgrestest"
)

// readyAnswer is what /readyz says.
type readyAnswer struct {
	code       int
	Status     string
	ReadModels string `json:"read_models"`
	Parts      []struct{ Name, State, Reason, Text, Detail string }
}

func (a readyAnswer) part(name string) (state, reason, text, detail string) {
	for _, p := range a.Parts {
		if p.Name == name {
			return p.State, p.Reason, p.Text, p.Detail
		}
	}
	return "", "", "", ""
}

// readiness asks as the administrator, or as anybody.
func (r *rig) readiness(header map[string]string) (out readyAnswer) {
	r.t.Helper()
	a := r.send(ask{method: "GET", path: "/readyz", header: header})
	a.json(r.t, &out)
	out.code = a.status
	return out
}

var anybody = map[string]string{"Authorization": ""}

// TestReadinessNamesWhatIsWrong: with a user that Postgres does not know, punches are taken, so the copy is up from its start and says why it has no
// figures; only the administrator reads the names of hosts and users.
func TestReadinessNamesWhatIsWrong(t *testing.T) {
	url := strings.Replace(postgrestest.Database(t), "//daka_owner@", "//nobody_there@", 1)
	r := serve(t, func(c *serveCmd) { c.DatabaseURL = url })
	require.Eventually(t, func() bool { return r.readiness(nil).code == http.StatusOK }, waitLong, tick)
	a := r.readiness(nil)
	require.Equal(t, "degraded", a.Status)
	state, reason, text, detail := a.part("read_models")
	require.Equal(t, []string{"degraded", "password_wrong", a.ReadModels}, []string{state, reason, text})
	require.Contains(t, detail, "nobody_there")
	open := r.send(ask{method: "GET", path: "/readyz", header: map[string]string{"Authorization": "", "Accept-Language": "zh"}})
	require.NotContains(t, open.body, "nobody_there")
	require.Contains(t, open.body, "用户名或密码被拒绝")
	org := r.company(ruleKolkata)
	r.id("POST", "/orgs/"+org+"/members", `{"number":"1","joined":"2026-11-01"}`)
	r.id("POST", "/orgs/"+org+"/punches", `{"number":"1"}`)
}

// TestAnEventStoreThatHangs: the connection stands and nothing is answered. The copy says so from what it knows, first as a stall and then as down, and
// never that it is starting again.
func TestAnEventStoreThatHangs(t *testing.T) {
	events, err := node.Open(t.Context(), node.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", Insecure: true, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = events.Close() })
	proxy := eventlogtest.NewProxy(t, events.Addr())
	r := serve(t, func(c *serveCmd) { c.EventStore = proxy.Connection() }).ready()
	seen := map[string]int{}
	until := func(status string) {
		require.Eventually(t, func() bool {
			a := r.readiness(anybody)
			seen[a.Status] = a.code
			return a.Status == status
		}, waitLong, 10*time.Millisecond)
	}
	proxy.BlackHole(true)
	until("down")
	proxy.BlackHole(false)
	proxy.Kill()
	until("ready")
	require.Equal(t, http.StatusOK, seen["degraded"], "a stall is first said with 200")
	require.Equal(t, http.StatusServiceUnavailable, seen["down"])
	require.NotContains(t, seen, "starting")
}

// TestALameDuckTakesWhatComes: told to end, the copy says so and still writes.
func TestALameDuckTakesWhatComes(t *testing.T) {
	r := serve(t, func(c *serveCmd) { c.LameDuck = 0 }).ready()
	r.m.config.LameDuck = time.Hour
	t.Cleanup(func() { r.m.config.LameDuck = 0 }) // before the rig's own end
	failed, done := make(chan error, 1), make(chan error, 1)
	go func() { done <- r.m.lameDuck(failed) }()
	require.Eventually(t, func() bool { return r.readiness(anybody).Status == "stopping" }, waitLong, tick)
	require.Equal(t, http.StatusServiceUnavailable, r.readiness(anybody).code)
	r.company(ruleKolkata)
	failed <- http.ErrServerClosed
	require.ErrorIs(t, <-done, http.ErrServerClosed)
}

// TestAStreamEndsWithItsMembership: who was taken out hears nothing more; nine streams are one too many.
func TestAStreamEndsWithItsMembership(t *testing.T) {
	o := openOffice(t, ruleKolkata)
	worker, member := o.hire("13800000041", "李雷")
	follow := func() *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), "GET", o.rig.base+"/api/v1"+o.base+"/live", nil)
		require.NoError(t, err)
		req.Header.Set("Cookie", worker.cookie)
		res, err := http.DefaultTransport.RoundTrip(req)
		require.NoError(t, err)
		return res
	}
	var open []*http.Response
	for range 8 {
		res := follow()
		require.Equal(t, http.StatusOK, res.StatusCode)
		open = append(open, res)
	}
	over := follow()
	require.Equal(t, http.StatusTooManyRequests, over.StatusCode)
	require.NotEmpty(t, over.Header.Get("Retry-After"))
	require.NoError(t, over.Body.Close())
	o.owner.made("DELETE", o.base+"/members/"+member, "")
	for _, res := range open {
		_, err := io.Copy(io.Discard, res.Body) // until the server ends it
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
	}
}

// says waits until a part gives a reason, which has words.
func (r *rig) says(part, reason string) {
	r.t.Helper()
	var last readyAnswer
	require.Eventually(r.t, func() bool {
		last = r.readiness(anybody)
		_, found, _, _ := last.part(part)
		return found == reason
	}, waitLong, tick, "%s never said %s", part, reason)
	_, _, text, _ := last.part(part)
	require.Equal(r.t, reason == "", text == "")
	require.True(r.t, reason == "" || text != reason, "a reason has words")
}

// TestAClockThatWentBackShows: a punch whose time had to be raised over the clock shows at once, and until the clock is there again.
func TestAClockThatWentBackShows(t *testing.T) {
	var behind atomic.Int64
	r := serve(t, func(c *serveCmd) {
		c.clock = func() time.Time { return time.Now().Add(-time.Duration(behind.Load())) }
	}).ready()
	org := r.company(ruleKolkata)
	r.id("POST", "/orgs/"+org+"/members", `{"number":"1","joined":"2026-11-01"}`)
	r.id("POST", "/orgs/"+org+"/punches", `{"number":"1"}`)
	r.says("clock", "")
	behind.Store(int64(2 * time.Minute))
	r.id("POST", "/orgs/"+org+"/punches", `{"number":"1"}`)
	r.says("clock", "clock_regressed")
	require.Equal(t, http.StatusOK, r.readiness(anybody).code, "punches are taken")
	behind.Store(0)
	r.says("clock", "")
}

// TestRightsThatAreMissing: a user who may not make tables.
func TestRightsThatAreMissing(t *testing.T) {
	url := postgrestest.AsApp(postgrestest.Database(t))
	r := serve(t, func(c *serveCmd) { c.DatabaseURL = url })
	r.says("read_models", "rights_missing")
	require.Eventually(t, func() bool { return r.readiness(anybody).code == http.StatusOK }, waitLong, tick, "punches are taken")
}

// refusing is a Postgres that answers everybody with one error, or with nothing when it has no code.
func refusing(t *testing.T, code string) (url string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
			if code == "" {
				continue
			}
			go func() {
				defer conn.Close()
				back := pgproto3.NewBackend(conn, conn)
				if _, err := back.ReceiveStartupMessage(); err != nil {
					return
				}
				back.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: code, Message: `password authentication failed for user "daka"`})
				_ = back.Flush()
			}()
		}
	}()
	return "postgres://daka:wrong@" + ln.Addr().String() + "/daka?sslmode=disable"
}

// TestAPasswordThatIsWrong: Postgres refuses the password.
func TestAPasswordThatIsWrong(t *testing.T) {
	r := serve(t, func(c *serveCmd) { c.DatabaseURL = refusing(t, "28P01") })
	r.says("read_models", "password_wrong")
	require.Eventually(t, func() bool { return r.readiness(anybody).code == http.StatusOK }, waitLong, tick, "punches are taken")
	require.NotContains(t, r.send(ask{method: "GET", path: "/readyz", header: anybody}).body, "authentication failed", "Postgres's words are for the administrator")
}

// TestReadinessWaitsForNoStore: neither a Postgres that takes connections and says nothing, nor an event store whose TLS does not fit, keeps an
// answer. Each look at them takes two seconds or fails late, and who asks waits for half of one at most.
func TestReadinessWaitsForNoStore(t *testing.T) {
	events, err := node.Open(t.Context(), node.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", Insecure: true, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = events.Close() })
	for part, change := range map[string]func(*serveCmd){
		"read_models": func(c *serveCmd) { c.DatabaseURL = refusing(t, "") },
		"event_store": func(c *serveCmd) { c.EventStore = "esdb://admin:changeit@" + events.Addr() + "?tls=true" },
	} {
		t.Run(part, func(t *testing.T) {
			r := serve(t, change)
			impatient := &http.Client{Timeout: time.Second}
			for asked := 0; asked < 30; asked++ {
				res, err := impatient.Get(r.base + "/readyz")
				require.NoError(t, err, "readiness waited for the %s", part)
				require.NoError(t, res.Body.Close())
				time.Sleep(100 * time.Millisecond) // long enough for looks to begin and to hang
			}
			state, reason, text, _ := r.readiness(anybody).part(part)
			require.NotEqual(t, "ok", state)
			require.NotEmpty(t, reason)
			require.NotEmpty(t, text)
		})
	}
}

// TestASignOutEndsItsStreams: what a session listens to ends with it, whether the person signs out, ends it from elsewhere, or changes the password.
func TestASignOutEndsItsStreams(t *testing.T) {
	o := openOffice(t, ruleKolkata)
	for name, end := range map[string]func(p *person, number string){
		"signed out": func(p *person, _ string) { require.Equal(t, 204, p.do("POST", "/auth/logout", "").status) },
		"everywhere, from another device": func(_ *person, number string) {
			other := o.visitor(o.post)
			require.Equal(t, 204, other.do("POST", "/auth/login", fmt.Sprintf(`{"login":%q,"password":%q}`, number, goodPassword)).status)
			require.Equal(t, 204, other.do("POST", "/auth/logout", `{"everywhere":true}`).status)
		},
		"a new password": func(_ *person, number string) {
			other := o.visitor(o.post)
			require.Equal(t, 204, other.do("POST", "/auth/login", fmt.Sprintf(`{"login":%q,"password":%q}`, number, goodPassword)).status)
			require.Equal(t, 204, other.do("POST", "/auth/password", fmt.Sprintf(`{"old":%q,"password":"nine slow turtles nap"}`, goodPassword)).status)
		},
	} {
		t.Run(name, func(t *testing.T) {
			number := "138000000" + fmt.Sprint(50+len(name))
			p, _ := o.hire(number, "李雷")
			req, err := http.NewRequestWithContext(t.Context(), "GET", o.rig.base+"/api/v1"+o.base+"/live", nil)
			require.NoError(t, err)
			req.Header.Set("Cookie", p.cookie)
			res, err := http.DefaultTransport.RoundTrip(req)
			require.NoError(t, err)
			defer res.Body.Close()
			require.Equal(t, http.StatusOK, res.StatusCode)
			end(p, "+86"+number)
			heard, err := io.ReadAll(res.Body) // until the server ends it
			require.NoError(t, err)
			require.NotContains(t, string(heard), "event: beat", "it ended before the first heartbeat")
		})
	}
}
