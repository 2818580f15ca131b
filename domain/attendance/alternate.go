package attendance

// scratch is memory that one section after another uses.
type scratch struct {
	strokes []stroke
	left    []interval
	trip    []interval
	away    []interval
	all     []interval
	parts   []interval
	more    []interval
}

// stroke is one punch, makeup or correction in the order in which alternating pairing reads them.
type stroke struct {
	fill
	named CheckType
	late  bool // a punch at or after off, which is never OnDuty
}

// alternation pairs one section: OnDuty opens a pair, OffDuty closes it, a punch that does not say toggles (rules 3.8).
type alternation struct {
	r       *run
	f       *frame
	s       *section
	on, off holder
	strokes []stroke

	state row
	first fill // the first stroke that opened
	last  fill // the last stroke that closed a pair, or that fills Off without one
}

// row is where the reading stands: indexes of strokes, -1 = none.
type row struct {
	open   int // the stroke that opened a pair
	closed int // the stroke that closed the last pair
}

func (a alternation) pair() {
	a.lay()
	a.state = row{-1, -1}
	from := len(a.r.pairs)
	a.s.alone, a.s.openEnd = 0, false
	var chosen *choices
	for i := range a.strokes {
		a.read(i, &chosen)
	}
	a.end()
	a.s.pairs = [2]int32{int32(from), int32(len(a.r.pairs))}
	if a.on.holds {
		a.s.onFill = a.on.fill
	}
	if a.off.holds {
		a.s.offFill = a.off.fill
	} else if forced := a.s.forcedOff; a.r.gives(a.s, forced) {
		a.s.offFill = a.r.tapAt(a.f.plan, forced-1)
	}
	a.hold(a.s.onFill)
	a.hold(a.s.offFill)
}

// end fills the slots when everything is read: an open last pair counts nothing, and yet Off's punch is the one that opened it, unless the moved time
// closes it (rules 3.8b).
func (a *alternation) end() {
	s := a.s
	s.onFill, s.offFill = a.first, a.last
	if a.state.open < 0 {
		return
	}
	open := a.strokes[a.state.open].fill
	s.alone++
	s.openEnd = true
	if s.freeOff && !a.off.holds {
		s.offFill, s.openEnd = fill{}, false
		a.r.pairs = append(a.r.pairs, interval{open.at, a.r.notBeyond(a.f.plan, s.movedOff)})
		a.mark(open, tapInner)
		return
	}
	if open != a.first && open != a.on.fill {
		s.offFill = open
	}
	if open.kind == tapFill && a.r.taps[open.index].state == tapLoose {
		a.r.taps[open.index].state = tapUnpaired
	}
}

func (a *alternation) hold(f fill) {
	if f.kind == tapFill {
		a.r.taps[f.index].state = tapSlot
	}
}

// lay lists the section's punches, one for each tap, with its makeups in their place in time.
func (a *alternation) lay() {
	r, s := a.r, a.s
	list := r.scratch.strokes[:0]
	for i := r.candidate(s, s.from); i < s.to; i = r.candidate(s, i+1) {
		t := &r.taps[i]
		if near(a.on.fill, t.micros, a.f.plan.tap) || near(a.off.fill, t.micros, a.f.plan.tap) {
			t.state = tapSame
			continue
		}
		if n := len(list) - 1; n >= 0 && near(list[n].fill, t.micros, a.f.plan.tap) && !a.forced(i) {
			t.state = tapSame
			if list[n].named == "" {
				list[n].named = t.punch.CheckType
			}
			continue
		}
		next := stroke{fill: r.tapAt(a.f.plan, i), named: t.punch.CheckType}
		next.late = next.at >= s.closesOn && s.forcedOn != i+1
		switch i + 1 {
		case s.forcedOn:
			next.named = OnDuty
		case s.forcedOff:
			next.named = OffDuty
		}
		list = append(list, next)
	}
	if a.on.there() {
		list = insertStroke(list, stroke{fill: a.on.fill, named: OnDuty})
	}
	if a.off.there() {
		list = insertStroke(list, stroke{fill: a.off.fill, named: OffDuty})
	}
	r.scratch.strokes, a.strokes = list, list
}

func (a *alternation) forced(i int) bool { return a.s.forcedOn == i+1 || a.s.forcedOff == i+1 }

