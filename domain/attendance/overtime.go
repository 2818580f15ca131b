package attendance

import (
	"cmp"
	"slices"
)

// overtime counts the overtime of one day (rules 4.12 to 4.15).
type overtime struct {
	r   *run
	f   *frame
	day *Day
}

// ofShift counts what lies after the last off of a workday as flex moves it, and what an approved request holds before its first on.
func (o overtime) ofShift(all []section, on, off int64) {
	mode := o.f.plan.Rule.Overtime.Mode
	if mode == OvertimeOff {
		return
	}
	if (claims{o.r}).asRest(o.f) {
		o.ofRest(o.firstToLast())
		return
	}
	last := &all[len(all)-1]
	var punched []interval
	if last.offFill.there() {
		punched = merge([]interval{{off, last.offFill.at}})
	}
	if mode == OvertimePunched {
		o.split(punched)
		return
	}
	timed, bare := o.approved(on, off)
	if mode == OvertimeBoth && all[0].onFill.there() {
		punched = merge(append(punched, interval{all[0].onFill.at, on}))
	}
	o.split(o.both(timed, bare, punched))
}

// both puts together what the mode approved or both counts: a bare date always needs punches (rules 4.13e).
func (o overtime) both(timed, bare, punched []interval) []interval {
	if o.f.plan.Rule.Overtime.Mode == OvertimeBoth {
		timed = common(nil, timed, punched)
	}
	return merge(append(timed, common(nil, bare, punched)...))
}

// approved collects the parts of requests that are the date's: those with times, and those of bare dates.
func (o overtime) approved(on, off int64) (timed, bare []interval) {
	for i := range o.r.claims {
		claim := &o.r.claims[i]
		if claim.bare {
			bare = (claims{o.r}).parts(bare, claim, int(o.f.index), on, off)
		} else {
			timed = (claims{o.r}).parts(timed, claim, int(o.f.index), on, off)
		}
	}
	return merge(timed), merge(bare)
}

// ofRest counts a rest day, or a workday of leave on which overtime counts as on one (rules 4.15).
func (o overtime) ofRest(punched []interval) {
	rule := o.f.plan.Rule
	if rule.Overtime.Mode == OvertimeOff {
		return
	}
	if rule.Kind == FreeKind && rule.Free.TargetPer != TargetDay && o.day.DayType != Holiday && o.f.what == resting {
		return // it counts towards the balance (rules 4.8e)
	}
	if rule.Overtime.Mode == OvertimePunched {
		o.split(punched)
		return
	}
	timed, bare := o.approved(0, 0)
	o.split(o.both(timed, bare, punched))
}

// ofFree counts what is worked above the target of a free day: not more than that, the last of it (rules 4.8c, 4.12b).
func (o overtime) ofFree(pairs []interval, present int64, target int, onLeave bool) {
	rule := o.f.plan.Rule
	mode := rule.Overtime.Mode
	switch {
	case mode == OvertimeOff:
	case onLeave && mode != OvertimePunched:
		timed, bare := o.approved(0, 0)
		o.split(o.both(timed, bare, o.firstToLast()))
	case target == 0 || rule.Free.TargetPer != TargetDay:
	default:
		counted := merge(slices.Clone(pairs))
		if mode != OvertimePunched {
			timed, bare := o.approved(0, 0)
			counted = o.both(timed, bare, counted)
		}
		above := max(0, present-int64(target)*60)
		total := int64(0)
		for _, part := range counted {
			total += part.length()
		}
		o.split(lastOf(counted, min(above, total)))
	}
}

// firstToLast is the time from the first to the last punch of a date.
func (o overtime) firstToLast() []interval {
	first, last := -1, -1
	for i := o.f.tapFrom; i < o.f.tapTo; i++ {
		if t := &o.r.taps[i]; t.owner == o.f.index && t.counts() {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if first < 0 {
		return nil
	}
	return merge([]interval{{o.f.plan.count(o.r.taps[first].micros), o.f.plan.count(o.r.taps[last].micros)}})
}

// split takes out breaks, what the table takes off and what is above the limit, tests the sum for the minimum, rounds it down to the step, and splits it
// at local midnight (rules 4.12b, 4.14).
func (o overtime) split(counted []interval) {
	if len(counted) == 0 {
		return
	}
	rule := &o.f.plan.Rule.Overtime
	if len(rule.Breaks) > 0 {
		counted = without(nil, counted, o.breaks(rule))
	}
	var parts []OvertimePart
	seconds := int64(0)
	for _, stretch := range counted {
		for stretch.length() > 0 {
			d := o.r.clock.localDate(o.f.zone, stretch.from)
			end := max(stretch.from+1, min(stretch.to, o.r.clock.instant(o.f.zone, d+1, 0)))
			before := seconds
			seconds += end - stretch.from
			parts = o.addPart(parts, d, int(seconds/60-before/60))
			stretch.from = end
		}
	}
	total := int(seconds / 60)
	left := rule.counts(total)
	o.day.OvertimeMin = left
	if left > 0 {
		o.day.Overtime = takeOff(parts, total-left)
	}
}

// breaks are the wall times of the date that never are overtime.
func (o overtime) breaks(rule *OvertimeRule) []interval {
	var out []interval
	for _, pause := range rule.Breaks {
		out = append(out, interval{o.r.clock.instant(o.f.zone, o.f.date, int(pause.From)), o.r.clock.instant(o.f.zone, o.f.date, int(pause.To))})
	}
	return merge(out)
}

// counts gives the minutes of a day's overtime that count.
func (rule *OvertimeRule) counts(total int) int {
	minus := 0
	for _, row := range rule.Minus {
		if total > row.OverMin {
			minus = max(minus, row.MinusMin)
		}
	}
	total = max(0, total-minus)
	if rule.MaxDayMin > 0 {
		total = min(total, rule.MaxDayMin)
	}
	if total < rule.MinMinutes {
		return 0
	}
	if rule.StepMinutes > 1 {
		total -= total % rule.StepMinutes
	}
	return total
}

// takeOff takes minutes first from the date with fewer, of equal ones from the later (rules 4.14).
func takeOff(parts []OvertimePart, rest int) []OvertimePart {
	order := make([]int, len(parts))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(parts[a].Minutes, parts[b].Minutes), cmp.Compare(b, a))
	})
	for _, i := range order {
		take := min(rest, parts[i].Minutes)
		parts[i].Minutes -= take
		rest -= take
	}
	return slices.DeleteFunc(parts, func(part OvertimePart) bool { return part.Minutes <= 0 })
}

func (o overtime) addPart(parts []OvertimePart, d Date, minutes int) []OvertimePart {
	if n := len(parts); n > 0 && parts[n-1].Date == d {
		parts[n-1].Minutes += minutes
		return parts
	}
	return append(parts, OvertimePart{Date: d, DayType: (chooser{o.r}).frameOf(d).dayType, Minutes: minutes})
}
