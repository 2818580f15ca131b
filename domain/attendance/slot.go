package attendance

// judgeOn gives the time result of an OnDuty slot (rules §4).
func (r *run) judgeOn(w *dayWork, s *section, slot *Slot) {
	switch {
	case !s.rule.OnRequired:
		slot.TimeResult, slot.LocationResult = "", ""
	case s.covered:
		slot.TimeResult = TimeExcused
	case !s.onFill.there():
		missing(slot, r.over(w.plan, s.closesOn))
	default:
		slot.TimeResult, slot.Minutes = w.lateness(s.onFill.at, s.movedOn)
	}
}

// judgeOff gives the time result of an OffDuty slot (rules §4).
func (r *run) judgeOff(w *dayWork, s *section, slot *Slot) {
	ended := r.over(w.plan, s.high)
	switch {
	case !s.rule.OffRequired:
		slot.TimeResult, slot.LocationResult = "", ""
	case s.covered:
		slot.TimeResult = TimeExcused
	case !s.offFill.there():
		missing(slot, ended)
	case s.offFill.at < s.movedOff && !ended:
		slot.TimeResult = TimePending
	default:
		slot.TimeResult, slot.Minutes = w.earliness(s.offFill.at, s.movedOff)
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
func (w *dayWork) lateness(punch, on int64) (TimeResult, int) {
	permit, serious, absent := 0, 0, 0
	if w.shift != nil {
		permit, serious, absent = w.shift.PermitLateMin, w.shift.SeriousLateMin, w.shift.AbsentLateMin
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
func (w *dayWork) earliness(punch, off int64) (TimeResult, int) {
	permit, absent := 0, 0
	if w.shift != nil {
		permit, absent = w.shift.PermitEarlyMin, w.shift.AbsentEarlyMin
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
func (w *dayWork) anomalies(slot *Slot) {
	switch slot.TimeResult {
	case TimeLate:
		w.found.add(AnomalyLate)
	case TimeSeriousLate:
		w.found.add(AnomalySeriousLate)
	case TimeAbsenteeism:
		w.found.add(AnomalyAbsenteeism)
	case TimeEarly:
		w.found.add(AnomalyEarly)
	case TimeNotSigned:
		w.found.add(AnomalyNotSigned)
	}
}

// countSection adds the section's pairs to present and, clipped and without breaks and leave, to worked (rules §4).
func (r *run) countSection(w *dayWork, s *section) {
	if w.pairing == Alternating {
		for _, pair := range r.pairs[s.pairs[0]:s.pairs[1]] {
			r.countPair(w, s, pair)
		}
		r.countStandIn(w, s)
		return
	}
	on, hasOn := s.onFill.at, s.onFill.there()
	off, hasOff := s.offFill.at, s.offFill.there()
	if !hasOn && !s.rule.OnRequired && !s.covered {
		on, hasOn = r.notBeyond(w.plan, s.on), true
	}
	if !hasOff && !s.rule.OffRequired && !s.covered {
		off, hasOff = r.notBeyond(w.plan, s.off), true
	}
	if hasOn && hasOff {
		r.countPair(w, s, interval{on, off})
	}
}

// countStandIn lets the planned time of a slot that is not required complete the pair that lacks it, under alternating.
func (r *run) countStandIn(w *dayWork, s *section) {
	if s.covered {
		return
	}
	hasOn, hasOff := s.onFill.there(), s.offFill.there()
	from, to := s.onFill.at, s.offFill.at
	switch {
	case !hasOn && !s.rule.OnRequired && hasOff:
		from = r.notBeyond(w.plan, s.on)
	case !hasOff && !s.rule.OffRequired && hasOn:
		to = r.notBeyond(w.plan, s.off)
	case !hasOn && !hasOff && !s.rule.OnRequired && !s.rule.OffRequired:
		from, to = r.notBeyond(w.plan, s.on), r.notBeyond(w.plan, s.off)
	default:
		return
	}
	r.countPair(w, s, interval{from, to})
}

func (r *run) countPair(w *dayWork, s *section, pair interval) {
	w.complete = true
	w.present += pair.length()
	if s.covered {
		return
	}
	clip := pair.clip(s.movedOn, s.movedOff)
	if clip.length() == 0 {
		return
	}
	minus := w.breaks
	if len(w.taken.leave) > 0 {
		r.scratch.parts = append(append(r.scratch.parts[:0], w.breaks...), w.taken.leave...)
		minus = merge(r.scratch.parts)
	}
	w.worked += clip.length() - measure(minus, clip)
}