// insertStroke puts a makeup before the punches of its instant (rules 3.10).
func insertStroke(list []stroke, next stroke) []stroke {
	list = append(list, next)
	for i := len(list) - 1; i > 0; i-- {
		later := list[i-1].micros > next.micros || (list[i-1].micros == next.micros && list[i-1].kind == tapFill)
		if !later {
			break
		}
		list[i], list[i-1] = list[i-1], list[i]
	}
	return list
}

// step is what a stroke does.
type step uint8

const (
	opens step = iota
	closes
	stays    // between (rules 3.8a)
	repeats  // OnDuty while a pair is open
	unpaired // it finds no open pair
	doubts   // it is near to the punch that closed a pair, and may stay or open
)

// does finds what a stroke does where the reading stands.
func (a *alternation) does(i int, at row) step {
	x := &a.strokes[i]
	untyped := x.named == "" && x.kind == tapFill && !x.late
	if at.open >= 0 {
		switch {
		case x.named == OnDuty && !x.late:
			return repeats
		case untyped && a.nearer(at.open, i):
			return stays
		}
		return closes
	}
	switch {
	case x.named == OffDuty || x.late:
		return unpaired
	case untyped && at.closed >= 0 && a.nearer(at.closed, i):
		return doubts
	}
	return opens
}

// nearer says whether two strokes are nearer than min_stay_min, counted as in rules 3.7.
func (a *alternation) nearer(i, n int) bool {
	return a.strokes[n].at-a.strokes[i].at < int64(rulesOf(a.f).MinStayMin)*60
}

func (a *alternation) read(i int, chosen **choices) {
	next := a.strokes[i].fill
	does := a.does(i, a.state)
	if does == doubts {
		if *chosen == nil {
			*chosen = &choices{a: a, known: map[point]int{}}
		}
		does = (*chosen).at(i, a.state)
	}
	switch does {
	case opens:
		a.state.open = i
		a.begin(next)
	case closes:
		open := a.strokes[a.state.open].fill
		a.r.pairs = append(a.r.pairs, interval{open.at, next.at})
		a.mark(open, tapInner)
		a.mark(next, tapInner)
		a.last, a.state = next, row{-1, i}
	case stays:
		a.mark(next, tapBetween)
	case repeats:
		a.s.alone++
		a.mark(next, tapRepeated)
	case unpaired:
		a.s.alone++
		a.closeNothing(i)
	}
}

// begin remembers the first punch that opened; a punch that had filled Off before it is unpaired after all.
func (a *alternation) begin(next fill) {
	if a.first.there() {
		return
	}
	a.mark(a.last, tapUnpaired)
	a.first, a.last = next, fill{}
}

// closeNothing: without an open pair an OffDuty punch is unused, but for the last one at or after off (rules 3.8c), and where no On punch is owed: then a
// planned time stands in for it, and the last such punch fills the slot.
func (a *alternation) closeNothing(i int) {
	x := &a.strokes[i]
	lone := (!a.s.onRequired || a.s.freeOn) && !a.first.there()
	if !lone && (!x.late || i != len(a.strokes)-1) {
		a.mark(x.fill, tapUnpaired)
		return
	}
	if !a.first.there() {
		a.mark(a.last, tapUnpaired)
	}
	a.last = x.fill
}

func (a *alternation) mark(f fill, state tapState) {
	if f.kind == tapFill {
		a.r.taps[f.index].state = state
	}
}

// choices finds which punches near to one that closed a pair open another: as many as leave the fewest punches without a pair, and of those the choice
// where the earlier rather does not open (rules 3.8a).
type choices struct {
	a     *alternation
	known map[point]int
}

// point is a stroke and where the reading stands before it.
type point struct {
	i int
	row
}

func (c *choices) at(i int, at row) step {
	if c.alone(point{i + 1, at}) <= c.alone(point{i + 1, row{i, at.closed}}) {
		return stays
	}
	return opens
}

// alone counts the punches without a pair from a point on.
func (c *choices) alone(p point) int {
	count := 0
	for ; p.i < len(c.a.strokes); p.i++ {
		does := c.a.does(p.i, p.row)
		if does == doubts {
			if n, ok := c.known[p]; ok {
				return count + n
			}
			n := min(c.alone(point{p.i + 1, p.row}), c.alone(point{p.i + 1, row{p.i, p.closed}}))
			c.known[p] = n
			return count + n
		}
		switch does {
		case opens:
			p.open = p.i
		case closes:
			p.row = row{-1, p.i}
		case repeats, unpaired:
			count++
		}
	}
	if p.open >= 0 {
		count++
	}
	return count
}
