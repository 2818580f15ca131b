package projections

import "github.com/jackc/pgx/v5/pgxpool"

// Reader answers questions from the read models. Every query names the schema rm, which always shows whole tables.
type Reader struct{ pool *pgxpool.Pool }
