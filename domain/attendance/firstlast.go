package attendance

// firstLast fills one section under first_last (rules 3.7).
type firstLast struct {
	r     *run
	f     *frame
	s     *section
	index int // of the section in its shift
}

func (p firstLast) pair() {
	r, s := p.r, p.s
	first := r.candidate(s, s.from)
	if first >= s.to {
		return
	}
	last := first
	for i := first; i < s.to; i = r.candidate(s, i+1) {
		last = i
	}
	if !p.single(first, last) {
		if !s.onFill.there() {
			p.takeOn(first)
		}
		if !s.offFill.there() {
			p.takeOff(first)
		}
	}
	for i := first; i < s.to; i = r.candidate(s, i+1) {
		p.settle(i)
	}
}

// takeOn gives On the earliest punch before the moved off; what belongs to the tap of a makeup fills nothing.
func (p firstLast) takeOn(first int) {
	r, s := p.r, p.s
	if r.gives(s, s.forcedOn) {
		s.onFill = r.tapAt(p.f.plan, s.forcedOn-1)
		return
	}
	for i := first; i < s.to; i = r.candidate(s, i+1) {
		if s.forcedOff == i+1 || p.f.plan.count(r.taps[i].micros) >= s.closesOn {
			return
		}
		if !near(s.offFill, r.taps[i].micros, p.f.plan.tap) {
			s.onFill = r.tapAt(p.f.plan, i)
			return
		}
	}
}

// takeOff gives Off the latest punch that is far enough after On's (rules 3.7) and that is not before work (rules 3.7b).
func (p firstLast) takeOff(first int) {
	r, s := p.r, p.s
	if r.gives(s, s.forcedOff) {
		if i := s.forcedOff - 1; !near(s.onFill, r.taps[i].micros, p.f.plan.tap) {
			s.offFill = r.tapAt(p.f.plan, i)
		}
		return
	}
	for i := first; i < s.to; i = r.candidate(s, i+1) {
		if candidate := r.tapAt(p.f.plan, i); p.leaves(candidate) {
			s.offFill = candidate
		}
	}
}

// leaves says whether a punch may be Off.
func (p firstLast) leaves(candidate fill) bool {
	on := p.s.onFill
	if on.there() && (candidate.micros <= on.micros+p.f.plan.tap || candidate.at-on.at < p.stay()) {
		return false
	}
	return p.r.taps[candidate.index].punch.CheckType != "" || !p.beforeWork(candidate.at)
}

// stay is min_stay_min in seconds.
func (p firstLast) stay() int64 { return int64(rulesOf(p.f).MinStayMin) * 60 }

// beforeWork says whether a punch without a check type is never OffDuty (rules 3.7b).
func (p firstLast) beforeWork(at int64) bool {
	return p.f.what == working && at <= p.s.on+int64(rulesOf(p.f).PermitLateMin)*60
}

// single fills a section that has a single punch, of one tap or of two readings (rules 3.7a to 3.7c). It says whether the punch is spent.
func (p firstLast) single(first, last int) bool {
	r, s := p.r, p.s
	if r.gives(s, s.forcedOn) || r.gives(s, s.forcedOff) || !p.isSingle(first, last) {
		return false
	}
	switch named := p.named(first, last); {
	case named == OffDuty:
		p.fillFree(&s.offFill, last)
		return true
	case named == OnDuty && p.f.plan.count(r.taps[first].micros) < s.closesOn:
		p.fillFree(&s.onFill, first)
		return true
	}
	if s.onFill.there() || s.offFill.there() {
		return false
	}
	if p.comes(p.f.plan.count(r.taps[first].micros)) {
		s.onFill = r.tapAt(p.f.plan, first)
	} else {
		s.offFill = r.tapAt(p.f.plan, last)
	}
	return true
}

func (p firstLast) isSingle(first, last int) bool {
	a, b := &p.r.taps[first], &p.r.taps[last]
	return b.micros-a.micros <= p.f.plan.tap || p.f.plan.count(b.micros)-p.f.plan.count(a.micros) < p.stay()
}

// fillFree fills a slot that no makeup holds.
func (p firstLast) fillFree(slot *fill, i int) {
	if !slot.there() {
		*slot = p.r.tapAt(p.f.plan, i)
	}
}

// named is the check type of a single punch: the first of a tap, of readings that differ the last, but no OnDuty at or after off (rules 3.7a).
func (p firstLast) named(first, last int) CheckType {
	r := p.r
	tap := r.taps[last].micros-r.taps[first].micros <= p.f.plan.tap
	named := CheckType("")
	for i := first; i < p.s.to; i = r.candidate(p.s, i+1) {
		next := r.taps[i].punch.CheckType
		if next == "" || (tap && named != "") {
			continue
		}
		if !tap && next == OnDuty && p.f.plan.count(r.taps[i].micros) >= p.s.closesOn {
			continue
		}
		named = next
	}
	return named
}

// comes says whether a single punch without a check type is On (rules 3.7b, 3.7c).
func (p firstLast) comes(at int64) bool {
	s := p.s
	if at >= s.closesOn {
		return false
	}
	if p.f.what == freeDay || p.beforeWork(at) {
		return true
	}
	on := s.movedOn
	if s.divided {
		on = s.since
	}
	if 2*at <= on+s.movedOff || !p.r.over(p.f.plan, s.closes) {
		return true
	}
	all := p.r.of(p.f)
	for i := range p.index {
		if all[i].onFill.there() || all[i].offFill.there() || p.r.candidate(&all[i], all[i].from) < all[i].to {
			return false
		}
	}
	return 2*at < all[0].movedOn+all[len(all)-1].movedOff
}

// settle names what became of a punch of a section.
func (p firstLast) settle(i int) {
	s, t := p.s, &p.r.taps[i]
	switch {
	case (s.onFill.kind == tapFill && s.onFill.index == i) || (s.offFill.kind == tapFill && s.offFill.index == i):
		t.state = tapSlot
	case near(s.onFill, t.micros, p.f.plan.tap) || near(s.offFill, t.micros, p.f.plan.tap):
		t.state = tapSame
	default:
		t.state = tapBetween
	}
}
