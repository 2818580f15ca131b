package projections

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/deploy/single/postgres/sqltest"
)

// TestEveryStatementCanBePrepared against the tables as they are.
func TestEveryStatementCanBePrepared(t *testing.T) {
	l := newTestLedger(t)
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, l.url)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(ctx)) }()
	_, err = conn.Exec(ctx, "SET search_path TO rm_1, "+l.engine.shape.Path()+"; CREATE TEMP TABLE mended (LIKE ledger.ledger_index)")
	require.NoError(t, err)
	prepared := sqltest.Prepare(t, conn, ".", "apply", "assess", "feed", "fold", "query", "rebuild", "tables")
	require.Greater(t, prepared, 130, "statements are no longer found")
}
