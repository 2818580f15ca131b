package commands_test

import (
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

func TestRostersAreWrittenByMonth(t *testing.T) {
	c := newCompany(t)
	member := c.hire("1", ptr(c.found()))
	entry := commands.RosterEntry{Member: member, Shifts: map[string]*string{"2026-03-31": ptr("day"), "2026-04-01": nil, "2026-04-02": ptr("day")}}
	r, err := c.Roster.Schedule(t.Context(), c.call(), commands.ScheduleShifts{Entries: []commands.RosterEntry{entry}})
	require.NoError(t, err)
	require.Equal(t, domain.RosterStream(c.org, member, 2026, 4), r.Stream)
	entry.Shifts["2026-04-02"], entry.Cleared = ptr("day"), []domain.Date{"2026-04-01"}
	delete(entry.Shifts, "2026-04-01")
	_, err = c.Roster.Schedule(t.Context(), c.call(), commands.ScheduleShifts{Entries: []commands.RosterEntry{entry}})
	require.NoError(t, err)
	require.Len(t, c.events(domain.RosterStream(c.org, member, 2026, 3)), 1, "what is known already is not written again")
	require.Equal(t, domain.ShiftScheduled{Member: member, Shifts: map[domain.Date]*string{}, Cleared: []domain.Date{"2026-04-01"}}, c.events(r.Stream)[1])

	entry.Shifts["2026-04-02"] = ptr("nite")
	_, err = c.Roster.Schedule(t.Context(), c.call(), commands.ScheduleShifts{Entries: []commands.RosterEntry{entry}})
	requireRefusal(t, err, "shift_unknown", `the rule of 2026-04-02 names no shift "nite"; name one of its shifts, or null for rest`)
	_, err = c.Roster.Schedule(t.Context(), c.call(), commands.ScheduleShifts{})
	requireRefusal(t, err, "request_invalid", "/entries must name 1 to 10000 dates")
}

func TestTheCalendarTakesTheLastWord(t *testing.T) {
	c := newCompany(t)
	c.found()
	declare := func(days commands.DeclareDays) ledger.Receipt {
		r, err := c.Calendar.Declare(t.Context(), c.call(), days)
		require.NoError(t, err)
		return r
	}
	declare(commands.DeclareDays{Holidays: map[string]*string{"2026-05-04": ptr("Youth Day"), "2026-05-05": ptr("Bridge")}, Workdays: map[string]*string{"2026-05-09": ptr("")}})
	r := declare(commands.DeclareDays{Holidays: map[string]*string{"2026-05-04": ptr("Youth Day"), "2026-05-05": nil}})
	require.Equal(t, []domain.Event{
		domain.HolidayDeclared{Date: "2026-05-04", Name: "Youth Day"}, domain.HolidayDeclared{Date: "2026-05-05", Name: "Bridge"},
		domain.WorkdayDeclared{Date: "2026-05-09"}, domain.HolidayDeclared{Date: "2026-05-05", Withdrawn: true},
	}, c.events(r.Stream))
	_, err := c.Calendar.LoadYear(t.Context(), c.call(), commands.LoadCalendarYear{Country: "CN", Year: 2025})
	require.NoError(t, err)
	_, err = c.Calendar.LoadYear(t.Context(), c.call(), commands.LoadCalendarYear{Country: "DE", Year: 2025})
	requireRefusal(t, err, "calendar_year_unknown", `no holidays of "DE" 2025 are shipped (China: 2024 to 2026); load them from a file, or declare them one by one`)
}

func TestTheClockIsWrittenOnceHoweverManyCopiesTick(t *testing.T) {
	c := newCompany(t)
	c.found()
	other := c.copy()
	c.set(testNow.Add(7 * time.Minute))
	done := make(chan error, 8)
	for i := range 8 {
		s := c.Service
		if i%2 == 1 {
			s = other
		}
		go func() {
			_, err := s.Clock.Advance(t.Context(), commands.SystemCall(c.org), commands.AdvanceClock{})
			done <- err
		}()
	}
	for range 8 {
		require.NoError(t, <-done)
	}
	require.Equal(t, []domain.Event{domain.ClockAdvanced{Through: domain.At(testNow.Add(5 * time.Minute))}}, c.events(domain.ClockStream(c.org, domain.At(testNow))))
	_, err := c.Clock.Advance(t.Context(), c.call(), commands.AdvanceClock{Through: testNow.Add(time.Hour)})
	requireRefusal(t, err, "clock_in_future", "through 2026-03-02T03:00:00.000000Z is after the server's time 2026-03-02T02:07:00.000000Z")
}

func TestRunClockWritesWhenAWindowCloses(t *testing.T) {
	c := newCompany(t)
	c.found()
	go c.Clock.Run(t.Context(), 10*time.Millisecond, slog.New(slog.DiscardHandler))
	through := func() []domain.Event { return c.events(domain.ClockStream(c.org, domain.At(testNow))) }
	require.Eventually(t, func() bool { return len(through()) == 1 }, 10*time.Second, 10*time.Millisecond, "nothing was ever over before")
	c.set(testNow.Add(4 * time.Hour)) // 14:00, no window closes
	require.Never(t, func() bool { return len(through()) != 1 }, 300*time.Millisecond, 20*time.Millisecond)
	c.set(testNow.Add(8*time.Hour + 6*time.Minute)) // 18:06, On's window closed at 18:00
	require.Eventually(t, func() bool { return len(through()) == 2 }, 10*time.Second, 10*time.Millisecond)
	require.Equal(t, domain.ClockAdvanced{Through: domain.At(testNow.Add(8*time.Hour + 5*time.Minute))}, through()[1])
}

func TestAGroupWithMembersStaysOpen(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	member := c.hire("1", &group)
	_, err := c.Groups.Close(t.Context(), c.call(), commands.CloseGroup{Group: group})
	requireRefusal(t, err, "group_not_empty", "the group has 1 members; move them to another group first")
	other, err := c.Groups.Create(t.Context(), c.call(), commands.CreateGroup{Name: "Night", Rule: json.RawMessage(officeRule)})
	require.NoError(t, err)
	_, err = c.Members.AssignGroup(t.Context(), c.call(), commands.AssignGroup{Member: member, Group: &other.ID, From: "2026-03-01"})
	require.NoError(t, err)
	_, err = c.Groups.Close(t.Context(), c.call(), commands.CloseGroup{Group: group})
	require.NoError(t, err)
	_, err = c.Members.AssignGroup(t.Context(), c.call(), commands.AssignGroup{Member: member, Group: &group})
	requireRefusal(t, err, "group_not_found", "there is no such open group")
}
