package query

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
)

// Group is an attendance group; Version is its newest rule, 0 when it has none.
type Group struct {
	ID        domain.ID `json:"id"`
	Name      string    `json:"name"`
	Closed    bool      `json:"closed"`
	CreatedAt time.Time `json:"created_at"`
	Version   int       `json:"rule_version"`
	Members   int       `json:"members" doc:"those whom the group holds today"`
	// Departments are those that the group takes now or later.
	Departments []Link `json:"departments" doc:"departments that the group takes, now or later; whoever is in them or below belongs to it"`
}

// Link is a department that a group takes.
type Link struct {
	// Department is left out where the group takes the whole organization.
	Department *domain.ID  `json:"department,omitempty"`
	From       domain.Date `json:"from"`
	Until      domain.Date `json:"until,omitempty" doc:"the last day, inclusive; left out while there is none"`
}

// List lists in the order of founding, with the members of a date.
func (r *Groups) List(ctx context.Context, org domain.ID, on domain.Date) ([]Group, error) {
	return List(ctx, r.Within(org), "groups", pgx.RowToStructByName[Group], groupSQL, org, string(on))
}

// Rule is a published version of a group's rule document.
type Rule struct {
	Version       int             `json:"version"`
	EffectiveFrom domain.Date     `json:"effective_from"`
	Rule          json.RawMessage `json:"rule"`
	RecordedAt    time.Time       `json:"recorded_at"`
	Actor         domain.Actor    `json:"actor"`
	Event         domain.ID       `json:"event"`
}

// Rules is a group's history in recorded order.
func (r *Groups) Rules(ctx context.Context, org, group domain.ID) ([]Rule, error) {
	return List(ctx, r.Within(org), "rules", func(row pgx.CollectableRow) (v Rule, err error) {
		var from *time.Time
		var rule, actor []byte
		err = row.Scan(&v.Version, &from, &rule, &v.RecordedAt, &actor, &v.Event)
		v.EffectiveFrom, v.Rule, v.Actor = civil(from), rule, actorOf(actor)
		return v, err
	}, `SELECT version, effective_from, rule, recorded_at, actor, event_id FROM rules WHERE org = $1 AND group_id = $2 ORDER BY version`, org, group)
}
