package node

import (
	"fmt"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/stretchr/testify/require"
)

func createGroup(t *testing.T, c *esdb.Client, stream string, change func(*esdb.PersistentSubscriptionSettings)) {
	t.Helper()
	s := esdb.SubscriptionSettingsDefault()
	if change != nil {
		change(&s)
	}
	require.NoError(t, c.CreatePersistentSubscription(ctxFor(t), stream, "g", esdb.PersistentStreamSubscriptionOptions{StartFrom: esdb.Start{}, Settings: &s}))
}

func join(t *testing.T, c *esdb.Client, stream string, buffer uint32) *esdb.PersistentSubscription {
	t.Helper()
	sub, err := c.SubscribeToPersistentSubscription(ctxFor(t), stream, "g", esdb.SubscribeToPersistentSubscriptionOptions{BufferSize: buffer})
	require.NoError(t, err)
	t.Cleanup(func() { _ = sub.Close() })
	return sub
}

func next(t *testing.T, sub *esdb.PersistentSubscription) *esdb.EventAppeared {
	t.Helper()
	got := make(chan *esdb.PersistentSubscriptionEvent, 1)
	go func() { got <- sub.Recv() }()
	select {
	case e := <-got:
		require.Nil(t, e.SubscriptionDropped)
		return e.EventAppeared
	case <-time.After(10 * time.Second):
		t.Fatal("no event within ten seconds")
		return nil
	}
}

func TestGroupKeepsItsPlace(t *testing.T) {
	dir := t.TempDir()
	n, c := start(t, dir)
	write(t, c, "s", esdb.NoStream{}, newEvents(10)...)
	createGroup(t, c, "s", nil)
	sub := join(t, c, "s", 4)
	for i := range 6 {
		e := next(t, sub)
		require.EqualValues(t, i, e.Event.Event.EventNumber)
		require.NoError(t, sub.Ack(e.Event))
	}
	require.Eventually(t, func() bool {
		info, err := c.GetPersistentSubscriptionInfo(ctxFor(t), "s", "g", esdb.GetPersistentSubscriptionOptions{})
		return err == nil && info.Stats.TotalItems == 10
	}, 10*time.Second, 20*time.Millisecond, "every answer made room for another event")
	require.NoError(t, sub.Close())
	require.Eventually(t, func() bool {
		info, err := c.GetPersistentSubscriptionInfo(ctxFor(t), "s", "g", esdb.GetPersistentSubscriptionOptions{})
		return err == nil && info.Stats.LastCheckpointedEventRevision != nil && *info.Stats.LastCheckpointedEventRevision == 5
	}, 10*time.Second, 20*time.Millisecond)
	require.NoError(t, n.Close())
	_, c = start(t, dir)
	e := next(t, join(t, c, "s", 4))
	require.EqualValues(t, 6, e.Event.Event.EventNumber, "a restart goes on behind the checkpoint")
}

func TestGroupRetriesParksAndReplays(t *testing.T) {
	_, c := start(t, t.TempDir())
	write(t, c, "s", esdb.NoStream{}, newEvents(3)...)
	createGroup(t, c, "s", func(s *esdb.PersistentSubscriptionSettings) { s.MaxRetryCount = 2 })
	sub := join(t, c, "s", 1)
	for retry := range 3 {
		e := next(t, sub)
		require.EqualValues(t, 0, e.Event.Event.EventNumber)
		require.Equal(t, retry, e.RetryCount)
		require.NoError(t, sub.Nack("again", esdb.NackActionRetry, e.Event))
	}
	e := next(t, sub)
	require.EqualValues(t, 1, e.Event.Event.EventNumber, "after its tries the first one is parked")
	require.NoError(t, sub.Nack("no", esdb.NackActionPark, e.Event))
	e = next(t, sub)
	require.EqualValues(t, 2, e.Event.Event.EventNumber)
	require.NoError(t, sub.Nack("never mind", esdb.NackActionSkip, e.Event))
	require.Eventually(t, func() bool {
		info, err := c.GetPersistentSubscriptionInfo(ctxFor(t), "s", "g", esdb.GetPersistentSubscriptionOptions{})
		return err == nil && info.Stats.ParkedMessagesCount == 2
	}, 10*time.Second, 20*time.Millisecond)
	require.NoError(t, c.ReplayParkedMessages(ctxFor(t), "s", "g", esdb.ReplayParkedMessagesOptions{}))
	for i := range 2 {
		e := next(t, sub)
		require.EqualValues(t, i, e.Event.Event.EventNumber)
		require.NoError(t, sub.Ack(e.Event))
	}
	info, err := c.GetPersistentSubscriptionInfo(ctxFor(t), "s", "g", esdb.GetPersistentSubscriptionOptions{})
	require.NoError(t, err)
	require.Zero(t, info.Stats.ParkedMessagesCount)
}

