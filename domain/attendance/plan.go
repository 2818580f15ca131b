package attendance

import (
	"fmt"
	"net/netip"
	"time"
)

// The windows of the outer sides when the rule sets none (rules §1), elapsed minutes.
const (
	defaultOpenMin  = 120
	defaultCloseMin = 360
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
	Version int // the document's version, else what the caller sets (rules §5)

	zone     *time.Location
	exact    bool
	shifts   []shiftPlan
	week     [7]int         // by Monday-first weekday, index of shifts, or restShift
	special  map[Date]int   // as week
	roster   map[string]int // name → index of shifts
	weekMain int            // the first shift of the week, for calendar workdays (rules §2)
	free     Section        // the one section of a free day
	places   []compiledPlace
	networks []compiledNetwork
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
	if len(r.Week) != 7 || (r.Kind == FreeKind && r.Free == nil) {
		return nil, fmt.Errorf("compile rule %q: it lacks defaults; read it with ParseRule", r.Name)
	}
	plan := &Plan{Rule: r, Version: r.Version, zone: zone, exact: r.Seconds == SecondsExact, free: Section{OnRequired: true, OffRequired: true}}
	plan.roster = make(map[string]int, len(r.Shifts))
	for i := range r.Shifts {
		shift := &r.Shifts[i]
		plan.shifts = append(plan.shifts, shiftPlan{rule: shift, lateOut: len(shift.LateOutLateIn) > 0, sections: shift.Sections})
		plan.roster[shift.Name] = i
	}
	plan.compileWeek()
	plan.compileEvidence()
	return plan, nil
}

// Zone gives the zone of the rule.
func (p *Plan) Zone() *time.Location { return p.zone }

func (p *Plan) compileWeek() {
	p.weekMain = restShift
	for i, name := range p.Rule.Week {
		p.week[i] = p.shiftIndex(name)
		if p.weekMain == restShift {
			p.weekMain = p.week[i]
		}
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
