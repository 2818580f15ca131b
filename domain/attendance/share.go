package attendance

// sharer gives every punch to exactly one date, the first that takes it (rules 3.2).
type sharer struct{ r *run }

const hour = 3600

func (h sharer) share() {
	r := h.r
	if len(r.taps) == 0 {
		return
	}
	h.requested(0)
	done := 0
	for i := range r.frames {
		if f := &r.frames[i]; f.what == working {
			done = h.shareShift(f, done)
		}
	}
	if r.typed {
		for i := range r.frames {
			if f := &r.frames[i]; f.what == working {
				corrector{r, f}.correct()
			}
		}
	}
	for i := range r.frames {
		if f := &r.frames[i]; f.what == working && f.sections[1]-f.sections[0] > 1 {
			h.gaps(f)
		}
	}
	h.requested(hour)
	h.frames()
	h.localDates()
	for i := range r.frames {
		f := &r.frames[i]
		if f.what == freeDay {
			s := &r.of(f)[0]
			s.from, s.to = f.tapFrom, f.tapTo
		}
		if r.typed && (f.what == freeDay || f.what == resting) {
			corrector{r, f}.correct()
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

// requested gives rest days the punches inside their parts of approved overtime requests with times, or around them (rules 3.2, 3.13a).
func (h sharer) requested(around int64) {
	r := h.r
	if len(r.claims) == 0 {
		return
	}
	var parts []interval
	for i := range r.frames {
		f := &r.frames[i]
		if f.what != resting {
			continue
		}
		for n := range r.claims {
			claim := &r.claims[n]
			if claim.bare {
				continue
			}
			parts = claims{r}.parts(parts[:0], claim, i, 0, 0)
			for _, part := range parts {
				h.givePart(f, claim, part, around)
			}
		}
	}
}

// givePart gives a rest day the unclaimed punches of a part. The end at which a request is cut is the next date's.
func (h sharer) givePart(f *frame, claim *claim, part interval, around int64) {
	r := h.r
	for at := r.firstAt(f.plan, part.from-around); at < len(r.taps); at++ {
		counted := f.plan.count(r.taps[at].micros)
		if counted > part.to+around {
			return
		}
		if r.taps[at].owner >= 0 || (around == 0 && ((counted == part.to && part.to < claim.span.to) || h.inShift(counted))) {
			continue
		}
		r.give(f, at)
	}
}

// inShift says whether an instant lies between the first on and the last off of some workday.
func (h sharer) inShift(counted int64) bool {
	for i := range h.r.frames {
		f := &h.r.frames[i]
		if f.what != working {
			continue
		}
		all := h.r.of(f)
		if counted >= all[0].on && counted <= all[len(all)-1].off {
			return true
		}
	}
	return false
}

// shareShift finds the punches of each section's windows; done is the first punch that no earlier workday holds.
func (h sharer) shareShift(f *frame, done int) int {
	r := h.r
	if done == len(r.taps) {
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
	for i := range all {
		for at := all[i].from; at < all[i].to; at++ {
			if r.taps[at].owner < 0 {
				r.give(f, at)
			}
		}
	}
	return done
}

// gaps lets two punches on one side of the middle of a gap be going out and coming back (rules 3.6).
func (h sharer) gaps(f *frame) {
	all := h.r.of(f)
	for i := 0; i+1 < len(all); i++ {
		h.gap(f, &all[i], &all[i+1])
	}
}

func (h sharer) gap(f *frame, before, after *section) {
	r := h.r
	first, last := -1, -1
	for i := r.firstAt(f.plan, before.off); i < len(r.taps) && f.plan.count(r.taps[i].micros) <= after.on; i++ {
		if t := &r.taps[i]; t.counts() && (t.owner == f.index || t.owner < 0) {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if !r.outAndIn(f.plan, first, last, (before.off+after.on)>>1, before, after) {
		return
	}
	r.give(f, first)
	r.give(f, last)
	before.to, before.forcedOff = first+1, first+1
	after.from, after.forcedOn = last, last+1
	before.from, after.to = min(before.from, first), max(after.to, last+1)
	for i := first + 1; i < last; i++ {
		if t := &r.taps[i]; t.counts() && (t.owner == f.index || t.owner < 0) {
			r.give(f, i)
			r.settleMiddle(i, first, last, f.plan.tap)
		}
	}
}

// outAndIn says whether the first and the last punch of a gap are Off of the section before and On of the section after it (rules 3.6, 3.6a, 3.9b).
func (r *run) outAndIn(plan *Plan, first, last int, middle int64, before, after *section) bool {
	if first < 0 || first == last {
		return false
	}
	off, on := &r.taps[first], &r.taps[last]
	typed := off.punch.CheckType == OffDuty && on.punch.CheckType == OnDuty
	if on.micros-off.micros < plan.tap && !typed {
		return false
	}
	out, in := plan.count(off.micros), plan.count(on.micros)
	if out <= middle && in > middle {
		return false
	}
	if off.punch.CheckType == OnDuty || on.punch.CheckType == OffDuty {
		return false
	}
	return !shuts(before.rule.CloseAfterMin, out-before.off) && !shuts(after.rule.OpenBeforeMin, after.on-in)
}

// shuts says whether a window set in the rule ends before a distance in seconds.
func shuts(set *int, distance int64) bool { return set != nil && distance > int64(*set)*60 }

// settleMiddle names the reason of a punch between the two that rules 3.6 takes (rules 3.6b).
func (r *run) settleMiddle(i, first, last int, span int64) {
	r.taps[i].state = tapBetween
	if r.taps[i].micros-r.taps[first].micros <= span || r.taps[last].micros-r.taps[i].micros <= span {
		r.taps[i].state = tapSame
	}
}

// frames gives free days and rest days the punches of their hours and frames that nobody has taken, date by date (rules 4.8, 3.13).
func (h sharer) frames() {
	r := h.r
	at := 0
	for i := range r.frames {
		f := &r.frames[i]
		if f.what != resting && f.what != freeDay {
			continue
		}
		for at < len(r.taps) && r.taps[at].micros < f.start*1_000_000 {
			at++
		}
		end := r.ends(i) * 1_000_000
		for n := at; n < len(r.taps) && r.taps[n].micros < end; n++ {
			if r.taps[n].owner < 0 {
				r.give(f, n)
			}
		}
		if f.what == resting && f.tapTo > 0 {
			h.takeEnd(i)
		}
	}
}

// takeEnd gives a lone punch of a rest day at or after 18:00 its end: the first punch of the following 12 hours (rules 3.13b).
func (h sharer) takeEnd(i int) {
	r := h.r
	f := &r.frames[i]
	first, last := h.lone(f)
	if first < 0 {
		return
	}
	begun := f.plan.count(r.taps[first].micros)
	if begun < r.clock.instant(f.zone, f.date, 18*60) {
		return
	}
	end := last + 1
	for end < len(r.taps) && !r.taps[end].counts() {
		end++
	}
	if end == len(r.taps) || r.taps[end].owner >= 0 {
		return
	}
	ended := f.plan.count(r.taps[end].micros)
	if ended-begun > 12*hour || ended >= r.clock.instant(f.zone, f.date+1, 12*60) || h.onFreeDay(r.taps[end].micros) {
		return
	}
	f.restEnd = ended
	for n := end; n < len(r.taps) && r.taps[n].micros-r.taps[end].micros <= f.plan.tap; n++ {
		if r.taps[n].owner < 0 {
			r.give(f, n)
			f.restEnd = f.plan.count(r.taps[n].micros)
		}
	}
}

// lone finds the first and the last punch of the one tap that a frame holds; first is -1 if it holds none or more.
func (h sharer) lone(f *frame) (first, last int) {
	first, last = -1, -1
	for n := f.tapFrom; n < f.tapTo; n++ {
		t := &h.r.taps[n]
		if t.owner != f.index || !t.counts() {
			continue
		}
		if first < 0 {
			first = n
		}
		last = n
	}
	if first >= 0 && h.r.taps[last].micros-h.r.taps[first].micros > f.plan.tap {
		return -1, -1
	}
	return first, last
}

func (h sharer) onFreeDay(micros int64) bool {
	for i := range h.r.frames {
		if f := &h.r.frames[i]; f.what == freeDay && micros >= f.start*1_000_000 && micros < h.r.ends(i)*1_000_000 {
			return true
		}
	}
	return false
}

// localDates gives what is left to its local date.
func (h sharer) localDates() {
	r := h.r
	at := 0
	for i := range r.frames {
		f := &r.frames[i]
		end := r.nextMidnight(i) * 1_000_000
		for at < len(r.taps) && r.taps[at].micros < f.midnight*1_000_000 {
			at++
		}
		for ; at < len(r.taps) && r.taps[at].micros < end; at++ {
			if r.taps[at].owner < 0 {
				r.give(f, at)
			}
		}
	}
}

// corrector finds punches of a date that a later one of the other type corrects (rules 3.9a, 3.9b).
type corrector struct {
	r *run
	f *frame
}

func (c corrector) correct() {
	from, to := c.span()
	for i := from; i < to; i++ {
		if !c.mine(i) || c.r.taps[i].punch.CheckType == "" {
			continue
		}
		for n := i + 1; n < to && c.r.taps[n].punch.At.UnixMicro()-c.r.taps[i].punch.At.UnixMicro() <= c.f.plan.tap; n++ {
			if c.opposite(i, n) {
				c.r.taps[i].state = tapCorrected
				break
			}
		}
	}
	for n := from; n < to; n++ {
		if c.mine(n) && c.r.taps[n].state == tapLoose {
			c.moveBack(from, n)
		}
	}
}

// span is the range of punches that may be the frame's: a gap between sections may hold some that no window takes.
func (c corrector) span() (from, to int) {
	from, to = c.f.tapFrom, c.f.tapTo
	if c.f.what != working {
		return from, to
	}
	all := c.r.of(c.f)
	for i := 0; i+1 < len(all); i++ {
		low, high := c.r.firstAt(c.f.plan, all[i].off), c.r.firstAt(c.f.plan, all[i+1].on+1)
		if low == high {
			continue
		}
		if to == 0 {
			from, to = low, high
		}
		from, to = min(from, low), max(to, high)
	}
	return from, to
}

// mine says whether a punch takes part in the date's corrections.
func (c corrector) mine(i int) bool {
	t := &c.r.taps[i]
	if !t.counts() && t.state != tapCorrected {
		return false
	}
	return t.owner == c.f.index || (t.owner < 0 && c.gapOf(i) >= 0)
}

// opposite says whether a later punch corrects an earlier one: an OffDuty followed by an OnDuty in a gap is out and in.
func (c corrector) opposite(earlier, later int) bool {
	a, b := c.r.taps[earlier].punch.CheckType, c.r.taps[later].punch.CheckType
	if !c.mine(later) || b == "" || a == b {
		return false
	}
	if a != OffDuty || c.f.what != working {
		return true
	}
	gap := c.gapOf(earlier)
	return !(gap >= 0 && gap == c.gapOf(later)) && !(c.inStretch(earlier) && c.inStretch(later))
}

// gapOf numbers the gap between sections, ends included, that holds a punch, or gives -1.
func (c corrector) gapOf(i int) int {
	if c.f.what != working {
		return -1
	}
	counted := c.f.plan.count(c.r.taps[i].punch.At.UnixMicro())
	all := c.r.of(c.f)
	for n := 0; n+1 < len(all); n++ {
		if counted >= all[n].off && counted <= all[n+1].on {
			return n
		}
	}
	return -1
}

// inStretch says whether a punch lies where the workday touches its neighbour (rules 3.4).
func (c corrector) inStretch(i int) bool {
	counted := c.f.plan.count(c.r.taps[i].punch.At.UnixMicro())
	at := int(c.f.index)
	for _, n := range [2]int{at - 1, at} {
		if off, on, touch := c.r.touch(n); touch && counted >= off-hour && counted <= on+hour {
			return true
		}
	}
	return false
}

// touch says whether the workdays of two dates in a row touch, and where (rules 3.4).
func (r *run) touch(i int) (off, on int64, touch bool) {
	if i < 0 || i+1 >= len(r.frames) || r.frames[i].what != working || r.frames[i+1].what != working {
		return 0, 0, false
	}
	before, after := r.of(&r.frames[i]), r.of(&r.frames[i+1])
	off, on = before[len(before)-1].off, after[0].on
	return off, on, on >= off && on <= off+hour
}

// moveBack lets an OnDuty before off stand at the time of the first punch that it corrects.
func (c corrector) moveBack(from, n int) {
	t := c.r.taps[n]
	if t.punch.CheckType != OnDuty {
		return
	}
	first := -1
	for i := n - 1; i >= from && t.micros-c.r.taps[i].punch.At.UnixMicro() <= c.f.plan.tap; i-- {
		if c.mine(i) && c.r.taps[i].state == tapCorrected && c.opposite(i, n) {
			first = i
		}
	}
	if first < 0 || !c.beforeOff(n) {
		return
	}
	t.micros = c.r.taps[first].punch.At.UnixMicro()
	copy(c.r.taps[first+2:n+1], c.r.taps[first+1:n])
	c.r.taps[first+1] = t
	for i := first + 2; i <= n; i++ { // what moved on may be another date's
		if owner := c.r.taps[i].owner; owner >= 0 && owner != c.f.index {
			c.r.give(&c.r.frames[owner], i)
		}
	}
}

// beforeOff says whether a punch lies before the moved off of its section.
func (c corrector) beforeOff(n int) bool {
	if c.f.what != working {
		return true
	}
	counted := c.f.plan.count(c.r.taps[n].micros)
	all := c.r.of(c.f)
	for i := range all {
		if n >= all[i].from && n < all[i].to {
			return counted < all[i].closesOn
		}
	}
	return counted < all[len(all)-1].closesOn
}
