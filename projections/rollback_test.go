package projections

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/rebuild"
)

// withOlderCopy writes a month, keeps a copy of the store, and goes on with punches that only the newer file has.
func withOlderCopy(t *testing.T) (l *testLedger, older string, heads map[string]int64) {
	l = newTestLedger(t)
	l.run()
	l.settled(l.aMonth(2))
	l.stop()
	older, heads = l.copyStore(), maps.Clone(l.heads)
	l.engine = l.open(nil)
	l.run()
	for day := 23; day < 27; day++ {
		l.punch(l.members[1], fmt.Sprintf("2026-03-%dT09:00:00", day))
	}
	l.settled(l.punch(l.members[1], "2026-03-27T09:00:00"))
	l.stop()
	return l, older, heads
}

// putBack opens a store in the place of the one before; heads are those of its streams.
func (l *testLedger) putBack(dir string, heads map[string]int64) {
	l.t.Helper()
	l.stopNode()
	l.startNode(dir)
	l.heads = maps.Clone(heads)
	l.engine = l.open(nil)
}

func (l *testLedger) rolledBack() {
	l.t.Helper()
	require.Eventually(l.t, func() bool {
		why, err := l.engine.Rollback(context.Background())
		return err == nil && why != ""
	}, 20*time.Second, 10*time.Millisecond)
}

// TestAnOlderEventFileIsNoticed: the positions, and the revisions, that the lost events had are taken by new ones; only their ids tell.
func TestAnOlderEventFileIsNoticed(t *testing.T) {
	for name, further := range map[string]int{"as it was": 0, "with as many new events": 5, "with more new events than were lost": 12} {
		t.Run(name, func(t *testing.T) {
			l, older, heads := withOlderCopy(t)
			newer, newHeads := l.dir, maps.Clone(l.heads)
			l.putBack(older, heads)
			for i := range further {
				l.punch(l.members[1], fmt.Sprintf("2026-04-%02dT09:00:00", i+1))
			}
			before := l.rows("SELECT commit_pos::text FROM projection.projector")

			err := l.engine.CheckLog(context.Background())
			var rolled *RollbackError
			require.ErrorAs(t, err, &rolled)
			require.ErrorContains(t, err, "put the newer event file back")
			require.ErrorContains(t, err, "daka rollback declare")
			l.run()
			l.rolledBack()
			_, err = l.engine.Rebuild(context.Background(), nil)
			require.ErrorAs(t, err, &rolled, "a rebuild takes an older log for nothing")
			_, err = l.engine.Diff(context.Background(), nil)
			require.ErrorAs(t, err, &rolled)
			require.ErrorContains(t, l.engine.Ready(context.Background()), "rollback_detected")
			require.Equal(t, before, l.rows("SELECT commit_pos::text FROM projection.projector"), "nothing is applied meanwhile")
			l.stop()

			l.putBack(newer, newHeads)
			l.run()
			require.Eventually(t, func() bool { return l.engine.Ready(context.Background()) == nil }, 20*time.Second, 10*time.Millisecond, "with the newer file back it goes on")
			l.settled(l.punch(l.members[1], "2026-03-28T09:00:00"))
			l.clean()
		})
	}
}

// declare is what the write side does: RollbackDeclared in the installation's stream.
func (l *testLedger) declare(atLeast int64) int64 {
	l.write(domain.InstallationStream(), l.org, domain.RollbackDeclared{Reason: "disk", Epoch: int(atLeast)})
	return atLeast
}

func (l *testLedger) declareRollback() rebuild.Declared {
	l.t.Helper()
	d, err := l.engine.DeclareRollback(context.Background(), func(_ context.Context, atLeast int64) (int64, error) { return l.declare(atLeast), nil })
	require.NoError(l.t, err)
	return d
}

