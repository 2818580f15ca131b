package directory

import (
	"time"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// Standing is what holds for a member at an instant, read at once.
type Standing struct {
	// Organization and Member are zero values where there is none; Known says that there are both.
	Organization Organization
	Member       Member
	Known        bool
	// Group is the member's group on the rule's local date, nil for none; on the UTC date where no rule holds.
	Group *domain.ID
	// Plan is the rule in force, compiled, and Version its version in the group; nil and 0 where no rule holds.
	Plan    *attendance.Plan
	Version int
	// Zone is that of the rule, else that of the organization's first rule, else UTC. Its name is the IANA name.
	Zone *time.Location
}

// Standing gives what holds for a member at an instant. The rule is the one in force on the local date in the rule's own zone.
func (d *Directory) Standing(org, member domain.ID, at time.Time) Standing {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	s := Standing{Zone: time.UTC}
	o := d.state.orgs[org]
	if o == nil {
		return s
	}
	s.Organization = o.view
	m := o.members[member]
	if m != nil {
		s.Member, s.Known = *m, o.founded
		s.Group, s.Plan, s.Version = o.ruleAt(*m, at)
	}
	s.Zone = o.zone(s.Plan)
	return s
}

// On gives a member's group and the rule in force on a local date, compiled, with its version; nils and 0 where there is none.
func (d Rules) On(org, member domain.ID, date domain.Date) (group *domain.ID, plan *attendance.Plan, version int) {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	o := d.state.orgs[org]
	if o == nil || o.members[member] == nil {
		return nil, nil, 0
	}
	return o.ruleOn(*o.members[member], date)
}

// Ended says that a member has no access any more at an instant; see Member.Ended. The zone is that of Standing.
func (d *Directory) Ended(org domain.ID, m Member, at time.Time) bool {
	return m.Left != "" && m.Ended(at, d.Standing(org, m.ID, at).Zone)
}

// ruleAt finds the rule by the date in UTC or the next one, then asks for the date in that rule's zone.
func (o *organization) ruleAt(m Member, at time.Time) (*domain.ID, *attendance.Plan, int) {
	date := domain.DateOf(at, time.UTC)
	group, near, _ := o.ruleOn(m, date)
	if near == nil {
		if _, near, _ = o.ruleOn(m, date.AddDays(1)); near == nil {
			return group, nil, 0
		}
	}
	return o.ruleOn(m, domain.DateOf(at, near.Zone()))
}

func (o *organization) ruleOn(m Member, date domain.Date) (*domain.ID, *attendance.Plan, int) {
	id, assigned := m.Group(date)
	if !assigned {
		return nil, nil, 0
	}
	plan, version := o.rule(id, date)
	return &id, plan, version
}

// zone is that of a plan, else that of the newest rule of the first group that has one, else UTC.
func (o *organization) zone(plan *attendance.Plan) *time.Location {
	if plan != nil {
		return plan.Zone()
	}
	for _, id := range o.order {
		if rules := o.facts.Rules[id]; len(rules) > 0 {
			return rules[len(rules)-1].Zone()
		}
	}
	return time.UTC
}
