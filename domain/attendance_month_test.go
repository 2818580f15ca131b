package domain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

// TestAttendanceMonths is rules 5.1: month M runs from day d of the month before to d − 1 of M; where d changes no date is left out or counted twice.
func TestAttendanceMonths(t *testing.T) {
	from26 := domain.AttendanceMonths{}.With(domain.FirstDay{Day: 26, From: "2026-05"})
	back := from26.With(domain.FirstDay{Day: 1, From: "2026-08"})
	for _, c := range []struct {
		months          domain.AttendanceMonths
		month, from, to domain.Date
		why             string
	}{
		{nil, "2026-02", "2026-02-01", "2026-02-28", "months of the calendar"},
		{nil, "2024-02", "2024-02-01", "2024-02-29", "a leap year"},
		{from26, "2026-04", "2026-04-01", "2026-04-30", "before the change"},
		{from26, "2026-05", "2026-05-01", "2026-05-25", "the first month with another first day takes up where the one before ended"},
		{from26, "2026-06", "2026-05-26", "2026-06-25", "26th to 25th"},
		{from26, "2027-01", "2026-12-26", "2027-01-25", "over the year's end"},
		{back, "2026-07", "2026-06-26", "2026-07-25", "still the 26th"},
		{back, "2026-08", "2026-07-26", "2026-08-31", "the days between belong to the longer month"},
		{back, "2026-09", "2026-09-01", "2026-09-30", "months of the calendar again"},
		{domain.AttendanceMonths{{Day: 2, From: "0001-01"}}, "2026-03", "2026-02-02", "2026-03-01", "the smallest d > 1"},
		{domain.AttendanceMonths{{Day: 28, From: "0001-01"}}, "2026-03", "2026-02-28", "2026-03-27", "the greatest d"},
	} {
		from, to, err := c.months.Span(string(c.month))
		require.NoError(t, err, c.why)
		require.Equal(t, [2]domain.Date{c.from, c.to}, [2]domain.Date{from, to}, c.why)
		require.Equal(t, string(c.month), c.months.Of(from), c.why)
		require.Equal(t, string(c.month), c.months.Of(to), c.why)
		require.NotEqual(t, string(c.month), c.months.Of(to.AddDays(1)), c.why)
		require.NotEqual(t, string(c.month), c.months.Of(from.AddDays(-1)), c.why)
	}
	_, _, err := domain.AttendanceMonths{}.Span("2026-13")
	require.ErrorContains(t, err, "month_invalid")
}

// TestAFirstDayHoldsFromAMonthThatHasNotBegun decides about changes of the first day (rules 5.1).
func TestAFirstDayHoldsFromAMonthThatHasNotBegun(t *testing.T) {
	type S = domain.OrganizationState
	created := domain.OrganizationCreated{Name: "Acme"}
	day := func(n int, from string) domain.OrganizationChanged {
		return domain.OrganizationChanged{FirstDay: &domain.FirstDay{Day: n, From: from}}
	}
	change := func(n int, from string, today domain.Date) func(S) ([]domain.Event, error) {
		return func(s S) ([]domain.Event, error) { return s.Change(day(n, from), today) }
	}
	decide(t, []row[S]{
		{name: "by default the next month", given: []domain.Event{created}, when: change(26, "", "2026-03-31"), then: []domain.Event{day(26, "2026-04")}},
		{name: "a later month", given: []domain.Event{created}, when: change(26, "2026-07", "2026-03-31"), then: []domain.Event{day(26, "2026-07")}},
		{name: "this month has begun", given: []domain.Event{created}, when: change(26, "2026-03", "2026-03-01"), refusal: "period_begun: the attendance month 2026-03 has begun; let another first day hold from 2026-04 on, or later"},
		{name: "by the first day that holds, April has begun on 26 March", given: []domain.Event{created, day(26, "2026-01")}, when: change(21, "2026-04", "2026-03-26"),
			refusal: "period_begun: the attendance month 2026-04 has begun; let another first day hold from 2026-05 on, or later"},
		{name: "and has not on the 25th", given: []domain.Event{created, day(26, "2026-01")}, when: change(21, "", "2026-03-25"), then: []domain.Event{day(21, "2026-04")}},
		{name: "as it is", given: []domain.Event{created, day(26, "2026-05")}, when: change(26, "2026-05", "2026-06-25")},
		{name: "no such day in February", given: []domain.Event{created}, when: change(29, "", "2026-03-01"), refusal: "period_start_day: 29 is no first day of attendance months; choose one from 1 to 28"},
	})
}

// TestAPenaltyIsWaivedOnce decides about waiving and restoring (rules 5.3).
func TestAPenaltyIsWaivedOnce(t *testing.T) {
	type S = domain.MemberState
	joined := domain.MemberProvisioned{Member: red, Number: "1", Joined: "2026-01-01"}
	waived := domain.PenaltyWaived{Date: "2026-03-05", Section: 1, CheckType: domain.OnDuty, When: "Late", Reason: domain.Private("the bus")}
	restored := domain.PenaltyRestored{Date: "2026-03-05", Section: 1, CheckType: domain.OnDuty, When: "Late"}
	other := domain.PenaltyWaived{Date: "2026-03-05", Section: 1, CheckType: domain.OffDuty, When: "Early"}
	waive := func(e domain.PenaltyWaived) func(S) ([]domain.Event, error) {
		return func(s S) ([]domain.Event, error) { return s.WaivePenalty(e) }
	}
	restore := func(s S) ([]domain.Event, error) { return s.RestorePenalty(restored) }
	decide(t, []row[S]{
		{name: "waived", given: []domain.Event{joined}, when: waive(waived), then: []domain.Event{waived}},
		{name: "twice", given: []domain.Event{joined, waived}, when: waive(waived)},
		{name: "another of the day", given: []domain.Event{joined, waived}, when: waive(other), then: []domain.Event{other}},
		{name: "restored", given: []domain.Event{joined, waived}, when: restore, then: []domain.Event{restored}},
		{name: "restored twice", given: []domain.Event{joined, waived, restored}, when: restore},
		{name: "never waived", given: []domain.Event{joined, other}, when: restore},
		{name: "waived again", given: []domain.Event{joined, waived, restored}, when: waive(waived), then: []domain.Event{waived}},
		{name: "nobody's", when: waive(waived), refusal: "member_not_found: there is no such member"},
	})
}
