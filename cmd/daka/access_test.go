package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog/eventlogtest"
	"github.com/dakahq/daka/deploy/single/node"
)

// TestReadingAnothersPlaceLeavesATrace reads as the administrator, with the event store up and then gone.
func TestReadingAnothersPlaceLeavesATrace(t *testing.T) {
	n, err := node.Open(t.Context(), node.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", Insecure: true, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = n.Close() })
	store := eventlogtest.NewProxy(t, n.Addr())
	r := serve(t, func(c *serveCmd) { c.EventStore = store.Connection() }).ready()
	base := "/orgs/" + r.company(strings.ReplaceAll(ruleKolkata, "Asia/Kolkata", "UTC"))
	member, _ := r.id("POST", base+"/members", `{"number":"1","joined":"2020-01-01"}`)
	_, _ = r.id("POST", base+"/punches", fmt.Sprintf(`{"member":%q}`, member))
	photo := r.photo(base, member, "punch", snapshot(t, 7, "x"))
	mine := "/api/v1" + base + "/members/" + member
	type seen struct {
		Actor   struct{ Kind, ID string }
		Fields  []string
		Purpose string
	}
	log := func(position string) (items []seen) {
		var page struct{ Items []seen }
		r.fresh(mine+"/access-log?limit=500&min_position="+position).json(t, &page)
		return page.Items
	}
	// The address that the request came from is where a person was, too.
	_, at := r.id("POST", base+"/punches", fmt.Sprintf(`{"member":%q,"lat":30.2741,"lng":120.1551,"photo":%q,"address":"文三路 1 号"}`, member, photo))
	require.Empty(t, log(at), "nobody looked")

	places := r.fresh(mine + "/punches?min_position=" + at)
	require.Contains(t, places.body, "120.1551")
	require.Equal(t, 200, r.get("/api/v1"+base+"/files/"+photo).status)
	var items []seen
	require.Eventually(t, func() bool { items = log(at); return len(items) == 2 }, waitLong, tick)
	admin := struct{ Kind, ID string }{"token", "admin"}
	require.Equal(t, []seen{{admin, []string{"photo"}, "file"}, {admin, []string{"address", "ip", "lat", "lng"}, "punches"}}, items)

	const reads = 300
	var group sync.WaitGroup
	for range reads {
		group.Go(func() {
			if a := r.get(mine + "/punches"); a.status != 200 || !strings.Contains(a.body, "120.1551") {
				t.Error(a.status, a.body)
			}
		})
	}
	group.Wait()
	require.Eventually(t, func() bool { return len(log(at)) == reads+2 }, waitLong, tick, "as many records as reads")

	store.BlackHole(true)
	for range 20 {
		for _, path := range []string{mine + "/punches", "/api/v1" + base + "/files/" + photo} {
			group.Go(func() {
				a := r.get(path)
				if a.status != http.StatusServiceUnavailable || strings.Contains(a.body, "120.1551") || strings.Contains(a.body, "\xff\xd8\xff") {
					t.Error(path, a.status, a.body)
				}
			})
		}
	}
	group.Wait()
	a := r.get(mine + "/punches")
	require.Contains(t, a.body, `"code":"access_not_recorded"`)
	require.Equal(t, "1", a.header.Get("Retry-After"))
	store.BlackHole(false)
	store.Kill()
}
