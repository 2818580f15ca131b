package eventlogtest

import (
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	ps "github.com/EventStore/EventStore-Client-Go/v4/protos/persistent"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// groupSettings: a group that could not work is refused when it is made.
func groupSettings(t *testing.T, s *suite) {
	conn, ctx := s.wire(t)
	client := ps.NewPersistentSubscriptionsClient(conn)
	cases := []struct {
		name   string
		change func(*ps.CreateReq_Settings)
		taken  bool
	}{
		{"as they are", func(*ps.CreateReq_Settings) {}, true},
		{"a known strategy", func(o *ps.CreateReq_Settings) { o.ConsumerStrategy = "Pinned" }, true},
		{"pinned by correlation", func(o *ps.CreateReq_Settings) { o.ConsumerStrategy = "PinnedByCorrelation" }, true},
		{"an unknown strategy", func(o *ps.CreateReq_Settings) { o.ConsumerStrategy = "Fastest" }, false},
		{"a strategy in another case", func(o *ps.CreateReq_Settings) { o.ConsumerStrategy = "pinned" }, false},
		{"a strategy by an unknown number", func(o *ps.CreateReq_Settings) {
			o.ConsumerStrategy, o.NamedConsumerStrategy = "", ps.CreateReq_ConsumerStrategy(7) //nolint:staticcheck // clients older than the text send the number
		}, false},
		{"a batch just below the buffer", func(o *ps.CreateReq_Settings) { o.ReadBatchSize, o.HistoryBufferSize = 19, 20 }, true},
		{"a batch as large as the buffer", func(o *ps.CreateReq_Settings) { o.ReadBatchSize, o.HistoryBufferSize = 20, 20 }, false},
		{"a batch above the buffer", func(o *ps.CreateReq_Settings) { o.ReadBatchSize, o.HistoryBufferSize = 21, 20 }, false},
		{"no buffer", func(o *ps.CreateReq_Settings) { o.HistoryBufferSize = 0 }, false},
		{"a buffer below zero", func(o *ps.CreateReq_Settings) { o.HistoryBufferSize = -1 }, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			stream, settings := fresh("group"), goodSettings()
			c.change(settings)
			var trailer metadata.MD
			_, err := client.Create(ctx, &ps.CreateReq{Options: onStart(stream, settings)}, grpc.Trailer(&trailer))
			if c.taken {
				require.NoError(t, err)
				return
			}
			requireFailed(t, stream, trailer, err)
			_, err = client.Create(ctx, &ps.CreateReq{Options: onStart(stream, goodSettings())})
			require.NoError(t, err, "nothing of the refused group is there")
		})
	}
	t.Run("updates", func(t *testing.T) { groupUpdates(t, client, ctxOf(s, t)) })
	t.Run("a negative stop", func(t *testing.T) { negativeStop(t, client, ctxOf(s, t)) })
	t.Run("live events all arrive", func(t *testing.T) { groupLive(t, s) })
}

func goodSettings() *ps.CreateReq_Settings {
	return &ps.CreateReq_Settings{ReadBatchSize: 20, HistoryBufferSize: 500, LiveBufferSize: 500, MaxRetryCount: 10,
		MinCheckpointCount: 10, MaxCheckpointCount: 1000, ConsumerStrategy: "RoundRobin",
		MessageTimeout:  &ps.CreateReq_Settings_MessageTimeoutMs{MessageTimeoutMs: 30_000},
		CheckpointAfter: &ps.CreateReq_Settings_CheckpointAfterMs{CheckpointAfterMs: 2_000}}
}

func onStart(stream string, settings *ps.CreateReq_Settings) *ps.CreateReq_Options {
	return &ps.CreateReq_Options{GroupName: "group", Settings: settings,
		StreamOption: &ps.CreateReq_Options_Stream{Stream: &ps.CreateReq_StreamOptions{StreamIdentifier: identifier(stream),
			RevisionOption: &ps.CreateReq_StreamOptions_Start{Start: &shared.Empty{}}}}}
}

