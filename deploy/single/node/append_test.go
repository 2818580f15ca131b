package node

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestAppendAnswersRevisionAndPosition(t *testing.T) {
	_, c := start(t, t.TempDir())
	r := write(t, c, "s-1", esdb.NoStream{}, newEvents(3)...)
	require.EqualValues(t, 2, r.NextExpectedVersion)
	require.EqualValues(t, 3, r.CommitPosition)
	require.EqualValues(t, 3, r.PreparePosition)
	r = write(t, c, "s-1", esdb.Revision(2), newEvent("T"))
	require.EqualValues(t, 3, r.NextExpectedVersion)
	require.EqualValues(t, 4, r.CommitPosition)
}

func TestAppendKeepsEveryField(t *testing.T) {
	_, c := start(t, t.TempDir())
	before := time.Now().Add(-time.Second)
	e := esdb.EventData{EventID: uuid.New(), EventType: "Typ é", ContentType: esdb.ContentTypeBinary, Data: []byte{0, 1, 2, 255}, Metadata: []byte("meta")}
	write(t, c, "s-字", esdb.NoStream{}, e)
	list, err := readStream(t, c, "s-字", esdb.ReadStreamOptions{}, 10)
	require.NoError(t, err)
	require.Len(t, list, 1)
	got := list[0].OriginalEvent()
	require.Equal(t, e.EventID, got.EventID)
	require.Equal(t, e.EventType, got.EventType)
	require.Equal(t, "s-字", got.StreamID)
	require.Equal(t, "application/octet-stream", got.ContentType)
	require.Equal(t, e.Data, got.Data)
	require.Equal(t, e.Metadata, got.UserMetadata)
	require.EqualValues(t, 1, got.Position.Commit)
	require.EqualValues(t, 1, got.Position.Prepare)
	require.WithinRange(t, got.CreatedDate, before, time.Now().Add(time.Second))
}

// TestIdempotence is the table of reliability §1.1, bug for bug.
func TestIdempotence(t *testing.T) {
	_, c := start(t, t.TempDir())
	a, b, x := newEvents(3), newEvents(2), newEvent("X")
	first := write(t, c, "s", esdb.NoStream{}, a...)
	write(t, c, "s", esdb.Revision(2), b...)
	for _, tt := range []struct {
		name     string
		expected esdb.ExpectedRevision
		events   []esdb.EventData
		next     uint64 // of the answer; 0: wrong version
	}{
		{"no stream, same ids", esdb.NoStream{}, a, 2},
		{"no stream, first ids only", esdb.NoStream{}, a[:2], 1},
		{"no stream, other id", esdb.NoStream{}, []esdb.EventData{x}, 0},
		{"no stream, later id differs", esdb.NoStream{}, []esdb.EventData{a[0], x}, 0},
		{"exact, same ids", esdb.Revision(2), b, 4},
		{"exact, other place", esdb.Revision(1), b, 0},
		{"exact, beyond the head", esdb.Revision(9), b, 0},
		{"any, same ids", esdb.Any{}, a, 2},
		{"any, one of them", esdb.Any{}, a[1:2], 1},
		{"any, first known then not", esdb.Any{}, []esdb.EventData{a[0], x}, 0},
		{"exists, same ids", esdb.StreamExists{}, b, 4},
		{"exact past events and new ones", esdb.Revision(2), append(append([]esdb.EventData{}, b...), x), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := c.AppendToStream(ctxFor(t), "s", esdb.AppendToStreamOptions{ExpectedRevision: tt.expected}, tt.events...)
			if tt.next == 0 {
				require.Equal(t, esdb.ErrorCodeWrongExpectedVersion, codeOf(t, err))
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.next, r.NextExpectedVersion)
			require.Equal(t, tt.next+1, r.CommitPosition)
		})
	}
	require.EqualValues(t, 3, first.CommitPosition)
	again := write(t, c, "s", esdb.Revision(4), a[0])
	require.EqualValues(t, 5, again.NextExpectedVersion, "the current revision writes again, known id or not")
	other := write(t, c, "other", esdb.Any{}, b[0])
	require.EqualValues(t, 0, other.NextExpectedVersion, "the same id in another stream is new")
}

