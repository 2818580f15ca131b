package assess

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/tables"
)

// LoadOrganization reads what all members of an organization share; the cache keeps compiled rules.
func LoadOrganization(ctx context.Context, tx pgx.Tx, org domain.ID, cache *facts.Cache) (*facts.Organization, error) {
	f := facts.NewOrganization(org)
	if err := loadPlans(ctx, tx, org, f, cache); err != nil {
		return nil, err
	}
	if err := loadCalendar(ctx, tx, org, f); err != nil {
		return nil, err
	}
	err := tx.QueryRow(ctx, "SELECT through FROM clocks WHERE org = $1", org).Scan(&f.Through)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("read the clock: %w", err)
	}
	return f, nil
}

// loadPlans compiles each published version once.
func loadPlans(ctx context.Context, tx pgx.Tx, org domain.ID, f *facts.Organization, cache *facts.Cache) error {
	rows, err := tx.Query(ctx, "SELECT group_id, version, effective_from, rule, event_id FROM rules WHERE org = $1 ORDER BY group_id, version", org)
	if err != nil {
		return fmt.Errorf("read the rules: %w", err)
	}
	var group, event [16]byte
	var version int
	var from time.Time
	var document []byte
	_, err = pgx.ForEachRow(rows, []any{&group, &version, &from, &document, &event}, func() error {
		plan, err := cache.Plan(event, document, version, tables.DateAt(&from))
		if err == nil {
			f.AddRule(group, plan)
		}
		return err
	})
	return err
}

func loadCalendar(ctx context.Context, tx pgx.Tx, org domain.ID, f *facts.Organization) error {
	rows, err := tx.Query(ctx, "SELECT country, date, kind, label FROM calendar_days WHERE org = $1", org)
	if err != nil {
		return fmt.Errorf("read the calendar: %w", err)
	}
	var country, kind, label string
	var date time.Time
	_, err = pgx.ForEachRow(rows, []any{&country, &date, &kind, &label}, func() error {
		f.SetDay(country, kind, tables.DateAt(&date), label)
		return nil
	})
	return err
}
