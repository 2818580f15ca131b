package projections

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/projections/rebuild"
	"github.com/dakahq/daka/projections/tables"
)

// version opens a copy of another version of the program.
func (l *testLedger) version(s tables.Shape) *Engine {
	l.t.Helper()
	e, err := Open(context.Background(), Config{Pool: l.pool, Log: l.log, Logger: testLog(), shape: s})
	require.NoError(l.t, err)
	l.t.Cleanup(e.Close)
	return e
}

// reads waits until a version shows a punch and answers about the days.
func (l *testLedger) reads(e *Engine, position string) {
	l.t.Helper()
	require.Eventually(l.t, func() bool {
		_, stale, err := e.Wait(context.Background(), position, EveryDay())
		return err == nil && !stale && e.Ready(context.Background()) == nil
	}, time.Minute, 20*time.Millisecond)
	days, _, err := e.Days.Of(context.Background(), l.org, l.members[0], "2026-03-01", "2026-03-31")
	require.NoError(l.t, err)
	require.NotEmpty(l.t, days)
	var d rebuild.Difference
	require.Eventually(l.t, func() bool { // the rebuild may still be clearing up
		d, err = e.Diff(context.Background(), nil)
		return !errors.Is(err, rebuild.ErrBusy)
	}, time.Minute, 20*time.Millisecond)
	require.NoError(l.t, err)
	require.True(l.t, d.Clean(), "%+v", d)
}

// TestVersionsSideBySide goes up a version and down again, with copies of both at once; each reads its own tables, and neither touches the other's.
func TestVersionsSideBySide(t *testing.T) {
	for name, newer := range map[string]tables.Shape{
		"other folds":  {Fold: tables.FoldVersion + 1},
		"other tables": {Fold: tables.FoldVersion + 1, Extra: "ALTER TABLE clocks ADD COLUMN more int;"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newTestLedger(t)
			l.run()
			l.settled(l.aMonth(3))

			up := l.version(newer)
			stopUp := l.runEngine(up)
			position := l.punch(l.members[0], "2026-03-21T10:00:00")
			l.reads(up, position)
			l.reads(l.engine, position)
			require.Equal(t, []string{"2"}, l.rows("SELECT count(*)::text FROM projection.shapes WHERE version > 0"))
			require.Equal(t, []string{fmt.Sprint(newer.Fold)}, l.rows("SELECT fold::text FROM projection.shapes s JOIN projection.projector p USING (shape)"), "people see the newest")

			l.stop()
			l.reads(up, l.punch(l.members[1], "2026-03-21T10:00:00"))
			older := l.open(nil)
			stopDown := l.runEngine(older)
			l.reads(older, l.punch(l.members[2], "2026-03-21T10:00:00"))
			stopUp()
			l.reads(older, l.punch(l.members[0], "2026-03-22T10:00:00"))
			require.Equal(t, l.rows("SELECT count(*)::text FROM ledger.ledger_index"), l.rows("SELECT count(DISTINCT event_id)::text FROM ledger.ledger_index"), "both index one ledger")
			stopDown()

			l.reads(up, l.caughtUp(up))
		})
	}
}

// caughtUp runs a version until it has everything, and gives the last punch.
func (l *testLedger) caughtUp(e *Engine) (position string) {
	l.runEngine(e)
	return l.punch(l.members[1], "2026-03-23T10:00:00")
}

// TestOldReadModelsGoWhenNobodyReadsThem, and a newer version's stay.
func TestOldReadModelsGoWhenNobodyReadsThem(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.settled(l.aMonth(1))
	up := l.version(tables.Shape{Fold: tables.FoldVersion + 1})
	stop := l.runEngine(up)
	l.reads(up, l.punch(l.members[0], "2026-03-21T10:00:00"))
	l.stop()
	schemas := func() int {
		return len(l.rows("SELECT nspname::text FROM pg_namespace WHERE nspname ~ '^(shape_.*|rm_[0-9]+)$'"))
	}
	require.Equal(t, 4, schemas())
	require.NoError(t, up.copies.clearOnce(context.Background(), time.Hour))
	require.Equal(t, 4, schemas(), "somebody may come back")
	require.NoError(t, up.copies.clearOnce(context.Background(), 0))
	require.Equal(t, 2, schemas())
	stop()
	down := l.open(nil)
	l.runEngine(down)
	l.reads(down, l.punch(l.members[0], "2026-03-22T10:00:00"))
	require.NoError(t, down.copies.clearOnce(context.Background(), 0))
	require.Equal(t, 4, schemas(), "an older version drops nothing of a newer one")
}

// TestAVersionTwoBehindDoesNotStart.
func TestAVersionTwoBehindDoesNotStart(t *testing.T) {
	l := newTestLedger(t)
	l.version(tables.Shape{Fold: tables.FoldVersion + 2})
	_, err := Open(context.Background(), Config{Pool: l.pool, Log: l.log, Logger: testLog()})
	require.ErrorIs(t, err, tables.ErrTooOld)
	require.EqualError(t, err, fmt.Sprintf("this version of the program is too old for the database: its read models are version %d, and version %d has written here; start a program of version %d or later",
		tables.FoldVersion, tables.FoldVersion+2, tables.FoldVersion+1))
	_, err = Open(context.Background(), Config{Pool: l.pool, Log: l.log, Logger: testLog(), shape: tables.Shape{Fold: tables.FoldVersion + 1}})
	require.NoError(t, err)
}

// TestNothingToReadYet: a version whose tables are others says so until it has made them; where another version's copies answer, nothing is to be sent here.
func TestNothingToReadYet(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.settled(l.aMonth(1))
	ctx := context.Background()
	up := l.version(tables.Shape{Fold: tables.FoldVersion + 1, Extra: "ALTER TABLE clocks ADD COLUMN more int;"})
	_, _, err := up.Days.Of(ctx, l.org, l.members[0], "2026-03-01", "2026-03-31")
	require.ErrorIs(t, err, tables.ErrBuilding)
	require.ErrorIs(t, up.Ready(ctx), ErrOthersAnswer)
	folds := l.version(tables.Shape{Fold: tables.FoldVersion + 1})
	days, _, err := folds.Days.Of(ctx, l.org, l.members[0], "2026-03-01", "2026-03-31")
	require.NoError(t, err, "the same tables can be shown meanwhile")
	require.NotEmpty(t, days)
	err = folds.Ready(ctx)
	require.ErrorIs(t, err, tables.ErrBuilding)
	require.NotErrorIs(t, err, ErrOthersAnswer)
}
