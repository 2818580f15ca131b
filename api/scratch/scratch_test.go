package scratch

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestUploadsAreSwept: what a killed process left goes at the next start, what another copy is at work on stays.
func TestUploadsAreSwept(t *testing.T) {
	root := filepath.Join(t.TempDir(), "uploads")
	require.NoError(t, Sweep(root))
	info, err := os.Stat(root)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	working, err := New(root, "import")
	require.NoError(t, err)
	left := filepath.Join(root, prefix+"import-1")
	require.NoError(t, os.Mkdir(left, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(left, "file-1"), []byte("张三,1001"), 0o600))
	require.NoError(t, Sweep(root))
	require.NoDirExists(t, left)
	require.DirExists(t, working.Dir)
	working.Remove()
	entries, err := os.ReadDir(root)
	require.NoError(t, err)
	require.Empty(t, entries)
}
