package facts

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// TestAttendanceCountsFromTheInstant is rules 2.7: the greater of joining and of the first group, where it was recorded on the very date; who is entered
// from another date on counts from its beginning.
func TestAttendanceCountsFromTheInstant(t *testing.T) {
	evening := time.Date(2026, 3, 2, 13, 26, 0, 0, time.UTC) // 21:26 in Shanghai
	later := evening.Add(10 * time.Minute)
	o := newTold(t).o
	on := func(date domain.Date, at time.Time) Stretch { return Stretch{day(date), group, at} }
	for _, c := range []struct {
		why    string
		joined domain.Date
		at     time.Time
		groups []Stretch
		since  time.Time
	}{
		{"joined with a group", "2026-03-02", evening, []Stretch{on("2026-03-02", evening)}, evening},
		{"assigned a little later", "2026-03-02", evening, []Stretch{on("2026-03-02", later)}, later},
		{"joined after the group was given", "2026-03-02", later, []Stretch{on("2026-03-02", evening)}, later},
		{"a member of long ago gets the first group", "2026-01-01", evening.AddDate(0, -2, 0), []Stretch{on("2026-03-02", evening)}, evening},
		{"entered for tomorrow", "2026-03-03", evening, []Stretch{on("2026-03-03", evening)}, time.Time{}},
		{"entered for last week", "2026-02-23", evening, []Stretch{on("2026-02-23", evening)}, time.Time{}},
		{"joined today, the group from tomorrow on", "2026-03-02", evening, []Stretch{on("2026-03-03", later)}, time.Time{}},
		{"the date of joining was named later", "2026-03-02", time.Time{}, []Stretch{on("2026-03-01", evening)}, time.Time{}},
		{"moved to another group", "2026-01-01", evening.AddDate(0, -2, 0), []Stretch{on("2026-01-01", evening.AddDate(0, -2, 0)), on("2026-03-02", evening)}, time.Time{}},
		{"no group", "2026-03-02", evening, nil, time.Time{}},
	} {
		m := &Member{Joined: day(c.joined), JoinedAt: c.at, Groups: c.groups}
		require.True(t, c.since.Equal(m.Since(o)), "%s: %s", c.why, m.Since(o))
	}
}

// TestWhoJoinsInTheEveningIsNotMissingInTheMorning goes the whole way from events to the day.
func TestWhoJoinsInTheEveningIsNotMissingInTheMorning(t *testing.T) {
	l := newTold(t)
	l.member()
	date := day("2026-03-03")
	l.m.Joined, l.m.JoinedAt = date, time.Date(2026, 3, 3, 2, 0, 0, 0, time.UTC) // Tuesday, 10:00 in Shanghai
	l.m.Groups = []Stretch{{date, group, l.m.JoinedAt}}
	l.o.Through = time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC)
	f := l.m.Facts(l.o, date, date)
	slots := attendance.Assess(f, date, date)[0].Slots
	require.Empty(t, slots[0].TimeResult, "it was not there to sign")
	require.Equal(t, attendance.TimeNotSigned, slots[1].TimeResult)
	named := domain.Date("2026-03-02")
	l.tell(domain.MemberStream(org, who), domain.MemberChanged{Joined: &named})
	require.True(t, l.m.JoinedAt.IsZero())
}
