package eventlogtest

import (
	"sync"
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/gossip"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/serverfeatures"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/stretchr/testify/require"
)

func features(t *testing.T, s *suite) {
	version, err := s.client.GetServerVersion()
	require.NoError(t, err)
	require.GreaterOrEqual(t, version.Major, 22)
	conn, ctx := s.wire(t)
	methods, err := serverfeatures.NewServerFeaturesClient(conn).GetSupportedMethods(ctx, &shared.Empty{})
	require.NoError(t, err)
	have := map[string]bool{}
	for _, m := range methods.GetMethods() {
		if m.GetServiceName() == "event_store.client.streams.streams" {
			have[m.GetMethodName()] = true
		}
	}
	for _, want := range []string{"read", "append", "batchappend", "delete", "tombstone"} {
		require.True(t, have[want], want)
	}
}

func gossipRead(t *testing.T, s *suite) {
	conn, ctx := s.wire(t)
	info, err := gossip.NewGossipClient(conn).Read(ctx, &shared.Empty{})
	require.NoError(t, err)
	var leaders int
	for _, m := range info.GetMembers() {
		if m.GetState() == gossip.MemberInfo_Leader && m.GetIsAlive() {
			leaders++
			require.NotEmpty(t, m.GetHttpEndPoint().GetAddress())
			require.Positive(t, m.GetHttpEndPoint().GetPort())
		}
	}
	require.Equal(t, 1, leaders)
}

// atomicAppends lets many writers want the same revision: one wins each, and every reader agrees.
func atomicAppends(t *testing.T, s *suite) {
	const writers, rounds = 8, 20
	stream := fresh("race")
	s.append(t, stream, esdb.NoStream{}, events(1)...)
	for round := range rounds {
		expected := esdb.Revision(uint64(round) * 2)
		won := make(chan *esdb.WriteResult, writers)
		var group sync.WaitGroup
		for range writers {
			group.Go(func() {
				r, err := s.client.AppendToStream(during(t), stream, esdb.AppendToStreamOptions{ExpectedRevision: expected}, events(2)...)
				if err == nil {
					won <- r
				}
			})
		}
		group.Wait()
		close(won)
		require.Len(t, won, 1, "one winner a revision")
		winner := <-won
		read := s.mustRead(t, stream, esdb.ReadStreamOptions{Direction: esdb.Backwards, From: esdb.End{}}, 2)
		require.Equal(t, winner.NextExpectedVersion, read[0].EventNumber, "an acknowledged write is read")
		require.Equal(t, winner.CommitPosition, read[0].Position.Commit)
	}
	inAll := ofStream(s.readAll(t, esdb.ReadAllOptions{Direction: esdb.Backwards, From: esdb.End{}}, 500), stream)
	require.Len(t, inAll, 1+2*rounds)
	for i, e := range inAll {
		require.EqualValues(t, 2*rounds-i, e.EventNumber, "$all keeps the stream's order")
	}
}

func persistent(t *testing.T, s *suite) {
	stream := fresh("persistent")
	s.append(t, stream, esdb.NoStream{}, events(2)...)
	err := s.client.CreatePersistentSubscription(during(t), stream, "group", esdb.PersistentStreamSubscriptionOptions{StartFrom: esdb.Start{}})
	if codeOf(err) == esdb.ErrorCodeUnsupportedFeature {
		t.Skip("the store has no persistent subscriptions and says so (UNIMPLEMENTED); daka does not use them")
	}
	require.NoError(t, err)
	again := s.client.CreatePersistentSubscription(during(t), stream, "group", esdb.PersistentStreamSubscriptionOptions{})
	require.Equal(t, esdb.ErrorCodeResourceAlreadyExists, codeOf(again))
	sub, err := s.client.SubscribeToPersistentSubscription(during(t), stream, "group", esdb.SubscribeToPersistentSubscriptionOptions{})
	require.NoError(t, err)
	defer sub.Close()
	for range 2 {
		e := sub.Recv()
		require.NotNil(t, e.EventAppeared)
		require.NoError(t, sub.Ack(e.EventAppeared.Event))
	}
	require.NoError(t, s.client.DeletePersistentSubscription(during(t), stream, "group", esdb.DeletePersistentSubscriptionOptions{}))
}