func TestGroupGivesUnansweredEventsToAnother(t *testing.T) {
	_, c := start(t, t.TempDir())
	write(t, c, "s", esdb.NoStream{}, newEvents(4)...)
	createGroup(t, c, "s", func(s *esdb.PersistentSubscriptionSettings) { s.MessageTimeout = 200 })
	silent := join(t, c, "s", 2)
	next(t, silent)
	next(t, silent)
	busy := join(t, c, "s", 10)
	require.NoError(t, silent.Close())
	seen := map[uint64]bool{}
	for len(seen) < 4 {
		e := next(t, busy)
		seen[e.Event.Event.EventNumber] = true
		require.NoError(t, busy.Ack(e.Event))
	}
}

func TestGroupRefusals(t *testing.T) {
	_, c := start(t, t.TempDir())
	createGroup(t, c, "s", func(s *esdb.PersistentSubscriptionSettings) { s.MaxSubscriberCount = 1 })
	err := c.CreatePersistentSubscription(ctxFor(t), "s", "g", esdb.PersistentStreamSubscriptionOptions{})
	require.Equal(t, esdb.ErrorCodeResourceAlreadyExists, codeOf(t, err))
	for name, err := range map[string]error{
		"delete": c.DeletePersistentSubscription(ctxFor(t), "s", "none", esdb.DeletePersistentSubscriptionOptions{}),
		"update": c.UpdatePersistentSubscription(ctxFor(t), "s", "none", esdb.PersistentStreamSubscriptionOptions{}),
		"replay": c.ReplayParkedMessages(ctxFor(t), "s", "none", esdb.ReplayParkedMessagesOptions{}),
	} {
		require.Equal(t, esdb.ErrorCodeResourceNotFound, codeOf(t, err), name)
	}
	sub := join(t, c, "s", 1)
	_, err = c.SubscribeToPersistentSubscription(ctxFor(t), "s", "g", esdb.SubscribeToPersistentSubscriptionOptions{})
	require.Error(t, err, "one consumer is the limit")
	require.NoError(t, c.DeletePersistentSubscription(ctxFor(t), "s", "g", esdb.DeletePersistentSubscriptionOptions{}))
	require.NotNil(t, sub.Recv().SubscriptionDropped)
}

func TestGroupsShareOutBetweenConsumers(t *testing.T) {
	_, c := start(t, t.TempDir())
	for i := range 4 {
		write(t, c, fmt.Sprintf("s-%d", i), esdb.NoStream{}, newEvents(5)...)
	}
	require.NoError(t, c.CreatePersistentSubscriptionToAll(ctxFor(t), "g", esdb.PersistentAllSubscriptionOptions{StartFrom: esdb.Start{},
		Filter: &esdb.SubscriptionFilter{Type: esdb.StreamFilterType, Prefixes: []string{"s-1", "s-2"}}}))
	var subs []*esdb.PersistentSubscription
	for range 2 {
		sub, err := c.SubscribeToPersistentSubscriptionToAll(ctxFor(t), "g", esdb.SubscribeToPersistentSubscriptionOptions{BufferSize: 5})
		require.NoError(t, err)
		defer sub.Close()
		subs = append(subs, sub)
	}
	got := map[string]int{}
	for range 5 {
		for _, sub := range subs {
			e := next(t, sub)
			got[e.Event.Event.StreamID]++
			require.NoError(t, sub.Ack(e.Event))
		}
	}
	require.Equal(t, map[string]int{"s-1": 5, "s-2": 5}, got)
}

// TestGroupIsUpdatedWhileConsumersLeave is for the race detector: an update drops the consumers and replaces the settings while they still speak of
// the group. Everything arrives all the same.
func TestGroupIsUpdatedWhileConsumersLeave(t *testing.T) {
	_, c := start(t, t.TempDir())
	createGroup(t, c, "s", nil)
	for range 30 {
		write(t, c, "s", esdb.Any{}, newEvents(1)...)
		var consumers []*esdb.PersistentSubscription
		for range 4 {
			consumers = append(consumers, join(t, c, "s", 10))
		}
		settings := esdb.SubscriptionSettingsDefault()
		require.NoError(t, c.UpdatePersistentSubscription(ctxFor(t), "s", "g", esdb.PersistentStreamSubscriptionOptions{Settings: &settings, StartFrom: esdb.Start{}}))
		for _, sub := range consumers {
			require.Eventually(t, func() bool { return sub.Recv().SubscriptionDropped != nil }, 10*time.Second, time.Millisecond)
		}
	}
	last, seen := join(t, c, "s", 100), map[uint64]bool{}
	for len(seen) < 30 {
		e := next(t, last)
		seen[e.Event.OriginalEvent().EventNumber] = true
		require.NoError(t, last.Ack(e.Event))
	}
}