func TestIdempotenceSurvivesRestart(t *testing.T) {
	dir := t.TempDir()
	n, c := start(t, dir)
	a := newEvents(3)
	write(t, c, "s", esdb.NoStream{}, a...)
	require.NoError(t, n.Close())
	_, c = start(t, dir)
	require.EqualValues(t, 2, write(t, c, "s", esdb.NoStream{}, a...).NextExpectedVersion)
	require.EqualValues(t, 2, write(t, c, "s", esdb.Any{}, a...).NextExpectedVersion)
	require.EqualValues(t, 3, write(t, c, "s", esdb.Any{}, newEvent("T")).NextExpectedVersion)
}

func TestStreamExists(t *testing.T) {
	_, c := start(t, t.TempDir())
	exists := esdb.AppendToStreamOptions{ExpectedRevision: esdb.StreamExists{}}
	_, err := c.AppendToStream(ctxFor(t), "none", exists, newEvent("T"))
	require.Equal(t, esdb.ErrorCodeWrongExpectedVersion, codeOf(t, err))
	meta := esdb.StreamMetadata{}
	meta.SetMaxCount(5)
	_, err = c.SetStreamMetadata(ctxFor(t), "none", esdb.AppendToStreamOptions{}, meta)
	require.NoError(t, err)
	write(t, c, "none", esdb.StreamExists{}, newEvent("T"))
	_, err = c.DeleteStream(ctxFor(t), "none", esdb.DeleteStreamOptions{})
	require.NoError(t, err)
	_, err = c.AppendToStream(ctxFor(t), "none", exists, newEvent("T"))
	require.Equal(t, esdb.ErrorCodeStreamDeleted, codeOf(t, err))
}

func TestWrongVersionIsAnAnswer(t *testing.T) {
	n, c := start(t, t.TempDir())
	write(t, c, "s", esdb.NoStream{}, newEvents(3)...)
	for _, tt := range []struct {
		name   string
		o      *streams.AppendReq_Options
		stream string
		check  func(*streams.AppendResp_WrongExpectedVersion)
	}{
		{"no stream", &streams.AppendReq_Options{ExpectedStreamRevision: &streams.AppendReq_Options_NoStream{}}, "s", func(w *streams.AppendResp_WrongExpectedVersion) {
			require.EqualValues(t, 2, w.GetCurrentRevision())
			require.NotNil(t, w.GetExpectedNoStream())
			require.EqualValues(t, 2, w.GetCurrentRevision_20_6_0())
		}},
		{"revision", &streams.AppendReq_Options{ExpectedStreamRevision: &streams.AppendReq_Options_Revision{Revision: 7}}, "none", func(w *streams.AppendResp_WrongExpectedVersion) {
			require.NotNil(t, w.GetCurrentNoStream())
			require.EqualValues(t, 7, w.GetExpectedRevision())
			require.EqualValues(t, 7, w.GetExpectedRevision_20_6_0())
		}},
		{"exists", &streams.AppendReq_Options{ExpectedStreamRevision: &streams.AppendReq_Options_StreamExists{}}, "none", func(w *streams.AppendResp_WrongExpectedVersion) {
			require.NotNil(t, w.GetExpectedStreamExists())
			require.NotNil(t, w.GetStreamExists_20_6_0())
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.o.StreamIdentifier = named(tt.stream)
			resp, err := rawAppend(t, raw(t, n), tt.o, proposal("T"))
			require.NoError(t, err)
			require.NotNil(t, resp.GetWrongExpectedVersion())
			tt.check(resp.GetWrongExpectedVersion())
		})
	}
}

func proposal(typ string) *streams.AppendReq_ProposedMessage {
	return &streams.AppendReq_ProposedMessage{Id: &shared.UUID{Value: &shared.UUID_String_{String_: uuid.NewString()}},
		Metadata: map[string]string{"type": typ, "content-type": "application/json"}, Data: []byte(`{}`)}
}

