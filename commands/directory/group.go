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
}

// Group gives one group of an organization.
func (d *Directory) Group(org, id domain.ID) (Group, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if o := d.orgs[org]; o != nil {
		if g := o.groups[id]; g != nil {
			return *g, true
		}
	}
	return Group{}, false
}

// Groups gives an organization's groups in the order of their creation, closed ones too.
func (d *Directory) Groups(org domain.ID) []Group {
	d.mu.RLock()
	defer d.mu.RUnlock()
	o := d.orgs[org]
	if o == nil {
		return nil
	}
	out := make([]Group, 0, len(o.order))
	for _, id := range o.order {
		out = append(out, *o.groups[id])
	}
	return out
}

// Rule gives the rule in force for a group on a date, compiled, and its version: the greatest effective_from not after the
// date, then the greater version (rules §2). Nil and 0 when there is none.
func (d *Directory) Rule(org, id domain.ID, date domain.Date) (*attendance.Plan, int) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if o := d.orgs[org]; o != nil {
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

// Plans gives all rules of a group, compiled, by version.
func (d *Directory) Plans(org, id domain.ID) []*attendance.Plan {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if o := d.orgs[org]; o != nil {
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
	}
}
