package attendance

// claim is an approved overtime request: the dates to which it belongs are found before any punch is (rules 4.13).
type claim struct {
	span     interval
	bare     bool // dates, which name no time (rules 4.13e)
	from, to Date // of a bare claim
	owner    int32
	rest     int32 // the rest day to which rules 3.3d give it, else -1
}

// claims is the step that gives overtime requests to dates and lets them move the windows (rules 3.3c, 3.3d, 4.13).
type claims struct{ r *run }

func (c claims) collect() {
	r := c.r
	for i := range r.spans {
		span := &r.spans[i]
		if span.kind != Overtime {
			continue
		}
		q := span.request
		next := claim{owner: -1, rest: -1, bare: q.From.Date != 0 && q.To.Date != 0, from: q.From.Date, to: q.To.Date}
		if !next.bare { // one recorded before with a bare date beside a time counts as times
			next.span = interval{c.edge(q.From, 0), c.edge(q.To, 1)}
		}
		r.claims = append(r.claims, next)
	}
}

func (c claims) edge(m Moment, days int) int64 {
	if m.Date == 0 {
		return m.At.Unix()
	}
	zone := chooser{c.r}.frameOf(m.Date).zone
	return c.r.clock.instant(zone, m.Date.AddDays(days), 0)
}

// localFrame finds the date whose local day holds an instant, or -1.
func (c claims) localFrame(instant int64) int {
	for i := range c.r.frames {
		if instant >= c.r.frames[i].midnight && instant < c.r.nextMidnight(i) {
			return i
		}
	}
	return -1
}

// cutCloses lets an unset close end an hour before a request that begins on a rest day; the request is then the rest day's (rules 3.3d).
func (c claims) cutCloses() {
	r := c.r
	plain := make([]int64, 0, len(r.frames))
	for i := range r.claims {
		claim := &r.claims[i]
		at := c.localFrame(claim.span.from)
		if claim.bare || at < 0 || r.frames[at].what != resting || claim.span.from < r.frames[at].start {
			continue
		}
		w := c.workdayBefore(at)
		if w < 0 {
			continue
		}
		if len(plain) == 0 {
			for n := range r.frames {
				plain = append(plain, r.frames[n].closes)
			}
		}
		f := &r.frames[w]
		all := r.of(f)
		last := &all[len(all)-1]
		if last.rule.CloseAfterMin != nil || claim.span.from <= last.off+3600 || plain[w] <= claim.span.from-3600 {
			continue
		}
		claim.rest = int32(at)
		f.closes = min(f.closes, claim.span.from-3600)
		f.held = f.closes
	}
}

// workdayBefore finds the last workday before a frame, or -1.
func (c claims) workdayBefore(at int) int {
	for i := at - 1; i >= 0; i-- {
		if c.r.frames[i].what == working {
			return i
		}
	}
	return -1
}

// assign finds the date of each request with times: the first of rules 4.13 that fits.
func (c claims) assign() {
	r := c.r
	for i := range r.claims {
		claim := &r.claims[i]
		if claim.bare {
			continue
		}
		claim.owner = claim.rest
		for n := 0; n < len(r.frames) && claim.owner < 0; n++ {
			f := &r.frames[n]
			if f.what == working && claim.span.from >= f.open && claim.span.from <= f.held && claim.span.from < f.plainCloses {
				claim.owner = f.index
			}
		}
		for n := 0; n < len(r.frames) && claim.owner < 0; n++ {
			f := &r.frames[n]
			if f.what == freeDay && claim.span.from >= f.start && claim.span.from < r.ends(n) {
				claim.owner = f.index
			}
		}
		if claim.owner < 0 {
			claim.owner = int32(c.localFrame(claim.span.from))
		}
	}
}

// keepOpen keeps an unset close open until an hour after a request that begins in the windows (rules 3.3c).
func (c claims) keepOpen() {
	r := c.r
	for i := range r.claims {
		claim := &r.claims[i]
		if claim.bare || claim.owner < 0 || claim.rest >= 0 {
			continue
		}
		w := int(claim.owner)
		f := &r.frames[w]
		if f.what != working || claim.span.from < f.open || claim.span.from >= f.plainCloses {
			continue
		}
		all := r.of(f)
		last := &all[len(all)-1]
		if last.rule.CloseAfterMin != nil {
			continue
		}
		c.extend(w, last.off, min(claim.span.to, c.ownEnd(claim))+3600)
	}
}

