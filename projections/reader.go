package projections

import (
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Reader answers questions from the read models. Every query names the schema rm, which always shows whole tables.
type Reader struct {
	// pool is the owner's, for what spans organizations; app is the application's role, which owns nothing.
	pool, app *pgxpool.Pool
}

// onlyThose narrows a query to members given as the n-th argument, NULL for everybody. A list in a sub-select is hashed, however long.
func onlyThose(column string, n int) string {
	return fmt.Sprintf(" AND ($%d::uuid[] IS NULL OR %s IN (SELECT unnest($%d::uuid[]))) ", n, column, n)
}
