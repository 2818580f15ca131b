package attendance

import "time"

// Reach gives the workdays, both inclusive, whose verdict a punch at an instant can influence under a plan: those whose windows can hold it, its
// local date, and the date after the last of them where late-out-late-in looks back.
func Reach(p *Plan, instant time.Time) (from, to Date) {
	var clock zoneClock
	counted := p.count(instant.UnixMicro())
	local := clock.localDate(p.zone, instant.Unix())
	from, to = local, local
	if p.Rule.Kind == FreeKind {
		if counted < clock.instant(p.zone, local, int(p.Rule.Free.DayStart)) {
			from = local - 1
		}
		return from, to
	}
	held := Date(0)
	for d := local - pad; d <= local+pad; d++ {
		for i := range p.shifts {
			open, closes := p.outer(&clock, i, d)
			if counted >= open && counted <= closes {
				from, to, held = min(from, d), max(to, d), max(held, d)
			}
		}
	}
	if held != 0 && p.looksBack() {
		to = max(to, held+1)
	}
	return from, to
}

// outer gives the outer windows of a shift on a date, both inclusive, before neighbours narrow them.
func (p *Plan) outer(clock *zoneClock, shift int, d Date) (open, closes int64) {
	sections := p.shifts[shift].sections
	first, last := &sections[0], &sections[len(sections)-1]
	open = clock.instant(p.zone, d, int(first.On)) - int64(window(first.OpenBeforeMin, defaultOpenMin))*60
	closes = clock.instant(p.zone, d, int(last.Off)) + int64(window(last.CloseAfterMin, defaultCloseMin))*60
	return open, closes
}

func (p *Plan) looksBack() bool {
	for i := range p.shifts {
		if p.shifts[i].lateOut {
			return true
		}
	}
	return false
}

// Closes says whether, under a plan, a window that was still open at after is over at through: of any shift on any date, or the end of a local
// or free day. It is what ClockAdvanced is written for (events §4). A zero after means that nothing was ever over.
func Closes(p *Plan, after, through time.Time) bool {
	if after.IsZero() || through.Sub(after) >= 26*time.Hour {
		return through.After(after)
	}
	next := NextClose(p, after)
	return !next.IsZero() && !next.After(through)
}

// NextClose gives the first instant, as the rule counts time, from which on some window is over that was not at after.
func NextClose(p *Plan, after time.Time) time.Time {
	var clock zoneClock
	local := clock.localDate(p.zone, after.Unix())
	known, best := p.count(after.UnixMicro()), int64(maxInstant)
	keep := func(over int64) {
		if over > known {
			best = min(best, over)
		}
	}
	for d := local - pad; d <= local+pad; d++ {
		keep(clock.instant(p.zone, d, 0))
		if p.Rule.Kind == FreeKind {
			keep(clock.instant(p.zone, d, int(p.Rule.Free.DayStart)))
			continue
		}
		for i := range p.shifts {
			p.shiftCloses(&clock, i, d, func(closes int64) { keep(p.count(closes*1_000_000) + p.tick()) })
		}
	}
	if best == maxInstant {
		return time.Time{}
	}
	return time.Unix(best, 0).In(p.zone)
}

// tick is the smallest step of time that the rule counts, in seconds.
func (p *Plan) tick() int64 {
	if p.exact {
		return 1
	}
	return 60
}

// shiftCloses visits every close of a shift's windows: On at its off, Off at the middle of the gap or the set window, the last at its outer window
// or where tomorrow's shift, whichever it is, cuts it.
func (p *Plan) shiftCloses(clock *zoneClock, shift int, d Date, visit func(int64)) {
	sections := p.shifts[shift].sections
	last := len(sections) - 1
	for i := range sections {
		off := clock.instant(p.zone, d, int(sections[i].Off))
		visit(off)
		if i < last {
			middle := (off + clock.instant(p.zone, d, int(sections[i+1].On))) >> 1
			if set := sections[i].CloseAfterMin; set != nil {
				middle = min(middle, off+int64(*set)*60)
			}
			visit(middle)
		}
	}
	_, outer := p.outer(clock, shift, d)
	visit(outer)
	off := clock.instant(p.zone, d, int(sections[last].Off))
	for i := range p.shifts {
		if middle := (off + clock.instant(p.zone, d+1, int(p.shifts[i].sections[0].On))) >> 1; middle < outer {
			visit(middle)
		}
	}
}
