package projections

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/query"
)

// old writes a member who joined long ago, without a group.
func (l *testLedger) old(i int, joined domain.Date) domain.ID {
	l.t.Helper()
	m := seeded(l.base + uint64(500+i))
	l.members = append(l.members, m)
	l.write(domain.MemberStream(l.org, m), m, domain.MemberProvisioned{Member: m, Number: fmt.Sprintf("9%02d", i), Joined: joined})
	return m
}

func (l *testLedger) days(m domain.ID, from, to domain.Date) (days []string) {
	l.t.Helper()
	list, _, err := l.engine.Days.Of(context.Background(), l.org, m, from, to)
	require.NoError(l.t, err)
	for _, d := range list {
		days = append(days, string(d.Date)+" "+d.DayType+" "+d.Status)
	}
	return days
}

// TestDatesBeforeAnyRuleHaveNoRows, and are answered as if they had: member by member, for a date, in the dashboard, the month and the export.
func TestDatesBeforeAnyRuleHaveNoRows(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.found(1)
	ancient := l.old(0, "0001-01-01")
	later := l.old(1, "1990-01-01")
	department := seeded(800)
	l.write(domain.OrgStream(l.org), l.org, domain.DepartmentAdded{Department: department, Name: "D"})
	l.write(domain.MemberStream(l.org, later), later, domain.MemberChanged{Department: &department}, domain.GroupAssigned{Group: l.group, From: "2026-02-27"})
	l.write(domain.TimesheetStream(l.org, ancient, "202603"), ancient, l.punchEvent(ancient, "2026-03-02T09:00:00"))
	leave := seeded(900)
	l.write(domain.RequestStream(l.org, leave), ancient, domain.LeaveRequested{Request: leave, Member: ancient, LeaveType: "annual", Span: domain.Span{FromDate: "1999-09-09", ToDate: "1999-09-10", Zone: "Asia/Shanghai"}})
	l.settled(l.advance("2026-03-03T00:00:00Z"))
	require.Equal(t, []string{"1999-09-09", "1999-09-10", "2026-03-02"}, l.rows("SELECT date::text FROM rm.days WHERE member = $1 ORDER BY date", ancient), "a fact lies on these")
	require.Equal(t, []string{"2026-02-27"}, l.rows("SELECT min(date)::text FROM rm.days WHERE member = $1", later), "the first date in a group with a rule")
	l.clean()

	require.Equal(t, []string{"2026-03-01 restday Unscheduled", "2026-03-02 restday Unscheduled", "2026-03-03 restday Unscheduled"}, l.days(ancient, "2026-03-01", "2026-03-05"))
	require.Equal(t, []string{"0001-01-01 restday Unscheduled"}, l.days(ancient, "0001-01-01", "0001-01-01"))
	require.Equal(t, []string{"2026-02-26 restday Unscheduled", "2026-02-27 workday Absent"}, l.days(later, "2026-02-26", "2026-02-27"))
	require.Empty(t, l.days(later, "1989-12-01", "1989-12-31"), "nobody was a member then")
	ctx := context.Background()
	known, err := l.engine.DaysKnownAt(ctx, l.org, later, "2026-02-26", "2026-02-27", l.clock)
	require.NoError(t, err)
	live, _, err := l.engine.Days.Of(ctx, l.org, later, "2026-02-26", "2026-02-27")
	require.NoError(t, err)
	require.Equal(t, known, live, "what has no row is what Assess says")

	page, err := l.engine.Days.On(ctx, l.org, query.DayFilter{Date: "2026-02-20"}, "", 10)
	require.NoError(t, err)
	require.Len(t, page.Items, 2)
	page, err = l.engine.Days.On(ctx, l.org, query.DayFilter{Date: "2026-02-20", Status: "Unscheduled", Department: &department}, "", 10)
	require.NoError(t, err)
	require.Len(t, page.Items, 1)
	require.Equal(t, later, page.Items[0].Member)
	page, err = l.engine.Days.On(ctx, l.org, query.DayFilter{Date: "2026-02-20", Status: "Absent"}, "", 10)
	require.NoError(t, err)
	require.Empty(t, page.Items)
	board, err := l.engine.Dashboards.On(ctx, l.org, nil, "2026-02-20")
	require.NoError(t, err)
	require.Equal(t, query.Tally{Members: 2, Unscheduled: 2}, board.Tally)
	require.Len(t, board.Departments, 2)
	require.Equal(t, query.Tally{Members: 1, Unscheduled: 1}, board.Departments[0].Tally)
	months, err := l.engine.Months.List(ctx, l.org, query.MonthFilter{Month: "2005-07"}, "", 10)
	require.NoError(t, err)
	require.Len(t, months.Items, 2)
	months, err = l.engine.Months.List(ctx, l.org, query.MonthFilter{Month: "2026-05"}, "", 10)
	require.NoError(t, err)
	require.Empty(t, months.Items, "it has not come")
	exported := 0
	require.NoError(t, l.engine.Days.Export(ctx, l.org, nil, "2026-02-26", "2026-02-27", func(d *query.MemberDay) error {
		exported++
		return nil
	}))
	require.Equal(t, 4, exported)

	// A rule that reaches back makes rows, and a rebuild agrees.
	l.settled(l.write(domain.GroupStream(l.org, l.group), l.group, l.ruleEvent(2, 5, "2025-12-01")))
	l.settled(l.write(domain.MemberStream(l.org, ancient), ancient, domain.GroupAssigned{Group: l.group, From: "2026-02-01"}))
	require.Equal(t, []string{"2026-02-01"}, l.rows("SELECT min(date)::text FROM rm.days WHERE member = $1 AND date > '2000-01-01'", ancient))
	l.clean()
}
