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

// filler gives the punches of workdays to their slots (rules 3.4 to 3.12).
type filler struct{ r *run }

// tapAt makes a punch a fill.
func (r *run) tapAt(plan *Plan, i int) fill {
	return fill{kind: tapFill, index: i, micros: r.taps[i].micros, at: plan.count(r.taps[i].micros)}
}

func (r *run) fixAt(plan *Plan, i int) fill {
	micros := r.fixes[i].request.At.UnixMicro()
	return fill{kind: fixFill, index: i, micros: micros, at: plan.count(micros)}
}

// fillAll fills the days of the range and the day before it, to which late-out-late-in looks back; where workdays touch, also those before.
func (b filler) fillAll(from, to Date) {
	r := b.r
	first := from - 1
	for i := range r.frames {
		if _, _, touch := r.touch(i); touch && r.frames[i].date < first {
			first = r.frames[i].date
			break
		}
	}
	for i := range r.frames {
		f := &r.frames[i]
		if f.date < first || f.date > to || (f.what != working && f.what != freeDay) {
			continue
		}
		if f.what == working {
			b.move(i)
			b.touching(i)
		} else if len(r.spans) > 0 {
			b.moveCore(f)
		} else {
			s := &r.of(f)[0]
			s.movedOn, s.movedOff = s.on, s.off
		}
		b.fill(f)
	}
}

// move applies, in this order, late-out-late-in and requests to the planned times (rules 4.1a, 4.3), and finds what they release (rules 4.2).
func (b filler) move(i int) {
	r := b.r
	f := &r.frames[i]
	all := r.of(f)
	for n := range all {
		s := &all[n]
		s.movedOn, s.movedOff = s.on, s.off
	}
	if f.plan.shifts[f.shift].lateOut {
		all[0].movedOn += b.lateIn(i)
	}
	if len(r.spans) == 0 {
		return
	}
	taken := r.coverOf(f.zone, reachOf(all))
	if len(taken.all) == 0 {
		return
	}
	blocked := r.blocked(taken.all, r.breaks[f.breaks[0]:f.breaks[1]])
	for n := range all {
		moveByRequests(&taken, blocked, &all[n])
	}
}

// moveByRequests leaves a wholly covered section where it is planned: its slots are Excused and nothing is compared. Where late-out-late-in has left
// nothing of a short section, what was planned must be covered.
func moveByRequests(taken *cover, blocked []interval, s *section) {
	from := s.movedOn
	if from >= s.off {
		from = s.on
	}
	on, off, covered := moveWithin(blocked, from, s.off)
	s.covered = covered
	if covered {
		return
	}
	s.movedOn, s.movedOff = max(s.movedOn, on), off
	s.freeOn, s.freeOff = releasesOn(taken.all, s.on), releasesOff(taken.all, s.off)
	s.errand = (s.freeOn && releasesOn(taken.away, s.on)) || (s.freeOff && releasesOff(taken.away, s.off))
}

// releasesOn says whether an instant lies in [from, to) of a request (rules 4.2a).
func releasesOn(list []interval, instant int64) bool {
	for _, part := range list {
		if instant >= part.from && instant < part.to {
			return true
		}
	}
	return false
}

// releasesOff says whether an instant lies in (from, to] of a request (rules 4.2a).
func releasesOff(list []interval, instant int64) bool {
	for _, part := range list {
		if instant > part.from && instant <= part.to {
			return true
		}
	}
	return false
}

// moveCore lets requests move the core hours of a free day (rules 4.8a).
func (b filler) moveCore(f *frame) {
	r := b.r
	s := &r.of(f)[0]
	s.movedOn, s.movedOff = s.on, s.off
	if f.plan.Rule.Free.Core == nil {
		return
	}
	taken := r.coverOf(f.zone, interval{s.on - 86400, s.off + 86400})
	if len(taken.all) > 0 {
		moveByRequests(&taken, taken.all, s)
	}
}

// lateIn is how many seconds later the first section starts because yesterday's last off punch was late (rules 4.3).
func (b filler) lateIn(i int) int64 {
	r := b.r
	if i == 0 || r.frames[i-1].what != working {
		return 0
	}
	yesterday := r.of(&r.frames[i-1])
	last := &yesterday[len(yesterday)-1]
	if !last.offFill.there() {
		return 0
	}
	stayed := floorDiv(last.offFill.at-last.off, 60)
	later := 0
	f := &r.frames[i]
	for _, tier := range f.plan.shifts[f.shift].rule.LateOutLateIn {
		if stayed >= int64(tier.OutAfterMin) {
			later = max(later, tier.InLaterMin)
		}
	}
	return int64(later) * 60
}

