package attendance

// section is one section of a shift on one date, in unix seconds, with the punches that its windows hold.
type section struct {
	rule     *Section
	owner    int32 // the frame
	on, off  int64 // planned
	low      int64 // first counted instant of its windows
	high     int64 // last counted instant of its windows
	from, to int   // range of run.taps
	tapOn    bool  // the two-punch rule gives it its first punch as OnDuty
	tapOff   bool  // the two-punch rule gives it its last punch as OffDuty

	onFill, offFill fill
	pairs           [2]int32 // range of run.pairs: closed pairs under alternating

	movedOn, movedOff int64 // after late-out-late-in, requests and flex
	closesOn          int64 // the close of On's window: off as requests move it
	covered           bool  // wholly covered by requests
}

// layWindows places every section on the line of time and cuts the windows of neighbouring workdays at the middle between them (rules §3).
func (r *run) layWindows() {
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
	previous := -1
	for i := range r.frames {
		f := &r.frames[i]
		r.layStart(i)
		if f.what != working {
			continue
		}
		r.placeSections(f)
		if previous >= 0 {
			r.divide(&r.frames[previous], f)
		}
		previous = i
	}
	for i := range r.frames {
		f := &r.frames[i]
		switch {
		case f.what == working:
			r.innerWindows(r.of(f), f.open, f.closes)
		case f.what == freeDay:
			r.placeFree(i)
		}
	}
}

// of gives the sections of a frame.
func (r *run) of(f *frame) []section { return r.sections[f.sections[0]:f.sections[1]] }

