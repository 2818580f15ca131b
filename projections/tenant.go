package projections

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dakahq/daka/domain"
)

// view is where a query looks from: one organization, as the application's role, or all of them, as the owner.
type view struct {
	pool *pgxpool.Pool
	org  *domain.ID
	// open says that the views may be read.
	open bool
}

// lookFrom looks from one organization: whatever a query asks, row-level security shows it nothing of another.
func lookFrom(app *pgxpool.Pool, org domain.ID, open bool) view { return view{app, &org, open} }

// lookAcross looks over all organizations, for operations.
func lookAcross(owner *pgxpool.Pool) view { return view{owner, nil, true} }

// inTenant runs do in a read-only transaction of the application's role that sees one organization.
func inTenant(ctx context.Context, app *pgxpool.Pool, org domain.ID, do func(pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, app, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, enterTenant, org.String()); err != nil {
			return fmt.Errorf("enter the organization: %w", err)
		}
		return do(tx)
	})
}

// enterTenant is undone at the end of the transaction. Each query is planned for its own filters: one plan for all of them would read everybody.
const enterTenant = "SELECT set_config('app.tenant', $1, true), set_config('plan_cache_mode', 'force_custom_plan', true)"

// batch begins a run of queries. They travel in one round trip and run in one transaction.
func (v view) batch() *pgx.Batch {
	b := &pgx.Batch{}
	if v.org != nil {
		b.Queue(enterTenant, v.org.String())
	}
	return b
}

// ask runs the queries that it is given, and once more when a connection knows one of them by columns that a migration has changed since: it has
// forgotten them by then.
func (v view) ask(ctx context.Context, queue func(*pgx.Batch)) (err error) {
	for range 2 {
		b := v.batch()
		queue(b)
		if err = v.send(ctx, b); !isState(err, stateCachedPlan) {
			break
		}
	}
	return err
}

// send runs a batch. Errors: ErrBuilding while there is nothing to read yet, infrastructure.
func (v view) send(ctx context.Context, b *pgx.Batch) error {
	if !v.open {
		return ErrBuilding
	}
	err := v.pool.SendBatch(ctx, b).Close()
	if isState(err, stateNoTable) {
		return fmt.Errorf("%w: %w", ErrBuilding, err)
	}
	return err
}

// row reads exactly one row; pgx.ErrNoRows when there is none.
func (v view) row(ctx context.Context, into []any, sql string, args ...any) error {
	return v.ask(ctx, func(b *pgx.Batch) {
		b.Queue(sql, args...).QueryRow(func(row pgx.Row) error { return row.Scan(into...) })
	})
}
