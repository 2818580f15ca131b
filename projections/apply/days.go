package apply

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/assess"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/fold"
	"github.com/dakahq/daka/projections/tables"
)

// Days assesses the days of one schema. Its memory is the schema's: whoever uses it is inside Schema.Within.
type Days struct {
	Schema *Schema
	// Plans are compiled rules, which all schemas share.
	Plans *facts.Cache
	// Announce tells the other copies which organizations a slice touched; nil tells nobody.
	Announce func(*fold.Writer)
	// PlainFacts reads the facts of every page from the tables, without memory; for measurements.
	PlainFacts bool
	// Hot are members as the last pages left them.
	Hot  *assess.Cache
	orgs map[domain.ID]*facts.Organization
	// turn is the organization whose days were assessed last.
	turn domain.ID
	// Written counts events and days, for the planner's statistics.
	Written atomic.Int64
}

// Forget drops what memory holds.
func (d *Days) Forget() {
	d.orgs = map[domain.ID]*facts.Organization{}
	d.Hot = assess.NewCache()
}

// Flush writes what a page collected, and evicts what it changed of what memory holds.
func (d *Days) Flush(ctx context.Context, tx pgx.Tx, w *fold.Writer) error {
	if err := w.Flush(ctx, tx); err != nil {
		return err
	}
	for org := range w.Stale {
		delete(d.orgs, org)
	}
	for org := range w.NotOnlyPunches {
		d.Hot.EvictOrganization(org)
	}
	return nil
}

// assess computes whole days again and writes what differs. Days that a page's punches touched go by memory where it has them, and stay
// in it; punches is nil for all other days, and their members leave it.
func (d *Days) assess(ctx context.Context, tx pgx.Tx, spans map[tables.MemberKey]tables.Dates, punches []*feed.Record) error {
	if len(spans) == 0 {
		return nil
	}
	if d.PlainFacts {
		punches = nil
	}
	c := assess.NewCohort(spans)
	faults, err := c.Meet(func(org domain.ID) (*facts.Organization, error) { return d.Organization(ctx, tx, org) }, Passing)
	if err != nil {
		return err
	}
	if punches != nil {
		d.Hot.Lookup(c, punches)
	}
	if err := c.Load(ctx, tx); err != nil {
		return err
	}
	if err := d.ParkDays(ctx, tx, append(faults, c.Assess()...)); err != nil {
		return err
	}
	rows, err := c.Write(ctx, tx)
	d.Written.Add(int64(rows))
	if punches != nil {
		d.Hot.Store(c)
		return err
	}
	for m := range spans {
		d.Hot.Evict(m)
	}
	return err
}

// Organization reads what all members of an organization share, or takes it from memory: it is kept between pages, and dropped when a page changes it or is
// rolled back.
func (d *Days) Organization(ctx context.Context, tx pgx.Tx, org domain.ID) (*facts.Organization, error) {
	if f := d.orgs[org]; f != nil {
		return f, nil
	}
	f, err := assess.LoadOrganization(ctx, tx, org, d.Plans)
	if err == nil {
		d.orgs[org] = f
	}
	return f, err
}

// daysReason is the same for every date and every try, so that a replay parks with the same row; the log says more.
const daysReason = "some days of this member cannot be assessed; the log names the fault"

// ParkDays notes the members with days that cannot be assessed. Their events are applied all the same, and their other days assessed.
func (d *Days) ParkDays(ctx context.Context, tx pgx.Tx, faults []*assess.Fault) error {
	for _, fault := range faults {
		d.Schema.Log.ErrorContext(ctx, "days cannot be assessed", slog.Any("org", fault.Org), slog.Any("member", fault.ID), slog.Any("cause", fault.Cause))
		_, err := tx.Exec(ctx, `INSERT INTO parked (org, kind, subject, commit_pos, prepare_pos, stream, revision, reason, since) VALUES ($1, $2, $3, 0, 0, '', -1, $4, NULL) ON CONFLICT DO NOTHING`, fault.Org, fold.KindDays, fault.ID, daysReason)
		if err != nil {
			return fmt.Errorf("note days that cannot be assessed: %w", err)
		}
	}
	return nil
}