func (r *run) placeSections(f *frame) {
	rules := f.plan.shifts[f.shift].sections
	f.sections = [2]int32{int32(len(r.sections)), int32(len(r.sections) + len(rules))}
	for i := range rules {
		s := section{rule: &rules[i], owner: f.index}
		s.on = r.clock.instant(f.zone, f.date, int(rules[i].On))
		s.off = r.clock.instant(f.zone, f.date, int(rules[i].Off))
		s.closesOn = s.off
		r.sections = append(r.sections, s)
	}
	all := r.of(f)
	f.open = all[0].on - int64(window(rules[0].OpenBeforeMin, defaultOpenMin))*60
	f.closes = all[len(all)-1].off + int64(window(rules[len(rules)-1].CloseAfterMin, defaultCloseMin))*60
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

// divide lets neither of two workdays reach over the middle between them; the middle itself belongs to the earlier.
func (r *run) divide(earlier, later *frame) {
	before, after := r.of(earlier), r.of(later)
	middle := (before[len(before)-1].off + after[0].on) >> 1
	earlier.closes = min(earlier.closes, middle)
	later.open = max(later.open, middle+1)
}

// innerWindows bounds each section by the outer windows, by the middles of the gaps, and by the windows set in the rule, which only narrow.
func (r *run) innerWindows(all []section, open, closes int64) {
	for i := range all {
		s := &all[i]
		s.low, s.high = open, closes
		if i > 0 {
			s.low = max(open, gapMiddle(all, i-1)+1)
			if set := s.rule.OpenBeforeMin; set != nil {
				s.low = max(s.low, s.on-int64(*set)*60)
			}
		}
		if i < len(all)-1 {
			s.high = min(closes, gapMiddle(all, i))
			if set := s.rule.CloseAfterMin; set != nil {
				s.high = min(s.high, s.off+int64(*set)*60)
			}
		}
	}
}

// gapMiddle is M between section i and the next.
func gapMiddle(all []section, i int) int64 { return (all[i].off + all[i+1].on) >> 1 }

// layStart finds where the stretch of a date begins, whose punches in no window it lists: its midnight, or the end of a free day before it.
func (r *run) layStart(i int) {
	f := &r.frames[i]
	minute := 0
	zone := f.zone
	if i > 0 && r.frames[i-1].what == freeDay {
		minute, zone = int(r.frames[i-1].plan.Rule.Free.DayStart), r.frames[i-1].zone
	}
	f.starts = r.clock.instant(zone, f.date, minute)
	if i > 0 {
		f.starts = max(f.starts, r.frames[i-1].starts)
	}
}

// ends is where the stretch of a date ends: the start of the next.
func (r *run) ends(i int) int64 {
	if i+1 < len(r.frames) {
		return r.frames[i+1].starts
	}
	f := &r.frames[i]
	minute := 0
	if f.what == freeDay {
		minute = int(f.plan.Rule.Free.DayStart)
	}
	return r.clock.instant(f.zone, f.date+1, minute)
}

// placeFree makes a free day one section: day_start up to the next day_start, its end exclusive, planned to be the core hours (rules §4).
func (r *run) placeFree(i int) {
	f := &r.frames[i]
	free := f.plan.Rule.Free
	f.open = max(f.starts, r.clock.instant(f.zone, f.date, int(free.DayStart)))
	f.closes = max(f.open, r.ends(i))
	s := section{rule: &f.plan.free, owner: f.index, on: f.open, off: f.closes, low: f.open, high: f.closes - 1, closesOn: maxInstant}
	if free.Core != nil {
		s.on = r.clock.instant(f.zone, f.date, int(free.Core.From))
		s.off = r.clock.instant(f.zone, f.date, int(free.Core.To))
	}
	f.sections = [2]int32{int32(len(r.sections)), int32(len(r.sections) + 1)}
	r.sections = append(r.sections, s)
}

// shareTaps gives every punch to exactly one date: windows of shifts first, then the stretch of the date.
func (r *run) shareTaps() {
	done := 0
	for i := range r.frames {
		if f := &r.frames[i]; f.what == working {
			done = r.shareShift(f, done)
		}
	}
	at := 0
	for i := range r.frames {
		f := &r.frames[i]
		end := r.ends(i)
		for at < len(r.taps) && r.taps[at].micros < f.starts*1_000_000 {
			at++
		}
		for ; at < len(r.taps) && r.taps[at].micros < end*1_000_000; at++ {
			if r.taps[at].owner < 0 {
				r.give(f, at)
			}
		}
		if f.what == freeDay {
			s := &r.of(f)[0]
			s.from = r.firstAt(f.plan, s.low)
			s.to = max(s.from, r.firstAt(f.plan, s.high+1))
		}
	}
}

// give lets a frame list a punch.
func (r *run) give(f *frame, i int) {
	r.taps[i].owner = f.index
	if f.tapTo == 0 {
		f.tapFrom = i
	}
	f.tapFrom = min(f.tapFrom, i)
	f.tapTo = max(f.tapTo, i+1)
}

// shareShift finds the punches of each section's windows; done is the first punch that no earlier workday holds.
func (r *run) shareShift(f *frame, done int) int {
	if len(r.taps) == 0 || done == len(r.taps) {
		return done
	}
	all := r.of(f)
	for i := range all {
		s := &all[i]
		s.from, s.to = done, done
		if s.low > s.high {
			continue // a neighbour's shift overlaps the whole section
		}
		s.from = max(done, r.firstAt(f.plan, s.low))
		s.to = max(s.from, r.firstAt(f.plan, s.high+1))
		done = s.to
	}
	for i := 0; i+1 < len(all); i++ {
		r.twoPunches(f, &all[i], &all[i+1])
	}
	for i := range all {
		for at := all[i].from; at < all[i].to; at++ {
			r.give(f, at)
		}
	}
	return done
}

// twoPunches reads two punches on one side of the middle of a gap as going out and coming back (rules §3).
func (r *run) twoPunches(f *frame, before, after *section) {
	first, last := -1, -1
	for i := max(before.from, r.firstAt(f.plan, before.off)); i < after.to && f.plan.count(r.taps[i].micros) <= after.on; i++ {
		if r.taps[i].state == tapRejected {
			continue
		}
		if first < 0 {
			first = i
		}
		last = i
	}
	if first < 0 || r.taps[last].micros-r.taps[first].micros <= tapSpan {
		return
	}
	out, in := f.plan.count(r.taps[first].micros), f.plan.count(r.taps[last].micros)
	middle := (before.off + after.on) >> 1
	if out <= middle && in > middle {
		return
	}
	if shuts(before.rule.CloseAfterMin, out-before.off) || shuts(after.rule.OpenBeforeMin, after.on-in) {
		return
	}
	before.to, before.tapOff = first+1, true
	after.from, after.tapOn = last, true
	for i := first + 1; i < last; i++ {
		r.give(f, i)
		r.settleMiddle(i, first, last)
	}
}

// shuts says whether a window set in the rule ends before a distance in seconds.
func shuts(set *int, distance int64) bool { return set != nil && distance > int64(*set)*60 }

// settleMiddle names the reason of a punch between the two that the two-punch rule takes.
func (r *run) settleMiddle(i, first, last int) {
	if r.taps[i].state == tapRejected {
		return
	}
	r.taps[i].state = tapBetween
	if r.taps[i].micros-r.taps[first].micros <= tapSpan || r.taps[last].micros-r.taps[i].micros <= tapSpan {
		r.taps[i].state = tapSame
	}
}
