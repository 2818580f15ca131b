package consequence

import (
	"slices"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// bySlot are the kinds that are counted by slot, in the order of a slot's verdicts.
var bySlot = []attendance.Anomaly{
	attendance.AnomalyLate, attendance.AnomalySeriousLate, attendance.AnomalyAbsenteeism, attendance.AnomalyEarly, attendance.AnomalyNotSigned,
}

// Occurrence is one verdict that allowances and penalties speak of.
type Occurrence struct {
	Date attendance.Date
	// Section and CheckType name the slot; section 0 is the whole day.
	Section   int
	CheckType attendance.CheckType
	When      string
	Minutes   int
	// Terms are those of the rule of the date, nil without one; Version is the rule's.
	Terms   *Terms
	Version int
}

// Occasion is the occurrence as the ledger names it.
func (o *Occurrence) Occasion() domain.Occasion {
	return domain.Occasion{Date: domain.Date(o.Date.String()), Section: o.Section, CheckType: o.CheckType, When: o.When}
}

// Of lists a day's occurrences slot by slot, then those of the whole day: its other anomalies, and that it is Absent or HalfDay (rules 5.2).
func Of(d *attendance.Day, terms *Terms) (out []Occurrence) {
	add := func(s *attendance.Slot, when string, minutes int) {
		o := Occurrence{Date: d.Date, When: when, Minutes: minutes, Terms: terms, Version: d.RuleVersion}
		if s != nil {
			o.Section, o.CheckType = s.Section, s.CheckType
		}
		out = append(out, o)
	}
	outside := slices.Contains(d.Anomalies, attendance.AnomalyOutside)
	for i := range d.Slots {
		s := &d.Slots[i]
		if kind := attendance.Anomaly(s.TimeResult); slices.Contains(bySlot, kind) && slices.Contains(d.Anomalies, kind) {
			add(s, string(kind), s.Minutes)
		}
		if outside && s.LocationResult == attendance.LocationOutside {
			add(s, string(attendance.AnomalyOutside), 0)
		}
	}
	for _, kind := range d.Anomalies {
		if kind != attendance.AnomalyOutside && !slices.Contains(bySlot, kind) {
			add(nil, string(kind), 0)
		}
	}
	if d.Status == attendance.Absent || d.Status == attendance.HalfDay {
		add(nil, string(d.Status), 0)
	}
	return out
}

// Terms are what a rule says about consequences.
type Terms struct {
	Allowances []attendance.Allowance
	Penalties  []attendance.Penalty
	Group      domain.ID
	// First is the date from which the earliest version of the rule holds: counts that no month ends begin there (rules 5.3).
	First attendance.Date
}

// Rules are the terms of an organization's groups.
type Rules struct {
	terms map[domain.ID]map[int]*Terms
	first map[domain.ID]attendance.Date
}

// NewRules are those of an organization without groups.
func NewRules() *Rules {
	return &Rules{map[domain.ID]map[int]*Terms{}, map[domain.ID]attendance.Date{}}
}

// Add takes a version of a group's rule, in force from a date on.
func (r *Rules) Add(group domain.ID, version int, from attendance.Date, rule *attendance.Rule) {
	if r.terms[group] == nil {
		r.terms[group] = map[int]*Terms{}
		r.first[group] = from
	}
	r.terms[group][version] = &Terms{Group: group, Allowances: rule.Allowances, Penalties: rule.Penalties}
	r.first[group] = min(r.first[group], from)
	for _, t := range r.terms[group] {
		t.First = r.first[group]
	}
}

// On are the terms of a group's version, nil where there is none.
func (r *Rules) On(group *domain.ID, version int) *Terms {
	if group == nil {
		return nil
	}
	return r.terms[*group][version]
}

// Empty says that nothing follows from anything.
func (r *Rules) Empty() bool {
	for _, versions := range r.terms {
		for _, t := range versions {
			if len(t.Allowances) > 0 || len(t.Penalties) > 0 {
				return false
			}
		}
	}
	return true
}

// Since is the date from which occurrences count towards a month that begins on a date: earlier where a penalty counts beyond months.
func (r *Rules) Since(from domain.Date) domain.Date {
	for group, versions := range r.terms {
		for _, t := range versions {
			if slices.ContainsFunc(t.Penalties, func(p attendance.Penalty) bool { return !p.PerMonth }) {
				from = min(from, domain.Date(r.first[group].String()))
			}
		}
	}
	return from
}
