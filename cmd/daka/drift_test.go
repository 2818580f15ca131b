package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/readiness"
)

// TestAClockThatIsOff: a server that is a second before or behind Postgres says so, and still takes punches.
func TestAClockThatIsOff(t *testing.T) {
	for _, off := range []time.Duration{-time.Second, time.Second} {
		r := serve(t, func(c *serveCmd) { c.clock = func() time.Time { return time.Now().Add(off) } }).ready()
		require.Eventually(t, func() bool {
			state, reason, _, _ := r.readiness(anybody).part("clock_drift")
			return state == "degraded" && reason == "clock_off"
		}, waitLong, tick, off)
		a := r.readiness(nil)
		require.Equal(t, 200, a.code)
		require.Equal(t, "degraded", a.Status)
		_, _, text, detail := a.part("clock_drift")
		require.Contains(t, text, "NTP")
		require.Contains(t, detail, "apart")
		org := r.company(ruleKolkata)
		r.id("POST", "/orgs/"+org+"/members", `{"number":"1","joined":"2026-11-01"}`)
		r.id("POST", "/orgs/"+org+"/punches", `{"number":"1"}`)
	}
}

// TestDriftIsNotTheWay: between asking and the answer the other clock may stand anywhere.
func TestDriftIsNotTheWay(t *testing.T) {
	sent := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		theirs, took time.Duration
		off          bool
	}{
		{0, 0, false}, {500 * time.Millisecond, 0, false}, {501 * time.Millisecond, 0, true}, {-500 * time.Millisecond, 0, false}, {-501 * time.Millisecond, 0, true},
		{1900 * time.Millisecond, 1900 * time.Millisecond, false}, {2500 * time.Millisecond, 1900 * time.Millisecond, true}, {-600 * time.Millisecond, 1900 * time.Millisecond, true},
	} {
		found := drifted(sent, sent.Add(row.theirs), sent.Add(row.took))
		require.Equal(t, row.off, found.State == readiness.Degraded, row)
		require.Equal(t, row.off, found.Reason == "clock_off", row)
	}
}
