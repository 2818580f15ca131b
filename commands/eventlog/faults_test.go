package eventlog_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/commands/eventlog/eventlogtest"
)

func TestAppendOutcomes(t *testing.T) {
	place := &streams.AppendResp_Position{CommitPosition: 7, PreparePosition: 7}
	cases := []struct {
		name   string
		server func(streams.Streams_AppendServer) error
		events []eventlog.Raw
		want   error
	}{
		{"success", after(success(0, place), nil), batchOf(1, 10), nil},
		{"wrong version", after(wrongVersion(), nil), batchOf(1, 10), eventlog.ErrConflict},
		{"wrong version before the end of a big append", early(wrongVersion(), nil), batchOf(200, 20_000), eventlog.ErrAmbiguous},
		{"refused before the end of a big append", early(nil, status.Error(codes.FailedPrecondition, "no")), batchOf(200, 20_000), eventlog.ErrAmbiguous},
		{"unavailable", after(nil, status.Error(codes.Unavailable, "Server Is Too Busy")), batchOf(1, 10), eventlog.ErrAmbiguous},
		{"timed out at the server", after(nil, status.Error(codes.Aborted, "Operation timed out")), batchOf(1, 10), eventlog.ErrAmbiguous},
		{"internal", after(nil, status.Error(codes.Internal, "boom")), batchOf(1, 10), eventlog.ErrAmbiguous},
		{"empty answer", after(&streams.AppendResp{}, nil), batchOf(1, 10), eventlog.ErrAmbiguous},
		{"empty answer that looks right", after(&streams.AppendResp{}, nil), batchOf(2, 10), eventlog.ErrAmbiguous},
		{"success without a position", after(success(0, nil), nil), batchOf(1, 10), eventlog.ErrAmbiguous},
		{"success of another revision", after(success(5, place), nil), batchOf(1, 10), eventlog.ErrAmbiguous},
		{"disk full", after(nil, status.Error(codes.ResourceExhausted, "disk full: nothing was written")), batchOf(1, 10), eventlog.ErrFull},
		{"disk full, the node's words", after(nil, status.Error(codes.ResourceExhausted, "the disk is full: nothing was written")), batchOf(1, 10), eventlog.ErrFull},
		{"another limit", after(nil, status.Error(codes.ResourceExhausted, "too many streams")), batchOf(1, 10), eventlog.ErrAmbiguous},
		{"denied", after(nil, status.Error(codes.PermissionDenied, "Access Denied")), batchOf(1, 10), eventlog.ErrDenied},
		{"not authenticated", after(nil, status.Error(codes.Unauthenticated, "who?")), batchOf(1, 10), eventlog.ErrDenied},
		{"too large", after(nil, status.Error(codes.InvalidArgument, "Maximum Append Size")), batchOf(1, 10), eventlog.ErrInvalid},
		{"deleted", withTrailers(status.Error(codes.FailedPrecondition, "gone"), "exception", "stream-deleted", "stream-name", "s"), batchOf(1, 10), eventlog.ErrDeleted},
		{"deleted, unnamed: the client panics", withTrailers(status.Error(codes.FailedPrecondition, "gone"), "exception", "stream-deleted"), batchOf(1, 10), eventlog.ErrAmbiguous},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := dialScript(t, &script{append: c.server}).Append(within(t, 20*time.Second), "s", eventlog.NoStream, c.events)
			require.ErrorIs(t, err, c.want)
			if c.want == nil {
				require.NoError(t, err)
			}
		})
	}
}

// TestEarlyAnswerIsNeverSuccess: whether the client sees the answer or only EOF depends on who is quicker.
func TestEarlyAnswerIsNeverSuccess(t *testing.T) {
	l := dialScript(t, &script{append: early(wrongVersion(), nil)})
	for range 20 {
		_, err := l.Append(within(t, 20*time.Second), "s", eventlog.NoStream, batchOf(1, 10))
		require.True(t, errors.Is(err, eventlog.ErrConflict) || errors.Is(err, eventlog.ErrAmbiguous), "%v", err)
	}
}

func TestAppendWithoutAnAnswerEndsWithItsContext(t *testing.T) {
	l := dialScript(t, &script{append: func(call streams.Streams_AppendServer) error {
		<-call.Context().Done()
		return call.Context().Err()
	}})
	_, err := l.Append(within(t, 200*time.Millisecond), "s", eventlog.NoStream, batchOf(1, 1))
	require.ErrorIs(t, err, eventlog.ErrAmbiguous)
	require.NotErrorIs(t, err, eventlog.ErrConflict)
}

