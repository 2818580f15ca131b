package attendance

import (
	"fmt"
	"net/netip"
	"time"
)

// The defaults of rules 1.1 and 3.3, minutes but for defaultTapSec.
const (
	defaultOpenMin  = 240
	defaultCloseMin = 360
	defaultDayStart = 5 * 60
	defaultMinStay  = 5
	defaultTapSec   = 60
)

func window(set *int, absent int) int {
	if set == nil {
		return absent
	}
	return *set
}

// Plan is a rule made ready for Assess: zone loaded, shifts numbered. It is never changed, so that many members and goroutines share it.
type Plan struct {
	Rule    *Rule
	Version int // the document's version, else what the caller sets (rules §6)

	zone     *time.Location
	exact    bool
	shifts   []shiftPlan
	weeks    [][7]int       // by Monday-first weekday, index of shifts, or restShift; one week, or those of the cycle
	anchor   Date           // the Monday of the first of weeks
	special  map[Date]int   // as a week
	roster   map[string]int // name → index of shifts
	free     Section        // the one section of a free day
	places   []compiledPlace
	networks []compiledNetwork
	tap      int64 // tap_sec in microseconds
	late     bool  // its windows may hold a punch more than two dates later, or half a day earlier
	earliest Clock // first on of its shifts
	latest   Clock // last off of its shifts
}

// restShift marks a date without work.
const restShift = -1

type shiftPlan struct {
	rule     *Shift
	lateOut  bool
	sections []Section
}

type compiledPlace struct {
	id       string
	lat, lng float64 // WGS-84
	radius   float64
}

type compiledNetwork struct {
	Network
	prefix netip.Prefix
}

// Compile makes a rule ready for Assess. The rule must come from ParseRule; the error says what a rule built by hand lacks.
func (r *Rule) Compile() (*Plan, error) {
	zone, ok := loadZone(r.TimeZone)
	if !ok {
		return nil, fmt.Errorf("compile rule %q: time zone %q is unknown", r.Name, r.TimeZone)
	}
	if (len(r.Week) != 7 && r.WeekCycle == nil) || (r.Kind == FreeKind && r.Free == nil) {
		return nil, fmt.Errorf("compile rule %q: it lacks defaults; read it with ParseRule", r.Name)
	}
	plan := &Plan{Rule: r, Version: r.Version, zone: zone, exact: r.Seconds == SecondsExact, free: Section{OnRequired: true, OffRequired: true}}
	plan.roster = make(map[string]int, len(r.Shifts))
	for i := range r.Shifts {
		shift := &r.Shifts[i]
		plan.shifts = append(plan.shifts, shiftPlan{rule: shift, lateOut: len(shift.LateOutLateIn) > 0, sections: shift.Sections})
		plan.roster[shift.Name] = i
	}
	plan.tap = int64(r.TapSec) * 1_000_000
	plan.compileWeeks()
	plan.compileReach()
	plan.compileEvidence()
	return plan, nil
}

// Zone gives the zone of the rule.
func (p *Plan) Zone() *time.Location { return p.zone }

func (p *Plan) compileWeeks() {
	weeks := [][]*string{p.Rule.Week}
	p.anchor = 1 // a Monday
	if p.Rule.WeekCycle != nil {
		weeks, p.anchor = p.Rule.WeekCycle.Weeks, p.Rule.WeekCycle.Anchor
	}
	for _, names := range weeks {
		week := [7]int{}
		for i, name := range names {
			week[i] = p.shiftIndex(name)
		}
		p.weeks = append(p.weeks, week)
	}
	if len(p.Rule.SpecialDays) == 0 {
		return
	}
	p.special = make(map[Date]int, len(p.Rule.SpecialDays))
	for d, name := range p.Rule.SpecialDays {
		p.special[d] = p.shiftIndex(name)
	}
}

// shiftIndex numbers a name; under free hours any name is a workday, numbered 0 (rules §4).
func (p *Plan) shiftIndex(name *string) int {
	if name == nil {
		return restShift
	}
	if p.Rule.Kind == FreeKind {
		return 0
	}
	if i, ok := p.roster[*name]; ok {
		return i
	}
	return restShift
}

// weekOf gives the week of the cycle that holds a date: whole weeks since the anchor, floor, modulo the cycle (rules 2.2c).
func (p *Plan) weekOf(d Date) *[7]int {
	if len(p.weeks) == 1 {
		return &p.weeks[0]
	}
	n := int64(len(p.weeks))
	week := floorDiv(int64(d-p.anchor), 7)
	return &p.weeks[week-floorDiv(week, n)*n]
}

// weekday gives the shift of a date by its week.
func (p *Plan) weekday(d Date) int { return p.weekOf(d)[(int(d.Weekday())+6)%7] }

// first gives the first shift of the week of a date, else of the cycle (rules 2.2b).
func (p *Plan) first(d Date) int {
	for _, shift := range p.weekOf(d) {
		if shift != restShift {
			return shift
		}
	}
	for i := range p.weeks {
		for _, shift := range p.weeks[i] {
			if shift != restShift {
				return shift
			}
		}
	}
	return restShift
}

// clockSlack is more than daylight saving moves two wall times apart, in minutes.
const clockSlack = 180

// compileReach finds how far the windows of the plan's shifts may reach.
func (p *Plan) compileReach() {
	for i := range p.shifts {
		sections := p.shifts[i].sections
		first, last := &sections[0], &sections[len(sections)-1]
		if i == 0 {
			p.earliest = first.On
		}
		p.earliest, p.latest = min(p.earliest, first.On), max(p.latest, last.Off)
		p.late = p.late || int(last.Off)+window(last.CloseAfterMin, defaultCloseMin) > 47*60 || int(first.On)-window(first.OpenBeforeMin, defaultOpenMin) < -12*60
	}
}

// dayStart is where a date starts under the plan, minutes after its midnight.
func (p *Plan) dayStart() int {
	if p.Rule.Kind == FreeKind {
		return int(p.Rule.Free.DayStart)
	}
	return int(p.Rule.DayStart)
}

func (p *Plan) compileEvidence() {
	for _, place := range p.Rule.Places {
		lat, lng := place.Lat, place.Lng
		if place.Datum == DatumGCJ02 {
			lat, lng = wgs84FromGCJ02(lat, lng)
		}
		p.places = append(p.places, compiledPlace{id: place.ID, lat: lat, lng: lng, radius: place.RadiusM})
	}
	for _, network := range p.Rule.Networks {
		compiled := compiledNetwork{Network: network}
		if network.CIDR != "" {
			compiled.prefix, _ = netip.ParsePrefix(network.CIDR)
		}
		p.networks = append(p.networks, compiled)
	}
}

// count cuts an instant, in microseconds, to what the rule counts by: whole minutes or whole seconds, as unix seconds (rules §3).
func (p *Plan) count(micros int64) int64 {
	if p.exact {
		return floorDiv(micros, 1_000_000)
	}
	return floorDiv(micros, 60_000_000) * 60
}
