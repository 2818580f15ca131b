package projections

import (
	"context"
	"time"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/audit"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/query"
)

// DaysKnownAt are a member's days as the ledger knew them at an instant, from the log alone; see audit.DaysKnownAt.
func (e *Engine) DaysKnownAt(ctx context.Context, org, who domain.ID, from, to domain.Date, knownAt time.Time) ([]query.Day, error) {
	return e.Audit.DaysKnownAt(ctx, org, who, from, to, knownAt)
}

// History tells how a day came about, from the log alone; see audit.History.
func (e *Engine) History(ctx context.Context, org, who domain.ID, date domain.Date, knownAt time.Time) ([]audit.Step, error) {
	return e.Audit.History(ctx, org, who, date, knownAt)
}

// auditDecoder decodes as the projector does.
func auditDecoder() audit.Decoder {
	d := feed.NewDecoder()
	return func(raw *eventlog.Raw) (domain.Recorded, error) {
		r := d.Record(raw)
		return r.Recorded, r.Problem
	}
}
