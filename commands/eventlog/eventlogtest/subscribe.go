package eventlogtest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/metadata"
)

// received is what a subscription delivered up to a point.
type received struct {
	events      []*esdb.RecordedEvent
	checkpoints []esdb.Position
	caughtUp    int
}

// until receives until enough says so; it fails the test when the subscription drops or nothing comes.
func until(t *testing.T, sub *esdb.Subscription, enough func(received) bool) received {
	t.Helper()
	guard := time.AfterFunc(patience, func() { _ = sub.Close() })
	defer guard.Stop()
	var r received
	for !enough(r) {
		e := sub.Recv()
		if e.SubscriptionDropped != nil {
			require.NoError(t, e.SubscriptionDropped.Error, "dropped after %d events, caught up %d times", len(r.events), r.caughtUp)
		}
		switch {
		case e.EventAppeared != nil:
			r.events = append(r.events, e.EventAppeared.OriginalEvent())
		case e.CheckPointReached != nil:
			r.checkpoints = append(r.checkpoints, *e.CheckPointReached)
		case e.CaughtUp != nil:
			r.caughtUp++
		}
	}
	return r
}

func caughtUp(r received) bool { return r.caughtUp > 0 }

func count(n int) func(received) bool {
	return func(r received) bool { return len(r.events) >= n }
}

func (s *suite) subscribe(t *testing.T, stream string, from esdb.StreamPosition) *esdb.Subscription {
	t.Helper()
	ctx, cancel := context.WithCancel(metadata.AppendToOutgoingContext(context.Background(), "requires-leader", "true"))
	sub, err := s.client.SubscribeToStream(ctx, stream, esdb.SubscribeToStreamOptions{From: from})
	require.NoError(t, err)
	t.Cleanup(func() { _ = sub.Close(); cancel() })
	return sub
}

func (s *suite) subscribeAll(t *testing.T, o esdb.SubscribeToAllOptions) *esdb.Subscription {
	t.Helper()
	ctx, cancel := context.WithCancel(metadata.AppendToOutgoingContext(context.Background(), "requires-leader", "true"))
	sub, err := s.client.SubscribeToAll(ctx, o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = sub.Close(); cancel() })
	return sub
}

func subscriptions(t *testing.T, s *suite) {
	t.Run("from the start, then live", func(t *testing.T) {
		stream, e := fresh("sub"), events(4)
		s.append(t, stream, esdb.NoStream{}, e[:3]...)
		sub := s.subscribe(t, stream, esdb.Start{})
		require.NotEmpty(t, sub.Id())
		require.Equal(t, ids(e[:3]), recordedIDs(until(t, sub, caughtUp).events))
		s.append(t, stream, esdb.Revision(2), e[3])
		require.Equal(t, ids(e[3:]), recordedIDs(until(t, sub, count(1)).events))
	})
	t.Run("after a revision", func(t *testing.T) {
		stream, e := fresh("sub"), events(4)
		s.append(t, stream, esdb.NoStream{}, e...)
		require.Equal(t, ids(e[2:]), recordedIDs(until(t, s.subscribe(t, stream, esdb.Revision(1)), caughtUp).events))
	})
	t.Run("from the end", func(t *testing.T) {
		stream, e := fresh("sub"), events(2)
		s.append(t, stream, esdb.NoStream{}, e[0])
		sub := s.subscribe(t, stream, esdb.End{})
		require.Empty(t, until(t, sub, caughtUp).events)
		s.append(t, stream, esdb.Revision(0), e[1])
		require.Equal(t, ids(e[1:]), recordedIDs(until(t, sub, count(1)).events))
	})
	t.Run("a missing stream", func(t *testing.T) {
		stream, e := fresh("sub"), event("Tested")
		sub := s.subscribe(t, stream, esdb.Start{})
		require.Empty(t, until(t, sub, caughtUp).events)
		s.append(t, stream, esdb.NoStream{}, e)
		require.Equal(t, e.EventID, until(t, sub, count(1)).events[0].EventID)
	})
	t.Run("a tombstone ends it", func(t *testing.T) { tombstoneEnds(t, s) })
	t.Run("all, after a position", func(t *testing.T) {
		stream, e := fresh("sub"), events(3)
		first := s.append(t, stream, esdb.NoStream{}, e[0])
		s.append(t, stream, esdb.Revision(0), e[1:]...)
		from := esdb.Position{Commit: first.CommitPosition, Prepare: first.PreparePosition}
		r := until(t, s.subscribeAll(t, esdb.SubscribeToAllOptions{From: from}), func(r received) bool { return len(ofStream(r.events, stream)) == 2 })
		require.Equal(t, ids(e[1:]), recordedIDs(ofStream(r.events, stream)))
	})
	t.Run("all, from the end", func(t *testing.T) {
		sub := s.subscribeAll(t, esdb.SubscribeToAllOptions{From: esdb.End{}})
		until(t, sub, caughtUp)
		stream := fresh("sub")
		s.append(t, stream, esdb.NoStream{}, events(1)...)
		until(t, sub, func(r received) bool { return len(ofStream(r.events, stream)) == 1 })
	})
}

