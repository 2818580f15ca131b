package attendance

// fill is what holds a slot: nothing, a punch, or an approved makeup or correction.
type fill struct {
	kind   fillKind
	index  int // of run.taps or run.fixes
	micros int64
	at     int64 // counted, unix seconds
}

type fillKind uint8

const (
	noFill fillKind = iota
	tapFill
	fixFill
)

func (f fill) there() bool { return f.kind != noFill }

// fix is an approved makeup or correction of one slot.
type fix struct {
	request *Request
	date    Date
	section int // from 0
	on      bool
}

// tapAt makes a punch a fill.
func (r *run) tapAt(plan *Plan, i int) fill {
	return fill{kind: tapFill, index: i, micros: r.taps[i].micros, at: plan.count(r.taps[i].micros)}
}

// fixOf finds what holds a slot before any punch: a correction wins over a makeup, the later over the earlier (rules §3).
func (r *run) fixOf(plan *Plan, d Date, section int, on bool) fill {
	best := -1
	for i := range r.fixes {
		candidate := &r.fixes[i]
		if candidate.date != d || candidate.section != section || candidate.on != on {
			continue
		}
		if best < 0 || candidate.request.Type == Correction || r.fixes[best].request.Type != Correction {
			best = i
		}
	}
	if best < 0 {
		return fill{}
	}
	micros := r.fixes[best].request.At.UnixMicro()
	return fill{kind: fixFill, index: best, micros: micros, at: plan.count(micros)}
}

// fixed says whether any slot of a date is held by a makeup or correction.
func (r *run) fixed(d Date) bool {
	for i := range r.fixes {
		if r.fixes[i].date == d {
			return true
		}
	}
	return false
}

// fill gives the punches of a workday to its slots (rules §3). Where makeups hold slots it first fills without them, to know which punches they displace.
func (r *run) fill(f *frame) {
	if f.what != working && f.what != freeDay {
		return
	}
	if f.what == working {
		r.moveCloses(f)
	}
	r.fillSections(f, false)
	if !r.fixed(f.date) {
		return
	}
	all := r.of(f)
	displaced := make([]int, 0, 2*len(all))
	for i := range all {
		displaced = append(displaced, displacedBy(all[i].onFill, r.fixOf(f.plan, f.date, i, true)), displacedBy(all[i].offFill, r.fixOf(f.plan, f.date, i, false)))
	}
	r.loosen(f)
	r.fillSections(f, true)
	for _, i := range displaced {
		if i >= 0 && r.taps[i].state != tapSlot && r.taps[i].state != tapInner {
			r.taps[i].state = tapSuperseded
		}
	}
}

// displacedBy gives the punch that would have the slot that a makeup holds, else -1.
func displacedBy(raw, held fill) int {
	if held.there() && raw.kind == tapFill {
		return raw.index
	}
	return -1
}

// loosen forgets the first filling of a day.
func (r *run) loosen(f *frame) {
	all := r.of(f)
	for i := range all {
		for at := all[i].from; at < all[i].to; at++ {
			if !r.skips(&all[i], at) {
				r.taps[at].state = tapLoose
			}
		}
	}
}

func (r *run) fillSections(f *frame, held bool) {
	all := r.of(f)
	for i := range all {
		s := &all[i]
		s.onFill, s.offFill = fill{}, fill{}
		if held {
			s.onFill, s.offFill = r.fixOf(f.plan, f.date, i, true), r.fixOf(f.plan, f.date, i, false)
		}
		if f.pairing() == Alternating {
			r.alternate(f, s)
		} else {
			r.firstAndLast(f, s)
		}
	}
}

func (f *frame) pairing() Pairing {
	if f.what == freeDay {
		return f.plan.Rule.Free.Pairing
	}
	return f.plan.shifts[f.shift].rule.Pairing
}

// candidate steps from i to the next punch of the section that is not rejected, or to the end.
func (r *run) candidate(s *section, i int) int {
	for i < s.to && r.skips(s, i) {
		i++
	}
	return i
}

// skips says whether a punch inside the section's range cannot fill it: rejected, or listed by another date.
func (r *run) skips(s *section, i int) bool {
	return r.taps[i].state == tapRejected || r.taps[i].owner != s.owner
}

// firstAndLast: On takes the earliest punch before the moved off, Off the latest after it (rules §3).
func (r *run) firstAndLast(f *frame, s *section) {
	first := r.candidate(s, s.from)
	if first >= s.to {
		return
	}
	last := first
	for i := first; i < s.to; i = r.candidate(s, i+1) {
		last = i
	}
	if !r.namedTap(f, s, first, last) {
		if !s.onFill.there() && (s.tapOn || f.plan.count(r.taps[first].micros) < s.closesOn) {
			s.onFill = r.tapAt(f.plan, first)
		}
		if !s.offFill.there() && (!s.onFill.there() || r.taps[last].micros > s.onFill.micros+tapSpan) {
			s.offFill = r.tapAt(f.plan, last)
		}
	}
	for i := first; i < s.to; i = r.candidate(s, i+1) {
		r.settle(s, i)
	}
}

// namedTap fills the slot that a single tap names; several punches within one tap are one. It says whether the tap is spent.
func (r *run) namedTap(f *frame, s *section, first, last int) bool {
	if s.tapOn || s.tapOff || r.taps[last].micros-r.taps[first].micros > tapSpan {
		return false
	}
	named := CheckType("")
	for i := first; i < s.to && named == ""; i = r.candidate(s, i+1) {
		named = r.taps[i].punch.CheckType
	}
	switch {
	case named == OffDuty:
		if !s.offFill.there() {
			s.offFill = r.tapAt(f.plan, last)
		}
		return true
	case named == OnDuty && f.plan.count(r.taps[first].micros) < s.closesOn:
		if !s.onFill.there() {
			s.onFill = r.tapAt(f.plan, first)
		}
		return true
	}
	return false
}

// settle names what became of a punch of a section.
func (r *run) settle(s *section, i int) {
	t := &r.taps[i]
	switch {
	case (s.onFill.kind == tapFill && s.onFill.index == i) || (s.offFill.kind == tapFill && s.offFill.index == i):
		t.state = tapSlot
	case near(s.onFill, t.micros) || near(s.offFill, t.micros):
		t.state = tapSame
	default:
		t.state = tapBetween
	}
}

// near says whether a punch belongs to the tap that fills a slot, 60 s inclusive by raw instants (rules §3).
func near(kept fill, micros int64) bool {
	return kept.there() && kept.micros-micros <= tapSpan && micros-kept.micros <= tapSpan
}
