package identity_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/deploy/single/postgres/sqltest"
)

// TestEveryStatementCanBePrepared against the tables as they are.
func TestEveryStatementCanBePrepared(t *testing.T) {
	w := newTown(t)
	w.copy(w.pool)
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, w.url)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(ctx)) }()
	require.Greater(t, sqltest.Prepare(t, conn, "."), 40, "statements are no longer found")
}
