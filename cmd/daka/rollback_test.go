package main

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
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

func forgetLimits(t *testing.T, database string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "TRUNCATE identity.sends, identity.attempts, identity.brakes")
	require.NoError(t, errors.Join(err, conn.Close(t.Context())))
}

// TestADeclaredRollbackForgetsWhoRegisteredLater: who signed up after the copy is in no ledger any more. Their session ends, they sign up again with
// the same number, and everybody from before the copy stays signed in.
func TestADeclaredRollbackForgetsWhoRegisteredLater(t *testing.T) {
	data, database := t.TempDir(), postgrestest.Database(t)
	before, after := &person{}, &person{}
	during := func(do func(t *testing.T, r *rig)) {
		t.Run("a start", func(t *testing.T) {
			p := newPost(t)
			r := serve(t, func(c *serveCmd) {
				c.Data, c.DatabaseURL, c.CodesPerIP = data, database, 1000
				c.SMSWebhook, c.SMSSecret, c.SMSNumbers = p.URL, postSecret, "+86"
			})
			require.Eventually(t, func() bool { _, err := r.m.service.Identity.Store(); return err == nil }, waitLong, tick)
			before.rig, before.post, after.rig, after.post = r, p, r, p
			do(t, r)
		})
	}
	during(func(_ *testing.T, r *rig) {
		r.ready()
		before.register(zhang, "张三")
	})
	older := replaceEvents(t, data, "")
	var first string
	during(func(t *testing.T, r *rig) {
		r.ready()
		first = after.register(li, "李四")
		after.made("POST", "/orgs", `{"name":"Later"}`)
		require.Eventually(t, func() bool { return strings.Contains(after.do("GET", "/me", "").body, "Later") }, waitLong, tick, "the read models hold what came after the copy")
	})
	replaceEvents(t, data, older)
	during(func(t *testing.T, r *rig) {
		require.Eventually(t, func() bool { return strings.Contains(r.get("/readyz").body, `"reason":"rollback_detected"`) }, waitLong, tick)
		a := r.write("POST", "/admin/rollback", `{"reason":"the disk broke"}`)
		require.Equal(t, http.StatusOK, a.status, a.body)
		require.Contains(t, a.body, `"unregistered":1`)
		require.Equal(t, http.StatusUnauthorized, after.do("GET", "/me", "").status)
		after.cookie = ""
		require.Equal(t, http.StatusUnauthorized, after.do("POST", "/auth/login", `{"login":"`+li+`","password":"`+goodPassword+`"}`).status)
		forgetLimits(t, database) // the same number got a code less than a minute ago
		require.Equal(t, first, after.register(li, "李四"), "the number goes on with its account, now written")
		require.Equal(t, http.StatusOK, after.do("GET", "/me", "").status)
		require.Equal(t, http.StatusOK, before.do("GET", "/me", "").status, "who is in the copy stays signed in")
	})
}
