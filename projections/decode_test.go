package projections

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/wire"
)

// samples are punches as the ledger holds them, ordinary and odd.
func samples(t *testing.T) []eventlog.Raw {
	l := &testLedger{t: t, org: seeded(1), clock: instant("2026-03-01T00:00:00Z")}
	m, group, yes := seeded(5), seeded(6), true
	plainPunch := l.punchEvent(m, "2026-03-02T09:00:00")
	with := func(change func(*domain.PunchRecorded)) domain.PunchRecorded {
		e := plainPunch
		change(&e)
		return e
	}
	var raws []eventlog.Raw
	for _, e := range []domain.PunchRecorded{
		plainPunch,
		with(func(e *domain.PunchRecorded) {
			e.Number, e.State, e.CheckType, e.Group, e.RuleVersion = "007", "IN", domain.OnDuty, &group, 12
		}),
		with(func(e *domain.PunchRecorded) { e.Number, e.SourceType = "张三 \"x\"\n", domain.SourceUser }),
		with(func(e *domain.PunchRecorded) {
			e.Flags, e.DeviceBound = []domain.Flag{domain.FlagClockJump, domain.FlagClockSkew}, &yes
		}),
	} {
		raws = append(raws, l.raw(domain.TimesheetStream(l.org, m, "202603"), m, e))
	}
	return raws
}

func TestShortWayEqualsTheStrictOne(t *testing.T) {
	for _, raw := range samples(t) {
		want, wantMeta, err := wire.Decode(raw.Type, raw.Data, raw.Metadata)
		require.NoError(t, err)
		got, gotMeta, err := newDecoder().read(&raw)
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, wantMeta, gotMeta)
	}
}

func TestShortWayTakesOrdinaryPunches(t *testing.T) {
	raw := samples(t)[1]
	var e domain.PunchRecorded
	var m domain.Metadata
	require.True(t, newDecoder().punch(raw.Data, &e))
	require.True(t, newDecoder().metadata(raw.Metadata, &m))
}

// TestShortWayIsNeverWider damages bytes at random: what the short way takes, the strict decoder takes alike.
func TestShortWayIsNeverWider(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	raws := samples(t)
	alphabet := []byte(`{}[]:,"\ 09afAFzZ-.` + "\x00\x1f\x80é")
	taken := 0
	for range 200_000 {
		raw := raws[random.IntN(len(raws))]
		raw.Data, raw.Metadata = damage(random, raw.Data, alphabet), damage(random, raw.Metadata, alphabet)
		var e domain.PunchRecorded
		var m domain.Metadata
		if !newDecoder().metadata(raw.Metadata, &m) || m.Schema != 1 || !newDecoder().punch(raw.Data, &e) {
			continue
		}
		taken++
		want, wantMeta, err := wire.Decode(raw.Type, raw.Data, raw.Metadata)
		require.NoError(t, err, "%s %s", raw.Data, raw.Metadata)
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