// touching shares the punches between two workdays that touch (rules 3.4).
func (b filler) touching(i int) {
	r := b.r
	off, on, touch := r.touch(i)
	if !touch || len(r.taps) == 0 {
		return
	}
	f, next := &r.frames[i], &r.frames[i+1]
	first, last, end := -1, -1, 0
	from := r.firstAt(f.plan, off-hour)
	for end = from; end < len(r.taps) && f.plan.count(r.taps[end].micros) <= on+hour; end++ {
		if b.shared(end, f, next) {
			if first < 0 {
				first = end
			}
			last = end
		}
	}
	if first < 0 {
		return
	}
	before, after := r.of(f), r.of(next)
	s, later := &before[len(before)-1], &after[0]
	if r.taps[last].micros-r.taps[first].micros < f.plan.tap && !r.outThenIn(first, last) || first == last {
		b.loneBetween(i, s, later, first, last, end)
		return
	}
	if !r.outAndIn(f.plan, first, last, (off+on)>>1, s, later) {
		return
	}
	b.widen(before, len(before)-1, first, end)
	b.widen(after, 0, from, last+1)
	r.give(f, first)
	r.give(next, last)
	s.forcedOff, later.forcedOn = first+1, last+1
	for n := first + 1; n < last; n++ {
		if b.shared(n, f, next) {
			r.settleMiddle(n, first, last, f.plan.tap)
			r.taps[n].out = true
		}
	}
}

// outThenIn says whether a going out is followed by a coming in, which is no tap (rules 3.9b).
func (r *run) outThenIn(first, last int) bool {
	return r.taps[first].punch.CheckType == OffDuty && r.taps[last].punch.CheckType == OnDuty
}

// shared says whether one of two touching workdays holds a punch.
func (b filler) shared(i int, f, next *frame) bool {
	t := &b.r.taps[i]
	return t.counts() && (t.owner == f.index || t.owner == next.index)
}

// widen lets a section see the punches of the stretch that are its date's, and takes them from the sections beside it.
func (b filler) widen(all []section, at, from, end int) {
	s := &all[at]
	if s.from == s.to {
		s.from, s.to = from, end
	}
	s.from, s.to = min(s.from, from), max(s.to, end)
	for i := range all {
		if all[i].forcedOff > from && all[i].forcedOff <= end {
			all[i].forcedOff = 0
		}
		if all[i].forcedOn > from && all[i].forcedOn <= end {
			all[i].forcedOn = 0
		}
		if i < at {
			all[i].to = max(all[i].from, min(all[i].to, s.from))
		}
		if i > at {
			all[i].from = min(all[i].to, max(all[i].from, s.to))
		}
	}
}

// loneBetween gives a lone punch to the slot that it names, else to Off of the earlier workday where that has come and not gone, else to On of the later
// (rules 3.4a). Where a window set in the rule shuts it out, it stays where the windows put it (rules 3.4c).
func (b filler) loneBetween(i int, s, later *section, first, last, end int) {
	r := b.r
	f, next := &r.frames[i], &r.frames[i+1]
	named := CheckType("")
	for n := first; n <= last && named == ""; n++ {
		if b.shared(n, f, next) {
			named = r.taps[n].punch.CheckType
		}
	}
	leaving := named == OffDuty
	if named == "" {
		leaving = s.offRequired && b.stays(f, next, first, last)
	}
	if leaving {
		if shuts(s.rule.CloseAfterMin, f.plan.count(r.taps[last].micros)-s.off) {
			return
		}
		b.hand(f, next, f, first, last)
		b.widen(r.of(f), int(f.sections[1]-f.sections[0])-1, first, end)
		s.forcedOff = last + 1
		return
	}
	if shuts(later.rule.OpenBeforeMin, later.on-next.plan.count(r.taps[first].micros)) {
		return
	}
	b.hand(f, next, next, first, last)
	b.widen(r.of(next), 0, first, last+1)
	later.forcedOn = first + 1
}

// hand gives the readings of a lone punch to one of two dates.
func (b filler) hand(f, next, to *frame, first, last int) {
	for n := first; n <= last; n++ {
		if b.shared(n, f, next) {
			b.r.give(to, n)
		}
	}
}

