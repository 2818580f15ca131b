package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

func TestNoEventPassesWithWhatNoCommandWrites(t *testing.T) {
	now := domain.At(time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC))
	at := func(year int) domain.Instant { return domain.At(time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC)) }
	shift := "a\u202eb"
	for pointer, e := range map[string]domain.Event{
		"/position":    domain.MemberProvisioned{Number: "7", Position: "a\x00b", Joined: "2026-01-01"},
		"/name":        domain.MemberChanged{Name: domain.Private("a\nb")},
		"/joined":      domain.MemberProvisioned{Number: "7", Joined: "0001-01-01"},
		"/from":        domain.GroupAssigned{From: "2037-01-01"},
		"/at":          domain.PunchRecorded{At: at(2200), Zone: "UTC"},
		"/note":        domain.PunchRecorded{At: at(2026), Note: domain.Private("a\x07b")},
		"/span/from":   domain.TripRequested{Span: domain.Span{From: ptr(at(1969)), To: ptr(at(2026))}},
		"/shifts":      domain.ShiftScheduled{Shifts: map[domain.Date]*string{"2026-01-01": &shift}},
		"/scopes/1":    domain.TokenIssued{Name: "x", Scopes: []string{"a", "b\x7f"}},
		"/rule/week/0": domain.RuleChanged{Version: 1, EffectiveFrom: "2026-01-01", Rule: domain.RawRule(`{"week":["\ud800"]}`)},
	} {
		err := domain.CheckEvent(e, now)
		var refusal *domain.Refusal
		require.ErrorAs(t, err, &refusal, pointer)
		require.Len(t, refusal.Fields, 1, pointer)
		require.Equal(t, pointer, refusal.Fields[0].Pointer)
	}
	for _, e := range []domain.Event{
		domain.PunchRecorded{At: at(2199), Zone: "Asia/Shanghai", Note: domain.Private("一\n二"), Flags: []domain.Flag{domain.FlagClockJump}},
		domain.BadgeReleased{Number: "7", Until: "1969-12-31"}, // the last day of a number that another has from the first date on
		domain.MemberProvisioned{Number: "7", Name: domain.Private("张三"), Joined: "2036-11-30"},
		domain.RuleChanged{Version: 1, EffectiveFrom: "1970-01-01", Rule: domain.RawRule(`{"penalties":[{"note":"a\nb"}]}`)},
	} {
		require.NoError(t, domain.CheckEvent(e, now), "%#v", e)
	}
}
