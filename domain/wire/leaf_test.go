package wire

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLeafIsWhatTheContractSays holds hashes that were made elsewhere: a proof that was given out is checked with them for good.
func TestLeafIsWhatTheContractSays(t *testing.T) {
	s := Stored{Org: sampleOther, Stream: "org-x", Revision: 258, ID: sampleEvent, Type: "PunchVoided", JSON: true, Data: []byte("{}"), Meta: []byte(`{"a":1}`)}
	json := Leaf(s)
	require.Equal(t, "5ff6fa62528e220cad927fdc4eb7b02740e1c1b57ebcf9d8b1976df7b98c4947", hex.EncodeToString(json[:]))
	s.JSON = false
	binary := Leaf(s)
	require.Equal(t, "1190cc382ca856ffe71f6c7d0878e34eb60b9678f9168be1ae23a6df7fd7c7ec", hex.EncodeToString(binary[:]))
}
