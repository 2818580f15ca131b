package attendance

// decideStatus finds the one word for a workday, first that fits (rules 4.9), and its absent_days (rules 4.10). Slots that are not required are ignored.
func (v *verdict) decideStatus() {
	day := v.day
	owed, excused, missing := 0, 0, 0
	for i := range day.Slots {
		switch day.Slots[i].TimeResult {
		case "":
			continue
		case TimePending:
			day.Status = Pending
			return
		case TimeExcused:
			excused++
		case TimeNotSigned:
			missing++
		}
		owed++
	}
	covered := day.LeaveMin + day.TripMin
	if (owed > 0 && excused == owed) || (owed == 0 && covered > 0 && 2*covered >= v.planned) {
		day.Status = OnTrip
		if v.onLeave {
			day.Status = OnLeave
		}
		return
	}
	day.Status = Normal
	switch v.absentHalves(missing, covered) {
	case 1:
		day.Status, day.AbsentDays = HalfDay, 0.5
	case 2:
		day.Status, day.AbsentDays = Absent, 1
	default:
		if v.found&^harmless != 0 {
			day.Status = Abnormal
		}
	}
}

// absentHalves counts the half days of absence (rules 4.10a, 4.10b).
func (v *verdict) absentHalves(missing, covered int) int {
	if missing > 0 && !v.punched && !v.errand {
		if v.planned <= 0 {
			return 2
		}
		return (4*max(0, v.planned-covered) + v.planned) / (2 * v.planned)
	}
	if v.shift == nil || !v.ended || !v.complete {
		return 0
	}
	switch counted := v.day.PresentMin + covered; {
	case counted < v.shift.AbsentBelow:
		return 2
	case counted < v.shift.HalfDayBelow:
		return 1
	}
	return 0
}