func TestADeclaredRollbackBeginsAnEpoch(t *testing.T) {
	l, older, heads := withOlderCopy(t)
	lost := l.rows("SELECT index || ' ' || event_id FROM ledger.ledger_index WHERE org = $1 ORDER BY index", l.org)
	l.putBack(copyOf(t, older), heads)
	shown := l.punch(l.members[1], "2026-04-01T09:00:00") // taken before anybody noticed
	l.run()
	l.rolledBack()

	require.Equal(t, int64(1), l.declareRollback().Epoch)
	l.settled(shown)
	l.settled(l.punch(l.members[0], "2026-04-02T09:00:00"))
	l.clean()
	require.Equal(t, lost, l.rows("SELECT index || ' ' || event_id FROM ledger.ledger_index WHERE org = $1 AND epoch = 0 ORDER BY index", l.org), "the epoch before stays as it was")
	index, _, err := l.engine.Ledgers.Applied(context.Background(), l.org)
	require.NoError(t, err)
	events := 0
	require.NoError(t, l.log.ReadAll(context.Background(), eventlog.Position{}, 0, func(r eventlog.Raw) error {
		if name, ours := domain.ParseStream(r.Stream); ours && name.Org == l.org {
			events++
		}
		return nil
	}))
	require.Equal(t, int64(events), index, "the new epoch holds the whole log, from 0")
	_, err = l.engine.DeclareRollback(context.Background(), func(context.Context, int64) (int64, error) { panic("nothing is to be declared") })
	require.ErrorIs(t, err, ErrNoRollback)

	// The same again, with a file from before the declaration: the epoch rises all the same.
	l.stop()
	l.putBack(copyOf(t, older), heads)
	l.run()
	l.rolledBack()
	require.Equal(t, int64(2), l.declareRollback().Epoch)
	l.settled(l.punch(l.members[0], "2026-04-03T09:00:00"))
	l.clean()
}

// TestADeclarationThatWasCutOff leaves rows of the epoch that it was about to begin; the next one clears them.
func TestADeclarationThatWasCutOff(t *testing.T) {
	l, older, heads := withOlderCopy(t)
	l.putBack(older, heads)
	_, err := l.pool.Exec(context.Background(), "INSERT INTO ledger.ledger_index SELECT org, index, stream, revision, event_id, leaf, known, 1 FROM ledger.ledger_index WHERE index < 3")
	require.NoError(t, err)
	l.declare(1)
	l.run()
	l.rolledBack()
	d, err := l.engine.DeclareRollback(context.Background(), func(_ context.Context, atLeast int64) (int64, error) { return atLeast, nil })
	require.NoError(t, err)
	require.Equal(t, int64(1), d.Epoch)
	l.settled(l.punch(l.members[0], "2026-04-03T09:00:00"))
	l.clean()
}

func (l *testLedger) index() []string {
	return l.rows("SELECT epoch || ' ' || org || ' ' || index || ' ' || stream || '@' || revision || ' ' || encode(leaf, 'hex') || ' ' || known FROM ledger.ledger_index ORDER BY org, index")
}

// TestAHoleInTheLedgersIndexHeals: rows that are gone, an index from an older copy, and a backup without any index.
func TestAHoleInTheLedgersIndexHeals(t *testing.T) {
	cases := map[string]string{
		"a row in the middle":    "DELETE FROM ledger.ledger_index WHERE index = 7",
		"the last rows":          "DELETE FROM ledger.ledger_index WHERE index > 20",
		"an older index":         "DELETE FROM ledger.ledger_index WHERE index > 20; UPDATE ledger.ledger_head SET commit_pos = 22, prepare_pos = 22",
		"no index":               "DELETE FROM ledger.ledger_index",
		"no index and no head":   "DELETE FROM ledger.ledger_index; UPDATE ledger.ledger_head SET commit_pos = 0, prepare_pos = 0",
		"of a version before":    "UPDATE projection.projector SET at_event = NULL, at_stream = '', at_revision = 0",
		"of a version, no index": "UPDATE projection.projector SET at_event = NULL; DELETE FROM ledger.ledger_index; UPDATE ledger.ledger_head SET commit_pos = 0, prepare_pos = 0",
	}
	l := newTestLedger(t)
	l.run()
	l.settled(l.aMonth(2))
	l.stop()
	whole, named := l.index(), l.rows("SELECT at_stream || at_revision || at_event FROM projection.projector")
	for name, hurt := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := l.pool.Exec(context.Background(), hurt)
			require.NoError(t, err)
			l.engine = l.open(nil)
			l.run()
			require.Eventually(t, func() bool { return len(l.index()) == len(whole) && l.engine.state.lead.Load() != nil }, 20*time.Second, 10*time.Millisecond)
			l.stop()
			require.Equal(t, whole, l.index())
			require.Equal(t, named, l.rows("SELECT at_stream || at_revision || at_event FROM projection.projector"))
		})
	}
	l.engine = l.open(nil)
	l.run()
	l.settled(l.punch(l.members[0], "2026-03-28T09:00:00"))
	require.Len(t, l.index(), len(whole)+1, "and goes on where it was")
	l.clean()
}

