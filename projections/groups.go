package projections

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/projections/tables"
)

// group applies attendance groups and their rules.
func (w *writer) group(r *record) (bool, error) {
	org := r.name.Org
	switch e := r.Event.(type) {
	case domain.GroupCreated:
		w.do(`INSERT INTO groups VALUES ($1, $2, $3, false, $4)`, org, e.Group, e.Name, r.at())
	case domain.RuleChanged:
		return true, w.rule(r, e)
	case domain.GroupClosed:
		id, err := uuid.Parse(r.name.Rest)
		if err != nil {
			return true, fmt.Errorf("group stream %q: %w", r.Stream, err)
		}
		w.do(`UPDATE groups SET closed = true WHERE org = $1 AND group_id = $2`, org, id)
	default:
		return false, nil
	}
	return true, nil
}

// rule keeps a published rule; a document that cannot be compiled parks the group, because no day could be judged by it.
func (w *writer) rule(r *record, e domain.RuleChanged) error {
	id, err := uuid.Parse(r.name.Rest)
	if err != nil {
		return fmt.Errorf("group stream %q: %w", r.Stream, err)
	}
	from, err := tables.ParseDate(e.EffectiveFrom)
	if err != nil {
		return err
	}
	if _, err := compileRule(e.Rule, e.Version, from); err != nil {
		return err
	}
	w.stale[r.name.Org] = true
	w.do(`INSERT INTO rules VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		r.name.Org, id, e.Version, string(e.EffectiveFrom), string(e.Rule), r.at(), tables.AsJSON(r.Metadata.Actor), r.ID)
	w.governGroup(r.name.Org, id)
	w.markGroup(r.name.Org, id, e.EffectiveFrom)
	return nil
}

// compileRule makes a published document ready. Version and first date are the event's, whatever the document repeats of them.
func compileRule(document []byte, version int, from attendance.Date) (*attendance.Plan, error) {
	rule, err := attendance.ParseRule(document)
	if err != nil {
		return nil, fmt.Errorf("rule version %d: %w", version, err)
	}
	rule.EffectiveFrom = from
	plan, err := rule.Compile()
	if err != nil {
		return nil, fmt.Errorf("rule version %d: %w", version, err)
	}
	plan.Version = version
	return plan, nil
}
