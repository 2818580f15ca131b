package attendance

// scratch is memory that one section after another uses.
type scratch struct {
	strokes []stroke
	left    []interval
	trip    []interval
	all     []interval
	parts   []interval
	more    []interval
}

// stroke is one punch, makeup or correction in the order in which alternating pairing reads them.
type stroke struct {
	fill
	named CheckType
}

// alternate: OnDuty opens a pair, OffDuty closes it, a punch that does not say toggles (rules §3).
func (r *run) alternate(f *frame, s *section) {
	heldOn, heldOff := s.onFill, s.offFill
	r.layStrokes(f, s)
	a := alternation{run: r, section: s, from: len(r.pairs)}
	for i := range r.scratch.strokes {
		a.read(r.scratch.strokes[i])
	}
	s.pairs = [2]int32{int32(a.from), int32(len(r.pairs))}
	s.onFill, s.offFill = a.first, a.last
	if a.open.there() && a.open != a.first && a.open != heldOn {
		s.offFill = a.open
	}
	if heldOn.there() {
		s.onFill = heldOn
	}
	if heldOff.there() {
		s.offFill = heldOff
	}
	r.markSlot(s.onFill)
	r.markSlot(s.offFill)
	if a.open.kind == tapFill && r.taps[a.open.index].state == tapLoose {
		r.taps[a.open.index].state = tapUnpaired
	}
}

func (r *run) markSlot(f fill) {
	if f.kind == tapFill {
		r.taps[f.index].state = tapSlot
	}
}

// layStrokes lists the section's punches with its makeups in their place in time.
func (r *run) layStrokes(f *frame, s *section) {
	list := r.scratch.strokes[:0]
	for i := r.candidate(s, s.from); i < s.to; i = r.candidate(s, i+1) {
		list = append(list, stroke{fill: r.tapAt(f.plan, i), named: r.taps[i].punch.CheckType})
	}
	if s.onFill.there() {
		list = insertStroke(list, stroke{fill: s.onFill, named: OnDuty})
	}
	if s.offFill.there() {
		list = insertStroke(list, stroke{fill: s.offFill, named: OffDuty})
	}
	r.scratch.strokes = list
}

func insertStroke(list []stroke, next stroke) []stroke {
	list = append(list, next)
	for i := len(list) - 1; i > 0 && list[i-1].micros > next.micros; i-- {
		list[i], list[i-1] = list[i-1], list[i]
	}
	return list
}

// alternation is the state while strokes are read.
type alternation struct {
	run     *run
	section *section
	from    int  // of run.pairs
	kept    fill // the last stroke that is no repeated tap
	open    fill
	first   fill // the first stroke that opened
	last    fill // the last stroke that closed
}

func (a *alternation) read(next stroke) {
	if next.kind == tapFill && near(a.kept, next.micros) {
		a.mark(next.fill, tapSame)
		return
	}
	a.kept = next.fill
	late := next.kind == tapFill && next.at >= a.section.closesOn && !(a.section.tapOn && next.index == a.section.from)
	switch {
	case next.named == OnDuty && a.open.there() && !late:
		a.mark(next.fill, tapRepeated)
	case a.open.there():
		a.close(next.fill)
	case next.named == OffDuty || late:
		a.closeNothing(next.fill)
	default:
		a.open = next.fill
		a.begin(next.fill)
	}
}

// begin remembers the first punch that opened; a punch that had closed the planned OnDuty before it is unpaired after all.
func (a *alternation) begin(next fill) {
	if a.first.there() {
		return
	}
	a.mark(a.last, tapUnpaired)
	a.first, a.last = next, fill{}
}

func (a *alternation) close(next fill) {
	a.run.pairs = append(a.run.pairs, interval{a.open.at, next.at})
	a.mark(a.open, tapInner)
	a.mark(next, tapInner)
	a.last, a.open = next, fill{}
}

// closeNothing: without an open pair an OffDuty punch is unused, unless the section asks for no OnDuty punch: then the plan stands in for that, and the
// last such punch fills the slot.
func (a *alternation) closeNothing(next fill) {
	if a.section.rule.OnRequired || a.first.there() {
		a.mark(next, tapUnpaired)
		return
	}
	a.mark(a.last, tapUnpaired)
	a.last = next
}

func (a *alternation) mark(f fill, state tapState) {
	if f.kind == tapFill {
		a.run.taps[f.index].state = state
	}
}
