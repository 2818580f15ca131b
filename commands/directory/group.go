package directory

import (
	"slices"

	"github.com/google/uuid"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// Group is an attendance group.
type Group struct {
	ID     domain.ID
	Name   string
	Closed bool
	// Version is that of the last rule published, 0 for none.
	Version int
	// Links are the departments that the group takes, the nil id being the whole organization.
	Links map[domain.ID]domain.LinkTimes
}

// Group gives one group of an organization.
func (d *Directory) Group(org, id domain.ID) (Group, bool) {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	if o := d.state.orgs[org]; o != nil {
		if g := o.groups[id]; g != nil {
			return *g, true
		}
	}
	return Group{}, false
}

// Groups gives an organization's groups in the order of their creation, closed ones too.
func (d *Directory) Groups(org domain.ID) []Group {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	o := d.state.orgs[org]
	if o == nil {
		return nil
	}
	out := make([]Group, 0, len(o.order))
	for _, id := range o.order {
		out = append(out, *o.groups[id])
	}
	return out
}

// Rules are the rules of groups, compiled.
type Rules struct{ state *state }

// InForce gives the rule in force for a group on a date, compiled, and its version: the greatest effective_from not after the
// date, then the greater version (rules §2). Nil and 0 when there is none.
func (d Rules) InForce(org, id domain.ID, date domain.Date) (*attendance.Plan, int) {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	if o := d.state.orgs[org]; o != nil {
		return o.rule(id, date)
	}
	return nil, 0
}

func (o *organization) rule(id domain.ID, date domain.Date) (*attendance.Plan, int) {
	on, err := attendance.ParseDate(string(date))
	if err != nil {
		return nil, 0
	}
	plan := o.facts.InForce(id, on)
	if plan == nil {
		return nil, 0
	}
	return plan, plan.Version
}

// All gives all rules of a group, compiled, by version.
func (d Rules) All(org, id domain.ID) []*attendance.Plan {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	if o := d.state.orgs[org]; o != nil {
		return o.facts.Rules[id]
	}
	return nil
}

func (o *organization) evolveGroup(rest string, event domain.Event) {
	id, err := uuid.Parse(rest)
	if err != nil {
		return
	}
	g := o.groups[id]
	if g == nil {
		g = &Group{ID: id}
		o.groups[id] = g
		o.order = append(slices.Clone(o.order), id)
	}
	switch e := event.(type) {
	case domain.GroupCreated:
		g.Name = e.Name
	case domain.GroupClosed:
		g.Closed = true
	case domain.RuleChanged:
		g.Version = e.Version
	case domain.GroupLinked:
		g.Links = with(g.Links, domain.Whole(e.Department), g.Links[domain.Whole(e.Department)].Begin(e.From))
	case domain.GroupUnlinked:
		g.Links = with(g.Links, domain.Whole(e.Department), g.Links[domain.Whole(e.Department)].End(e.From))
	}
}
