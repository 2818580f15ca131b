package eventlog_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/deploy/single/cluster"
)

// recording keeps the metadata of each call.
type recording struct {
	mu    sync.Mutex
	calls map[string][]metadata.MD
}

func (r *recording) note(ctx context.Context, kind string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	md, _ := metadata.FromIncomingContext(ctx)
	r.calls[kind] = append(r.calls[kind], md)
}

// kindOf names what a read asks for.
func kindOf(o *streams.ReadReq_Options) string {
	kind := "read of all"
	if o.GetStream() != nil {
		kind = "read of a stream"
	}
	if o.GetSubscription() != nil {
		kind = "subscription"
	}
	if o.GetReadDirection() == streams.ReadReq_Options_Backwards {
		kind += ", backwards"
	}
	return kind
}

func (r *recording) Append(call streams.Streams_AppendServer) error {
	r.note(call.Context(), "append")
	return after(success(0, &streams.AppendResp_Position{CommitPosition: 7, PreparePosition: 7}), nil)(call)
}

func (r *recording) Read(req *streams.ReadReq, call streams.Streams_ReadServer) error {
	r.note(call.Context(), kindOf(req.GetOptions()))
	if req.GetOptions().GetSubscription() == nil {
		return nil
	}
	confirmation := &streams.ReadResp_SubscriptionConfirmation{SubscriptionId: "1"}
	return call.Send(&streams.ReadResp{Content: &streams.ReadResp_Confirmation{Confirmation: confirmation}})
}

func TestEveryCallDemandsTheLeader(t *testing.T) {
	r := &recording{calls: map[string][]metadata.MD{}}
	l := dialScript(t, &script{append: r.Append, request: r.Read})
	ctx := within(t, 20*time.Second)
	_, err := l.Append(ctx, "s", eventlog.NoStream, batchOf(1, 1))
	require.NoError(t, err)
	_, err = l.Read(ctx, "s", 0, 0)
	require.NoError(t, err)
	_, err = l.ReadBackwards(ctx, "s", 1)
	require.NoError(t, err)
	_, err = l.Tail(ctx, 1)
	require.NoError(t, err)
	_, err = l.End(ctx)
	require.NoError(t, err)
	_, _, err = l.Head(ctx)
	require.NoError(t, err)
	_, _, err = l.At(ctx, eventlog.Position{Commit: 1, Prepare: 1})
	require.NoError(t, err)
	require.NoError(t, l.ReadAll(ctx, eventlog.Position{}, 0, func(eventlog.Raw) error { return nil }))
	require.NoError(t, l.Ping(ctx))
	for _, filter := range []eventlog.Filter{{}, {Prefixes: []string{"s-"}}} {
		sub, err := l.Subscribe(ctx, eventlog.Position{}, filter)
		require.NoError(t, err)
		sub.Close()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, kind := range []string{"append", "read of a stream", "read of a stream, backwards", "read of all", "read of all, backwards", "subscription"} {
		require.NotEmpty(t, r.calls[kind], kind)
	}
	for kind, calls := range r.calls {
		for _, md := range calls {
			require.Equal(t, []string{"true"}, md.Get("requires-leader"), kind)
		}
	}
}

// TestAFollowerIsNotBelieved connects to the node that follows: what was just written is read, and written to, at the leader.
func TestAFollowerIsNotBelieved(t *testing.T) {
	n := openNode(t, "127.0.0.1:0")
	nodes, err := cluster.Open(n.Addr(), 2, time.Hour)
	require.NoError(t, err)
	t.Cleanup(nodes.Close)
	ctx := within(t, 60*time.Second)
	direct := dial(t, n.ConnectionString())
	_, err = direct.Append(ctx, "s-1", eventlog.NoStream, batchOf(1, 1))
	require.NoError(t, err)

	calls := map[string]func(l *eventlog.Log) (int, error){
		"read": func(l *eventlog.Log) (int, error) { e, err := l.Read(ctx, "s-1", 0, 0); return len(e), err },
		"tail": func(l *eventlog.Log) (int, error) { e, err := l.Tail(ctx, 1); return len(e), err },
		"all": func(l *eventlog.Log) (count int, err error) {
			return count, l.ReadAll(ctx, eventlog.Position{}, 1, func(eventlog.Raw) error { count++; return nil })
		},
		"append": func(l *eventlog.Log) (int, error) {
			_, err := l.Append(ctx, "s-2", eventlog.NoStream, batchOf(1, 1))
			return 1, err
		},
		"append that is refused while it is sent": func(l *eventlog.Log) (int, error) {
			_, err := l.Append(ctx, "s-3", eventlog.NoStream, batchOf(9, 100_000)) // more than a connection takes unread
			return 1, err
		},
		"subscription": func(l *eventlog.Log) (int, error) {
			sub, err := l.Subscribe(ctx, eventlog.Position{}, eventlog.Filter{Prefixes: []string{"s-"}})
			for err != nil && ctx.Err() == nil { // it is told where the leader is, and subscribes again
				sub, err = l.Subscribe(ctx, eventlog.Position{}, eventlog.Filter{Prefixes: []string{"s-"}})
			}
			if err != nil {
				return 0, err
			}
			defer sub.Close()
			item, err := sub.Next(ctx)
			require.NotNil(t, item.Event)
			return 1, err
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			before := nodes.Refused()
			got, err := call(dial(t, nodes.Connection(1)))
			require.NoError(t, err)
			require.Equal(t, 1, got)
			require.Greater(t, nodes.Refused(), before, "the follower was asked")
		})
	}
	for stream, count := range map[string]int{"s-2": 1, "s-3": 9} {
		written, err := direct.Read(ctx, stream, 0, 0)
		require.NoError(t, err)
		require.Len(t, written, count)
	}
}

