package attendance

// section is one section of a shift on one date, in unix seconds, with the punches that its windows hold. A free day is one section, too.
type section struct {
	rule     *Section
	owner    int32 // the frame
	on, off  int64 // planned
	low      int64 // first counted instant of its windows
	high     int64 // last counted instant of its windows
	closes   int64 // the close of Off's window
	from, to int   // range of run.taps

	onRequired, offRequired bool
	divided                 bool  // since lies in it (rules 2.7a)
	since                   int64 // counted, where it is divided
	gone                    bool  // it ended before since (rules 2.7b)

	forcedOn, forcedOff int // index of run.taps + 1: what rules 3.4 and 3.6 give it, 0 = nothing
	onFill, offFill     fill
	pairs               [2]int32 // range of run.pairs: closed pairs under alternating
	alone               int      // under alternating: punches without a pair
	openEnd             bool     // under alternating: the last pair is open

	movedOn, movedOff int64 // after late-out-late-in and requests, in verdicts after flex, too
	closesOn          int64 // the close of On's window: off as requests move it
	covered           bool  // wholly covered by requests (rules 4.2)
	freeOn, freeOff   bool  // released (rules 4.2a)
	errand            bool  // a slot is released by a trip or an errand (rules 4.10a)
}

// layout places the windows of all workdays on the line of time (rules 3.3 to 3.5).
type layout struct{ r *run }

func (l layout) lay() {
	r := l.r
	count, pauses := 0, 0
	for i := range r.frames {
		switch f := &r.frames[i]; f.what {
		case working:
			count += len(f.plan.shifts[f.shift].sections)
			pauses += len(f.plan.shifts[f.shift].rule.Breaks)
		case freeDay:
			count++
		}
	}
	r.sections, r.breaks = make([]section, 0, count), make([]interval, 0, pauses)
	for i := range r.frames {
		switch f := &r.frames[i]; f.what {
		case working:
			l.placeSections(i)
		case freeDay:
			l.placeFree(i)
		}
	}
	claims := claims{r}
	claims.collect()
	claims.cutCloses()
	previous := -1
	for i := range r.frames {
		if r.frames[i].what != working {
			continue
		}
		if previous >= 0 {
			l.divide(&r.frames[previous], &r.frames[i])
		}
		previous = i
	}
	for i := range r.frames {
		r.frames[i].plainCloses = r.frames[i].closes
	}
	claims.assign()
	claims.keepOpen()
	for i := range r.frames {
		if f := &r.frames[i]; f.what == working {
			l.innerWindows(f)
		}
	}
	l.moveCloses()
}

// of gives the sections of a frame.
func (r *run) of(f *frame) []section { return r.sections[f.sections[0]:f.sections[1]] }

// ends is where the hours or the frame of a date end: the next date's start of day.
func (r *run) ends(i int) int64 {
	if i+1 < len(r.frames) {
		return r.frames[i+1].start
	}
	return r.frames[i].start + 86400
}

// nextMidnight is where a local date ends.
func (r *run) nextMidnight(i int) int64 {
	if i+1 < len(r.frames) {
		return r.frames[i+1].midnight
	}
	return r.frames[i].midnight + 86400
}

func (l layout) placeSections(i int) {
	r := l.r
	f := &r.frames[i]
	rules := f.plan.shifts[f.shift].sections
	f.sections = [2]int32{int32(len(r.sections)), int32(len(r.sections) + len(rules))}
	for i := range rules {
		s := section{rule: &rules[i], owner: f.index, onRequired: rules[i].OnRequired, offRequired: rules[i].OffRequired}
		s.on = r.clock.instant(f.zone, f.date, int(rules[i].On))
		s.off = r.clock.instant(f.zone, f.date, int(rules[i].Off))
		s.closesOn = s.off
		l.divideBySince(f.plan, &s)
		r.sections = append(r.sections, s)
	}
	all := r.of(f)
	f.rawOpen = all[0].on - int64(window(rules[0].OpenBeforeMin, defaultOpenMin))*60
	f.open = f.rawOpen
	last := &all[len(all)-1]
	f.closes = last.off + int64(window(last.rule.CloseAfterMin, defaultCloseMin))*60
	if last.rule.CloseAfterMin == nil {
		f.closes = max(f.closes, r.ends(i))
	}
	f.held = f.closes
	pauses := f.plan.shifts[f.shift].rule.Breaks
	f.breaks[0] = int32(len(r.breaks))
	for _, pause := range pauses {
		from := r.clock.instant(f.zone, f.date, int(pause.From))
		r.breaks = append(r.breaks, interval{from, r.clock.instant(f.zone, f.date, int(pause.To))})
	}
	merged := merge(r.breaks[f.breaks[0]:])
	f.breaks[1] = f.breaks[0] + int32(len(merged))
	r.breaks = r.breaks[:f.breaks[1]]
}

