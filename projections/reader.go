package projections

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/tables"
)

// Reader answers questions from the read models. Its connections look through the views of this program's shape, which always show whole tables.
type Reader struct {
	// shown says that the views stand and that the walls between organizations hold.
	shown atomic.Bool
	// pool is the owner's, for what spans organizations; app is the application's role, which owns nothing.
	pool, app *pgxpool.Pool
}

// within looks from one organization.
func (r *Reader) within(org domain.ID) tables.View {
	return tables.LookFrom(r.app, org, r.shown.Load())
}

// across looks over all organizations, for operations.
func (r *Reader) across() tables.View { return tables.LookAcross(r.pool) }

// WithTenant runs do in a read-only transaction of the application's role that sees one organization.
func (r *Reader) WithTenant(ctx context.Context, org domain.ID, do func(pgx.Tx) error) error {
	if !r.shown.Load() {
		return tables.ErrBuilding
	}
	return tables.InTenant(ctx, r.app, org, do)
}

// onlyThose narrows a query to members given as the n-th argument, NULL for everybody. A list in a sub-select is hashed, however long.
func onlyThose(column string, n int) string {
	return fmt.Sprintf(" AND ($%d::uuid[] IS NULL OR %s IN (SELECT unnest($%d::uuid[]))) ", n, column, n)
}

const (
	// warmAfter leaves a start's processors to the commands that waited for it.
	warmAfter = 5 * time.Second
	// warmReaders look at the same time, so that each has a connection of its own.
	warmReaders = 4
)

// warm makes some connections and lets each look at a dashboard of nobody: a new one's first query takes as long as ten dashboards.
func (r *Reader) warm(ctx context.Context) {
	if !pause(ctx, warmAfter) {
		return
	}
	var wg sync.WaitGroup
	for range warmReaders {
		wg.Go(func() { _, _ = r.Dashboard(ctx, domain.ID{}, nil, "2000-01-01") })
	}
	wg.Wait()
}
