package tables

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dakahq/daka/domain"
)

// View is where a query looks from: one organization, as the application's role, or all of them, as the owner.
type View struct {
	pool *pgxpool.Pool
	org  *domain.ID
	// open says that the views may be read.
	open bool
}

// LookFrom looks from one organization: whatever a query asks, row-level security shows it nothing of another.
func LookFrom(app *pgxpool.Pool, org domain.ID, open bool) View { return View{app, &org, open} }

// LookAcross looks over all organizations, for operations.
func LookAcross(owner *pgxpool.Pool) View { return View{owner, nil, true} }

// InTenant runs do in a read-only transaction of the application's role that sees one organization.
func InTenant(ctx context.Context, app *pgxpool.Pool, org domain.ID, do func(pgx.Tx) error) error {
	return Down(pgx.BeginTxFunc(ctx, app, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, EnterTenant, org.String()); err != nil {
			return fmt.Errorf("enter the organization: %w", err)
		}
		return do(tx)
	}))
}

// EnterTenant is undone at the end of the transaction. Each query is planned for its own filters: one plan for all of them would read everybody.
const EnterTenant = "SELECT set_config('app.tenant', $1, true), set_config('plan_cache_mode', 'force_custom_plan', true)"

// Batch begins a run of queries. They travel in one round trip and run in one transaction.
func (v View) Batch() *pgx.Batch {
	b := &pgx.Batch{}
	if v.org != nil {
		b.Queue(EnterTenant, v.org.String())
	}
	return b
}

// Ask runs the queries that it is given, and once more when a connection knows one of them by columns that a migration has changed since: it has
// forgotten them by then.
func (v View) Ask(ctx context.Context, queue func(*pgx.Batch)) (err error) {
	for range 2 {
		b := v.Batch()
		queue(b)
		if err = v.Send(ctx, b); !IsState(err, stateCachedPlan) {
			break
		}
	}
	return err
}

// Send runs a batch. Errors: ErrBuilding while there is nothing to read yet, ErrDown, infrastructure.
func (v View) Send(ctx context.Context, b *pgx.Batch) error {
	if !v.open {
		return ErrBuilding
	}
	err := v.pool.SendBatch(ctx, b).Close()
	if IsState(err, StateNoTable) {
		return fmt.Errorf("%w: %w", ErrBuilding, err)
	}
	return Down(err)
}

// Row reads exactly one row; pgx.ErrNoRows when there is none.
func (v View) Row(ctx context.Context, into []any, sql string, args ...any) error {
	return v.Ask(ctx, func(b *pgx.Batch) {
		b.Queue(sql, args...).QueryRow(func(row pgx.Row) error { return row.Scan(into...) })
	})
}
