package attendance

import (
	"fmt"
	"testing"
	"time"
)

// simpleYear is one member with two punches on every weekday.
func simpleYear(tb interface {
	Errorf(string, ...any)
	FailNow()
}, from Date, days int) Facts {
	plan := mustPlan(tb, `{"time_zone":"Asia/Shanghai","effective_from":"2020-01-01","shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}],"breaks":[{"from":"12:00","to":"13:00"}],"permit_late_min":5}}}`)
	facts := factsOf(plan)
	for i := range days {
		d := from.AddDays(i)
		if d.Weekday() == time.Saturday || d.Weekday() == time.Sunday {
			continue
		}
		start := d.In(plan.Zone())
		facts.Punches = append(facts.Punches, Punch{At: start.Add(9*time.Hour + time.Duration(i%20)*time.Minute)}, Punch{At: start.Add(18*time.Hour + 5*time.Minute)})
	}
	return facts
}

// BenchmarkAssess reports member-days per second for a month and a year of one member.
func BenchmarkAssess(b *testing.B) {
	for _, days := range []int{1, 31, 365} {
		b.Run(fmt.Sprintf("days=%d", days), func(b *testing.B) {
			from := NewDate(2026, time.January, 1)
			facts := simpleYear(b, from, days)
			b.ReportAllocs()
			for b.Loop() {
				Assess(facts, from, from.AddDays(days-1))
			}
			b.ReportMetric(float64(days)*float64(b.N)/b.Elapsed().Seconds(), "days/s")
		})
	}
}
