package ledger

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

func TestHandleManyPagesAndOutcomes(t *testing.T) {
	b, p := newBench(t), newPerson()
	l := b.ledger()
	known := uuid.New()
	_, err := p.record(t.Context(), l, known)
	require.NoError(t, err)
	var items []Item[tally]
	seen := map[int]bool{}
	for i := range 250 {
		id := uuid.New()
		if i == 7 {
			id = known
		}
		items = append(items, Item[tally]{Call: p.call(id), Decide: func(s tally, now domain.Instant) ([]domain.Event, error) {
			if i == 11 {
				return nil, domain.Refuse("no", "not this one")
			}
			seen[len(s.seen)] = true
			return p.punch("")(s, now)
		}})
	}
	items = append(items, items[20])
	outcomes, err := HandleMany(t.Context(), l, p.stream, items)
	require.NoError(t, err)
	require.EqualError(t, outcomes[11].Err, "no: not this one")
	require.True(t, outcomes[7].Receipt.Replay)
	require.EqualValues(t, 0, outcomes[7].Receipt.Revision)
	require.True(t, outcomes[250].Receipt.Replay, "the same command twice in one batch")
	require.Equal(t, outcomes[20].Receipt.Events, outcomes[250].Receipt.Events)
	events := b.read(t, p.stream)
	require.Len(t, events, 1+248)
	for i, o := range outcomes[:250] {
		if i != 7 && i != 11 {
			require.NoError(t, o.Err)
			require.False(t, o.Receipt.Replay)
			require.Equal(t, events[o.Receipt.Revision].ID, o.Receipt.Events[0])
		}
	}
	for n := 1; n < 249; n++ {
		require.True(t, seen[n], "each item decides on what those before it wrote: %d", n)
	}
	again, err := HandleMany(t.Context(), b.ledger(), p.stream, items)
	require.NoError(t, err)
	for i, o := range again {
		require.Equal(t, i != 11, o.Receipt.Replay && o.Err == nil)
	}
	require.Len(t, b.read(t, p.stream), 249)
}
