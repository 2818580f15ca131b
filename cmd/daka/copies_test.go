package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/deploy/single/node"
	"github.com/dakahq/daka/deploy/single/postgres/postgrestest"
	program "github.com/dakahq/daka/deploy/single/rig"
)

// TestMain also is daka itself, for tests that need a process of its own: with DAKA_TEST_PROGRAM set the test binary is the program.
func TestMain(m *testing.M) {
	if os.Getenv("DAKA_TEST_PROGRAM") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// copies are servers on one event node, one Postgres and one key file, each a process of its own.
func copies(t *testing.T, n int) (servers []*program.Process, clients []*rig) {
	t.Helper()
	events, err := node.Open(t.Context(), node.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", Insecure: true, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = events.Close() })
	shared := t.TempDir()
	token := strings.Repeat("copy", 8)
	env := []string{"DAKA_TEST_PROGRAM=1", "DAKA_LOG_LEVEL=error", "DAKA_EVENTSTORE=" + events.ConnectionString(), "DAKA_DATABASE_URL=" + postgrestest.Database(t),
		"DAKA_KEYS=" + filepath.Join(shared, "keys.db"), "DAKA_FILES=" + filepath.Join(shared, "files"), "DAKA_ADMIN_TOKEN=" + token}
	for i := range n {
		p, err := program.Daka(os.Args[0], "serve", filepath.Join(t.TempDir(), fmt.Sprint("copy", i)), env)
		require.NoError(t, err)
		require.NoError(t, p.Start())
		t.Cleanup(func() { _ = p.Kill() })
		_, err = p.WaitReady(t.Context(), waitLong)
		require.NoError(t, err)
		servers, clients = append(servers, p), append(clients, &rig{t: t, base: p.URL(), token: token})
	}
	return servers, clients
}

// leads says whether this copy projects.
func (r *rig) leads() bool {
	r.t.Helper()
	var status struct{ Leading bool }
	r.get("/api/v1/admin/projections").json(r.t, &status)
	return status.Leading
}

// TestTwoCopies: both take commands and read the same, one projects; kill -9 it, and the other does. How long that took is told, not judged.
func TestTwoCopies(t *testing.T) {
	servers, clients := copies(t, 2)
	require.Eventually(t, func() bool { return clients[0].leads() != clients[1].leads() }, waitLong, tick, "one of them projects")
	leader := 0
	if clients[1].leads() {
		leader = 1
	}
	lost, left := clients[leader], clients[1-leader]
	org := left.company(ruleKolkata)
	base := "/orgs/" + org
	member, _ := lost.id("POST", base+"/members", `{"number":"1","name":"张三","joined":"2026-11-01"}`)
	punched := 0
	punch := func(r *rig) string {
		punched++
		_, position := r.id("POST", base+"/punches", `{"number":"1"}`)
		return position
	}
	seen := func(r *rig, position string) bool {
		a := r.get("/api/v1" + base + "/members/" + member + "/punches?min_position=" + position)
		require.Equal(t, http.StatusOK, a.status, a.body)
		var list struct{ Items []json.RawMessage }
		a.json(t, &list)
		return a.header.Get("Daka-Stale") == "" && len(list.Items) == punched
	}
	for _, r := range []*rig{left, lost, left, lost} {
		position := punch(r)
		for _, reader := range clients {
			require.Eventually(t, func() bool { return seen(reader, position) }, waitLong, tick, "what one copy takes, both read")
		}
	}
	require.NotEqual(t, left.leads(), lost.leads(), "still one")

	require.NoError(t, servers[leader].Kill())
	began := time.Now()
	position := punch(left)
	require.Eventually(t, func() bool { return seen(left, position) }, waitLong, tick, "the other copy projects")
	t.Logf("the other copy projects %s after kill -9 of the first", time.Since(began).Round(time.Millisecond))
	require.True(t, left.leads())

	require.NoError(t, servers[leader].Start())
	_, err := servers[leader].WaitReady(t.Context(), waitLong)
	require.NoError(t, err)
	position = punch(lost)
	require.Eventually(t, func() bool { return seen(lost, position) && seen(left, position) }, waitLong, tick)
	require.False(t, lost.leads(), "it came back as the second")
	code, said, errs := left.daka("diff", "--org", org)
	require.Equal(t, exitClean, code, said+errs)
}
