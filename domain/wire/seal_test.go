package wire

import (
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

// sealedReason is the reason of the sample, sealed with key 00…1f and nonce 00…0b for /reason.
const sealedReason = "s1.AAECAwQFBgcICQoLZeVKkCJyRzvRY_Pu350RHveKpRb-vC4YVM9Eu2IwXv34d6rO"

func TestAADIsWhatTheContractSays(t *testing.T) {
	require.Equal(t, "64616b612f7365616c2f31"+ // daka/seal/1
		"00000010"+"0b0e7d8e6d3b8c559f0e3a1c5d7e9f01"+
		"00000050"+hex.EncodeToString([]byte(sampleStream))+
		"e0e1e2e3e4e586e788e9eaebecedee05"+
		"00000004"+"2f6c6174", hex.EncodeToString(AAD(sampleOrg, sampleStream, sampleEvent, "/lat")))
	require.Equal(t, "64616b612f7365616c2f31"+"00000000", hex.EncodeToString(AAD(domain.ID{}, "", domain.ID{}, ""))[:30], "no organization is empty")
}

func TestSealedBytesAreGolden(t *testing.T) {
	data, meta, err := Encode(sampleStream, sampleEvent, domain.PunchReviewed{Punch: sampleEvent, Review: "rejected", Reason: domain.Private("看病 \"dentist\"")}, sampleMetadata(), sampleSeal(t))
	require.NoError(t, err)
	require.Equal(t, `{"punch":"e0e1e2e3-e4e5-86e7-88e9-eaebecedee05","review":"rejected","reason":"`+sealedReason+`"}`, string(data))
	require.Contains(t, string(meta), `"key_id":"d0d1d2d3-d4d5-86d7-88d9-dadbdcdddd06"`)
}

func TestRevealOpensWhatWasSealed(t *testing.T) {
	lat := 31.2304
	punch := phonePunch(instant("2026-03-02T01:06:00Z"))
	data, meta, err := Encode(sampleStream, sampleEvent, punch, sampleMetadata(), sampleSeal(t))
	require.NoError(t, err)
	sealed, m, err := Decode("PunchRecorded", data, meta)
	require.NoError(t, err)
	require.True(t, HasPersonal(sealed))
	clear, err := Reveal(sampleStream, sampleEvent, m.Org, sealed, sampleOpen(t))
	require.NoError(t, err)
	require.Equal(t, punch, clear)
	require.Equal(t, lat, *clear.(domain.PunchRecorded).Lat.Value)
	require.Nil(t, sealed.(domain.PunchRecorded).Lat.Value, "the sealed event was not touched")
}

func TestASealedValueOpensOnlyInItsPlace(t *testing.T) {
	data, meta, err := Encode(sampleStream, sampleEvent, phonePunch(instant("2026-03-02T01:06:00Z")), sampleMetadata(), sampleSeal(t))
	require.NoError(t, err)
	e, _, err := Decode("PunchRecorded", data, meta)
	require.NoError(t, err)
	punch := e.(domain.PunchRecorded)
	punch.Lat, punch.Lng = punch.Lng, punch.Lat
	for name, reveal := range map[string]func() (domain.Event, error){
		"other field": func() (domain.Event, error) {
			return Reveal(sampleStream, sampleEvent, sampleOrg, punch, sampleOpen(t))
		},
		"other stream": func() (domain.Event, error) { return Reveal("x", sampleEvent, sampleOrg, e, sampleOpen(t)) },
		"other event":  func() (domain.Event, error) { return Reveal(sampleStream, sampleOther, sampleOrg, e, sampleOpen(t)) },
		"other org":    func() (domain.Event, error) { return Reveal(sampleStream, sampleEvent, sampleOther, e, sampleOpen(t)) },
	} {
		opened, err := reveal()
		require.ErrorContains(t, err, "PunchRecorded /lat: cipher: message authentication failed", name)
		require.True(t, opened.(domain.PunchRecorded).Lat.IsSealed())
	}
}

func TestErasedValuesStaySealed(t *testing.T) {
	e := domain.PunchReviewed{Punch: sampleEvent, Review: "approved", Reason: &domain.Sealed[string]{Text: sealedReason}}
	gone := func(string, []byte) ([]byte, error) { return nil, fmt.Errorf("key of member: %w", ErrErased) }
	opened, err := Reveal(sampleStream, sampleEvent, sampleOrg, e, gone)
	require.NoError(t, err)
	require.Equal(t, e, opened)

	broken := errors.New("disk")
	_, err = Reveal(sampleStream, sampleEvent, sampleOrg, e, func(string, []byte) ([]byte, error) { return nil, broken })
	require.ErrorIs(t, err, broken)
}

func TestPersonalFieldsAreOnlyAtTheTop(t *testing.T) {
	for name, k := range newest.kinds {
		for i := range k.goType.NumField() {
			f := k.goType.Field(i).Type
			if !f.Implements(sealableType) {
				require.False(t, holdsSealed(f), "%s.%s: a nested personal value would not be sealed", name, k.goType.Field(i).Name)
			}
		}
	}
}

func holdsSealed(t reflect.Type) bool {
	if t.Implements(sealableType) {
		return true
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return holdsSealed(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if holdsSealed(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}
