package facts

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// planOf compiles what a RuleChanged publishes.
func planOf(c *Cache, r Recorded, e domain.RuleChanged) (*attendance.Plan, error) {
	if _, err := r.group(); err != nil {
		return nil, err
	}
	from, err := parseDate(e.EffectiveFrom)
	if err != nil {
		return nil, err
	}
	return c.Plan(r.ID, e.Rule, e.Version, from)
}

func (o *Organization) publish(c *Cache, r Recorded, e domain.RuleChanged) error {
	group, err := r.group()
	if err != nil {
		return err
	}
	plan, err := planOf(c, r, e)
	if err != nil {
		return err
	}
	if o.rule(group, plan.Version) != nil {
		return fmt.Errorf("group %s has a rule of version %d already", group, plan.Version)
	}
	o.AddRule(group, plan)
	return nil
}

// AddRule puts a compiled rule into its place among the versions of a group.
func (o *Organization) AddRule(group domain.ID, plan *attendance.Plan) {
	rules := append(slices.Clone(o.Rules[group]), plan)
	slices.SortStableFunc(rules, func(a, b *attendance.Plan) int { return cmp.Compare(a.Version, b.Version) })
	o.Rules[group] = rules
}

func (o *Organization) rule(group domain.ID, version int) *attendance.Plan {
	for _, plan := range o.Rules[group] {
		if plan.Version == version {
			return plan
		}
	}
	return nil
}

// InForce is a group's rule on a date: the greatest first date that is not after it, then the greater version (rules §2); nil for none.
func (o *Organization) InForce(group domain.ID, d attendance.Date) *attendance.Plan {
	var best *attendance.Plan
	for _, plan := range o.Rules[group] {
		if from := plan.Rule.EffectiveFrom; from <= d && (best == nil || from >= best.Rule.EffectiveFrom) {
			best = plan
		}
	}
	return best
}

// placeless says that a version named no place and no network, so that nobody can be outside (events §3).
func (o *Organization) placeless(group domain.ID, version int) bool {
	plan := o.rule(group, version)
	return plan != nil && len(plan.Rule.Places) == 0 && len(plan.Rule.Networks) == 0
}
