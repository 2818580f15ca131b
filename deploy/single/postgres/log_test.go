package postgres

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLongLogIsCut(t *testing.T) {
	p := place{log: filepath.Join(t.TempDir(), "postgres.log")}
	require.NoError(t, p.trimLog(3), "no log yet")
	server, err := openLog(p)
	require.NoError(t, err)
	defer server.Close()
	_, err = server.WriteString("long\n")
	require.NoError(t, err)
	require.NoError(t, p.trimLog(5))
	require.NoFileExists(t, p.log+".1", "not long yet")
	require.NoError(t, p.trimLog(4))
	_, err = server.WriteString("new\n")
	require.NoError(t, err)

	old, err := os.ReadFile(p.log + ".1")
	require.NoError(t, err)
	require.Equal(t, "long\n", string(old))
	now, err := os.ReadFile(p.log)
	require.NoError(t, err)
	require.Equal(t, "new\n", string(now))
}
