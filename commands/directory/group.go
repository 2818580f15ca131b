package directory

import (
	"fmt"
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

type group struct {
	view  Group
	rules []rule
}

type rule struct {
	from    domain.Date
	version int
	plan    *attendance.Plan
}

// Group gives one group of an organization.
func (d *Directory) Group(org, id domain.ID) (Group, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if o := d.orgs[org]; o != nil {
		if g := o.groups[id]; g != nil {
			return g.view, true
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
		out = append(out, o.groups[id].view)
	}
	return out
}

// Rule gives the rule in force for a group on a date, compiled, and its version: the greatest effective_from not after the
// date, then the later recorded (rules §2). Nil and 0 when there is none.
func (d *Directory) Rule(org, id domain.ID, date domain.Date) (*attendance.Plan, int) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if o := d.orgs[org]; o != nil {
		return o.rule(id, date)
	}
	return nil, 0
}

func (o *organization) rule(id domain.ID, date domain.Date) (*attendance.Plan, int) {
	if o.groups[id] == nil {
		return nil, 0
	}
	var best rule
	for _, r := range o.groups[id].rules {
		if r.from <= date && (best.plan == nil || r.from >= best.from) {
			best = r
		}
	}
	return best.plan, best.version
}

// Plans gives all rules of a group, compiled, in recorded order.
func (d *Directory) Plans(org, id domain.ID) []*attendance.Plan {
	d.mu.RLock()
	defer d.mu.RUnlock()
	o := d.orgs[org]
	if o == nil || o.groups[id] == nil {
		return nil
	}
	var out []*attendance.Plan
	for _, r := range o.groups[id].rules {
		out = append(out, r.plan)
	}
	return out
}

func (o *organization) evolveGroup(rest string, event domain.Event) error {
	id, err := uuid.Parse(rest)
	if err != nil {
		return fmt.Errorf("%q is no group id: %w", rest, err)
	}
	g := o.groups[id]
	if g == nil {
		g = &group{view: Group{ID: id}}
		o.groups[id] = g
		o.order = append(slices.Clone(o.order), id)
	}
	switch e := event.(type) {
	case domain.GroupCreated:
		g.view.Name = e.Name
	case domain.GroupClosed:
		g.view.Closed = true
	case domain.RuleChanged:
		return g.publish(e)
	}
	return nil
}

// publish compiles a rule once; all members share the plan.
func (g *group) publish(e domain.RuleChanged) error {
	g.view.Version = e.Version
	parsed, err := attendance.ParseRule(e.Rule)
	if err != nil {
		return fmt.Errorf("rule version %d: %w", e.Version, err)
	}
	plan, err := parsed.Compile()
	if err != nil {
		return fmt.Errorf("rule version %d: %w", e.Version, err)
	}
	plan.Version = e.Version
	g.rules = append(g.rules, rule{from: e.EffectiveFrom, version: e.Version, plan: plan})
	return nil
}
