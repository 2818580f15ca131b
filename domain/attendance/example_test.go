package attendance_test

import (
	"fmt"
	"time"

	"github.com/dakahq/daka/domain/attendance"
)

// A day is a function of facts: the rule, the punches, and how far time has passed.
func ExampleAssess() {
	rule, err := attendance.ParseRule([]byte(`{"kind":"fixed","time_zone":"Asia/Shanghai","effective_from":"2026-01-01",
		"shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}]}}}`))
	if err != nil {
		panic(err)
	}
	plan, err := rule.Compile()
	if err != nil {
		panic(err)
	}
	at := func(clock string) time.Time {
		t, err := time.ParseInLocation("2006-01-02 15:04", "2026-03-02 "+clock, plan.Zone())
		if err != nil {
			panic(err)
		}
		return t
	}
	monday, err := attendance.ParseDate("2026-03-02")
	if err != nil {
		panic(err)
	}
	days := attendance.Assess(attendance.Facts{
		Assignments: []attendance.Assignment{{Plans: []*attendance.Plan{plan}}},
		Punches: []attendance.Punch{
			{ID: "in", At: at("09:12"), SourceType: attendance.SourceUser},
			{ID: "out", At: at("18:03"), SourceType: attendance.SourceUser},
		},
	}, monday, monday)
	for _, slot := range days[0].Slots {
		fmt.Println(days[0].Date, slot.CheckType, slot.TimeResult)
	}
	// Output:
	// 2026-03-02 OnDuty Late
	// 2026-03-02 OffDuty Normal
}
