package wire

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

// punches are punches as the ledger holds them, ordinary and odd.
func punches(t *testing.T) []Written {
	ordinary := domain.PunchRecorded{
		Member: sampleMember, At: instant("2026-03-02T01:00:00.000000Z"), Zone: "Asia/Shanghai", Wall: "2026-03-02T09:00:00",
		Source: "machine-1", SourceType: domain.SourceImport,
	}
	with := func(change func(*domain.PunchRecorded)) domain.PunchRecorded {
		e := ordinary
		change(&e)
		return e
	}
	yes := true
	var out []Written
	for _, e := range []domain.PunchRecorded{
		ordinary,
		with(func(e *domain.PunchRecorded) {
			e.Number, e.State, e.CheckType, e.Group, e.RuleVersion = "007", "IN", domain.OnDuty, &sampleGroup, 12
		}),
		with(func(e *domain.PunchRecorded) { e.Number, e.SourceType = "张三 \"x\"\n", domain.SourceUser }),
		with(func(e *domain.PunchRecorded) {
			e.Flags, e.DeviceBound = []domain.Flag{domain.FlagClockJump, domain.FlagClockSkew}, &yes
		}),
		phonePunch(ordinary.At),
	} {
		w, err := Write(domain.TimesheetStream(sampleOrg, sampleMember, "202603"), sampleEvent, e, sampleMetadata(), sampleSeal(t))
		require.NoError(t, err)
		out = append(out, w)
	}
	return out
}

func TestShortWayEqualsTheStrictOne(t *testing.T) {
	short := 0
	for _, w := range punches(t) {
		got, gotMeta, ok := NewPunchReader().Read("PunchRecorded", w.Data, w.Meta)
		if !ok {
			continue
		}
		short++
		want, wantMeta, err := Decode("PunchRecorded", w.Data, w.Meta)
		require.NoError(t, err)
		require.Equal(t, want, domain.Event(got))
		require.Equal(t, wantMeta, gotMeta)
	}
	require.Equal(t, 2, short, "ordinary punches go the short way, odd ones do not")
	_, _, ok := NewPunchReader().Read("PunchVoided", punches(t)[0].Data, punches(t)[0].Meta)
	require.False(t, ok)
}

// TestShortWayIsNeverWider damages bytes at random: what the short way takes, the strict decoder takes alike.
func TestShortWayIsNeverWider(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	all := punches(t)
	alphabet := []byte(`{}[]:,"\ 09afAFzZ-.` + "\x00\x1f\x80é")
	taken := 0
	for range 200_000 {
		w := all[random.IntN(len(all))]
		data, meta := damage(random, w.Data, alphabet), damage(random, w.Meta, alphabet)
		e, m, ok := NewPunchReader().Read("PunchRecorded", data, meta)
		if !ok {
			continue
		}
		taken++
		want, wantMeta, err := Decode("PunchRecorded", data, meta)
		require.NoError(t, err, "%s %s", data, meta)
		require.Equal(t, want, domain.Event(e))
		require.Equal(t, wantMeta, m)
	}
	require.NotZero(t, taken)
}

func damage(random *rand.Rand, b, alphabet []byte) []byte {
	out := append([]byte(nil), b...)
	for range random.IntN(3) {
		at := random.IntN(len(out))
		switch random.IntN(3) {
		case 0:
			out[at] = alphabet[random.IntN(len(alphabet))]
		case 1:
			out = append(out[:at], out[at+1:]...)
		default:
			out = append(out[:at], append([]byte{alphabet[random.IntN(len(alphabet))]}, out[at:]...)...)
		}
	}
	return out
}