func requireFailed(t *testing.T, stream string, trailer metadata.MD, err error) {
	t.Helper()
	require.Equal(t, codes.Internal, status.Code(err), "%v", err)
	require.Equal(t, []string{"persistent-subscription-failed"}, trailer.Get("exception"))
	require.Equal(t, []string{stream}, trailer.Get("stream-name"))
	require.Equal(t, []string{"group"}, trailer.Get("group-name"))
	require.NotEmpty(t, trailer.Get("reason"))
}

func groupUpdates(t *testing.T, client ps.PersistentSubscriptionsClient, ctx contextFor) {
	stream := fresh("group")
	update := func(trailer *metadata.MD, buffer int32) error {
		_, err := client.Update(ctx(t), &ps.UpdateReq{Options: &ps.UpdateReq_Options{GroupName: "group",
			StreamOption: &ps.UpdateReq_Options_Stream{Stream: &ps.UpdateReq_StreamOptions{StreamIdentifier: identifier(stream),
				RevisionOption: &ps.UpdateReq_StreamOptions_Start{Start: &shared.Empty{}}}},
			Settings: &ps.UpdateReq_Settings{ReadBatchSize: 20, HistoryBufferSize: buffer, LiveBufferSize: 500}}}, grpc.Trailer(trailer))
		return err
	}
	var trailer metadata.MD
	require.Equal(t, codes.NotFound, status.Code(update(&trailer, 20)), "what is not there is said first")
	_, err := client.Create(ctx(t), &ps.CreateReq{Options: onStart(stream, goodSettings())})
	require.NoError(t, err)
	requireFailed(t, stream, trailer, update(&trailer, 20))
	require.NoError(t, update(&trailer, 21))
}

func negativeStop(t *testing.T, client ps.PersistentSubscriptionsClient, ctx contextFor) {
	stream := fresh("group")
	_, err := client.Create(ctx(t), &ps.CreateReq{Options: onStart(stream, goodSettings())})
	require.NoError(t, err)
	for stop, taken := range map[int64]bool{-1: false, -9_000_000_000: false, 1: true} {
		var trailer metadata.MD
		_, err := client.ReplayParked(ctx(t), &ps.ReplayParkedReq{Options: &ps.ReplayParkedReq_Options{GroupName: "group",
			StreamOption: &ps.ReplayParkedReq_Options_StreamIdentifier{StreamIdentifier: identifier(stream)},
			StopAtOption: &ps.ReplayParkedReq_Options_StopAt{StopAt: stop}}}, grpc.Trailer(&trailer))
		if taken {
			require.NoError(t, err)
			continue
		}
		requireFailed(t, stream, trailer, err)
	}
}

// groupLive: whoever has caught up gets every event, whatever the stream's metadata says.
func groupLive(t *testing.T, s *suite) {
	stream := fresh("group")
	s.append(t, stream, esdb.NoStream{}, events(3)...)
	s.note(t, stream, esdb.ContentTypeJson, `{"$maxCount":1}`)
	require.NoError(t, s.client.CreatePersistentSubscription(during(t), stream, "group", esdb.PersistentStreamSubscriptionOptions{StartFrom: esdb.Start{}}))
	sub, err := s.client.SubscribeToPersistentSubscription(during(t), stream, "group", esdb.SubscribeToPersistentSubscriptionOptions{})
	require.NoError(t, err)
	defer sub.Close()
	take := func(want uint64) {
		e := sub.Recv()
		require.NotNil(t, e.EventAppeared)
		require.Equal(t, want, e.EventAppeared.Event.OriginalEvent().EventNumber)
		require.NoError(t, sub.Ack(e.EventAppeared.Event))
	}
	take(2)
	s.append(t, stream, esdb.Revision(2), events(1)...)
	take(3)
	s.append(t, stream, esdb.Revision(3), events(5)...)
	for rev := uint64(4); rev <= 8; rev++ {
		take(rev)
	}
}
