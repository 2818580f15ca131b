package node

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/persistent"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// TestWhatIsNotSaidIsRefused: with INVALID_ARGUMENT, where EventStoreDB often answers with an unknown error.
func TestWhatIsNotSaidIsRefused(t *testing.T) {
	n, c := start(t, t.TempDir())
	write(t, c, "s", esdb.NoStream{}, newEvents(1)...)
	r := raw(t, n)
	events := map[string]func(*streams.AppendReq_ProposedMessage){
		"no id":         func(p *streams.AppendReq_ProposedMessage) { p.Id = nil },
		"no form of id": func(p *streams.AppendReq_ProposedMessage) { p.Id = &shared.UUID{} },
		"zero id":       func(p *streams.AppendReq_ProposedMessage) { p.Id = &shared.UUID{Value: &shared.UUID_Structured_{}} },
		"empty text id": func(p *streams.AppendReq_ProposedMessage) { p.Id = &shared.UUID{Value: &shared.UUID_String_{}} },
		"empty type":    func(p *streams.AppendReq_ProposedMessage) { p.Metadata["type"] = "" },
	}
	for name, change := range events {
		p := proposal("T")
		change(p)
		_, err := rawAppend(t, r, onAny("s"), p)
		require.Equal(t, codes.InvalidArgument, status.Code(unwrapped(err)), name)
	}
	for name, o := range map[string]*streams.AppendReq_Options{
		"no expectation": {StreamIdentifier: named("s")}, "'$$' by itself": onAny("$$"), "too many '$$'": onAny(strings.Repeat("$$", 9) + "s"),
		"a name too long": onAny(strings.Repeat("x", maxName+1)), "no name": onAny(""),
		"a revision beyond all": {StreamIdentifier: named("s"), ExpectedStreamRevision: &streams.AppendReq_Options_Revision{Revision: 1 << 63}},
	} {
		_, err := rawAppend(t, r, o, proposal("T"))
		require.Equal(t, codes.InvalidArgument, status.Code(unwrapped(err)), name)
	}
	require.EqualValues(t, 1, n.Position())
	noStream := &streams.AppendReq_Options{StreamIdentifier: named("new"), ExpectedStreamRevision: &streams.AppendReq_Options_Revision{Revision: 1<<64 - 1}}
	answer, err := rawAppend(t, r, noStream, proposal("T"))
	require.NoError(t, err)
	require.EqualValues(t, 0, answer.GetSuccess().GetCurrentRevision(), "the highest number there is stands for no stream")
}

func unwrapped(err error) error {
	if tr, ok := errors.AsType[*trailed](err); ok {
		return tr.error
	}
	return err
}

func TestHeaderText(t *testing.T) {
	for text, want := range map[string]string{
		"clock-1": "clock-1", "100% of a/b c": "100% of a/b c", "": "", "考勤": "%E8%80%83%E5%8B%A4", "é%": "%C3%A9%25",
		"a\nb": "a%0Ab", " a": "%20a", "a ": "a%20", "\x7f": "%7F",
	} {
		require.Equal(t, want, headerText(text))
	}
	long := shown(strings.Repeat("考", 1000))
	require.Less(t, len(long), shownName+40)
	plain, err := url.PathUnescape(headerText(long))
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("考", shownName/3)+"… (3000 bytes)", plain)
}

// TestLongNamesInTrailers: what would not fit into a header is shortened, so that its reason arrives.
func TestLongNamesInTrailers(t *testing.T) {
	n, c := start(t, t.TempDir())
	name := strings.Repeat("名", 20_000)
	write(t, c, name, esdb.NoStream{}, newEvents(1)...)
	_, err := c.TombstoneStream(ctxFor(t), name, esdb.TombstoneStreamOptions{ExpectedRevision: esdb.Any{}})
	require.NoError(t, err)
	_, md, err := rawRead(t, raw(t, n), streamOptions(name, 10, 0))
	require.Equal(t, codes.FailedPrecondition, status.Code(err))
	require.Equal(t, []string{"stream-deleted"}, md["exception"])
	require.Less(t, len(md["stream-name"][0]), 4000)
}

// TestNamesThatAreNoText become text, as in EventStoreDB.
func TestNamesThatAreNoText(t *testing.T) {
	n, c := start(t, t.TempDir())
	o := onAny("")
	o.StreamIdentifier = &shared.StreamIdentifier{StreamName: []byte("a\xff\xfeb")}
	_, err := rawAppend(t, raw(t, n), o, proposal("T"))
	require.NoError(t, err)
	list, err := readStream(t, c, "a\ufffd\ufffdb", esdb.ReadStreamOptions{}, 10)
	require.NoError(t, err)
	require.Len(t, list, 1)
}

