package projections

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/query"
)

func TestDashboardCounts(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.found(6)
	ctx := context.Background()
	l.write(domain.OrgStream(l.org), l.org, domain.DepartmentAdded{Department: seeded(50), Name: "Sales"})
	department := seeded(50)
	l.write(domain.MemberStream(l.org, l.members[0]), l.members[0], domain.MemberChanged{Department: &department})
	l.punch(l.members[0], "2026-03-02T08:50:00") // on time
	l.punch(l.members[0], "2026-03-02T18:01:00")
	l.punch(l.members[1], "2026-03-02T09:20:00") // late
	l.punch(l.members[1], "2026-03-02T18:30:00")
	l.punch(l.members[2], "2026-03-02T08:59:00") // early
	l.punch(l.members[2], "2026-03-02T17:00:00")
	l.punch(l.members[3], "2026-03-02T08:30:00") // forgot to punch out
	leave := seeded(901)
	l.write(domain.RequestStream(l.org, leave), l.members[4],
		domain.LeaveRequested{Request: leave, Member: l.members[4], LeaveType: "annual", Span: domain.Span{FromDate: "2026-03-02", ToDate: "2026-03-02", Zone: "Asia/Shanghai"}},
		domain.RequestApproved{Request: leave, Member: l.members[4]})
	l.settled(l.advance("2026-03-03T00:00:00Z"))
	d, err := l.engine.Dashboards.On(ctx, l.org, nil, "2026-03-02")
	require.NoError(t, err)
	require.Equal(t, query.Tally{Members: 6, Expected: 6, Punched: 4, OnTime: 1, Late: 1, Early: 1, NotSigned: 2, Absent: 1, Leave: 1}, d.Tally)
	require.Equal(t, []query.Hour{{Hour: 8, Punches: 3}, {Hour: 9, Punches: 1}, {Hour: 17, Punches: 1}, {Hour: 18, Punches: 2}}, d.Hours)
	require.Len(t, d.Latest, 7)
	require.Equal(t, l.members[1], d.Latest[0].Member)
	require.Len(t, d.Departments, 2)
	require.Equal(t, "Office", d.Groups[0].Name)
	b := d.Buckets
	require.Equal(t, d.Tally.Expected, b.Leave+b.Trip+b.Ahead+b.Missing+b.Late+b.OnTime, "the buckets add up")
	for name, count := range map[string]int{"leave": b.Leave, "trip": b.Trip, "ahead": b.Ahead, "missing": b.Missing, "late": b.Late, "on_time": b.OnTime} {
		found, err := l.engine.Days.On(ctx, l.org, query.DayFilter{Date: "2026-03-02", Bucket: name}, "", 0)
		require.NoError(t, err)
		require.Len(t, found.Items, count, "the list of %s is what its figure says", name)
	}
	next, err := l.engine.Dashboards.On(ctx, l.org, nil, "2026-03-03")
	require.NoError(t, err)
	require.Equal(t, query.Tally{Members: 6, Expected: 6, Pending: 6, NotStarted: 6}, next.Tally)

	days, err := l.engine.Days.On(ctx, l.org, query.DayFilter{Date: "2026-03-02"}, "", 4)
	require.NoError(t, err)
	require.Len(t, days.Items, 4)
	rest, err := l.engine.Days.On(ctx, l.org, query.DayFilter{Date: "2026-03-02"}, days.Next, 4)
	require.NoError(t, err)
	require.Len(t, rest.Items, 2)
	require.Equal(t, "005", rest.Items[0].Number)
	require.Empty(t, rest.Next)
	sales, err := l.engine.Days.On(ctx, l.org, query.DayFilter{Date: "2026-03-02", Department: &department, Status: "Normal"}, "", 0)
	require.NoError(t, err)
	require.Len(t, sales.Items, 1)
}

