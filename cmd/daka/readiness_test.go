package main

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

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