func TestAppendWhoseConnectionDiesIsAmbiguous(t *testing.T) {
	s := &script{}
	s.append = func(call streams.Streams_AppendServer) error {
		if err := drainAppend(call); err != nil {
			return err
		}
		go s.server.Stop()
		<-call.Context().Done()
		return call.Context().Err()
	}
	_, err := dialScript(t, s).Append(within(t, 20*time.Second), "s", eventlog.NoStream, batchOf(1, 1))
	require.ErrorIs(t, err, eventlog.ErrAmbiguous)
}

func TestAppendThatCouldNeverBeRightIsNotSent(t *testing.T) {
	l := dial(t, "esdb://127.0.0.1:1?tls=false")
	cases := []struct {
		stream   string
		expected int64
		events   []eventlog.Raw
		want     string
	}{
		{"", -1, batchOf(1, 1), "the event store refuses the append: it names no stream"},
		{"s", -2, batchOf(1, 1), "the event store refuses the append: -2 is not a revision"},
		{"s", -1, nil, "the event store refuses the append: it holds no event"},
		{"s", -1, []eventlog.Raw{{Type: "T"}}, "the event store refuses the append: event 0 has no id, so that a repeat would write it twice"},
		{"s", -1, []eventlog.Raw{{ID: uuid.New()}}, "the event store refuses the append: event 0 has no type"},
	}
	for _, c := range cases {
		_, err := l.Append(context.Background(), c.stream, c.expected, c.events)
		require.EqualError(t, err, c.want)
		require.ErrorIs(t, err, eventlog.ErrInvalid)
	}
}

func TestReadOfAnUnexpectedMessageIsAnError(t *testing.T) {
	s := &script{read: func(call streams.Streams_ReadServer) error {
		return call.Send(&streams.ReadResp{Content: &streams.ReadResp_LastStreamPosition{LastStreamPosition: 1}})
	}}
	_, err := dialScript(t, s).Read(within(t, 20*time.Second), "s", 0, 0)
	require.EqualError(t, err, "reading s: the event store's client panicked: unreachable code")
}

func TestDialNamesABadConnectionString(t *testing.T) {
	for text, want := range map[string]string{
		"http://x": `"http://x" is not an EventStoreDB connection string such as esdb://localhost:2113?tls=false: ` +
			`an invalid scheme is specified, expecting esdb:// or esdb+discover://`,
		"esdb://u:secret@h:x": `"esdb://…@h:x" is not an EventStoreDB connection string such as esdb://localhost:2113?tls=false: ` +
			`invalid port ":x" after host`,
		"esdb://h?userCertFile=/a": `the EventStoreDB connection string "esdb://h?userCertFile=/a": both userCertFile and userKeyFile must be provided`,
	} {
		_, err := eventlog.Dial(text, slog.New(slog.DiscardHandler))
		require.EqualError(t, err, want)
	}
}

// TestDeadServer is the hang of the bare client: stopped server, 16 callers, and the same Log works once it is back.
func TestDeadServer(t *testing.T) {
	first := openNode(t, "127.0.0.1:0")
	l := dial(t, first.ConnectionString())
	require.NoError(t, l.Ping(within(t, 20*time.Second)))
	address := first.Addr()
	require.NoError(t, first.Close())

	var callers sync.WaitGroup
	for range 16 {
		callers.Go(func() {
			for range 3 {
				_, err := l.Append(within(t, 300*time.Millisecond), "s-1", eventlog.NoStream, batchOf(1, 1))
				if !errors.Is(err, eventlog.ErrUnavailable) && !errors.Is(err, eventlog.ErrAmbiguous) {
					t.Errorf("append to a dead server: %v", err)
				}
			}
		})
	}
	callers.Wait()
	second := openNode(t, address)
	_, err := l.Append(within(t, 20*time.Second), "s-1", eventlog.NoStream, batchOf(1, 1))
	require.NoError(t, err)
	require.EqualValues(t, 1, second.Position())
}

func TestNoServerEndsWithTheContext(t *testing.T) {
	l := dial(t, "esdb://127.0.0.1:1?tls=false")
	_, err := l.Append(within(t, 50*time.Millisecond), "s", eventlog.NoStream, batchOf(1, 1))
	require.ErrorIs(t, err, eventlog.ErrUnavailable)
	require.NotErrorIs(t, err, eventlog.ErrAmbiguous, "nothing was sent")
	_, err = l.Subscribe(within(t, 50*time.Millisecond), eventlog.Position{}, eventlog.Filter{})
	require.ErrorIs(t, err, eventlog.ErrUnavailable)
	_, _, err = l.At(within(t, 50*time.Millisecond), eventlog.Position{Commit: 1, Prepare: 1})
	require.ErrorIs(t, err, eventlog.ErrUnavailable, "not asked is not absent")
	l.Close()
	_, err = l.Read(context.Background(), "s", 0, 0)
	require.ErrorIs(t, err, eventlog.ErrClosed)
}

