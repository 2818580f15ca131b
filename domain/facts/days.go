package facts

import (
	"time"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// Assess looks so many dates before and behind those that it is asked for, at punches one more: it frames five beside them for shifts that end on the
// third date, and times of two of them are compared. Which shift of a row that touch each other stands is told by those before, so that rosters
// are looked at longer.
const (
	Near       = 7
	PunchNear  = Near + 1
	RosterNear = 40
)

// PunchesAround are the instants, the second exclusive, of the punches that may matter for a run of dates.
func (s Span) PunchesAround() (from, until time.Time) {
	return midnight(s.From - PunchNear), midnight(s.To + PunchNear + 1)
}

// midnight is a date's beginning in UTC.
func midnight(d attendance.Date) time.Time {
	return time.Unix(int64(d-attendance.NewDate(1970, 1, 1))*86400, 0).UTC()
}

// Facts are what Assess takes for a run of dates, both inclusive. They share memory with the member and the organization.
func (m *Member) Facts(o *Organization, from, to attendance.Date) attendance.Facts {
	f := attendance.Facts{Joined: m.Joined, Left: m.Left, Since: m.Since(o), Roster: m.Roster, Calendar: o.Calendar, Through: o.Through, Assignments: m.assignments(o)}
	first, until := Span{from, to}.PunchesAround()
	f.Punches = make([]attendance.Punch, 0, len(m.Punches))
	for i := range m.Punches {
		if p := &m.Punches[i]; !p.Voided && !p.At.Before(first) && p.At.Before(until) {
			f.Punches = append(f.Punches, p.Fact(o))
		}
	}
	for i := range m.Corrections {
		if k := &m.Corrections[i].Fact; k.Date >= from-Near && k.Date <= to+Near {
			f.Requests = append(f.Requests, *k)
		}
	}
	return m.requests(f, Approved, Span{from, to})
}

// Since is the instant from which attendance counts, the greater of joining and of the first group (rules 2.7). It is zero where the date of the later
// was not the one on which it was recorded: who is entered from a date on counts from its beginning.
func (m *Member) Since(o *Organization) time.Time {
	groups := o.Belonging(m.Groups, m.Departments)
	if len(groups) == 0 {
		return time.Time{}
	}
	first := &groups[0]
	date, at := first.From, first.At
	switch {
	case m.Joined > first.From:
		date, at = m.Joined, m.JoinedAt
	case m.Joined == first.From && m.JoinedAt.After(first.At):
		at = m.JoinedAt
	}
	if at.IsZero() || attendance.DateOf(at.In(m.ZoneOn(o, date))) != date {
		return time.Time{}
	}
	return at
}

func (m *Member) requests(f attendance.Facts, state string, dates Span) attendance.Facts {
	for i := range m.Requests {
		if q := &m.Requests[i]; q.Fact.State == state && q.From <= dates.To+Near && q.To >= dates.From-Near {
			f.Requests = append(f.Requests, q.Fact)
		}
	}
	return f
}

// Waiting are the requests without an answer around a run of dates: they explain an anomaly and change no day.
func (m *Member) Waiting(from, to attendance.Date) []attendance.Request {
	return m.requests(attendance.Facts{}, Pending, Span{from, to}).Requests
}

// assignments are the member's stretches in groups, with their rules.
func (m *Member) assignments(o *Organization) []attendance.Assignment {
	groups := o.Belonging(m.Groups, m.Departments)
	out := make([]attendance.Assignment, 0, len(groups))
	for _, g := range groups {
		out = append(out, attendance.Assignment{From: g.From, Plans: o.Rules[g.Group]})
	}
	return out
}

// GroupOn is the member's group on a date, nil for none.
func (m *Member) GroupOn(o *Organization, d attendance.Date) *domain.ID {
	var group *domain.ID
	groups := o.Belonging(m.Groups, m.Departments)
	for i := range groups {
		if groups[i].From <= d {
			group = &groups[i].Group
		}
	}
	if group != nil && *group == (domain.ID{}) {
		return nil
	}
	return group
}

// ZoneOn is the zone of the rule in force on a date, UTC when there is none.
func (m *Member) ZoneOn(o *Organization, d attendance.Date) *time.Location {
	if group := m.GroupOn(o, d); group != nil {
		if plan := o.InForce(*group, d); plan != nil {
			return plan.Zone()
		}
	}
	return time.UTC
}

// Governed is the first date on which the member is in a group with a rule, zero for none.
func (m *Member) Governed(o *Organization) (first attendance.Date) {
	groups := o.Belonging(m.Groups, m.Departments)
	for i, g := range groups {
		for _, plan := range o.Rules[g.Group] {
			from := max(g.From, plan.Rule.EffectiveFrom)
			if (i+1 == len(groups) || from < groups[i+1].From) && (first == 0 || from < first) {
				first = from
			}
		}
	}
	return first
}

// Told says that a roster, a correction or a request that waits or was approved speaks of a date.
func (m *Member) Told(d attendance.Date) bool {
	if _, planned := m.Roster[d]; planned {
		return true
	}
	for i := range m.Corrections {
		if m.Corrections[i].Fact.Date == d {
			return true
		}
	}
	for i := range m.Requests {
		if q := &m.Requests[i]; q.Has(d) && (q.Fact.State == Approved || q.Fact.State == Pending) {
			return true
		}
	}
	return false
}

// Reached says that the clock has come to a date of the membership.
func (m *Member) Reached(o *Organization, d attendance.Date) bool {
	inside := !m.Joined.IsZero() && d >= m.Joined && (m.Left.IsZero() || d <= m.Left)
	return inside && !d.In(m.ZoneOn(o, d)).After(o.Through)
}

// Punched says that a punch is on the day, whether it fills a slot or not.
func Punched(d *attendance.Day) bool {
	if len(d.Unused) > 0 || len(d.Used) > 0 {
		return true
	}
	for i := range d.Slots {
		if !d.Slots[i].PunchAt.IsZero() {
			return true
		}
	}
	return false
}
