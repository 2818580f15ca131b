package commands_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/domain"
)

// TestNothingCountsBeforeItsDayOrOutsideTheMembership: corrections, makeups and approvals of punches are refused with the reason.
func TestNothingCountsBeforeItsDayOrOutsideTheMembership(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	member := c.hire("1", &group)
	early, err := c.Punches.Record(t.Context(), c.call(), commands.RecordPunch{Member: &member, SourceType: domain.SourceATM})
	require.NoError(t, err)
	_, err = c.Members.End(t.Context(), c.call(), commands.EndMembership{Member: member, Left: "2026-02-27"})
	require.NoError(t, err)
	present := c.hire("2", &group)
	for _, x := range []struct {
		member domain.ID
		date   domain.Date
		code   string
		text   string
	}{
		{present, "2026-03-03", "in_future", "2026-03-03 has not come yet"},
		{present, "2025-12-31", "before_joining", "2025-12-31 is before the first day of the membership, 2026-01-01; choose a later date, or let the membership begin earlier"},
		{member, "2026-02-28", "after_leaving", "2026-02-28 is after the last day of the membership, 2026-02-27; choose an earlier date, or let the membership end later"},
	} {
		at := x.date.Time().Add(time.Hour)
		_, err := c.Punches.CorrectSlot(t.Context(), c.call(), commands.CorrectSlot{Member: x.member, Date: x.date, CheckType: domain.OnDuty, At: at, Reason: "forgot"})
		require.ErrorContains(t, err, x.code)
		require.ErrorContains(t, err, x.text)
		_, err = c.Requests.Makeup(t.Context(), c.call(), commands.RequestMakeup{Member: x.member, Date: x.date, CheckType: domain.OnDuty, At: at})
		require.ErrorContains(t, err, x.code)
		require.ErrorContains(t, err, x.text)
	}
	_, err = c.Punches.CorrectSlot(t.Context(), c.call(), commands.CorrectSlot{Member: present, Date: "2026-03-02", CheckType: domain.OnDuty, At: testNow, Reason: "today has come"})
	require.NoError(t, err)

	brought := c.imported(c.machineFile(punchesAt("2", "2026-02-02") + "2\t2026-03-03 09:00:00\n"))
	require.Equal(t, 1, brought.Doubted, "a machine whose clock is ahead")
	sheet := domain.TimesheetStream(c.org, present, "202603")
	raws, err := c.log.Read(t.Context(), sheet, 0, 0)
	require.NoError(t, err)
	require.Equal(t, []domain.Flag{domain.FlagClockJump}, c.events(sheet)[len(raws)-1].(domain.PunchRecorded).Flags)
	approve := commands.ReviewPunch{Member: present, Punch: raws[len(raws)-1].ID, Stream: sheet, Review: "approved"}
	_, err = c.Punches.Review(t.Context(), c.call(), approve)
	requireRefusal(t, err, "date_in_future", "2026-03-03 has not come yet; what happens on it can be set right once it is here")
	_, err = c.Punches.Review(t.Context(), c.call(), commands.ReviewPunch{Member: member, Punch: early.Events[0], Stream: early.Stream, Review: "approved"})
	requireRefusal(t, err, "after_leaving", "2026-03-02 is after the last day of the membership, 2026-02-27; choose an earlier date, or let the membership end later")
	c.now = c.now.AddDate(0, 0, 1)
	_, err = c.Punches.Review(t.Context(), c.call(), approve)
	require.NoError(t, err, "its day has come")
	approve.Review = "rejected"
	_, err = c.Punches.Review(t.Context(), c.call(), approve)
	require.NoError(t, err)
}

// TestMakeupsCountByAttendanceMonths: the quota of a month is that of the dates from its first day on (rules 5.1).
func TestMakeupsCountByAttendanceMonths(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	member := c.hire("1", &group)
	start := 26
	_, err := c.Organizations.Change(t.Context(), c.call(), commands.ChangeOrganization{PeriodStartDay: &start})
	require.NoError(t, err)
	for date, month := range map[domain.Date]string{"2026-02-25": "2026-02", "2026-02-26": "2026-02"} {
		require.Equal(t, month, c.makeupMonth(member, date), "the first day holds from April on, so March begins on the 1st")
	}
	_, err = c.Organizations.Change(t.Context(), c.call(), commands.ChangeOrganization{PeriodStartDay: &start, PeriodFrom: "2026-03"})
	requireRefusal(t, err, "period_begun", "the attendance month 2026-03 has begun; let another first day hold from 2026-04 on, or later")
	c.now = time.Date(2026, 4, 1, 2, 0, 0, 0, time.UTC)
	require.Equal(t, "2026-03", c.makeupMonth(member, "2026-03-31"), "March ends with the calendar, April on the 25th")
	require.Equal(t, "2026-05", func() string {
		c.now = time.Date(2026, 4, 27, 2, 0, 0, 0, time.UTC)
		return c.makeupMonth(member, "2026-04-26")
	}())
}

// makeupMonth asks for a makeup and gives the month whose quota it took.
func (c *company) makeupMonth(member domain.ID, date domain.Date) string {
	c.t.Helper()
	_, err := c.Requests.Makeup(c.t.Context(), c.call(), commands.RequestMakeup{Member: member, Date: date, CheckType: domain.OnDuty, At: date.Time().Add(time.Hour)})
	require.NoError(c.t, err)
	events := c.events(domain.BalanceStream(c.org, member))
	return events[len(events)-1].(domain.MakeupCounted).Month
}
