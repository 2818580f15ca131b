package postgrestest_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/deploy/single/postgres/postgrestest"
)

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}

func TestEachTestHasItsOwnEmptyDatabase(t *testing.T) {
	first, second := postgrestest.Database(t), postgrestest.Database(t)
	require.NotEqual(t, first, second)
	_, err := connect(t, first).Exec(t.Context(), "CREATE TABLE seen (id int)")
	require.NoError(t, err)
	var there bool
	require.NoError(t, connect(t, second).QueryRow(t.Context(), "SELECT to_regclass('seen') IS NOT NULL").Scan(&there))
	require.False(t, there)
}

func TestDatabaseIsDroppedWithItsTest(t *testing.T) {
	var url string
	t.Run("inner", func(t *testing.T) { url = postgrestest.Database(t) })
	_, err := pgx.Connect(t.Context(), url)
	require.ErrorContains(t, err, "does not exist")
}

func TestAppRoleOwnsNothing(t *testing.T) {
	url := postgrestest.Database(t)
	_, err := connect(t, url).Exec(t.Context(), "CREATE TABLE kept (id int)")
	require.NoError(t, err)
	_, err = connect(t, postgrestest.AsApp(url)).Exec(t.Context(), "SELECT * FROM kept")
	require.ErrorContains(t, err, "permission denied for table kept")
}
