package attendance

import "time"

// frame is one date with the rule and shift that hold on it, and the punches that it lists.
type frame struct {
	date         Date
	index        int32
	what         dayKind
	dayType      DayType
	plan         *Plan
	version      int
	zone         *time.Location
	shift        int
	holiday      bool // the calendar declares it one (rules 2.4)
	noCalendar   bool
	unknownShift bool
	newcomer     bool     // a free day on which nothing is owed (rules 2.7c)
	leaveAlone   bool     // leave alone covers the whole workday (rules 4.15)
	sections     [2]int32 // range of run.sections
	breaks       [2]int32 // range of run.breaks
	midnight     int64    // first instant of the local date
	start        int64    // its start of day: of free hours and of the frame of a rest day
	rawOpen      int64    // where the first On opens, before neighbours narrow it
	open         int64    // first instant of the outer windows, counted, inclusive
	plainCloses  int64    // closes without what a request adds (rules 3.3c)
	closes       int64    // where the last Off closes
	held         int64    // last counted second that the outer windows hold
	restEnd      int64    // the end that a lone punch of a rest day takes (rules 3.13b), else 0
	tapFrom      int
	tapTo        int
}

type dayKind uint8

const (
	unscheduled dayKind = iota
	resting
	working
	freeDay
)

// chooser finds the rule and the shift of each date (rules §2).
type chooser struct{ r *run }

// layFrames decides every date of the range and the padding around it.
func (c chooser) layFrames(from, to Date) {
	r := c.r
	before, after := pad, pad
	earliest, latest := Clock(0), Clock(0)
	for i := range r.facts.Assignments {
		for n, plan := range r.facts.Assignments[i].Plans {
			if plan.late {
				before, after = padLate, padLate
			}
			if i+n == 0 {
				earliest = plan.earliest
			}
			earliest, latest = min(earliest, plan.earliest), max(latest, plan.latest)
		}
	}
	first := max(from-Date(before), 1)
	chains := latest+60+clockSlack >= earliest+24*60
	if chains {
		first = c.unchained(first)
	}
	r.frames = make([]frame, int(to-first)+1+after)
	for i := range r.frames {
		r.frames[i] = c.decide(first.AddDays(i))
		r.frames[i].index = int32(i)
	}
	for i := range r.frames {
		f := &r.frames[i]
		f.midnight, f.start = r.clock.instant(f.zone, f.date, 0), r.clock.instant(f.zone, f.date, f.dayStart())
		if i > 0 { // where the zone changes, a date ends where the next begins
			f.midnight, f.start = max(f.midnight, r.frames[i-1].midnight), max(f.start, r.frames[i-1].start)
		}
	}
	c.dropBeforeSince()
	if chains {
		c.dropOverlaps()
	}
}

func (f *frame) dayStart() int {
	if f.plan == nil {
		return defaultDayStart
	}
	return f.plan.dayStart()
}

// maxChain bounds how far back workdays that touch are followed, in dates.
const maxChain = 400

// unchained goes back to a date whose shift neither overlaps nor touches that of the date before, because what is left out (rules 2.3a) and which
// workday a lone punch belongs to (rules 3.4a) depend on the date before.
func (c chooser) unchained(first Date) Date {
	later := c.decide(first)
	for range maxChain {
		earlier := c.decide(first - 1)
		if first <= 2 || later.what != working || earlier.what != working {
			return first
		}
		on, _ := c.planned(&later)
		_, off := c.planned(&earlier)
		if on > off+3600 {
			return first
		}
		first, later = first-1, earlier
	}
	return first
}

// planned gives the first on and the last off of a workday.
func (c chooser) planned(f *frame) (on, off int64) {
	sections := f.plan.shifts[f.shift].sections
	return c.r.clock.instant(f.zone, f.date, int(sections[0].On)), c.r.clock.instant(f.zone, f.date, int(sections[len(sections)-1].Off))
}

// dropBeforeSince leaves dates out on which attendance did not count yet (rules 2.7b).
func (c chooser) dropBeforeSince() {
	since := c.r.facts.Since
	if since.IsZero() {
		return
	}
	for i := range c.r.frames {
		f := &c.r.frames[i]
		day := c.r.clock.localDate(f.zone, since.Unix())
		gone := f.date < day
		switch f.what {
		case working:
			on, off := c.planned(f)
			divided := time.Unix(on, 0).Before(since) && !time.Unix(off, 0).Before(since)
			gone = time.Unix(off, 0).Before(since) || gone && !divided
		case freeDay:
			divided := time.Unix(f.start, 0).Before(since) && time.Unix(c.r.ends(i), 0).After(since)
			gone = gone && !divided
			f.newcomer = divided || f.date == day
		}
		if gone {
			f.what, f.shift, f.dayType, f.unknownShift = unscheduled, restShift, f.offType(), false
		}
	}
}

// dropOverlaps leaves out a shift that begins before that of the date before has ended (rules 2.3a).
func (c chooser) dropOverlaps() {
	for i := 1; i < len(c.r.frames); i++ {
		before, f := &c.r.frames[i-1], &c.r.frames[i]
		if f.what != working || before.what != working {
			continue
		}
		on, _ := c.planned(f)
		if _, off := c.planned(before); on < off {
			f.what, f.shift, f.dayType, f.unknownShift = unscheduled, restShift, f.offType(), true
		}
	}
}

// offType is the day type of a date without a shift (rules 2.4).
func (f *frame) offType() DayType {
	if f.holiday {
		return Holiday
	}
	return Restday
}

