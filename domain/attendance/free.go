package attendance

// judgeFree judges a workday under free hours (rules §4): Late and Early only against the core, Short against the target.
func (r *run) judgeFree(f *frame, day *Day) {
	free := f.plan.Rule.Free
	s := &r.of(f)[0]
	w := dayWork{plan: f.plan, zone: f.zone}
	s.movedOn, s.movedOff = s.on, s.off
	if len(r.spans) > 0 {
		r.excuseFree(f, &w, s, day)
	}
	ended := r.freeOver(f)
	day.Slots = r.roomForSlots(2)
	on, off := r.freeSlots(f, &w, s, free.Core != nil, ended)
	day.LateMin, day.EarlyMin = on.Minutes, off.Minutes
	day.Slots = append(day.Slots, on, off)
	w.anomalies(&on)
	w.anomalies(&off)
	pairs := r.freePairs(free, s)
	for _, pair := range pairs {
		w.complete = true
		w.present += pair.length()
	}
	day.PresentMin = int(w.present / 60)
	day.WorkedMin = day.PresentMin
	if ended && day.WorkedMin < free.TargetMin && !s.covered {
		w.found.add(AnomalyShort)
	}
	if f.noCalendar {
		w.found.add(AnomalyNoCalendar)
	}
	day.Anomalies = r.listAnomalies(w.found)
	day.Status = statusOf(day, &w, ended)
	if f.plan.Rule.Overtime.Mode != OvertimeOff {
		r.splitOvertime(f, r.overtimeCounted(f, aboveTarget(pairs, int64(free.TargetMin)*60), minInstant), day)
	}
}

// excuseFree: the core hours are what leave, trip and out can cover; without a core only a request for the whole day excuses it, and no minutes count.
func (r *run) excuseFree(f *frame, w *dayWork, s *section, day *Day) {
	if f.plan.Rule.Free.Core != nil {
		w.taken = r.coverOf(f.zone, interval{s.on, s.off})
		r.moveByRequests(w, s)
		r.countRequests(w, r.of(f), day)
		return
	}
	midnight, next := r.clock.instant(f.zone, f.date, 0), r.clock.instant(f.zone, f.date+1, 0)
	w.taken = r.coverOf(f.zone, interval{min(midnight, f.open), max(next, f.closes)})
	for _, part := range w.taken.all {
		s.covered = s.covered || part.holds(interval{f.open, f.closes}) || part.holds(interval{midnight, next})
	}
	w.onLeave = s.covered && len(w.taken.leave) > 0
}

// freeOver: a free day is over from the next day_start on.
func (r *run) freeOver(f *frame) bool {
	return r.facts.Through.IsZero() || f.closes <= f.plan.count(r.facts.Through.UnixMicro())
}

func (r *run) freeSlots(f *frame, w *dayWork, s *section, core, ended bool) (on, off Slot) {
	on = Slot{Section: 1, CheckType: OnDuty, WindowFrom: at(s.low, w.zone), WindowTo: at(f.closes, w.zone)}
	off = Slot{Section: 1, CheckType: OffDuty, WindowFrom: on.WindowFrom, WindowTo: on.WindowTo}
	if core {
		on.PlanAt, on.JudgedAt = at(s.on, w.zone), at(s.movedOn, w.zone)
		off.PlanAt, off.JudgedAt = at(s.off, w.zone), at(s.movedOff, w.zone)
	}
	r.holdSlot(w, s.onFill, &on, true)
	r.holdSlot(w, s.offFill, &off, true)
	switch {
	case s.covered:
		on.TimeResult = TimeExcused
	case !s.onFill.there():
		missing(&on, ended)
	case core:
		on.TimeResult, on.Minutes = w.lateness(s.onFill.at, s.movedOn)
	default:
		on.TimeResult = TimeNormal
	}
	switch {
	case s.covered:
		off.TimeResult = TimeExcused
	case !s.offFill.there():
		missing(&off, ended)
	case core && s.offFill.at < s.movedOff && !ended:
		off.TimeResult = TimePending
	case core:
		off.TimeResult, off.Minutes = w.earliness(s.offFill.at, s.movedOff)
	default:
		off.TimeResult = TimeNormal
	}
	return on, off
}

// freePairs is last minus first, or the closed pairs under alternating.
func (r *run) freePairs(free *Free, s *section) []interval {
	if free.Pairing == Alternating {
		return r.pairs[s.pairs[0]:s.pairs[1]]
	}
	if !s.onFill.there() || !s.offFill.there() {
		return nil
	}
	return []interval{{s.onFill.at, s.offFill.at}}
}

// aboveTarget is the part of the pairs after the target is reached.
func aboveTarget(pairs []interval, target int64) []interval {
	var out []interval
	for _, pair := range pairs {
		skip := min(target, pair.length())
		target -= skip
		out = append(out, interval{pair.from + skip, pair.to})
	}
	return merge(out)
}
