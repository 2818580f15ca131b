package read

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections"
	"github.com/dakahq/daka/projections/query"
)

// Side is the read models. They join later, so that commands are taken while Postgres is down.
type Side struct {
	engine atomic.Pointer[projections.Engine]
	// problem is why they did not come up at the last try.
	problem atomic.Pointer[error]
	guard   *who.Guard
	log     *eventlog.Log
}

// New waits for Join; log is asked for its end where an answer must hold all of it.
func New(guard *who.Guard, log *eventlog.Log) *Side {
	return &Side{guard: guard, log: log}
}

// Join takes the read models.
func (r *Side) Join(e *projections.Engine) { r.engine.Store(e) }

// Failed keeps why the read models are not up, for readiness.
func (r *Side) Failed(err error) { r.problem.Store(&err) }

// Up are the read models; the error is problem.ErrNoReads while they have not joined.
func (r *Side) Up() (*projections.Engine, error) {
	if reads := r.engine.Load(); reads != nil {
		return reads, nil
	}
	return nil, problem.ErrNoReads
}

// Joined says that the read models have come up since the start.
func (r *Side) Joined() bool { return r.engine.Load() != nil }

// Ready says why the read models do not answer, nil when they do.
func (r *Side) Ready(ctx context.Context) error {
	reads, err := r.Up()
	if err == nil {
		return reads.Ready(ctx)
	}
	if why := r.problem.Load(); why != nil && *why != nil {
		return fmt.Errorf("%w: %w", err, *why)
	}
	return err
}

// Read is in the input of every query.
type Read struct {
	MinPosition string `query:"min_position" doc:"a receipt's position: wait up to 2 s until the read model has it"`
}

// Fresh is in the output of every query.
type Fresh struct {
	AsOf     string `header:"Daka-As-Of" doc:"how far the read models are: <stream>@<revision> when min_position asked for a stream, else @<number of the organization's events>"`
	AsOfTime string `header:"Daka-As-Of-Time" doc:"when the last of those events was received"`
	Stale    string `header:"Daka-Stale" doc:"true when the read models are behind what was asked for"`
}

// Paging is in the input of every list.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	Cursor string `query:"cursor" doc:"next of the page before"`
}

// List is a page of a list.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next" doc:"cursor of the next page, empty at the end"`
}

// ListOf is the answer of a query that gives a list.
type ListOf[T any] struct {
	Fresh
	Body List[T]
}

// NotFoundIfNone makes a refusal of a query that found no row, and leaves other errors alone.
func NotFoundIfNone(err error, code, text string, args ...any) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return domain.Refuse(code, text, args...)
	}
	return err
}

// Viewed turns a page of rows into a page of views.
func Viewed[R, V any](page query.Page[R], view func(*R) V) List[V] {
	out := List[V]{Items: make([]V, len(page.Items)), Next: page.Next}
	for i := range page.Items {
		out.Items[i] = view(&page.Items[i])
	}
	return out
}

// One is the answer of a query.
type One[T any] struct {
	Fresh
	Body T
}

// OrgRead is in the input of every query about an organization.
type OrgRead struct {
	route.Org
	Read
}

// Of answers a query about an organization; of are the days that the answer holds.
func Of[T any](ctx context.Context, r *Side, in OrgRead, query func(*projections.Engine, domain.ID) (T, error), of ...projections.Scope) (*One[T], error) {
	org, err := in.Org.ID()
	if err != nil {
		return nil, err
	}
	reads, fresh, err := r.Reader(ctx, org, in.Read, of...)
	if err != nil {
		return nil, err
	}
	body, err := query(reads, org)
	return &One[T]{Fresh: fresh, Body: body}, err
}

// MemberRead is in the input of every query about a member.
type MemberRead struct {
	route.Member
	Read
}