// TestDiffCoversTheLedgersIndex while the projector runs, and names the entries.
func TestDiffCoversTheLedgersIndex(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.settled(l.aMonth(1))
	l.clean()
	_, err := l.pool.Exec(context.Background(), "DELETE FROM ledger.ledger_index WHERE index = 3; UPDATE ledger.ledger_index SET leaf = sha256('x') WHERE index = 5")
	require.NoError(t, err)
	for _, org := range []*domain.ID{nil, &l.org} {
		d, err := l.engine.Diff(context.Background(), org)
		require.NoError(t, err)
		found := d.Tables[len(d.Tables)-1]
		require.Equal(t, "ledger_index", found.Table)
		require.Equal(t, 2, found.Differing)
		require.Equal(t, "missing", found.Keys[0].What)
		require.Equal(t, "different", found.Keys[1].What)
	}
}

// TestAnIndexThatContradictsTheLogIsNoHole: what an entry says and the log does not is told, never written over.
func TestAnIndexThatContradictsTheLogIsNoHole(t *testing.T) {
	for name, hurt := range map[string]string{
		"another event":  "UPDATE ledger.ledger_index SET event_id = gen_random_uuid() WHERE index = 4; DELETE FROM ledger.ledger_index WHERE index = 7",
		"other bytes":    "UPDATE ledger.ledger_index SET leaf = sha256('x') WHERE index = 4; DELETE FROM ledger.ledger_index WHERE index = 7",
		"more than both": "INSERT INTO ledger.ledger_index SELECT org, index + 1, stream, revision, event_id, leaf, known, epoch FROM ledger.ledger_index ORDER BY index DESC LIMIT 1",
	} {
		t.Run(name, func(t *testing.T) {
			l := newTestLedger(t)
			l.run()
			l.settled(l.aMonth(1))
			l.stop()
			_, err := l.pool.Exec(context.Background(), hurt)
			require.NoError(t, err)
			before := l.index()
			l.engine = l.open(nil)
			l.run()
			l.rolledBack()
			require.Equal(t, before, l.index())
		})
	}
}

// TestARevisionThatWasReadComesAgain: the checkpoint fits by luck, and the page itself gives it away.
func TestARevisionThatWasReadComesAgain(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.settled(l.aMonth(1))
	_, err := l.pool.Exec(context.Background(), "UPDATE rm.stream_heads SET revision = revision + 1 WHERE stream = $1", domain.TimesheetStream(l.org, l.members[0], "202603"))
	require.NoError(t, err)
	l.stop()
	l.engine = l.open(nil)
	p, err := l.engine.leader.live(context.Background(), 1)
	require.NoError(t, err)
	l.punch(l.members[0], "2026-03-28T09:00:00")
	var raws []eventlog.Raw
	require.NoError(t, l.log.ReadAll(context.Background(), p.at, 0, func(r eventlog.Raw) error { raws = append(raws, r); return nil }))
	var rolled *RollbackError
	require.ErrorAs(t, p.apply(context.Background(), feed.NewPage(raws, true, true)), &rolled)
}

func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	require.NoError(t, os.CopyFS(to, os.DirFS(dir)))
	return to
}
