package projections

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWithoutTricksTheRowsAreTheSame: what DAKA_WITHOUT leaves out costs time and changes no row, live or in a rebuild.
func TestWithoutTricksTheRowsAreTheSame(t *testing.T) {
	l := newTestLedger(t)
	l.engine.leader.plain = Plain{Cache: true, FastRead: true, Copy: true, Analyze: true}
	l.run()
	l.settled(l.aMonth(3))
	l.settled(l.advance("2026-03-25T00:00:00Z"))
	l.clean()
	r := l.engine.rebuilder
	r.InTurn, r.PlainRead, r.PlainRows = true, true, true
	l.clean()
	_, err := l.engine.Rebuild(t.Context(), nil)
	require.NoError(t, err)
	r.InTurn, r.PlainRead, r.PlainRows = false, false, false
	l.clean()
	require.NotEmpty(t, l.rows("SELECT date::text FROM rm.days"))
}
