package attendance

// assessRest counts the punches of a rest day or holiday: first to last is worked, present and, where the rule counts it, overtime (rules 4.12a).
func (v *verdict) assessRest() {
	r, f, day := v.r, v.f, v.day
	day.Status = Rest
	v.note(f)
	day.Anomalies = r.listAnomalies(v.found)
	first, last := -1, -1
	for i := f.tapFrom; i < f.tapTo; i++ {
		t := &r.taps[i]
		if t.owner != f.index || !t.counts() {
			continue
		}
		t.state = tapBetween
		if first < 0 {
			first = i
		}
		last = i
	}
	var punched []interval
	if first >= 0 {
		punched = v.settleRest(first, last)
	}
	overtime{r: r, f: f, day: day}.ofRest(punched)
}

// settleRest names the punches of a rest day and gives the time from the first to the last; those of one tap count as one (rules 3.13).
func (v *verdict) settleRest(first, last int) []interval {
	r, f, day := v.r, v.f, v.day
	from, to := &r.taps[first], &r.taps[last]
	for i := first; i <= last; i++ {
		t := &r.taps[i]
		if t.owner == f.index && t.counts() && (t.micros-from.micros <= v.plan.tap || to.micros-t.micros <= v.plan.tap) {
			t.state = tapSame
		}
	}
	if to.micros-from.micros <= v.plan.tap {
		from.state = tapLoose
		return nil
	}
	from.state, to.state = tapInner, tapInner
	stretch := interval{v.plan.count(from.micros), v.plan.count(to.micros)}
	day.PresentMin = int(stretch.length() / 60)
	day.WorkedMin = day.PresentMin
	v.startNight(stretch.from, stretch.to)
	day.NightMin = int(measure(v.night, stretch) / 60)
	return merge([]interval{stretch})
}
