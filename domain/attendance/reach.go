package attendance

import "time"

// Reach gives the workdays, both inclusive, whose verdict a punch at an instant can influence under a plan: those whose windows can hold it, the date
// before it where a rest day may take it as its end (rules 3.13), the date after it that gets what a rest day no longer takes, and the dates after a
// workday that it touches or that looks back at it.
func Reach(p *Plan, instant time.Time) (from, to Date) {
	var clock zoneClock
	counted := p.count(instant.UnixMicro())
	local := clock.localDate(p.zone, instant.Unix())
	from, to = local-1, local+3 // one rest day after the other may take the end of the next
	held := local
	for d := local - padLate; d <= local+2; d++ {
		for i := range p.shifts {
			open, closes := p.outer(&clock, i, d)
			if counted >= open && counted <= closes {
				from, held = min(from, d), max(held, d)
			}
		}
	}
	to = max(to, held)
	if p.looksBack() {
		to = max(to, held+1)
	}
	if p.latest+60+clockSlack >= p.earliest+24*60 {
		from, to = from-1, max(to, held+1)+touchReach
	}
	return from, to
}

// touchReach is how many workdays in a row that touch a lone punch is followed through (rules 3.4a).
const touchReach = 2

// outer gives the outer windows of a shift on a date, both inclusive, before neighbours narrow them; an unset close may wait for the next start of day
// and an hour after a request that ends by noon (rules 3.3, 3.3c).
func (p *Plan) outer(clock *zoneClock, shift int, d Date) (open, closes int64) {
	sections := p.shifts[shift].sections
	first, last := &sections[0], &sections[len(sections)-1]
	open = clock.instant(p.zone, d, int(first.On)) - int64(window(first.OpenBeforeMin, defaultOpenMin))*60
	closes = clock.instant(p.zone, d, int(last.Off)) + int64(window(last.CloseAfterMin, defaultCloseMin))*60
	if last.CloseAfterMin == nil {
		closes = max(closes, clock.instant(p.zone, d+1, p.dayStart()))
	}
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

// Closes says whether, under any of a group's plans, a window that was still open at after is over at through: of any shift on any date, or the end
// of a local or free day. It is what ClockAdvanced is written for (events §4). A zero after means that nothing was ever over.
func Closes(plans []*Plan, after, through time.Time) bool {
	if after.IsZero() || through.Sub(after) >= 26*time.Hour {
		return through.After(after)
	}
	for _, p := range plans {
		if next := NextClose(p, after, plans...); !next.IsZero() && !next.After(through) {
			return true
		}
	}
	return false
}

// NextClose gives the first instant, as the rule counts time, from which on some window is over that was not at after. Beside are plans that may hold
// the next date: the window of a day ends where theirs opens.
func NextClose(p *Plan, after time.Time, beside ...*Plan) time.Time {
	if len(beside) == 0 {
		beside = []*Plan{p}
	}
	var clock zoneClock
	local := clock.localDate(p.zone, after.Unix())
	known, best := p.count(after.UnixMicro()), int64(maxInstant)
	keep := func(over int64) {
		if over > known {
			best = min(best, over)
		}
	}
	for d := local - padLate; d <= local+2; d++ {
		keep(clock.instant(p.zone, d, 0))
		keep(clock.instant(p.zone, d, p.dayStart()))
		for i := range p.shifts {
			p.shiftCloses(&clock, i, d, beside, func(closes int64) { keep(p.count(closes*1_000_000) + p.tick()) })
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
// or where tomorrow's shift cuts it, whichever it is and whichever plan holds then.
func (p *Plan) shiftCloses(clock *zoneClock, shift int, d Date, beside []*Plan, visit func(int64)) {
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
	for _, next := range beside {
		for i := range next.shifts {
			on := clock.instant(next.zone, d+1, int(next.shifts[i].sections[0].On))
			if middle := (off + on) >> 1; middle < outer {
				visit(middle)
			}
			if opens, _ := next.outer(clock, i, d+1); opens < outer {
				visit(opens)
			}
		}
	}
}
