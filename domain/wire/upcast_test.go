package wire

import (
	"errors"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

// grown is a type that exists only here: version 1 had ts, version 2 had at, version 3 added a zone.
type grown struct {
	At   domain.Instant `json:"at"`
	Zone string         `json:"zone"`
}

func (grown) EventType() string { return "Grown" }

func TestOldVersionsAreLiftedStepByStep(t *testing.T) {
	r := newRegistry(map[step]upcaster{
		{"Grown", 1}: func(f map[string]jsontext.Value) error {
			if f["ts"] == nil {
				return errors.New("no ts")
			}
			f["at"] = f["ts"]
			delete(f, "ts")
			return nil
		},
		{"Grown", 2}: func(f map[string]jsontext.Value) error {
			f["zone"] = jsontext.Value(`"UTC"`)
			return nil
		},
	}, of[grown](3))
	want := grown{At: instant("2026-03-02T01:06:00Z"), Zone: "UTC"}
	for version, data := range map[int]string{
		1: `{"ts":"2026-03-02T01:06:00.000000Z"}`,
		2: `{"at":"2026-03-02T01:06:00.000000Z"}`,
		3: `{"at":"2026-03-02T01:06:00.000000Z","zone":"UTC"}`,
	} {
		e, err := r.decode("Grown", version, []byte(data))
		require.NoError(t, err)
		require.Equal(t, want, e)
	}
	_, err := r.decode("Grown", 1, []byte(`null`))
	require.EqualError(t, err, "Grown: must not be null")
	_, err = r.decode("Grown", 1, []byte(`{}`))
	require.EqualError(t, err, "lift Grown from version 1: no ts")
	_, err = r.decode("Grown", 2, []byte(`{"at":"2026-03-02T01:06:00.000000Z","left_over":1}`))
	require.EqualError(t, err, "Grown /left_over: unknown field")
}

func TestAVersionWithoutUpcasterIsUnknown(t *testing.T) {
	_, err := newRegistry(nil, of[grown](2)).decode("Grown", 1, []byte(`{}`))
	require.EqualError(t, err, "unknown version 1 of event Grown: it was written by a newer version of this program")
}

func TestLiftRefusesDuplicates(t *testing.T) {
	r := newRegistry(map[step]upcaster{{"Grown", 1}: func(map[string]jsontext.Value) error { return nil }}, of[grown](2))
	_, err := r.decode("Grown", 1, []byte(`{"zone":"UTC","zone":"UTC"}`))
	require.EqualError(t, err, "Grown /zone: appears twice")
}

func BenchmarkDecodePunch(b *testing.B) {
	data, meta, err := Encode(sampleStream, sampleEvent, domain.PunchRecorded{
		Member: sampleMember, Number: "0042", At: instant("2026-03-02T01:06:00Z"), Zone: "Asia/Shanghai", Wall: "2026-03-02T09:06:00",
		State: "IN", Source: "file", SourceType: domain.SourceImport, RuleVersion: 1, Group: &sampleGroup,
	}, sampleMetadata(), nil)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Decode("PunchRecorded", data, meta); err != nil {
			b.Fatal(err)
		}
	}
}