// TestHalfSentAppendsAreBounded fills what may be in hand with appends that nobody finishes; then others are told that the
// node is busy, and when the first ones go away all is well again.
func TestHalfSentAppendsAreBounded(t *testing.T) {
	n, c := start(t, t.TempDir())
	require.NoError(t, n.svc.hand.take(inHand-100_000))
	_, err := c.AppendToStream(ctxFor(t), "s", esdb.AppendToStreamOptions{ExpectedRevision: esdb.NoStream{}},
		esdb.EventData{EventType: "T", Data: make([]byte, 200_000)})
	require.Equal(t, esdb.ErrorUnavailable, codeOf(t, err))
	write(t, c, "s", esdb.NoStream{}, newEvents(1)...)
	n.svc.hand.give(inHand - 100_000)
	write(t, c, "s", esdb.Revision(0), esdb.EventData{EventType: "T", Data: make([]byte, 200_000)})
	require.Zero(t, n.svc.hand.used.Load(), "what was answered is given back")
	call, err := raw(t, n).BatchAppend(ctxFor(t))
	require.NoError(t, err)
	for range 3 {
		require.NoError(t, call.Send(&streams.BatchAppendReq{CorrelationId: textID(), Options: batchOptions("b"), ProposedMessages: batchEvents(2)}))
	}
	require.Eventually(t, func() bool { return n.svc.hand.used.Load() > 0 }, 10*time.Second, 10*time.Millisecond)
	require.NoError(t, call.CloseSend())
	require.Eventually(t, func() bool { return n.svc.hand.used.Load() == 0 }, 10*time.Second, 10*time.Millisecond, "with its call")
}

// TestGroupsOfAll are checked as groups of a stream are, and where they start, too.
func TestGroupsOfAll(t *testing.T) {
	n, c := start(t, t.TempDir())
	write(t, c, "s", esdb.NoStream{}, newEvents(3)...)
	conn, err := grpc.NewClient(n.Addr(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	groups := persistent.NewPersistentSubscriptionsClient(conn)
	at := func(commit, prepare uint64) *persistent.CreateReq_AllOptions {
		return &persistent.CreateReq_AllOptions{AllOption: &persistent.CreateReq_AllOptions_Position{Position: &persistent.CreateReq_Position{CommitPosition: commit, PreparePosition: prepare}}}
	}
	for i, tt := range []struct {
		name   string
		change func(*persistent.CreateReq_Options)
		want   codes.Code
	}{
		{"at a position", func(o *persistent.CreateReq_Options) {
			o.StreamOption = &persistent.CreateReq_Options_All{All: at(2, 2)}
		}, codes.OK},
		{"beyond the end", func(o *persistent.CreateReq_Options) {
			o.StreamOption = &persistent.CreateReq_Options_All{All: at(1000, 1000)}
		}, codes.Internal},
		{"prepared behind its commit", func(o *persistent.CreateReq_Options) {
			o.StreamOption = &persistent.CreateReq_Options_All{All: at(2, 3)}
		}, codes.Internal},
		{"$all as a stream's name", func(o *persistent.CreateReq_Options) {
			o.StreamOption = &persistent.CreateReq_Options_Stream{Stream: &persistent.CreateReq_StreamOptions{StreamIdentifier: named("$all")}}
		}, codes.Internal},
		{"no stream", func(o *persistent.CreateReq_Options) {
			o.StreamOption = &persistent.CreateReq_Options_Stream{Stream: &persistent.CreateReq_StreamOptions{}}
		}, codes.Internal},
		{"no settings", func(o *persistent.CreateReq_Options) { o.Settings = nil }, codes.InvalidArgument},
		{"no live buffer", func(o *persistent.CreateReq_Options) { o.Settings.LiveBufferSize = 0 }, codes.Internal},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := &persistent.CreateReq_Options{GroupName: fmt.Sprint("g", i), StreamOption: &persistent.CreateReq_Options_All{All: at(0, 0)},
				Settings: &persistent.CreateReq_Settings{ReadBatchSize: 20, HistoryBufferSize: 500, LiveBufferSize: 500}}
			tt.change(o)
			_, err := groups.Create(ctxFor(t), &persistent.CreateReq{Options: o})
			require.Equal(t, tt.want, status.Code(err), "%v", err)
		})
	}
	call, err := groups.Read(ctxFor(t))
	require.NoError(t, err)
	require.NoError(t, call.Send(&persistent.ReadReq{Content: &persistent.ReadReq_Options_{Options: &persistent.ReadReq_Options{
		StreamOption: &persistent.ReadReq_Options_All{All: &shared.Empty{}}, GroupName: "g0"}}}))
	_, err = call.Recv()
	require.Equal(t, codes.Internal, status.Code(err), "a consumer without room")
	require.Equal(t, []string{"persistent-subscription-failed"}, call.Trailer()["exception"])
}
