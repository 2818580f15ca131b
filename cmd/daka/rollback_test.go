package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/deploy/single/postgres/postgrestest"
)

// replaceEvents keeps a copy of a server's event files, and brings others in their place.
func replaceEvents(t *testing.T, data, with string) (before string) {
	t.Helper()
	before = filepath.Join(t.TempDir(), "events")
	require.NoError(t, os.CopyFS(before, os.DirFS(eventsDir(data))))
	if with != "" {
		require.NoError(t, os.RemoveAll(eventsDir(data)))
		require.NoError(t, os.CopyFS(eventsDir(data), os.DirFS(with)))
	}
	return before
}

// punches lists a member's punches once everything recorded is shown.
func (r *rig) punches(org, member, position string) int {
	r.t.Helper()
	var list struct{ Items []struct{ ID string } }
	r.fresh("/api/v1/orgs/"+org+"/members/"+member+"/punches?min_position="+position).json(r.t, &list)
	return len(list.Items)
}

// TestAnOlderEventFileStopsWrites is a restore of the event file alone, in a server of its own for each start: noticed, told with both ways
// on, undone by the right file, or declared.
func TestAnOlderEventFileStopsWrites(t *testing.T) {
	data, database := t.TempDir(), postgrestest.Database(t)
	during := func(do func(t *testing.T, r *rig)) {
		t.Run("a start", func(t *testing.T) {
			do(t, serve(t, func(c *serveCmd) { c.Data, c.DatabaseURL = data, database }))
		})
	}
	var org, member, last string
	during(func(t *testing.T, r *rig) {
		org = r.ready().company(ruleKolkata)
		member, _ = r.id("POST", "/orgs/"+org+"/members", `{"number":"1","name":"张三","joined":"2026-11-01"}`)
		_, last = r.id("POST", "/orgs/"+org+"/punches", `{"number":"1"}`)
		require.Equal(t, 1, r.punches(org, member, last))
	})
	older := replaceEvents(t, data, "")
	during(func(t *testing.T, r *rig) {
		for range 3 {
			_, last = r.ready().id("POST", "/orgs/"+org+"/punches", `{"number":"1"}`)
		}
		require.Equal(t, 4, r.punches(org, member, last))
	})
	newer := replaceEvents(t, data, older)

	during(func(t *testing.T, r *rig) {
		require.Eventually(t, func() bool {
			return r.write("POST", "/orgs/"+org+"/punches", `{"number":"1"}`).status == http.StatusServiceUnavailable
		}, waitLong, tick)
		a := r.write("POST", "/orgs/"+org+"/punches", `{"number":"1"}`)
		require.Contains(t, a.body, `"code":"rollback_detected"`)
		require.Contains(t, a.body, "put the newer event file back")
		require.Contains(t, a.body, "daka rollback declare")
		require.NotEmpty(t, a.header.Get("Retry-After"))
		require.Contains(t, r.send(ask{method: "POST", path: "/api/v1/orgs/" + org + "/punches", body: `{"number":"1"}`, header: map[string]string{"Idempotency-Key": newKey(t), "Accept-Language": "zh"}}).body, "声明回退")
		require.Eventually(t, func() bool { return strings.Contains(r.get("/readyz").body, `"reason":"rollback_detected"`) }, waitLong, tick)
		require.Equal(t, http.StatusServiceUnavailable, r.get("/readyz").status)
		require.Equal(t, http.StatusOK, r.get("/api/v1/orgs/"+org+"/members/"+member).status, "what was read is still shown")
	})

	replaceEvents(t, data, newer)
	during(func(t *testing.T, r *rig) {
		require.Eventually(t, func() bool {
			return r.write("POST", "/orgs/"+org+"/punches", `{"number":"1"}`).status == http.StatusCreated
		}, waitLong, tick)
		_, last = r.id("POST", "/orgs/"+org+"/punches", `{"number":"1"}`)
		require.Equal(t, 6, r.punches(org, member, last), "the right file loses nothing")
		code, out, errs := r.daka("rollback", "declare", "--reason", "none")
		require.Equal(t, exitFault, code, out)
		require.Contains(t, errs, "rollback_none")
	})

	replaceEvents(t, data, older)
	during(func(t *testing.T, r *rig) {
		require.Eventually(t, func() bool { return strings.Contains(r.get("/readyz").body, `"reason":"rollback_detected"`) }, waitLong, tick)
		code, out, errs := r.daka("rollback", "declare", "--reason", "the disk broke, last night's copy is the truth")
		require.Equal(t, exitClean, code, errs)
		require.Contains(t, out, "epoch 1 began")
		require.Eventually(t, func() bool {
			return r.write("POST", "/orgs/"+org+"/punches", `{"number":"1"}`).status == http.StatusCreated
		}, waitLong, tick)
		_, last = r.id("POST", "/orgs/"+org+"/punches", `{"number":"1"}`)
		require.Equal(t, 3, r.punches(org, member, last), "one from before, two from after")
		code, out, errs = r.daka("diff")
		require.Equal(t, exitClean, code, out+errs)
	})
}