// divideBySince: what lies before the instant from which attendance counts is not required (rules 2.7, 2.7a, 2.7b).
func (l layout) divideBySince(plan *Plan, s *section) {
	since := l.r.facts.Since
	if since.IsZero() {
		return
	}
	micros := since.UnixMicro()
	onBefore, offBefore := s.on*1_000_000 < micros, s.off*1_000_000 < micros
	s.onRequired = s.onRequired && !onBefore
	s.offRequired = s.offRequired && !offBefore
	s.gone, s.divided = offBefore, onBefore && !offBefore
	s.since = plan.count(micros)
}

// placeFree makes a free day one section: its start of day up to the next, its end exclusive, planned to be the core hours (rules 4.8).
func (l layout) placeFree(i int) {
	r := l.r
	f := &r.frames[i]
	f.open, f.closes = f.start, r.ends(i)
	f.held = f.closes - 1
	s := section{rule: &f.plan.free, owner: f.index, on: f.open, off: f.closes, low: f.open, high: f.held, closes: f.closes, closesOn: maxInstant}
	s.onRequired, s.offRequired = !f.newcomer, !f.newcomer
	if core := f.plan.Rule.Free.Core; core != nil {
		s.on = r.clock.instant(f.zone, f.date, int(core.From))
		s.off = r.clock.instant(f.zone, f.date, int(core.To))
	}
	f.sections = [2]int32{int32(len(r.sections)), int32(len(r.sections) + 1)}
	r.sections = append(r.sections, s)
}

// divide parts the windows of two neighbouring workdays: an unset close ends where the later opens (rules 3.3a), what both still hold is divided by
// the middle between them (rules 3.3b).
func (l layout) divide(earlier, later *frame) {
	before, after := l.r.of(earlier), l.r.of(later)
	last := &before[len(before)-1]
	opens := later.rawOpen
	middle := (last.off + after[0].on) >> 1
	unset := last.rule.CloseAfterMin == nil
	switch {
	case earlier.closes < opens:
	case (unset && opens > last.off) || opens > middle:
		earlier.closes, earlier.held = opens, opens-1
	case earlier.closes > middle:
		earlier.closes, earlier.held = middle, middle
	}
	later.open = max(later.open, earlier.held+1)
}

// innerWindows bounds each section by the outer windows, by the middles of the gaps, and by the windows set in the rule, which only narrow (rules 3.5).
func (l layout) innerWindows(f *frame) {
	all := l.r.of(f)
	for i := range all {
		s := &all[i]
		s.low, s.high, s.closes = f.open, f.held, f.closes
		if i > 0 {
			s.low = max(f.open, gapMiddle(all, i-1)+1)
			if set := s.rule.OpenBeforeMin; set != nil {
				s.low = max(s.low, s.on-int64(*set)*60)
			}
		}
		if i < len(all)-1 {
			s.high = min(f.held, gapMiddle(all, i))
			if set := s.rule.CloseAfterMin; set != nil {
				s.high = min(s.high, s.off+int64(*set)*60)
			}
			s.closes = s.high
		}
	}
}

// gapMiddle is M between section i and the next.
func gapMiddle(all []section, i int) int64 { return (all[i].off + all[i+1].on) >> 1 }

// moveCloses finds where each section's off stands after the requests alone: up to there a punch may be OnDuty (rules 3.7).
func (l layout) moveCloses() {
	r := l.r
	if len(r.spans) == 0 {
		return
	}
	for i := range r.frames {
		f := &r.frames[i]
		if f.what != working {
			continue
		}
		all := r.of(f)
		taken := r.coverOf(f.zone, reachOf(all))
		if len(taken.all) == 0 {
			continue
		}
		breaks := r.breaks[f.breaks[0]:f.breaks[1]]
		blocked := r.blocked(taken.all, breaks)
		for n := range all {
			if _, off, covered := moveWithin(blocked, all[n].on, all[n].off); !covered {
				all[n].closesOn = off
			}
		}
		if len(r.claims) > 0 && len(taken.leave) > 0 {
			f.leaveAlone = coversAll(r.blocked(taken.leave, breaks), all)
		}
	}
}

// coversAll says whether a merged list holds every section.
func coversAll(blocked []interval, all []section) bool {
	for n := range all {
		if _, _, covered := moveWithin(blocked, all[n].on, all[n].off); !covered {
			return false
		}
	}
	return true
}
