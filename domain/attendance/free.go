package attendance

// freeHours finds what a workday under free hours comes to (rules 4.8).
type freeHours struct{ v *verdict }

// assess assesses a workday under free hours (rules 4.8): Late and Early only against the core, Short against the target.
func (h freeHours) assess() {
	v := h.v
	r, f, day := v.r, v.f, v.day
	free := v.plan.Rule.Free
	s := &r.of(f)[0]
	target := h.target()
	left := target
	if len(r.spans) > 0 {
		left = h.excuse(s, target)
	}
	v.planned = target
	if free.Core != nil {
		v.planned = int((s.off - s.on) / 60)
	}
	v.ended = h.over()
	v.startNight(f.start, f.closes)
	day.Slots = r.roomForSlots(2)
	h.slots(s, free.Core != nil)
	v.errand = s.errand
	pairs := h.pairs(s)
	for _, pair := range pairs {
		v.complete = true
		v.present += pair.length()
		if v.night != nil {
			v.dark += measure(v.night, pair)
		}
	}
	day.PresentMin, day.NightMin = int(v.present/60), int(v.dark/60)
	day.WorkedMin = day.PresentMin
	if free.TargetPer == TargetDay && v.ended && day.WorkedMin < left && !f.newcomer {
		v.found.add(AnomalyShort)
	}
	v.note(f)
	day.Anomalies = r.listAnomalies(v.found)
	v.decideStatus()
	overtime{r: r, f: f, day: day}.ofFree(pairs, v.present, target, h.leaveCovers(s, target))
}

// target is the day's target in minutes: under week and month that is the target divided by the workdays of the week or month (rules 4.8b).
func (h freeHours) target() int {
	v := h.v
	free := v.plan.Rule.Free
	if free.TargetMin == 0 || free.TargetPer == TargetDay {
		return free.TargetMin
	}
	from := v.f.date - Date((int(v.f.date.Weekday())+6)%7)
	to := from + 6
	if free.TargetPer == TargetMonth {
		from = NewDate(v.f.date.Year(), v.f.date.Month(), 1)
		to = NewDate(v.f.date.Year(), v.f.date.Month()+1, 1) - 1
	}
	days := 0
	for d := from; d <= to; d++ {
		if f := (chooser{v.r}).frameOf(d); f.what == freeDay || f.what == working {
			days++
		}
	}
	return free.TargetMin / max(1, days)
}

// excuse lets requests cover the core hours, or without a core the day, and gives the target that they leave (rules 4.8a, 4.8b).
func (h freeHours) excuse(s *section, target int) int {
	v := h.v
	r, f, day := v.r, v.f, v.day
	local := interval{r.clock.instant(f.zone, f.date, 0), r.clock.instant(f.zone, f.date+1, 0)}
	v.taken = r.coverOf(f.zone, local)
	leave, away := measure(v.taken.leave, local), measure(v.taken.trip, local)
	took := measure(v.taken.all, local)
	v.onLeave = leave > 0
	if v.plan.Rule.Free.Core == nil {
		s.covered = took > 0 && (took >= local.length() || (target > 0 && took >= int64(target)*60))
		day.LeaveMin = min(int(leave/60), target)
		day.TripMin = min(int(away/60), target-day.LeaveMin)
		return max(0, target-int(took/60))
	}
	v.taken = r.coverOf(f.zone, interval{s.on, s.off})
	v.onLeave = len(v.taken.leave) > 0
	day.LeaveMin, day.TripMin = v.coveredMinutes(v.taken.leave, r.of(f)), v.coveredMinutes(v.taken.trip, r.of(f))
	return max(0, target-int(took/60))
}

// leaveCovers says whether leave of at least the day's target excuses both slots (rules 4.15).
func (h freeHours) leaveCovers(s *section, target int) bool {
	v := h.v
	if !s.covered {
		return false
	}
	local := interval{v.r.clock.instant(v.f.zone, v.f.date, 0), v.r.clock.instant(v.f.zone, v.f.date+1, 0)}
	leave := measure(v.r.coverOf(v.f.zone, local).leave, local)
	return leave > 0 && (leave >= local.length() || (target > 0 && leave >= int64(target)*60))
}

// over: a free day is over from the next start of day on (rules 4.8).
func (h freeHours) over() bool {
	v := h.v
	return v.r.facts.Through.IsZero() || v.f.closes <= v.plan.count(v.r.facts.Through.UnixMicro())
}

func (h freeHours) slots(s *section, core bool) {
	v := h.v
	on := Slot{Section: 1, CheckType: OnDuty, WindowFrom: at(s.low, v.zone), WindowTo: at(v.f.closes, v.zone)}
	off := Slot{Section: 1, CheckType: OffDuty, WindowFrom: on.WindowFrom, WindowTo: on.WindowTo}
	if core {
		on.PlanAt, on.JudgedAt = at(s.on, v.zone), at(s.movedOn, v.zone)
		off.PlanAt, off.JudgedAt = at(s.off, v.zone), at(s.movedOff, v.zone)
	}
	v.holdSlot(s.onFill, &on, s.onRequired)
	v.holdSlot(s.offFill, &off, s.offRequired)
	if !h.missing(s, &on, s.onFill.there(), s.onRequired, s.freeOn) && core {
		on.TimeResult, on.Minutes = v.lateness(s.onFill.at, s.movedOn)
	}
	switch {
	case h.missing(s, &off, s.offFill.there(), s.offRequired, s.freeOff), !core:
	case s.offFill.at < s.movedOff && !v.ended:
		off.TimeResult = TimePending
	default:
		off.TimeResult, off.Minutes = v.earliness(s.offFill.at, s.movedOff)
	}
	v.keep(&on)
	v.keep(&off)
}

// missing gives the result of a slot that needs no look at the core, and says whether it did.
func (h freeHours) missing(s *section, slot *Slot, there, required, released bool) bool {
	v := h.v
	switch {
	case s.covered, required && !there && released:
		slot.TimeResult = TimeExcused
	case !required:
		slot.TimeResult, slot.LocationResult = "", ""
	case !there:
		missing(slot, v.ended)
	default:
		slot.TimeResult = TimeNormal
		return false
	}
	return true
}

// pairs is last minus first, or the closed pairs under alternating; a moved core time stands in for a released slot (rules 4.2b).
func (h freeHours) pairs(s *section) []interval {
	v := h.v
	if v.plan.Rule.Free.Pairing == Alternating {
		if pairs := v.r.pairs[s.pairs[0]:s.pairs[1]]; len(pairs) > 0 || s.onFill.there() == s.offFill.there() {
			return pairs
		}
	}
	on, hasOn := s.onFill.at, s.onFill.there()
	off, hasOff := s.offFill.at, s.offFill.there()
	if !hasOn && !s.covered {
		on, hasOn = v.standInOn(s)
	}
	if !hasOff && !s.covered {
		off, hasOff = v.standInOff(s)
	}
	if !hasOn || !hasOff {
		return nil
	}
	return []interval{{on, off}}
}

// lastOf is the end of a merged list that is so many seconds long, in memory of its own.
func lastOf(list []interval, seconds int64) []interval {
	skip := -seconds
	for _, part := range list {
		skip += part.length()
	}
	var out []interval
	for _, part := range list {
		cut := min(max(0, skip), part.length())
		skip -= part.length()
		if part.length() > cut {
			out = append(out, interval{part.from + cut, part.to})
		}
	}
	return out
}
