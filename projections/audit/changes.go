package audit

import (
	"fmt"
	"slices"
	"time"

	"github.com/dakahq/daka/domain/attendance"
)

// changesBetween names what differs between two verdicts of the same day, in words of rules §6.
func changesBetween(was, now *day) []string {
	changes := []string{}
	if now == nil && was == nil {
		return changes
	}
	var empty day
	if was == nil {
		was = &empty
	}
	if now == nil {
		now = &empty
	}
	say := func(what string, a, b any) {
		if x, y := fmt.Sprint(a), fmt.Sprint(b); x != y {
			changes = append(changes, fmt.Sprintf("%s: %s → %s", what, orNone(x), orNone(y)))
		}
	}
	say("status", was.Status, now.Status)
	say("shift", was.Shift, now.Shift)
	say("rule_version", was.RuleVersion, now.RuleVersion)
	for i := range max(len(was.Slots), len(now.Slots)) {
		say(slotName(was.Slots, now.Slots, i), slotVerdict(was.Slots, i), slotVerdict(now.Slots, i))
	}
	for _, n := range []struct {
		name string
		a, b int
	}{
		{"worked_min", was.WorkedMin, now.WorkedMin}, {"present_min", was.PresentMin, now.PresentMin}, {"late_min", was.LateMin, now.LateMin}, {"early_min", was.EarlyMin, now.EarlyMin},
		{"leave_min", was.LeaveMin, now.LeaveMin}, {"trip_min", was.TripMin, now.TripMin}, {"overtime_min", was.OvertimeMin, now.OvertimeMin},
		{"night_min", was.NightMin, now.NightMin},
	} {
		say(n.name, n.a, n.b)
	}
	say("absent_days", was.AbsentDays, now.AbsentDays)
	if !slices.Equal(was.Anomalies, now.Anomalies) {
		say("anomalies", was.Anomalies, now.Anomalies)
	}
	return changes
}

func slotName(a, b []attendance.Slot, i int) string {
	s := b
	if i >= len(b) {
		s = a
	}
	return fmt.Sprintf("%s %d", s[i].CheckType, s[i].Section)
}

func slotVerdict(slots []attendance.Slot, i int) string {
	if i >= len(slots) {
		return ""
	}
	s := slots[i]
	text := string(s.TimeResult)
	if s.Minutes > 0 {
		text = fmt.Sprintf("%s %d min", text, s.Minutes)
	}
	if !s.PunchAt.IsZero() {
		text += " at " + s.PunchAt.Format(time.RFC3339Nano)
	}
	if s.SourceType != "" {
		text += " (" + string(s.SourceType) + ")"
	}
	return text
}

func orNone(text string) string {
	if text == "" || text == "[]" {
		return "none"
	}
	return text
}
