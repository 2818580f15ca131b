package keys_test

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/dakahq/daka/domain"
)

// wrappedBytes reads a wrapped key out of the file.
func wrappedBytes(t *testing.T, path string, id domain.ID) string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	require.NoError(t, err)
	defer db.Close()
	var wrapped []byte
	require.NoError(t, db.QueryRow("SELECT wrapped FROM keys WHERE id = ?", id[:]).Scan(&wrapped))
	require.NotEmpty(t, wrapped)
	return string(wrapped)
}