func tombstoneEnds(t *testing.T, s *suite) {
	stream := fresh("sub")
	s.append(t, stream, esdb.NoStream{}, events(1)...)
	sub := s.subscribe(t, stream, esdb.Start{})
	until(t, sub, caughtUp)
	_, err := s.client.TombstoneStream(during(t), stream, esdb.TombstoneStreamOptions{ExpectedRevision: esdb.Revision(0)})
	require.NoError(t, err)
	guard := time.AfterFunc(patience, func() { _ = sub.Close() })
	defer guard.Stop()
	for {
		e := sub.Recv()
		if e.SubscriptionDropped != nil {
			require.ErrorContains(t, e.SubscriptionDropped.Error, "deleted")
			break
		}
	}
	_, err = s.client.SubscribeToStream(during(t), stream, esdb.SubscribeToStreamOptions{From: esdb.Start{}})
	require.Equal(t, esdb.ErrorCodeStreamDeleted, codeOf(err))
}

// handOver appends while subscriptions go from catching up to live: nothing is lost, nothing comes twice.
func handOver(t *testing.T, s *suite) {
	const total = 200
	stream := fresh("hand")
	ctx := during(t)
	var writer sync.WaitGroup
	defer writer.Wait()
	writer.Go(func() {
		for i := range total {
			expected := esdb.ExpectedRevision(esdb.NoStream{})
			if i > 0 {
				expected = esdb.Revision(uint64(i - 1))
			}
			_, err := s.client.AppendToStream(ctx, stream, esdb.AppendToStreamOptions{ExpectedRevision: expected}, event("Tested"))
			if err != nil {
				t.Errorf("append %d: %v", i, err)
				return
			}
		}
	})
	for range 4 {
		sub := s.subscribe(t, stream, esdb.Start{})
		for i, e := range until(t, sub, count(total)).events {
			require.EqualValues(t, i, e.EventNumber)
		}
	}
}

func filters(t *testing.T, s *suite) {
	tag := uuid.NewString()
	wanted, other := "wanted"+tag+"-1", "other"+tag+"-1"
	first := s.append(t, other, esdb.NoStream{}, events(1)...)
	from := esdb.Position{Commit: first.CommitPosition, Prepare: first.PreparePosition}
	for i := range 5 {
		e := event(fmt.Sprintf("Kind%d-%s", i%2, tag))
		s.append(t, wanted, esdb.Any{}, e)
		s.append(t, other, esdb.Any{}, events(30)...)
	}
	cases := []struct {
		name   string
		filter esdb.SubscriptionFilter
		want   int
	}{
		{"stream prefix", esdb.SubscriptionFilter{Type: esdb.StreamFilterType, Prefixes: []string{"nothing", "wanted" + tag}}, 5},
		{"stream regex", esdb.SubscriptionFilter{Type: esdb.StreamFilterType, Regex: "^w.*" + tag}, 5},
		{"type prefix", esdb.SubscriptionFilter{Type: esdb.EventFilterType, Prefixes: []string{"Kind0-" + tag}}, 3},
		{"type regex", esdb.SubscriptionFilter{Type: esdb.EventFilterType, Regex: "^Kind1-" + tag + "$"}, 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			sub := s.subscribeAll(t, esdb.SubscribeToAllOptions{From: from, Filter: &c.filter, MaxSearchWindow: 16, CheckpointInterval: 1})
			r := until(t, sub, caughtUp)
			require.Len(t, r.events, c.want)
			require.NotEmpty(t, r.checkpoints, "checkpoints while catching up")
			requireRising(t, r.checkpoints)
		})
	}
	t.Run("system events excluded", func(t *testing.T) {
		sub := s.subscribeAll(t, esdb.SubscribeToAllOptions{From: from, Filter: esdb.ExcludeSystemEventsFilter()})
		for _, e := range until(t, sub, caughtUp).events {
			require.NotEqual(t, byte('$'), e.EventType[0])
		}
	})
	t.Run("checkpoints live, and resuming from one", func(t *testing.T) { liveCheckpoints(t, s, from, wanted, other) })
}

func requireRising(t *testing.T, checkpoints []esdb.Position) {
	t.Helper()
	for i := 1; i < len(checkpoints); i++ {
		require.Greater(t, checkpoints[i].Commit, checkpoints[i-1].Commit)
	}
}

func liveCheckpoints(t *testing.T, s *suite, from esdb.Position, wanted, other string) {
	filter := &esdb.SubscriptionFilter{Type: esdb.StreamFilterType, Prefixes: []string{wanted}}
	o := esdb.SubscribeToAllOptions{From: from, Filter: filter, MaxSearchWindow: 16, CheckpointInterval: 1}
	sub := s.subscribeAll(t, o)
	before := until(t, sub, caughtUp)
	for range 4 {
		s.append(t, other, esdb.Any{}, events(20)...)
	}
	live := until(t, sub, func(r received) bool { return len(r.checkpoints) >= 2 })
	requireRising(t, append(before.checkpoints, live.checkpoints...))
	e := event("Kind0")
	s.append(t, wanted, esdb.Any{}, e)
	o.From = live.checkpoints[len(live.checkpoints)-1]
	resumed := until(t, s.subscribeAll(t, o), count(1))
	require.Equal(t, e.EventID, resumed.events[0].EventID, "nothing between the checkpoint and the event")
}
