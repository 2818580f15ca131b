package projections

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

const lateOutLateIn = `{"name":"Office","kind":"fixed","time_zone":"Asia/Shanghai","effective_from":"2026-01-01",
	"shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}],"late_out_late_in":[{"out_after_min":120,"in_later_min":60}]}},"week":["day","day","day","day","day",null,null]}`

// digests are what every day says, by member number and date.
func (l *testLedger) digests() map[string]string {
	l.t.Helper()
	all := map[string]string{}
	for _, row := range l.rows(`SELECT number || ' ' || to_char(date, 'MM-DD') || '=' || digest FROM rm.days JOIN rm.members USING (org, member)`) {
		day, digest, _ := strings.Cut(row, "=")
		all[day] = digest
	}
	return all
}

// TestAChangeJudgesAgainWhatItTouches: each kind of change leaves days that a fresh replay gives, too, and changes exactly those that it must.
func TestAChangeJudgesAgainWhatItTouches(t *testing.T) {
	l := newTestLedger(t)
	l.run()
	l.found(2)
	first, second := l.members[0], l.members[1]
	for day := 2; day <= 13; day++ {
		for _, m := range l.members {
			l.punch(m, fmt.Sprintf("2026-03-%02dT09:30:00", day))
			l.punch(m, fmt.Sprintf("2026-03-%02dT18:10:00", day))
		}
	}
	l.settled(l.advance("2026-03-14T16:00:00Z"))
	group, request := domain.GroupStream(l.org, l.group), seeded(900)
	rule := l.ruleEvent(3, 0, "2026-03-01")
	rule.Rule = []byte(lateOutLateIn)
	both := func(from, to int) (days []string) {
		for _, number := range []string{"001", "002"} {
			for day := from; day <= to; day++ {
				days = append(days, fmt.Sprintf("%s 03-%02d", number, day))
			}
		}
		return days
	}
	for _, change := range []struct {
		name string
		make func() string
		want []string
	}{
		{"a rule from the 10th on", func() string { return l.write(group, l.group, l.ruleEvent(2, 60, "2026-03-10")) }, both(10, 15)},
		{"a late upload", func() string { return l.punch(first, "2026-03-03T08:50:00") }, []string{"001 03-03"}},
		{"a correction", func() string {
			return l.write(domain.TimesheetStream(l.org, first, "202603"), first, domain.SlotCorrected{Member: first, Date: "2026-03-04", Section: 1,
				CheckType: domain.OnDuty, At: domain.At(instant("2026-03-04T08:55:00+08:00")), Zone: "Asia/Shanghai"})
		}, []string{"001 03-04"}},
		{"a roster", func() string {
			return l.write(domain.RosterStream(l.org, second, 2026, 3), second, domain.ShiftScheduled{Member: second, Shifts: map[domain.Date]*string{"2026-03-05": nil}})
		}, []string{"002 03-05"}},
		{"a holiday", func() string {
			return l.write(domain.CalendarStream(l.org), l.org, domain.HolidayDeclared{Date: "2026-03-06", Name: "Founders' day"})
		}, both(6, 6)},
		{"a leave that waits", func() string {
			return l.write(domain.RequestStream(l.org, request), first, domain.LeaveRequested{Request: request, Member: first, LeaveType: "annual",
				Span: domain.Span{FromDate: "2026-03-09", ToDate: "2026-03-09", Zone: "Asia/Shanghai"}})
		}, []string{"001 03-09"}}, // the verdict stands; its anomalies are explained
		{"its approval", func() string {
			return l.write(domain.RequestStream(l.org, request), first, domain.RequestApproved{Request: request, Member: first})
		}, []string{"001 03-09"}},
		{"a rule from the 1st to the 9th", func() string { return l.write(group, l.group, rule) }, both(1, 9)},
		{"its end", func() string {
			again := rule
			again.Version, again.EffectiveFrom = 4, "2026-03-10"
			return l.write(group, l.group, again)
		}, both(10, 15)},
		{"a late punch out, and the day after", func() string { return l.punch(second, "2026-03-10T20:30:00") }, []string{"002 03-10", "002 03-11"}},
	} {
		before := l.digests()
		l.settled(change.make())
		var changed []string
		for day, digest := range l.digests() {
			if before[day] != digest {
				changed = append(changed, day)
			}
		}
		require.ElementsMatch(t, change.want, changed, change.name)
		d, err := l.engine.Diff(t.Context(), nil)
		require.NoError(t, err)
		for _, table := range d.Tables {
			require.Zero(t, table.Differing, "%s: %s differs from a fresh replay", change.name, table.Table)
		}
	}
}
