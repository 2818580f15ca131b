package lite_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/deploy/single/node/lite"
)

// BenchmarkRows reads rows of an event's size through this package, and through database/sql, the plain way (`make bench WITHOUT=lite`).
func BenchmarkRows(b *testing.B) {
	const rows = 10_000
	path := filepath.Join(b.TempDir(), "rows.db")
	c, err := lite.Open(lite.Options{Path: path})
	require.NoError(b, err)
	defer func() { require.NoError(b, c.Close()) }()
	require.NoError(b, c.Exec(`CREATE TABLE events (position INTEGER PRIMARY KEY, data BLOB NOT NULL, meta BLOB NOT NULL);
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) INSERT INTO events (position, data, meta) SELECT i, randomblob(320), randomblob(240) FROM n`))
	const all = "SELECT position, data, meta FROM events ORDER BY position"
	b.Run("lite", func(b *testing.B) {
		s, err := c.Prepare(all)
		require.NoError(b, err)
		defer s.Finalize()
		for read := 0; read < b.N; {
			s.Reset()
			for i := 0; i < rows; i++ {
				more, err := s.Step()
				require.NoError(b, err)
				require.True(b, more)
				if s.Int64(0) == 0 || len(s.Bytes(1))+len(s.Bytes(2)) != 560 {
					b.Fatal("another row than was written")
				}
			}
			read += rows
		}
	})
	b.Run("database_sql", func(b *testing.B) {
		db, err := sql.Open("sqlite", path)
		require.NoError(b, err)
		defer func() { require.NoError(b, db.Close()) }()
		for read := 0; read < b.N; {
			found, err := db.QueryContext(b.Context(), all)
			require.NoError(b, err)
			for found.Next() {
				var position int64
				var data, meta sql.RawBytes
				require.NoError(b, found.Scan(&position, &data, &meta))
				if position == 0 || len(data)+len(meta) != 560 {
					b.Fatal("another row than was written")
				}
				read++
			}
			require.NoError(b, found.Err())
		}
	})
}
