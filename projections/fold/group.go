package fold

import (
	"github.com/google/uuid"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/tables"
)

// groups writes attendance groups and their rules.
type groups struct{ *Writer }

// group applies attendance groups and their rules.
func (w groups) group(r *feed.Record) (bool, error) {
	org := r.Name.Org
	switch e := r.Event.(type) {
	case domain.GroupCreated:
		w.Do(`INSERT INTO groups (org, group_id, name, closed, created_at) VALUES ($1, $2, $3, false, $4)`, org, e.Group, e.Name, r.At())
	case domain.RuleChanged:
		w.rule(r, e)
	case domain.GroupClosed:
		id, _ := uuid.Parse(r.Name.Rest) // Check has seen it.
		w.Do(`UPDATE groups SET closed = true WHERE org = $1 AND group_id = $2`, org, id)
	case domain.GroupLinked:
		belonging{w.Writer}.link(r, e.Department, e.From, true)
	case domain.GroupUnlinked:
		belonging{w.Writer}.link(r, e.Department, e.From, false)
	default:
		return false, nil
	}
	return true, nil
}

// rule keeps a published rule. A document that cannot be compiled never comes here: it parks the group, because no day could be assessed by it.
func (w groups) rule(r *feed.Record, e domain.RuleChanged) {
	id, _ := uuid.Parse(r.Name.Rest) // Check has seen it.
	w.Stale[r.Name.Org] = true
	w.Do(`INSERT INTO rules (org, group_id, version, effective_from, rule, recorded_at, actor, event_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		r.Name.Org, id, e.Version, string(e.EffectiveFrom), string(e.Rule), r.At(), tables.AsJSON(r.Metadata.Actor), r.ID)
	w.governGroup(r.Name.Org, id)
}
