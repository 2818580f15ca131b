package projections

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/assess"
	"github.com/dakahq/daka/projections/tables"
)

// TestMembersKeptInMemoryAreJudgedAsFromTheTables punches the same days again and again, with everything else between that may change
// them, and compares with a replay.
func TestMembersKeptInMemoryAreJudgedAsFromTheTables(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.found(3)
	var last string
	for round := range 5 {
		for i, m := range l.members {
			for _, wall := range []string{"08:5%d:00", "12:0%d:00", "18:0%d:30"} {
				last = l.punch(m, "2026-03-04T"+fmt.Sprintf(wall, (round+i)%10))
				l.settled(last)
			}
		}
		p := l.engine.state.lead.Load()
		require.NoError(t, p.schema.Hold(func() error {
			require.Equal(t, 3, p.days.Hot.Size, "round %d", round)
			require.Len(t, p.days.Hot.Works[l.org], 3)
			return nil
		}))
		switch round {
		case 0:
			last = l.write(domain.MemberStream(l.org, l.members[0]), l.members[0], domain.MemberLeft{Left: "2026-03-03"})
		case 1:
			last = l.advance("2026-03-05T00:00:00Z")
		case 2:
			last = l.write(domain.CalendarStream(l.org), l.org, domain.HolidayDeclared{Date: "2026-03-04", Name: "Day"})
		case 3:
			id := seeded(9001)
			last = l.write(domain.RequestStream(l.org, id), l.members[1], domain.LeaveRequested{Request: id, Member: l.members[1], LeaveType: "annual",
				Span: domain.Span{FromDate: "2026-03-04", ToDate: "2026-03-04", Zone: "Asia/Shanghai"}}, domain.RequestApproved{Request: id, Member: l.members[1]})
		}
		l.settled(last)
	}
	l.clean()
}

// TestHotIsBoundedByPunches: a machine that floods one member's day takes no more memory than many members do.
func TestHotIsBoundedByPunches(t *testing.T) {
	h, org := assess.NewCache(), seeded(1)
	keep := func(id domain.ID, punches int) {
		w := &assess.Work{MemberKey: tables.MemberKey{Org: org, ID: id}}
		w.Facts.Punches = make([]facts.Punch, punches)
		h.Store(&assess.Cohort{Works: []*assess.Work{w}})
	}
	keep(seeded(2), 10)
	keep(seeded(3), 5)
	keep(seeded(3), 7)
	require.Equal(t, [2]int{2, 17}, [2]int{h.Size, h.Punches}, "a member kept again replaces what was kept")
	h.Evict(tables.MemberKey{Org: org, ID: seeded(2)})
	require.Equal(t, [2]int{1, 7}, [2]int{h.Size, h.Punches})
	keep(seeded(4), assess.HotPunches)
	require.Equal(t, 2, h.Size)
	keep(seeded(5), 1)
	require.Equal(t, [2]int{1, 1}, [2]int{h.Size, h.Punches}, "above the bound everything goes")
	h.EvictOrganization(org)
	require.Equal(t, [2]int{0, 0}, [2]int{h.Size, h.Punches})
}
