package projections

import (
	"context"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/assess"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/tables"
	"github.com/jackc/pgx/v5"
)

// assess computes whole days again and writes what differs. Days that a page's punches touched go by memory where it has them, and stay
// in it; punches is nil for all other days, and their members leave it.
func (p *projector) assess(ctx context.Context, tx pgx.Tx, spans map[tables.MemberKey]tables.Dates, punches []*feed.Record) error {
	if len(spans) == 0 {
		return nil
	}
	c := assess.NewCohort(spans)
	faults, err := c.Meet(func(org domain.ID) (*facts.Organization, error) { return p.facts(ctx, tx, org) }, passing)
	if err != nil {
		return err
	}
	if punches != nil {
		p.hot.Lookup(c, punches)
	}
	if err := c.Load(ctx, tx); err != nil {
		return err
	}
	if err := p.parkDays(ctx, tx, append(faults, c.Assess()...)); err != nil {
		return err
	}
	rows, err := c.Write(ctx, tx)
	p.written.Add(int64(rows))
	if punches != nil {
		p.hot.Store(c)
		return err
	}
	for m := range spans {
		p.hot.Evict(m)
	}
	return err
}

// facts reads what all members of an organization share, or takes it from memory: it is kept between pages, and dropped when a page changes it or is
// rolled back.
func (p *projector) facts(ctx context.Context, tx pgx.Tx, org domain.ID) (*facts.Organization, error) {
	if f := p.orgs[org]; f != nil {
		return f, nil
	}
	f, err := assess.LoadOrganization(ctx, tx, org, p.cache)
	if err == nil {
		p.orgs[org] = f
	}
	return f, err
}
