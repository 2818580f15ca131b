package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/deploy/single/postgres/postgrestest"
)

const nobodyThere = "http://127.0.0.1:1"

// TestDoctorLooksAtARunningServer: all well; then the server's event file is an older one, and it says so with the ways on.
func TestDoctorLooksAtARunningServer(t *testing.T) {
	data, database := t.TempDir(), postgrestest.Database(t)
	start := func(do func(t *testing.T, r *rig)) {
		t.Run("a start", func(t *testing.T) {
			do(t, serve(t, func(c *serveCmd) { c.Data, c.DatabaseURL = data, database }))
		})
	}
	start(func(t *testing.T, r *rig) { r.ready() })
	older := replaceEvents(t, data, "")
	start(func(t *testing.T, r *rig) {
		org := r.ready().company(ruleKolkata)
		_, position := r.id("POST", "/orgs/"+org+"/members", `{"number":"1","joined":"2026-11-01"}`)
		r.fresh("/api/v1/orgs/" + org + "/members?min_position=" + position) // what was never read cannot be missed
		var code int
		var out string
		require.Eventually(t, func() bool { code, out, _ = r.daka("doctor", "--data", data); return code == exitClean }, waitLong, tick, out)
		for _, k := range checks() {
			require.Contains(t, out, "ok      "+k.name)
		}
	})
	replaceEvents(t, data, older)
	start(func(t *testing.T, r *rig) {
		require.Eventually(t, func() bool { return strings.Contains(r.get("/readyz").body, `"reason":"rollback_detected"`) }, waitLong, tick)
		code, out, _ := r.daka("doctor", "--data", data)
		require.Equal(t, exitFound, code, out)
		require.Contains(t, out, "WRONG   checkpoint")
		require.Contains(t, out, "put the newer event file back")
		require.Contains(t, out, "daka rollback declare")
	})
}

// TestDoctorLooksAtStoresWithoutAServer, and leaves nothing behind.
func TestDoctorLooksAtStoresWithoutAServer(t *testing.T) {
	data, database := t.TempDir(), postgrestest.Database(t)
	c := settingsIn(t, data, database, nil)
	require.NoError(t, bootOnce(t, c, nil))
	code, out, errs := verb(t, "doctor", "--data", data, "--server", nobodyThere)
	require.Equal(t, exitClean, code, out+errs)
	require.Contains(t, out, "ok      keys")
	require.Contains(t, out, "unknown checkpoint")

	kept := filepath.Join(data, "keys")
	require.NoError(t, os.Rename(kept, kept+".away"))
	code, out, _ = verb(t, "doctor", "--data", data, "--server", nobodyThere)
	require.Equal(t, exitFound, code, out)
	require.Contains(t, out, "WRONG   keys")
	require.Contains(t, out, "Put the right one back")
	left, err := filepath.Glob(filepath.Join(kept, "*"))
	require.NoError(t, err)
	require.Empty(t, left)

	require.NoError(t, os.RemoveAll(kept))
	require.NoError(t, os.Rename(kept+".away", kept))
	require.NoError(t, os.Chmod(filepath.Join(data, tokenFile), 0o644))
	code, out, _ = verb(t, "doctor", "--data", data, "--server", nobodyThere)
	require.Equal(t, exitFound, code, out)
	require.Contains(t, out, "chmod 600")
}
