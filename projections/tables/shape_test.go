package tables

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestShapesAreNumbered: whoever changes tables or views gives the read models a new number, so that a version that runs beside this one knows
// which of the two is older. Lines of testdata/shapes.txt are added and never changed.
func TestShapesAreNumbered(t *testing.T) {
	s := Shape{Fold: FoldVersion}
	text, err := os.ReadFile("testdata/shapes.txt")
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	require.Equal(t, fmt.Sprintf("%d %s", s.Fold, s.Name()), lines[len(lines)-1],
		"tables or views changed: raise FoldVersion, and add a line with the new number and shape to testdata/shapes.txt (between releases the last line may be replaced)")
	for i, line := range lines[:len(lines)-1] {
		var fold, next int
		_, err := fmt.Sscan(line, &fold)
		require.NoError(t, err)
		_, err = fmt.Sscan(lines[i+1], &next)
		require.NoError(t, err)
		require.Equal(t, fold+1, next, "numbers rise by one")
	}
}
