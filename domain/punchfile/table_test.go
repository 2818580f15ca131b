package punchfile_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain/punchfile"
)

// TestATablesCellGoesOnInTheNextLine: a quoted cell holds line breaks, and the rest of it is no row of its own.
func TestATablesCellGoesOnInTheNextLine(t *testing.T) {
	text := "number,name,note\n1,Li,\"of the first\nand second floor\"\n2,Wang,\"open\n3,Zhao,\n"
	table, err := punchfile.ReadTable(punchfile.Source{Text: strings.NewReader(text)}, "", 10, func(names []string) bool { return slices.Contains(names, "number") })
	require.NoError(t, err)
	require.Len(t, table.Rows, 3)
	require.Equal(t, "of the first\nand second floor", table.Rows[0].Text(2))
	require.Equal(t, 4, table.Rows[1].Line)
	require.NotEmpty(t, table.Rows[1].Bad, "a stray mark costs its line")
	require.Equal(t, "Zhao", table.Rows[2].Text(1))
}
