package projections

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/projections/tables"
)

// orgFacts are what all members of an organization share. They are kept between pages and dropped when a page changes them or
// is rolled back.
type orgFacts struct {
	plans    map[domain.ID][]*attendance.Plan // in recorded order
	calendar *attendance.Calendar
	through  time.Time
}

// noClock stands for an organization whose clock has not started: nothing is over, while a zero time would mean that everything is.
var noClock = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)

type planKey struct {
	group   domain.ID
	version int
}

// facts reads an organization's shared facts, or takes them from memory.
func (p *projector) facts(ctx context.Context, tx pgx.Tx, org domain.ID) (*orgFacts, error) {
	if f := p.orgs[org]; f != nil {
		return f, nil
	}
	f := &orgFacts{plans: map[domain.ID][]*attendance.Plan{}, through: noClock}
	if err := p.loadPlans(ctx, tx, org, f); err != nil {
		return nil, err
	}
	if err := loadCalendar(ctx, tx, org, f); err != nil {
		return nil, err
	}
	err := tx.QueryRow(ctx, "SELECT through FROM clocks WHERE org = $1", org).Scan(&f.through)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("read the clock: %w", err)
	}
	p.orgs[org] = f
	return f, nil
}

// loadPlans compiles each published version once: an event never changes, so a rollback cannot make the cache wrong.
func (p *projector) loadPlans(ctx context.Context, tx pgx.Tx, org domain.ID, f *orgFacts) error {
	rows, err := tx.Query(ctx, "SELECT group_id, version, effective_from, rule FROM rules WHERE org = $1 ORDER BY group_id, version", org)
	if err != nil {
		return fmt.Errorf("read the rules: %w", err)
	}
	var key planKey
	var from time.Time
	var document []byte
	_, err = pgx.ForEachRow(rows, []any{(*[16]byte)(&key.group), &key.version, &from, &document}, func() error {
		plan, err := p.plans.get(key, document, tables.DateAt(&from))
		if err != nil {
			return err
		}
		f.plans[key.group] = append(f.plans[key.group], plan)
		return nil
	})
	return err
}

func loadCalendar(ctx context.Context, tx pgx.Tx, org domain.ID, f *orgFacts) error {
	rows, err := tx.Query(ctx, "SELECT country, date, kind, label FROM calendar_days WHERE org = $1", org)
	if err != nil {
		return fmt.Errorf("read the calendar: %w", err)
	}
	f.calendar = emptyCalendar()
	f.calendar.National = map[string]*attendance.Calendar{}
	var country, kind, label string
	var date time.Time
	_, err = pgx.ForEachRow(rows, []any{&country, &date, &kind, &label}, func() error {
		c := f.calendar
		if country != "" {
			if c = f.calendar.National[country]; c == nil {
				c = emptyCalendar()
				f.calendar.National[country] = c
			}
		}
		if kind == "holiday" {
			c.Holidays[tables.DateAt(&date)] = label
		} else {
			c.Workdays[tables.DateAt(&date)] = label
		}
		return nil
	})
	return err
}

func emptyCalendar() *attendance.Calendar {
	return &attendance.Calendar{Holidays: map[attendance.Date]string{}, Workdays: map[attendance.Date]string{}}
}

// placeless says that a version named no place and no network, so that nobody can be outside (events §3).
func (f *orgFacts) placeless(group domain.ID, version int) bool {
	for _, plan := range f.plans[group] {
		if plan.Version == version {
			return len(plan.Rule.Places) == 0 && len(plan.Rule.Networks) == 0
		}
	}
	return false
}

// assign gives a member's stretches in groups, with their rules.
func (f *orgFacts) assign(groups []groupStretch) []attendance.Assignment {
	out := make([]attendance.Assignment, 0, len(groups))
	for _, g := range groups {
		out = append(out, attendance.Assignment{From: g.from, Plans: f.plans[g.group]})
	}
	return out
}
