package attendance

// statusOf is the one word for a workday, first that fits (rules §4). Slots that are not required are ignored.
func statusOf(day *Day, w *dayWork, ended bool) Status {
	judged, excused, punched, pending := 0, 0, 0, 0
	for i := range day.Slots {
		slot := &day.Slots[i]
		if slot.TimeResult == "" {
			continue
		}
		judged++
		switch {
		case slot.TimeResult == TimeExcused:
			excused++
		case slot.TimeResult == TimePending:
			pending++
		}
		if !slot.PunchAt.IsZero() {
			punched++
		}
	}
	switch {
	case pending > 0:
		return Pending
	case judged > 0 && excused == judged && w.onLeave:
		return OnLeave
	case judged > 0 && excused == judged:
		return OnTrip
	case punched == 0 && excused < judged:
		return Absent
	}
	if w.shift != nil && ended && w.complete {
		counted := day.PresentMin + day.LeaveMin + day.TripMin
		if counted < w.shift.AbsentBelow {
			return Absent
		}
		if counted < w.shift.HalfDayBelow {
			return HalfDay
		}
	}
	if w.found&^harmless != 0 {
		return Abnormal
	}
	return Normal
}
