package projections

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

// TestBadgeRowsAreWhatTheDomainFolds: whatever was given and taken back in whatever order, the rows are the holdings of domain.BadgeState.
func TestBadgeRowsAreWhatTheDomainFolds(t *testing.T) {
	l := newTestLedger(t)
	c := rand.New(rand.NewPCG(16, 17))
	date := func() domain.Date { return domain.Date(fmt.Sprintf("2026-03-%02d", 1+c.IntN(28))) }
	l.run()
	var last string
	states := map[string]domain.BadgeState{}
	for i := range 240 {
		number := fmt.Sprint(i % 4)
		who := seeded(uint64(200 + c.IntN(3)))
		var e domain.Event = domain.BadgeReleased{Number: number, Member: who, Until: date()}
		if c.IntN(3) > 0 {
			given := domain.BadgeAssigned{Number: number, Member: who, From: date(), Kind: []domain.BadgeKind{"", domain.BadgeMachine}[c.IntN(2)]}
			if c.IntN(2) == 0 {
				given.Until = given.From.AddDays(c.IntN(5))
			}
			e = given
		}
		last = l.write(domain.BadgeStream(l.org, number), who, e)
		states[number] = states[number].Evolve(domain.Recorded{Revision: states[number].Next, Event: e})
	}
	l.settled(last)
	for number, state := range states {
		require.NotEmpty(t, state.Holdings)
		var want []string
		for _, h := range state.Holdings {
			want = append(want, fmt.Sprint(h.Member, h.From, h.Until, h.Kind))
		}
		require.Equal(t, want, l.rows(`SELECT member::text || from_date::text || coalesce(until_date::text, '') || kind FROM rm.badges WHERE number = $1 ORDER BY seq`, number), number)
	}
}
