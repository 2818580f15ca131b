package attendance

import "time"

// frame is one date with the rule and shift that hold on it, and the punches that it lists.
type frame struct {
	date       Date
	index      int32
	what       dayKind
	dayType    DayType
	plan       *Plan
	version    int
	zone       *time.Location
	shift      int
	noCalendar bool
	sections   [2]int32 // range of run.sections
	breaks     [2]int32 // range of run.breaks
	open       int64    // first instant of the outer windows, counted, inclusive
	closes     int64    // last instant of the outer windows, counted, inclusive; of a free day the first instant after it
	starts     int64    // first instant of the stretch whose stray punches this date lists
	tapFrom    int
	tapTo      int
}

type dayKind uint8

const (
	unscheduled dayKind = iota
	resting
	working
	freeDay
)

// layFrames decides every date of the range and the padding around it.
func (r *run) layFrames(from, to Date) {
	first := max(from-pad, 1)
	r.frames = make([]frame, int(to-first)+1+pad)
	for i := range r.frames {
		r.frames[i] = r.decide(first.AddDays(i))
		r.frames[i].index = int32(i)
	}
}

// frameOf finds the frame of a date, deciding dates beyond the padding afresh.
func (r *run) frameOf(d Date) frame {
	if i := int(d - r.frames[0].date); i >= 0 && i < len(r.frames) {
		return r.frames[i]
	}
	return r.decide(d)
}

// decide finds the rule and the shift of a date (rules §2).
func (r *run) decide(d Date) frame {
	f := frame{date: d, dayType: Restday, shift: restShift, zone: time.UTC}
	plan, holds := r.planOn(d)
	if plan == nil {
		return f
	}
	f.plan, f.zone = plan, plan.zone
	if !holds {
		return f
	}
	f.version = plan.Version
	if (r.facts.Joined != 0 && d < r.facts.Joined) || (r.facts.Left != 0 && d > r.facts.Left) {
		return f
	}
	r.chooseShift(&f)
	if f.what != working && f.what != freeDay {
		f.shift = restShift
	}
	return f
}

// planOn finds the plan in force on a date; holds is false when the plan found only lends its zone to a date that none governs.
func (r *run) planOn(d Date) (plan *Plan, holds bool) {
	for i := len(r.facts.Assignments) - 1; i >= 0; i-- {
		a := &r.facts.Assignments[i]
		if (a.From != 0 && d < a.From) || (a.To != 0 && d > a.To) {
			continue
		}
		plan = inForce(a.Plans, d)
		if plan != nil {
			return plan, true
		}
		break
	}
	return r.lender(d), false
}

// inForce is the plan with the greatest effective_from up to a date, of equals the later recorded (rules §2).
func inForce(plans []*Plan, d Date) *Plan {
	var best *Plan
	for _, plan := range plans {
		if plan.Rule.EffectiveFrom <= d && (best == nil || plan.Rule.EffectiveFrom >= best.Rule.EffectiveFrom) {
			best = plan
		}
	}
	return best
}

// lender finds the plan whose zone an ungoverned date borrows: the last in force before it, else the first to come.
func (r *run) lender(d Date) *Plan {
	var before, after *Plan
	for i := range r.facts.Assignments {
		for _, plan := range r.facts.Assignments[i].Plans {
			from := plan.Rule.EffectiveFrom
			if from <= d && (before == nil || from >= before.Rule.EffectiveFrom) {
				before = plan
			}
			if from > d && (after == nil || from < after.Rule.EffectiveFrom) {
				after = plan
			}
		}
	}
	if before != nil {
		return before
	}
	return after
}

// chooseShift asks the speakers in their order: roster, special day, calendar, week (rules §2).
func (r *run) chooseShift(f *frame) {
	plan := f.plan
	if entry, ok := r.facts.Roster[f.date]; ok {
		if entry.Rest {
			f.what = resting
			return
		}
		r.works(f, plan.named(entry.Shift)) // a shift that the rule lacks leaves the date Unscheduled, where it is seen
		return
	}
	if plan.Rule.Kind == Rostered {
		return
	}
	if shift, ok := plan.special[f.date]; ok {
		r.takes(f, shift)
		return
	}
	if r.calendarSpeaks(f) {
		return
	}
	f.noCalendar = plan.Rule.Holidays != HolidaysNone && !r.knowsYear(f.date)
	r.takes(f, plan.weekday(f.date))
}

// named numbers a shift by its name; any name is a workday under free hours.
func (p *Plan) named(name string) int { return p.shiftIndex(&name) }

func (p *Plan) weekday(d Date) int { return p.week[(int(d.Weekday())+6)%7] }

func (r *run) works(f *frame, shift int) bool {
	if shift == restShift {
		return false
	}
	f.what, f.dayType, f.shift = working, Workday, shift
	if f.plan.Rule.Kind == FreeKind {
		f.what = freeDay
	}
	return true
}

func (r *run) takes(f *frame, shift int) {
	if !r.works(f, shift) {
		f.what = resting
	}
}

// calendarSpeaks asks the organization's calendar, then the country's holidays; in each a workday beats a holiday (rules §2).
func (r *run) calendarSpeaks(f *frame) bool {
	calendar := r.facts.Calendar
	if calendar == nil {
		return false
	}
	if r.layerSpeaks(f, calendar) {
		return true
	}
	if f.plan.Rule.Holidays == HolidaysNone {
		return false
	}
	national := calendar.National[f.plan.Rule.Holidays]
	return national != nil && r.layerSpeaks(f, national)
}

func (r *run) layerSpeaks(f *frame, layer *Calendar) bool {
	if name, ok := layer.Workdays[f.date]; ok {
		r.takes(f, f.plan.calendarShift(name, f.date))
		return true
	}
	if _, ok := layer.Holidays[f.date]; ok {
		f.what, f.dayType = resting, Holiday
		return true
	}
	return false
}

// calendarShift is the named shift if the rule has it, else the week's, else the first of the week; a week of rest has none (rules §2).
func (p *Plan) calendarShift(name string, d Date) int {
	if i, ok := p.roster[name]; ok {
		return i
	}
	if i := p.weekday(d); i != restShift {
		return i
	}
	return p.weekMain
}

// knowsYear asks the calendar once a year.
func (r *run) knowsYear(d Date) bool {
	if d < r.yearFrom || d >= r.yearTo {
		year := d.Year()
		r.yearFrom, r.yearTo = NewDate(year, time.January, 1), NewDate(year+1, time.January, 1)
		r.yearKnown = r.facts.Calendar.knows(year)
	}
	return r.yearKnown
}

// knows says whether the calendar has any date of a year (rules §2).
func (c *Calendar) knows(year int) bool {
	if c == nil {
		return false
	}
	for d := range c.Holidays {
		if d.Year() == year {
			return true
		}
	}
	for d := range c.Workdays {
		if d.Year() == year {
			return true
		}
	}
	for _, national := range c.National {
		if national.knows(year) {
			return true
		}
	}
	return false
}