func rawAppend(t testing.TB, c streams.StreamsClient, o *streams.AppendReq_Options, events ...*streams.AppendReq_ProposedMessage) (*streams.AppendResp, error) {
	t.Helper()
	call, err := c.Append(ctxFor(t))
	require.NoError(t, err)
	if o != nil {
		_ = call.Send(&streams.AppendReq{Content: &streams.AppendReq_Options_{Options: o}})
	}
	for _, e := range events {
		_ = call.Send(&streams.AppendReq{Content: &streams.AppendReq_ProposedMessage_{ProposedMessage: e}})
	}
	resp, err := call.CloseAndRecv()
	if err != nil {
		return nil, &trailed{err, call.Trailer()}
	}
	return resp, nil
}

type trailed struct {
	error
	md map[string][]string
}

func TestAppendOfNothing(t *testing.T) {
	n, c := start(t, t.TempDir())
	any := &streams.AppendReq_Options_Any{Any: &shared.Empty{}}
	resp, err := rawAppend(t, raw(t, n), &streams.AppendReq_Options{StreamIdentifier: named("s"), ExpectedStreamRevision: any})
	require.NoError(t, err)
	require.NotNil(t, resp.GetSuccess().GetNoStream())
	write(t, c, "s", esdb.NoStream{}, newEvents(2)...)
	resp, err = rawAppend(t, raw(t, n), &streams.AppendReq_Options{StreamIdentifier: named("s"), ExpectedStreamRevision: any})
	require.NoError(t, err)
	require.EqualValues(t, 1, resp.GetSuccess().GetCurrentRevision())
	resp, err = rawAppend(t, raw(t, n), &streams.AppendReq_Options{StreamIdentifier: named("s"), ExpectedStreamRevision: &streams.AppendReq_Options_NoStream{}})
	require.NoError(t, err)
	require.NotNil(t, resp.GetWrongExpectedVersion())
}

func onAny(name string) *streams.AppendReq_Options {
	return &streams.AppendReq_Options{StreamIdentifier: named(name), ExpectedStreamRevision: &streams.AppendReq_Options_Any{Any: &shared.Empty{}}}
}

func TestAppendRefusals(t *testing.T) {
	n, _ := start(t, t.TempDir())
	options := onAny("s")
	noType, noContent, badID := proposal("T"), proposal("T"), proposal("T")
	delete(noType.Metadata, "type")
	delete(noContent.Metadata, "content-type")
	badID.Id.Value = &shared.UUID_String_{String_: "nonsense"}
	for _, tt := range []struct {
		name, msg, exception string
		o                    *streams.AppendReq_Options
		events               []*streams.AppendReq_ProposedMessage
	}{
		{"no type", "Required Metadata Property 'type' is missing", "missing-required-metadata-property", options, []*streams.AppendReq_ProposedMessage{noType}},
		{"no content type", "Required Metadata Property 'content-type' is missing", "missing-required-metadata-property", options, []*streams.AppendReq_ProposedMessage{noContent}},
		{"bad id", "'nonsense' is not a valid event id", "", options, []*streams.AppendReq_ProposedMessage{badID}},
		{"no options", "the first message of an append must hold its options", "", nil, []*streams.AppendReq_ProposedMessage{proposal("T")}},
		{"nothing", "the append ended before its options", "", nil, nil},
		{"no name", "the stream name is empty", "", &streams.AppendReq_Options{}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := rawAppend(t, raw(t, n), tt.o, tt.events...)
			var tr *trailed
			require.ErrorAs(t, err, &tr)
			require.Equal(t, codes.InvalidArgument, status.Code(tr.error))
			require.Equal(t, tt.msg, status.Convert(tr.error).Message())
			if tt.exception != "" {
				require.Equal(t, []string{tt.exception}, tr.md["exception"])
				require.Equal(t, []string{"type,content-type"}, tr.md["required-metadata-properties"])
			}
		})
	}
	require.Zero(t, n.Position())
}

