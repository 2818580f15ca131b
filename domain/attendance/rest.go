package attendance

// judgeRest counts the punches of a rest day or holiday: first to last is worked, present and, where the rule counts it, overtime (rules §4).
func (r *run) judgeRest(f *frame, day *Day) {
	day.Status = Rest
	if f.noCalendar {
		day.Anomalies = []Anomaly{AnomalyNoCalendar}
	}
	first, last := -1, -1
	for i := f.tapFrom; i < f.tapTo; i++ {
		t := &r.taps[i]
		if t.owner != f.index || t.state == tapRejected {
			continue
		}
		t.state = tapBetween
		if first < 0 {
			first = i
		}
		last = i
	}
	var punched []interval
	switch {
	case first < 0:
	case first == last:
		r.taps[first].state = tapLoose
	default:
		r.taps[first].state, r.taps[last].state = tapInner, tapInner
		stretch := interval{f.plan.count(r.taps[first].micros), f.plan.count(r.taps[last].micros)}
		punched = merge([]interval{stretch})
		day.PresentMin = int(stretch.length() / 60)
		day.WorkedMin = day.PresentMin
	}
	if f.plan.Rule.Overtime.Mode != OvertimeOff {
		r.splitOvertime(f, r.overtimeCounted(f, punched, minInstant), day)
	}
}