func TestListsAndSingles(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.settled(l.aMonth(3))
	ctx, e := context.Background(), l.engine
	m := l.members[0]

	orgs, err := e.Organizations.List(ctx, "acm", "", 0)
	require.NoError(t, err)
	require.Len(t, orgs.Items, 1)
	require.True(t, orgs.Items[0].Attendance)
	_, err = e.Organizations.One(ctx, seeded(7))
	require.ErrorIs(t, err, pgx.ErrNoRows)

	members, err := e.Members.List(ctx, l.org, query.MemberFilter{Group: &l.group, Current: true}, "", 1)
	require.NoError(t, err)
	require.Equal(t, "002", members.Items[0].Number)
	require.NotEmpty(t, members.Next)
	byNumber, err := e.Members.ByNumber(ctx, l.org, "001")
	require.NoError(t, err)
	require.Equal(t, m, byNumber.ID)
	require.Equal(t, domain.Date("2026-03-18"), byNumber.Left)
	_, err = e.Members.One(ctx, seeded(7), m)
	require.ErrorIs(t, err, pgx.ErrNoRows)

	rules, err := e.Groups.Rules(ctx, l.org, l.group)
	require.NoError(t, err)
	require.Len(t, rules, 2)
	require.JSONEq(t, string(l.ruleEvent(2, 15, "2026-03-10").Rule), string(rules[1].Rule))
	groups, err := e.Groups.List(ctx, l.org, "2026-03-02")
	require.NoError(t, err)
	require.Equal(t, 2, groups[0].Version)
	require.Equal(t, 3, groups[0].Members)

	punches, err := e.Punches.List(ctx, l.org, m, "2026-03-02", "2026-03-03", "", 3)
	require.NoError(t, err)
	require.Len(t, punches.Items, 3)
	more, err := e.Punches.List(ctx, l.org, m, "2026-03-02", "2026-03-03", punches.Next, 3)
	require.NoError(t, err)
	require.Len(t, more.Items, 1)

	calendar, err := e.Calendar.Days(ctx, l.org, "2026-03-01", "2026-03-31")
	require.NoError(t, err)
	require.Equal(t, []query.CalendarDay{{Date: "2026-03-09", Kind: "holiday", Label: "Founders' day", Country: ""}, {Date: "2026-03-14", Kind: "workday", Label: "", Country: ""}}, calendar)

	requests, err := e.Requests.List(ctx, l.org, query.RequestFilter{Member: &m, State: "approved"}, "", 0)
	require.NoError(t, err)
	require.Len(t, requests.Items, 1)
	q, comments, err := e.Requests.One(ctx, l.org, requests.Items[0].ID)
	require.NoError(t, err)
	require.Equal(t, "makeup", q.Type)
	require.Len(t, comments, 1)

	months, err := e.Months.List(ctx, l.org, query.MonthFilter{Month: "2026-03", Member: &m}, "", 0)
	require.NoError(t, err)
	require.Equal(t, 1, months.Items[0].MakingUpLackTimes)
	anomalies, err := e.Anomalies.List(ctx, l.org, query.AnomalyFilter{From: "2026-03-01", To: "2026-03-31", Member: &m}, "", 2)
	require.NoError(t, err)
	require.NotEmpty(t, anomalies.Items)

	exported := 0
	require.NoError(t, e.Days.Export(ctx, l.org, nil, "2026-03-01", "2026-03-31", func(*query.MemberDay) error { exported++; return nil }))
	require.Len(t, l.rows(`SELECT date::text FROM rm.days`), exported)

	ledger, err := e.LedgerEvents(ctx, l.org, "", 5)
	require.NoError(t, err)
	require.Len(t, ledger.Items, 5)
	require.Equal(t, "OrganizationCreated", ledger.Items[0].Raw.Type)
}

func TestBadQuestionsAreRefused(t *testing.T) {
	l := newTestLedger(t)
	ctx := context.Background()
	_, _, err := l.engine.Wait(ctx, "nowhere@7", EveryDay())
	require.EqualError(t, err, `position_invalid: min_position "nowhere@7" is not a receipt's position; send the text <stream>@<revision> as the receipt has it`)
	_, err = l.engine.Members.List(ctx, l.org, query.MemberFilter{}, "%%%", 0)
	require.EqualError(t, err, `cursor_invalid: cursor "%%%" was not given by this list; start again without it`)
	_, err = l.engine.Months.List(ctx, l.org, query.MonthFilter{Month: "March"}, "", 0)
	require.EqualError(t, err, `month_invalid: "March" is not a month; write it like 2026-03`)
	_, err = l.engine.DaysKnownAt(ctx, l.org, l.org, "2026-03-02", "2026-03-01", l.clock)
	require.EqualError(t, err, `dates_invalid: from "2026-03-02" to "2026-03-01" are not two dates in order; write them like 2026-03-02`)
}