func TestAppendLimit(t *testing.T) {
	n, c := start(t, t.TempDir())
	e := newEvent("Type")
	e.Metadata = make([]byte, 100)
	e.Data = make([]byte, maxAppend-100-8)
	e.ContentType = esdb.ContentTypeBinary
	require.EqualValues(t, 0, write(t, c, "s", esdb.NoStream{}, e).NextExpectedVersion, "exactly the limit")
	e.Data, e.EventID = make([]byte, maxAppend-100-7), uuid.New()
	_, err := c.AppendToStream(ctxFor(t), "s", esdb.AppendToStreamOptions{ExpectedRevision: esdb.Revision(0)}, e)
	require.Error(t, err)
	require.EqualValues(t, 1, n.Position())
	big := proposal("T")
	big.Data = make([]byte, maxAppend)
	_, err = rawAppend(t, raw(t, n), onAny("s"), big)
	var tr *trailed
	require.ErrorAs(t, err, &tr)
	require.Equal(t, codes.InvalidArgument, status.Code(tr.error))
	require.Equal(t, []string{"maximum-append-size-exceeded"}, tr.md["exception"])
	require.Equal(t, []string{"1048576"}, tr.md["maximum-append-size"])
}

func TestOneWinnerPerRevision(t *testing.T) {
	_, c := start(t, t.TempDir())
	var wins atomic.Int64
	for rev := range 20 {
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				var expected esdb.ExpectedRevision = esdb.NoStream{}
				if rev > 0 {
					expected = esdb.Revision(uint64(2*rev - 1))
				}
				_, err := c.AppendToStream(context.Background(), "s", esdb.AppendToStreamOptions{ExpectedRevision: expected}, newEvents(2)...)
				if err == nil {
					wins.Add(1)
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, rev+1, wins.Load())
	}
	list, err := readStream(t, c, "s", esdb.ReadStreamOptions{}, 1000)
	require.NoError(t, err)
	require.Len(t, list, 40)
}

func TestReadsSeeAcknowledgedWrites(t *testing.T) {
	_, c := start(t, t.TempDir())
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 50 {
				name := fmt.Sprintf("w-%d", w)
				r, err := c.AppendToStream(context.Background(), name, esdb.AppendToStreamOptions{ExpectedRevision: esdb.Any{}}, newEvent("T"))
				if err != nil || r.NextExpectedVersion != uint64(i) {
					t.Errorf("append %d: %v %v", i, r, err)
					return
				}
				s, err := c.ReadStream(context.Background(), name, esdb.ReadStreamOptions{Direction: esdb.Backwards, From: esdb.End{}}, 1)
				if err != nil {
					t.Error(err)
					return
				}
				e, err := s.Recv()
				s.Close()
				if err != nil || e.OriginalEvent().EventNumber != uint64(i) {
					t.Errorf("read %d: %v %v", i, e, err)
					return
				}
			}
		})
	}
	wg.Wait()
	list, err := readAllEvents(t, c, esdb.ReadAllOptions{From: esdb.Start{}}, 10_000)
	require.NoError(t, err)
	require.Len(t, list, 400)
	for i, e := range list {
		require.EqualValues(t, i+1, e.OriginalEvent().Position.Commit)
	}
}

func TestStalledCallerDoesNotHoldOthersUp(t *testing.T) {
	n, c := start(t, t.TempDir())
	stalled, err := raw(t, n).Append(ctxFor(t))
	require.NoError(t, err)
	require.NoError(t, stalled.Send(&streams.AppendReq{Content: &streams.AppendReq_Options_{Options: &streams.AppendReq_Options{StreamIdentifier: named("slow")}}}))
	require.Eventually(t, func() bool { return n.store.w.underWay.Load() == 1 }, 5*time.Second, time.Millisecond)
	for range 3 * vainWaits {
		write(t, c, "s", esdb.Any{}, newEvent("T"))
	}
	require.NoError(t, n.store.w.enqueue(t.Context(), &request{name: "last", expected: anyRevision}))
	n.store.w.close()
	require.GreaterOrEqual(t, n.store.w.vain, vainWaits, "waiting in vain has become rare")
}
