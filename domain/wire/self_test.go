package wire

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

// TestSelfIsWrittenWhereItIsTrue alone, so that what was written before it reads the same.
func TestSelfIsWrittenWhereItIsTrue(t *testing.T) {
	for _, self := range []bool{false, true} {
		m := sampleMetadata()
		m.Self = self
		_, meta, err := Encode(sampleStream, sampleEvent, domain.MemberLeft{Left: "2026-06-30"}, m, nil)
		require.NoError(t, err)
		if self {
			require.Contains(t, string(meta), `"self":true`)
		} else {
			require.NotContains(t, string(meta), "self")
		}
		read, err := DecodeMetadata(meta)
		require.NoError(t, err)
		require.Equal(t, self, read.Self)
	}
}