func TestBlackHole(t *testing.T) {
	n := openNode(t, "127.0.0.1:0")
	p := eventlogtest.NewProxy(t, n.Addr())
	l := dial(t, p.Connection())
	sub, err := l.Subscribe(within(t, 30*time.Second), eventlog.Position{}, eventlog.Filter{})
	require.NoError(t, err)
	defer sub.Close()
	item, err := sub.Next(within(t, 20*time.Second))
	require.NoError(t, err)
	require.True(t, item.CaughtUp)

	p.BlackHole(true)
	_, err = l.Append(within(t, 300*time.Millisecond), "s-1", eventlog.NoStream, batchOf(1, 1))
	require.ErrorIs(t, err, eventlog.ErrAmbiguous)
	_, err = sub.Next(within(t, 50*time.Millisecond))
	require.ErrorIs(t, err, context.DeadlineExceeded, "Next obeys its own context")

	p.BlackHole(false) // the old connection stays dead
	_, err = l.Append(within(t, 20*time.Second), "s-1", eventlog.NoStream, batchOf(1, 1))
	require.NoError(t, err, "the client was replaced")
}

func TestSubscriptionThatDropsIsResumedFromItsLastEvent(t *testing.T) {
	n := openNode(t, "127.0.0.1:0")
	p := eventlogtest.NewProxy(t, n.Addr())
	l, direct := dial(t, p.Connection()), dial(t, n.ConnectionString())
	const total = 300
	var writer sync.WaitGroup
	defer writer.Wait() // the last event may be seen before its append is answered
	writer.Go(func() {
		for i := range int64(total) {
			if _, err := direct.Append(context.Background(), "s-1", i-1, batchOf(1, 1)); err != nil {
				t.Errorf("append %d: %v", i, err)
			}
		}
	})
	ctx := within(t, 60*time.Second)
	var at eventlog.Position
	for next, drops := uint64(0), 0; next < total; drops++ {
		sub, err := l.Subscribe(ctx, at, eventlog.Filter{Prefixes: []string{"s-"}})
		if err != nil {
			require.NoError(t, ctx.Err(), "%v", err)
			continue
		}
		for {
			item, err := sub.Next(ctx)
			if err != nil || next == total {
				require.NoError(t, ctx.Err())
				break
			}
			if item.Event == nil {
				continue
			}
			require.Equal(t, next, item.Event.Revision, "nothing lost, nothing twice")
			at, next = item.Event.Position, next+1
			if next%50 == 0 {
				p.Kill()
			}
			if next == total {
				break
			}
		}
		sub.Close()
	}
}

func TestLostAnswersAreRepeated(t *testing.T) {
	n := openNode(t, "127.0.0.1:0")
	p := eventlogtest.NewProxy(t, n.Addr())
	l, direct := dial(t, p.Connection()), dial(t, n.ConnectionString())
	count := 0
	var mu sync.Mutex
	p.CutAnswers(func() bool {
		mu.Lock()
		defer mu.Unlock()
		count++
		return count%10 == 0
	})
	const total = 200
	for i := range int64(total) {
		events := batchOf(1, 1)
		for {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			_, err := l.Append(ctx, "s-1", i-1, events)
			cancel()
			if err == nil {
				break
			}
			if !errors.Is(err, eventlog.ErrAmbiguous) && !errors.Is(err, eventlog.ErrUnavailable) {
				require.NoError(t, err)
			}
		}
	}
	read, err := direct.Read(within(t, 20*time.Second), "s-1", 0, 0)
	require.NoError(t, err)
	require.Len(t, read, total)
}

func TestCloseLeavesNothingBehind(t *testing.T) {
	before := goleak.IgnoreCurrent()
	n := openNode(t, "127.0.0.1:0")
	l := dial(t, n.ConnectionString())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	sub, err := l.Subscribe(ctx, eventlog.Position{}, eventlog.Filter{})
	require.NoError(t, err)
	_, err = l.Append(ctx, "s-1", eventlog.NoStream, batchOf(1, 1))
	require.NoError(t, err)
	require.NoError(t, l.Ping(ctx))
	l.Close()
	for err == nil {
		_, err = sub.Next(ctx)
	}
	require.NoError(t, n.Close())
	goleak.VerifyNone(t, before)
}