// frameOf finds the frame of a date, deciding dates beyond the padding afresh.
func (c chooser) frameOf(d Date) frame {
	if i := int(d - c.r.frames[0].date); i >= 0 && i < len(c.r.frames) {
		return c.r.frames[i]
	}
	return c.decide(d)
}

// decide finds the rule and the shift of a date (rules 2.1, 2.2).
func (c chooser) decide(d Date) frame {
	f := frame{date: d, shift: restShift, zone: time.UTC}
	plan, holds := c.planOn(d)
	if plan != nil {
		f.plan, f.zone = plan, plan.zone
	}
	entry := c.calendarEntry(&f, holds)
	f.dayType = f.offType()
	if !holds {
		return f
	}
	f.version = plan.Version
	if (c.r.facts.Joined != 0 && d < c.r.facts.Joined) || (c.r.facts.Left != 0 && d > c.r.facts.Left) {
		return f
	}
	c.chooseShift(&f, entry)
	if f.what == working || f.what == freeDay {
		if !f.holiday {
			f.dayType = Workday
		}
		return f
	}
	f.shift = restShift
	return f
}

// planOn finds the plan in force on a date; holds is false when the plan found only lends its zone to a date that none governs.
func (c chooser) planOn(d Date) (plan *Plan, holds bool) {
	assignments := c.r.facts.Assignments
	for i := len(assignments) - 1; i >= 0; i-- {
		a := &assignments[i]
		if (a.From != 0 && d < a.From) || (a.To != 0 && d > a.To) {
			continue
		}
		plan = inForce(a.Plans, d)
		if plan != nil {
			return plan, true
		}
		break
	}
	return c.lender(d), false
}

// inForce is the plan with the greatest effective_from up to a date, of equals the later recorded (rules 2.1).
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
func (c chooser) lender(d Date) *Plan {
	var before, after *Plan
	for i := range c.r.facts.Assignments {
		for _, plan := range c.r.facts.Assignments[i].Plans {
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

// dayEntry is what the calendar says of a date.
type dayEntry struct {
	workday bool
	holiday bool
	shift   string // of a workday of the organization's own
}

// calendarEntry asks the organization's calendar, and where it has no entry that of the rule's country; in each a workday beats a holiday (rules 2.2a,
// 2.2b). It notes where the data of the country is missing (rules 2.5).
func (c chooser) calendarEntry(f *frame, holds bool) dayEntry {
	calendar := c.r.facts.Calendar
	if entry, there := calendar.entry(f.date); there {
		f.holiday = entry.holiday
		return entry
	}
	if !holds || f.plan.Rule.Holidays == HolidaysNone {
		return dayEntry{}
	}
	country := f.plan.Rule.Holidays
	f.noCalendar = !c.knowsYear(country, f.date)
	if calendar == nil {
		return dayEntry{}
	}
	entry, _ := calendar.National[country].entry(f.date)
	entry.shift = "" // a country only names its days
	f.holiday = entry.holiday
	return entry
}

// entry finds what one calendar says of a date.
func (c *Calendar) entry(d Date) (dayEntry, bool) {
	if c == nil {
		return dayEntry{}, false
	}
	if name, ok := c.Workdays[d]; ok {
		return dayEntry{workday: true, shift: name}, true
	}
	_, ok := c.Holidays[d]
	return dayEntry{holiday: ok}, ok
}

// chooseShift asks the speakers in their order: roster, special day, calendar, week (rules 2.2).
func (c chooser) chooseShift(f *frame, entry dayEntry) {
	plan := f.plan
	if planned, ok := c.r.facts.Roster[f.date]; ok {
		if planned.Rest {
			f.what = resting
			return
		}
		f.unknownShift = !f.works(plan.named(planned.Shift)) // rules 2.3
		return
	}
	if plan.Rule.Kind == Rostered {
		return
	}
	if shift, ok := plan.special[f.date]; ok {
		f.takes(shift)
		return
	}
	switch {
	case entry.workday:
		f.takes(plan.calendarShift(entry.shift, f.date))
	case entry.holiday:
		f.what = resting
	default:
		f.takes(plan.weekday(f.date))
	}
}

// named numbers a shift by its name; any name is a workday under free hours.
func (p *Plan) named(name string) int { return p.shiftIndex(&name) }

func (f *frame) works(shift int) bool {
	if shift == restShift {
		return false
	}
	f.what, f.shift = working, shift
	if f.plan.Rule.Kind == FreeKind {
		f.what = freeDay
	}
	return true
}

func (f *frame) takes(shift int) {
	if !f.works(shift) {
		f.what = resting
	}
}

// calendarShift is the named shift if the rule has it, else the week's, else the first of the week, else of the cycle; a week of rest has none
// (rules 2.2b).
func (p *Plan) calendarShift(name string, d Date) int {
	if i, ok := p.roster[name]; ok {
		return i
	}
	if i := p.weekday(d); i != restShift {
		return i
	}
	return p.first(d)
}

// knowsYear asks the calendar of a country once a year.
func (c chooser) knowsYear(country string, d Date) bool {
	r := c.r
	if d < r.yearFrom || d >= r.yearTo || r.yearCountry != country {
		year := d.Year()
		r.yearFrom, r.yearTo, r.yearCountry = NewDate(year, time.January, 1), NewDate(year+1, time.January, 1), country
		r.yearKnown = r.facts.Calendar != nil && r.facts.Calendar.National[country].Knows(year)
	}
	return r.yearKnown
}

// Knows says whether a country's calendar has any date of a year (rules 2.5).
func (c *Calendar) Knows(year int) bool {
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
	return false
}