// stays says whether the earlier workday, without the lone punch, has an On punch in some section and no Off in the last.
func (b filler) stays(f, next *frame, first, last int) bool {
	r := b.r
	for n := first; n <= last; n++ {
		r.taps[n].out = !r.taps[n].out
	}
	pairs := len(r.pairs)
	b.fill(f)
	come, gone := false, false
	all := r.of(f)
	for n := range all {
		come = come || all[n].onFill.there()
	}
	s := &all[len(all)-1]
	gone = s.offFill.there() && !(f.pairing() == Alternating && s.openEnd)
	b.loosen(f)
	for n := range all {
		all[n].onFill, all[n].offFill = fill{}, fill{}
	}
	r.pairs = r.pairs[:pairs]
	for n := first; n <= last; n++ {
		r.taps[n].out = !r.taps[n].out
	}
	return come && !gone
}

// fill gives the punches of a workday to its slots. Where makeups hold slots it first fills without them, to know which punches they displace
// (rules 3.12).
func (b filler) fill(f *frame) {
	b.fillSections(f, nil)
	if !b.fixed(f.date) {
		return
	}
	holders := b.holders(f)
	all := b.r.of(f)
	displaced := make([]int, 0, 2*len(all))
	for i := range holders {
		h := &holders[i]
		raw := all[i/2].offFill
		if i%2 == 0 {
			raw = all[i/2].onFill
		}
		if !h.holds || raw.kind != tapFill {
			continue
		}
		displaced = append(displaced, raw.index)
		if h.replaces {
			b.replace(f, &all[i/2], raw.index)
		}
	}
	b.loosen(f)
	b.fillSections(f, holders)
	for _, i := range displaced {
		if t := &b.r.taps[i]; t.state != tapSlot && t.state != tapInner {
			t.state = tapSuperseded
		}
	}
}

// fixed says whether any slot of a date is named by a makeup or correction.
func (b filler) fixed(d Date) bool {
	for i := range b.r.fixes {
		if b.r.fixes[i].date == d {
			return true
		}
	}
	return false
}

// holder is the makeup or correction of a slot.
type holder struct {
	fill
	holds    bool // it takes the slot
	replaces bool // it takes the place of the punch that had the slot, with all its readings (rules 3.12b)
}

// holders finds for each slot, On and Off by turns, what makeup or correction it has: a correction wins over a makeup, the later over the earlier.
func (b filler) holders(f *frame) []holder {
	all := b.r.of(f)
	out := make([]holder, 2*len(all))
	for i := range b.r.fixes {
		x := &b.r.fixes[i]
		if x.date != f.date || x.section < 0 || x.section >= len(all) {
			continue
		}
		slot := 2 * x.section
		if !x.on {
			slot++
		}
		h := b.holderOf(f, &all[x.section], i)
		best := &out[slot]
		wins := !best.there() || x.request.Type == Correction || b.r.fixes[best.index].request.Type != Correction
		if h.there() && wins && (h.holds || !best.holds) {
			*best = h
		}
	}
	return out
}

// holderOf decides what one makeup does: one that is no better than the punch that has its slot changes nothing, but one of kind missing joins the row
// of alternating pairing (rules 3.12c).
func (b filler) holderOf(f *frame, s *section, i int) holder {
	x := &b.r.fixes[i]
	h := holder{fill: b.r.fixAt(f.plan, i), holds: true}
	raw := s.offFill
	if x.on {
		raw = s.onFill
	}
	kind := x.request.Kind
	if kind == "" {
		kind = b.kindOf(f, s, x.on, raw)
	}
	h.replaces = kind != KindMissing
	worse := raw.there() && ((x.on && h.at > raw.at) || (!x.on && h.at < raw.at))
	if worse && x.request.Type == Makeup {
		if f.pairing() != Alternating || h.replaces {
			return holder{}
		}
		h.holds = false
	}
	return h
}

// kindOf is the kind of a makeup that names none (rules 6.4a).
func (b filler) kindOf(f *frame, s *section, on bool, raw fill) string {
	required := s.offRequired
	if on {
		required = s.onRequired
	}
	if !raw.there() || !required || s.covered || s.gone {
		return KindMissing
	}
	toOn, toOff := abs(raw.at-s.on), abs(raw.at-s.off)
	if f.pairing() == Alternating && !b.allPair(f) {
		return KindMissing
	}
	if f.what == freeDay && f.plan.Rule.Free.Core == nil {
		return KindMissing
	}
	by := b.flexOf(f, s)
	rules := rulesOf(f)
	if on && toOn < toOff && raw.at > s.movedOn+by.on+int64(rules.PermitLateMin)*60 {
		return KindLate
	}
	if !on && toOff < toOn && raw.at < s.movedOff+by.off-int64(rules.PermitEarlyMin)*60 {
		return KindEarly
	}
	return KindMissing
}

