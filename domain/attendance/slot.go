package attendance

// onResult gives the time result of an OnDuty slot (rules 4.2 to 4.6).
func (v *verdict) onResult(s *section, slot *Slot) {
	switch {
	case s.gone:
		slot.TimeResult, slot.LocationResult = "", ""
	case s.covered:
		slot.TimeResult = TimeExcused
	case !s.onRequired:
		slot.TimeResult, slot.LocationResult = "", ""
	case !s.onFill.there() && s.freeOn:
		slot.TimeResult = TimeExcused
	case !s.onFill.there():
		missing(slot, v.r.over(v.plan, s.closesOn))
	default:
		slot.TimeResult, slot.Minutes = v.lateness(s.onFill.at, s.movedOn)
	}
}

// offResult gives the time result of an OffDuty slot (rules 4.2 to 4.6).
func (v *verdict) offResult(s *section, slot *Slot) {
	ended := v.r.over(v.plan, s.closes)
	switch {
	case s.gone:
		slot.TimeResult, slot.LocationResult = "", ""
	case s.covered:
		slot.TimeResult = TimeExcused
	case !s.offRequired:
		slot.TimeResult, slot.LocationResult = "", ""
	case !s.offFill.there() && s.freeOff:
		slot.TimeResult = TimeExcused
	case !s.offFill.there():
		missing(slot, ended)
	case s.offFill.at < s.movedOff && !ended:
		slot.TimeResult = TimePending
	default:
		slot.TimeResult, slot.Minutes = v.earliness(s.offFill.at, s.movedOff)
	}
}

// missing is the result of a slot without a punch: Pending until its window is over, then NotSigned by the system.
func missing(slot *Slot, ended bool) {
	slot.TimeResult = TimePending
	if ended {
		slot.TimeResult, slot.SourceType = TimeNotSigned, SourceSystem
	}
}

// lateness: Late when the punch is after on + permit; minutes count from on; the tiers are of a Late punch only.
func (v *verdict) lateness(punch, on int64) (TimeResult, int) {
	permit, serious, absent := 0, 0, 0
	if v.shift != nil {
		permit, serious, absent = v.shift.PermitLateMin, v.shift.SeriousLateMin, v.shift.AbsentLateMin
	}
	if punch <= on+int64(permit)*60 {
		return TimeNormal, 0
	}
	minutes := int((punch - on) / 60)
	switch {
	case absent > 0 && minutes >= absent:
		return TimeAbsenteeism, minutes
	case serious > 0 && minutes >= serious:
		return TimeSeriousLate, minutes
	}
	return TimeLate, minutes
}

// earliness: Early when the punch is before off - permit; minutes count to off.
func (v *verdict) earliness(punch, off int64) (TimeResult, int) {
	permit, absent := 0, 0
	if v.shift != nil {
		permit, absent = v.shift.PermitEarlyMin, v.shift.AbsentEarlyMin
	}
	if punch >= off-int64(permit)*60 {
		return TimeNormal, 0
	}
	minutes := int((off - punch) / 60)
	if absent > 0 && minutes >= absent {
		return TimeAbsenteeism, minutes
	}
	return TimeEarly, minutes
}

// anomalies gathers those that a slot's time result is itself.
func (v *verdict) anomalies(slot *Slot) {
	switch slot.TimeResult {
	case TimeLate:
		v.found.add(AnomalyLate)
	case TimeSeriousLate:
		v.found.add(AnomalySeriousLate)
	case TimeAbsenteeism:
		v.found.add(AnomalyAbsenteeism)
	case TimeEarly:
		v.found.add(AnomalyEarly)
	case TimeNotSigned:
		v.found.add(AnomalyNotSigned)
	}
}

// countSection adds the section's pairs to present and, clipped and without breaks and leave, to worked (rules 4.11).
func (v *verdict) countSection(s *section) {
	if v.f.pairing() == Alternating {
		for _, pair := range v.r.pairs[s.pairs[0]:s.pairs[1]] {
			v.countPair(s, pair)
		}
		if s.onFill.there() && s.offFill.there() {
			return
		}
	}
	on, hasOn := s.onFill.at, s.onFill.there()
	off, hasOff := s.offFill.at, s.offFill.there()
	if v.f.pairing() == Alternating && hasOn && s.freeOff && s.pairs[1] > s.pairs[0] {
		return // the moved time has closed the last pair (rules 3.8b), or the day was left before it
	}
	if !hasOn && !s.covered {
		on, hasOn = v.standInOn(s)
	}
	if !hasOff && !s.covered {
		off, hasOff = v.standInOff(s)
	}
	if hasOn && hasOff {
		v.countPair(s, interval{on, off})
	}
}

// standInOn gives the time that stands in for a missing On punch, once it is reached: since in a section that it divides (rules 2.7a), the moved time of a
// released slot (rules 4.2b, 4.2d), the planned time of one that is not required (rules 4.6a).
func (v *verdict) standInOn(s *section) (int64, bool) {
	var instant int64
	switch {
	case v.f.newcomer:
		return 0, false // nothing stands in (rules 2.7c)
	case s.divided:
		instant = s.since
	case s.freeOn && (s.offFill.there() || !s.onRequired):
		instant = s.movedOn
	case !s.onRequired:
		instant = s.on
	default:
		return 0, false
	}
	return instant, v.r.reached(v.plan, instant)
}

// standInOff gives the time that stands in for a missing Off punch, at most the time known (rules 4.2b, 4.2d, 4.6a).
func (v *verdict) standInOff(s *section) (int64, bool) {
	switch {
	case v.f.newcomer:
		return 0, false
	case s.freeOff && (s.onFill.there() || !s.offRequired):
		return v.r.notBeyond(v.plan, s.movedOff), true
	case !s.offRequired:
		return v.r.notBeyond(v.plan, s.off), true
	}
	return 0, false
}

func (v *verdict) countPair(s *section, pair interval) {
	v.complete = true
	v.present += pair.length()
	if v.night != nil {
		v.dark += measure(v.night, pair)
	}
	if s.covered {
		return
	}
	clip := pair.clip(s.movedOn, s.movedOff)
	if clip.length() == 0 {
		return
	}
	minus := v.breaks
	v.rested += measure(v.breaks, clip)
	if len(v.taken.leave) > 0 {
		v.r.scratch.parts = append(append(v.r.scratch.parts[:0], v.breaks...), v.taken.leave...)
		minus = merge(v.r.scratch.parts)
	}
	v.worked += clip.length() - measure(minus, clip)
}

// breakAfter takes off the break that is owed after so many hours, less what breaks took already (rules 4.11a).
func (v *verdict) breakAfter() {
	minus := int64(0)
	for _, row := range v.shift.BreakAfter {
		if v.worked > int64(row.WorkedMin)*60 {
			minus = max(minus, int64(row.MinusMin)*60)
		}
	}
	v.worked = max(0, v.worked-max(0, minus-v.rested))
}

// startNight lays the nights around a stretch of time (rules 4.11c).
func (v *verdict) startNight(from, to int64) {
	span := v.plan.Rule.Night
	if span == nil {
		return
	}
	r := v.r
	end := int(span.To)
	if span.To <= span.From {
		end += 24 * 60
	}
	v.night = []interval{}
	for d := r.clock.localDate(v.zone, from) - padLate; d <= r.clock.localDate(v.zone, to)+1; d++ {
		v.night = append(v.night, interval{r.clock.instant(v.zone, d, int(span.From)), r.clock.instant(v.zone, d, end)})
	}
	v.night = merge(v.night)
}
