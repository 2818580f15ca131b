package limit

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStreamsAreFewForOne(t *testing.T) {
	s := NewStreams()
	var ends []func()
	for range 8 {
		end, err := s.Open("a")
		require.NoError(t, err)
		ends = append(ends, end)
	}
	_, err := s.Open("a")
	require.ErrorContains(t, err, "too_many_streams")
	_, err = s.Open("b")
	require.NoError(t, err, "another's are another's")
	ends[0]()
	end, err := s.Open("a")
	require.NoError(t, err)
	for _, end := range append(ends[1:], end) {
		end()
	}
	require.NotContains(t, s.of, "a")
}