// extend moves a close later, but not into the next workday's first On window.
func (c claims) extend(w int, off, until int64) {
	f := &c.r.frames[w]
	held := until
	for n := w + 1; n < len(c.r.frames); n++ {
		next := &c.r.frames[n]
		if next.what != working {
			continue
		}
		if until >= next.rawOpen {
			until, held = next.rawOpen, next.rawOpen-1
		}
		if next.rawOpen <= off {
			return
		}
		break
	}
	if until > f.closes {
		f.closes, f.held = until, held
	}
}

// asRest says whether overtime of a workday counts as on a rest day (rules 4.15).
func (c claims) asRest(f *frame) bool {
	return f.leaveAlone && f.plan.Rule.Overtime.Mode != OvertimePunched
}

// partEnd is where the part of a date ends (rules 4.13a, 4.13b).
func (c claims) partEnd(i int) int64 {
	f := &c.r.frames[i]
	if f.what != working || c.asRest(f) {
		return c.r.ends(i)
	}
	if on, there := c.nextOn(i); there {
		return on
	}
	return max(c.r.ends(i), f.plainCloses)
}

// nextOn is the first on of the next date, if it has a shift.
func (c claims) nextOn(i int) (int64, bool) {
	if i+1 >= len(c.r.frames) || c.r.frames[i+1].what != working {
		return 0, false
	}
	return c.r.of(&c.r.frames[i+1])[0].on, true
}

// ownEnd is where the part of a request's own date ends for it: one that ends by noon of the date after is not cut at the start of day (rules 4.13c).
func (c claims) ownEnd(claim *claim) int64 {
	i := int(claim.owner)
	f := &c.r.frames[i]
	if f.what == unscheduled {
		return minInstant
	}
	zone := f.zone
	if i+1 < len(c.r.frames) {
		zone = c.r.frames[i+1].zone
	}
	if claim.span.to > c.r.clock.instant(zone, f.date+1, 12*60) {
		return c.partEnd(i)
	}
	if on, there := c.nextOn(i); there {
		return on
	}
	return maxInstant
}

// parts appends to out what of a claim is a date's (rules 4.13 to 4.13e). on and off are the first on and last off of a workday as flex moves them.
func (c claims) parts(out []interval, claim *claim, i int, on, off int64) []interval {
	r := c.r
	f := &r.frames[i]
	if f.what == unscheduled {
		return out
	}
	workday := f.what == working && !c.asRest(f)
	part := interval{f.start, c.partEnd(i)}
	if workday {
		part.from = off
	}
	switch {
	case claim.bare:
		if f.date < claim.from || f.date > claim.to {
			return out
		}
		if f.what == resting && f.restEnd != 0 {
			part.to = max(part.to, f.restEnd)
		}
	case int(claim.owner) == i:
		part.to = c.ownEnd(claim)
		if workday && claim.span.from < on {
			out = c.exceptShifts(out, interval{claim.span.from, min(claim.span.to, on)}, i)
		}
		if !workday && f.what != freeDay {
			part.from = min(part.from, claim.span.from)
		}
		part = part.clip(claim.span.from, claim.span.to)
	default:
		if int(claim.owner) > i || claim.span.from >= part.to {
			return out
		}
		taken := int64(minInstant)
		if claim.owner >= 0 {
			taken = c.ownEnd(claim)
			if claim.span.to <= taken {
				return out
			}
		} else if claim.span.from >= r.frames[0].start {
			return out
		}
		for n := max(int(claim.owner)+1, i-padLate); n < i; n++ {
			if r.frames[n].what != unscheduled {
				taken = max(taken, c.partEnd(n))
			}
		}
		part.from = max(part.from, taken)
		part = part.clip(claim.span.from, claim.span.to)
	}
	return c.exceptShifts(out, part, i)
}

// exceptShifts appends what lies in no shift of another date (rules 4.13a).
func (c claims) exceptShifts(out []interval, part interval, i int) []interval {
	r := c.r
	for n := max(0, i-padLate); n < min(len(r.frames), i+padLate+1) && part.length() > 0; n++ {
		f := &r.frames[n]
		if n == i || f.what != working {
			continue
		}
		all := r.of(f)
		on, off := all[0].on, all[len(all)-1].off
		if off <= part.from || on >= part.to {
			continue
		}
		if on > part.from {
			out = append(out, interval{part.from, on})
		}
		part.from = off
	}
	if part.length() > 0 {
		out = append(out, part)
	}
	return out
}