// rulesOf gives the shift of a workday; a free day has none of its thresholds.
func rulesOf(f *frame) *Shift {
	if f.what == freeDay {
		return &Shift{MinStayMin: defaultMinStay}
	}
	return f.plan.shifts[f.shift].rule
}

func abs(n int64) int64 { return max(n, -n) }

// moves is how far flex moves an on and an off, in seconds.
type moves struct{ on, off int64 }

// flexOf gives how far flex moves the ends of one section: the first on moves to the punch, the last off by as much (rules 4.3).
func (b filler) flexOf(f *frame, s *section) moves {
	all := b.r.of(f)
	by := b.r.flex(f)
	out := moves{}
	if s == &all[0] {
		out.on = by
	}
	if s == &all[len(all)-1] {
		out.off = by
	}
	return out
}

// flex is how many seconds the punch of the first On moves the day.
func (r *run) flex(f *frame) int64 {
	if f.what != working {
		return 0
	}
	first := &r.of(f)[0]
	if first.covered || !first.onFill.there() {
		return 0
	}
	rules := f.plan.shifts[f.shift].rule
	return min(max(first.onFill.at-first.movedOn, -int64(rules.FlexEarlyMin)*60), int64(rules.FlexLateMin)*60)
}

// allPair says whether every punch of the day pairs, taps and what lies between aside (rules 6.4a).
func (b filler) allPair(f *frame) bool {
	all := b.r.of(f)
	for i := range all {
		if all[i].alone > 0 {
			return false
		}
	}
	return true
}

// replace takes a punch and all its readings out of the day; they keep the reasons that they have (rules 3.12b).
func (b filler) replace(f *frame, s *section, i int) {
	r := b.r
	stay := int64(rulesOf(f).MinStayMin) * 60
	gone := &r.taps[i]
	at := f.plan.count(gone.micros)
	for n := r.candidate(s, s.from); n < s.to; n = r.candidate(s, n+1) {
		t := &r.taps[n]
		near := abs(t.micros-gone.micros) <= f.plan.tap || abs(f.plan.count(t.micros)-at) < stay
		if n != i && near && (t.state == tapSame || t.state == tapBetween) {
			t.out = true
		}
	}
	gone.out = true
	gone.state = tapSuperseded
}

// loosen forgets the first filling of a day.
func (b filler) loosen(f *frame) {
	all := b.r.of(f)
	for i := range all {
		for at := all[i].from; at < all[i].to; at++ {
			if !b.r.skips(&all[i], at) {
				b.r.taps[at].state = tapLoose
			}
		}
	}
}

func (b filler) fillSections(f *frame, holders []holder) {
	all := b.r.of(f)
	for i := range all {
		s := &all[i]
		s.onFill, s.offFill = fill{}, fill{}
		var on, off holder
		if holders != nil {
			on, off = holders[2*i], holders[2*i+1]
		}
		if f.pairing() == Alternating {
			alternation{r: b.r, f: f, s: s, on: on, off: off}.pair()
			continue
		}
		if on.holds {
			s.onFill = on.fill
		}
		if off.holds {
			s.offFill = off.fill
		}
		firstLast{r: b.r, f: f, s: s, index: i}.pair()
	}
}

func (f *frame) pairing() Pairing {
	if f.what == freeDay {
		return f.plan.Rule.Free.Pairing
	}
	return f.plan.shifts[f.shift].rule.Pairing
}

// candidate steps from i to the next punch of the section that takes part, or to the end.
func (r *run) candidate(s *section, i int) int {
	for i < s.to && r.skips(s, i) {
		i++
	}
	return i
}

// skips says whether a punch inside the section's range cannot fill it: rejected, doubted, corrected, replaced, or listed by another date.
func (r *run) skips(s *section, i int) bool {
	t := &r.taps[i]
	return t.owner != s.owner || !t.counts() || t.out
}

// gives says whether a punch that rules 3.4 or 3.6 give to a section still takes part in it; forced is its index + 1.
func (r *run) gives(s *section, forced int) bool { return forced > 0 && !r.skips(s, forced-1) }

// near says whether a punch belongs to the tap that fills a slot, by raw instants (rules 3.9).
func near(kept fill, micros, span int64) bool {
	return kept.there() && kept.micros-micros <= span && micros-kept.micros <= span
}
