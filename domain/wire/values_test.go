package wire

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

// TestAnIDIsReadOrRefused: a sign in a digit's place once read behind the text's end, and ended the process.
func TestAnIDIsReadOrRefused(t *testing.T) {
	const good = "01890a5d-ac96-774b-bcce-b302099a8057"
	var id domain.ID
	require.True(t, parseID([]byte(good), &id))
	require.Equal(t, good, id.String())
	for i := range good {
		for _, c := range []string{"-", "g", "F", "\x00"} {
			text := good[:i] + c + good[i+1:]
			if text != good {
				require.False(t, parseID([]byte(text), &id), text)
			}
		}
	}
	require.False(t, parseID([]byte(strings.Repeat("-", 36)), &id))
}
