package projections

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/assess"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/tables"
)

// TestAPageIsDecodedAlikeOnAnyMachine: whatever the number of workers, each event is decoded once and stands in its place.
func TestAPageIsDecodedAlikeOnAnyMachine(t *testing.T) {
	l := &testLedger{t: t, org: seeded(1), clock: instant("2026-03-01T00:00:00Z")}
	raws := make([]eventlog.Raw, 200)
	for i := range raws {
		m := seeded(uint64(i))
		raws[i] = l.raw(domain.TimesheetStream(l.org, m, "202603"), m, l.punchEvent(m, "2026-03-02T09:00:00"))
		raws[i].Revision, raws[i].Position = uint64(i), eventlog.Position{Commit: uint64(i + 1), Prepare: uint64(i + 1)}
	}
	was := runtime.GOMAXPROCS(0)
	t.Cleanup(func() { runtime.GOMAXPROCS(was) })
	for _, processors := range []int{1, 2, 3, 7, 64} {
		runtime.GOMAXPROCS(processors)
		p := feed.NewPage(raws, true, true)
		require.Equal(t, raws[len(raws)-1].Position, p.Last)
		for i := range raws {
			require.Equal(t, feed.Decode(&raws[i]).Recorded, p.Records[i].Recorded, "%d processors, event %d", processors, i)
			require.Equal(t, feed.LeafOf(p.Records[i].Name.Org, &raws[i]), p.Records[i].Leaf)
		}
	}
}

// TestDaysAreAssessedAlikeOnAnyMachine: members are divided among any number of workers, and each is assessed once.
func TestDaysAreAssessedAlikeOnAnyMachine(t *testing.T) {
	was := runtime.GOMAXPROCS(0)
	t.Cleanup(func() { runtime.GOMAXPROCS(was) })
	for _, processors := range []int{1, 2, 3, 64} {
		runtime.GOMAXPROCS(processors)
		c := &assess.Cohort{}
		for i := range 7 {
			m := tables.MemberKey{Org: seeded(1), ID: seeded(uint64(i))}
			c.Works = append(c.Works, &assess.Work{MemberKey: m, Org: &facts.Organization{}, Broken: &assess.Fault{MemberKey: m, Cause: feed.ErrTombstone}})
		}
		require.Len(t, c.Assess(), 7, "%d processors", processors)
	}
}
