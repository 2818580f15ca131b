package node

import (
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/stretchr/testify/require"
)

func TestGroupTellsOfItsConsumers(t *testing.T) {
	_, c := start(t, t.TempDir())
	write(t, c, "s", esdb.NoStream{}, newEvents(3)...)
	createGroup(t, c, "s", func(s *esdb.PersistentSubscriptionSettings) { s.ExtraStatistics = true })
	sub := join(t, c, "s", 1)
	for range 3 {
		require.NoError(t, sub.Ack(next(t, sub).Event))
	}
	var keys []string
	require.Eventually(t, func() bool {
		info, err := c.GetPersistentSubscriptionInfo(ctxFor(t), "s", "g", esdb.GetPersistentSubscriptionOptions{})
		require.NoError(t, err)
		require.Len(t, info.Connections, 1)
		keys = keys[:0]
		for _, m := range info.Connections[0].ExtraStatistics {
			keys = append(keys, m.Key)
		}
		return len(keys) > 0
	}, 10*time.Second, 20*time.Millisecond)
	require.Equal(t, []string{"Mean", "Median", "Fastest", "Quintile 1", "Quintile 2", "Quintile 3", "Quintile 4", "Quintile 5",
		"90%", "95%", "99%", "99.5%", "99.9%", "Highest"}, keys)
}

func TestAnswerTimesAreOfTheNewest(t *testing.T) {
	var a answerTimes
	require.Nil(t, a.measurements())
	a.add(time.Hour)
	for i := range answerWindow {
		a.add(time.Duration(i+1) * time.Millisecond)
	}
	got := map[string]int64{}
	for _, m := range a.measurements() {
		got[m.Key] = m.Value
	}
	require.EqualValues(t, 1, got["Fastest"])
	require.EqualValues(t, 500, got["Mean"])
	require.EqualValues(t, 501, got["Median"])
	require.EqualValues(t, 601, got["Quintile 3"])
	require.EqualValues(t, 1000, got["Highest"])
}

// What is tried again comes before what was not sent yet, so that a consumer of ten sees every second try before the end.
func TestGroupRetriesKeepTheirPlace(t *testing.T) {
	_, c := start(t, t.TempDir())
	write(t, c, "s", esdb.NoStream{}, newEvents(41)...)
	createGroup(t, c, "s", nil)
	sub := join(t, c, "s", 10)
	seen, tries := map[uint64]bool{}, 0
	for last := false; !last; tries++ {
		e := next(t, sub).Event
		at := e.Event.EventNumber
		last = at == 40
		switch {
		case last || seen[at]:
			require.NoError(t, sub.Ack(e))
		case at < 20:
			require.NoError(t, sub.Nack("skip", esdb.NackActionSkip, e))
		default:
			seen[at] = true
			require.NoError(t, sub.Nack("again", esdb.NackActionRetry, e))
		}
	}
	require.Equal(t, 20+2*20+1, tries)
}
