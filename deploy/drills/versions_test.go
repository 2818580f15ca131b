package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheSourcesThatTheDrillChangesAreThere: a file that moves must not stop the drill of versions in silence.
func TestTheSourcesThatTheDrillChangesAreThere(t *testing.T) {
	root := filepath.Join("..", "..")
	shape, err := os.ReadFile(filepath.Join(root, versionFile))
	require.NoError(t, err)
	require.Contains(t, string(shape), "const FoldVersion = ")
	require.FileExists(t, filepath.Join(root, tablesFile))
}
