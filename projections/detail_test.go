package projections

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/fold"
)

func TestDetailByHandEqualsReflection(t *testing.T) {
	group := seeded(7)
	for bits := range 1 << 7 {
		with := func(bit int, text string) string {
			if bits&(1<<bit) == 0 {
				return ""
			}
			return text
		}
		e := domain.PunchRecorded{Number: with(0, `0042`), Wall: with(1, "2026-03-02T09:00:00"), State: with(2, `in "1" <张>`), Source: with(3, "a<b & c>d")}
		if bits&(1<<4) != 0 {
			e.Group = &group
		}
		if bits&(1<<5) != 0 {
			e.RuleVersion = 12
		}
		r := &feed.Record{Recorded: domain.Recorded{Metadata: domain.Metadata{Actor: domain.Actor{Kind: domain.ActorToken, ID: "admin\n"}, Via: with(6, "token")}}}
		require.True(t, fold.Ordinary(r, &e))
		require.Equal(t, "before"+fold.WholeDetail(r, &e), string(fold.AppendDetail([]byte("before"), r, &e)), fmt.Sprint(bits))
	}
}