// TestTheLeaderChangesUnderLoad: each append is there once, whoever leads at the moment.
func TestTheLeaderChangesUnderLoad(t *testing.T) {
	n := openNode(t, "127.0.0.1:0")
	nodes, err := cluster.Open(n.Addr(), 3, time.Minute)
	require.NoError(t, err)
	t.Cleanup(nodes.Close)
	l := dial(t, nodes.Connections())
	const total = 300
	for i := range int64(total) {
		if i%20 == 10 {
			nodes.Lead(int(i/20) % 3)
		}
		events := batchOf(1, 1)
		for {
			_, err := l.Append(within(t, 20*time.Second), "s-1", i-1, events)
			if err == nil {
				break
			}
			require.True(t, errors.Is(err, eventlog.ErrAmbiguous) || errors.Is(err, eventlog.ErrUnavailable), "%v", err)
		}
		read, err := l.Read(within(t, 20*time.Second), "s-1", uint64(i), 0)
		require.NoError(t, err)
		require.Len(t, read, 1, "one's own write is read")
	}
}

// TestNoLeaderIsNoAnswer: a node that does not lead has neither written nor read anything, also where it knows no leader, or does not say it.
func TestNoLeaderIsNoAnswer(t *testing.T) {
	for name, refusal := range map[string]struct {
		err      error
		trailers []string
	}{
		"an election":       {status.Error(codes.Unknown, "No leader info available in response"), nil},
		"it names nobody":   {status.Error(codes.NotFound, "Leader info available"), []string{"exception", "not-leader"}},
		"it names a closed": {status.Error(codes.NotFound, "Leader info available"), []string{"exception", "not-leader", "leader-endpoint-host", "127.0.0.1", "leader-endpoint-port", "1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := dialScript(t, &script{append: withTrailers(refusal.err, refusal.trailers...), read: func(call streams.Streams_ReadServer) error {
				call.SetTrailer(metadata.Pairs(refusal.trailers...))
				return refusal.err
			}})
			_, err := l.Append(within(t, 2*time.Second), "s", eventlog.NoStream, batchOf(1, 1))
			require.ErrorIs(t, err, eventlog.ErrUnavailable)
			require.NotErrorIs(t, err, eventlog.ErrAmbiguous, "nothing was written")
			events, err := l.Read(within(t, 2*time.Second), "s", 0, 0)
			require.Error(t, err, "it is no empty stream")
			require.Empty(t, events)
		})
	}
}

func TestDialRefusesFollowers(t *testing.T) {
	for _, preference := range []string{"follower", "random", "readOnlyReplica"} {
		_, err := eventlog.Dial("esdb://h:1?nodePreference="+preference, slog.New(slog.DiscardHandler))
		require.EqualError(t, err, `the EventStoreDB connection string "esdb://h:1?nodePreference=`+preference+`": nodePreference must be leader, or be `+
			`left out: other nodes answer late, and commands would be decided on what is no longer true`)
	}
	l, err := eventlog.Dial("esdb://h:1?nodePreference=leader", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	l.Close()
}

// TestAClusterAnswersAsItsNode: the played cluster's leader passes everything on, so that the other tests here are about daka.
func TestAClusterAnswersAsItsNode(t *testing.T) {
	n := openNode(t, "127.0.0.1:0")
	nodes, err := cluster.Open(n.Addr(), 1, 0)
	require.NoError(t, err)
	t.Cleanup(nodes.Close)
	address := strings.TrimSuffix(strings.TrimPrefix(nodes.Connection(0), "esdb://"), "?tls=false")
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	call, err := streams.NewStreamsClient(conn).Append(within(t, 20*time.Second))
	require.NoError(t, err)
	require.NoError(t, call.CloseSend())
	_, err = call.CloseAndRecv()
	require.Equal(t, codes.InvalidArgument, status.Code(err), "an append without options is refused by the node behind: %v", err)
}
