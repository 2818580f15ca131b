package node

import (
	"fmt"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func textID() *shared.UUID {
	return &shared.UUID{Value: &shared.UUID_String_{String_: uuid.NewString()}}
}

func batchEvents(n int) (list []*streams.BatchAppendReq_ProposedMessage) {
	for i := range n {
		p := proposal(fmt.Sprintf("T%d", i))
		list = append(list, &streams.BatchAppendReq_ProposedMessage{Id: p.Id, Metadata: p.Metadata, Data: p.Data})
	}
	return list
}

func batchOptions(name string) *streams.BatchAppendReq_Options {
	return &streams.BatchAppendReq_Options{StreamIdentifier: named(name), ExpectedStreamPosition: &streams.BatchAppendReq_Options_Any{Any: &emptypb.Empty{}}}
}

func TestBatchAppendManyInOneCall(t *testing.T) {
	n, c := start(t, t.TempDir())
	call, err := raw(t, n).BatchAppend(ctxFor(t))
	require.NoError(t, err)
	structured := &shared.UUID{Value: &shared.UUID_Structured_{Structured: &shared.UUID_Structured{MostSignificantBits: 7, LeastSignificantBits: -9}}}
	one, two := textID(), structured
	require.NoError(t, call.Send(&streams.BatchAppendReq{CorrelationId: one, Options: batchOptions("a"), ProposedMessages: batchEvents(2)}))
	require.NoError(t, call.Send(&streams.BatchAppendReq{CorrelationId: two, Options: batchOptions("b"), ProposedMessages: batchEvents(1), IsFinal: true}))
	resp, err := call.Recv()
	require.NoError(t, err)
	require.EqualValues(t, 7, resp.GetCorrelationId().GetStructured().GetMostSignificantBits())
	require.Equal(t, "b", string(resp.GetStreamIdentifier().GetStreamName()))
	require.EqualValues(t, 0, resp.GetSuccess().GetCurrentRevision())
	require.EqualValues(t, 1, resp.GetSuccess().GetPosition().GetCommitPosition())
	require.NoError(t, call.Send(&streams.BatchAppendReq{CorrelationId: one, ProposedMessages: batchEvents(3), IsFinal: true}))
	resp, err = call.Recv()
	require.NoError(t, err)
	require.Equal(t, one.GetString_(), resp.GetCorrelationId().GetString_())
	require.EqualValues(t, 4, resp.GetSuccess().GetCurrentRevision())
	require.EqualValues(t, 6, resp.GetSuccess().GetPosition().GetPreparePosition())
	require.NotNil(t, resp.GetAny())
	require.NoError(t, call.CloseSend())
	list, err := readStream(t, c, "a", esdb.ReadStreamOptions{}, 10)
	require.NoError(t, err)
	require.Len(t, list, 5)
}

func TestBatchAppendRefusalsLeaveTheCallAlive(t *testing.T) {
	n, c := start(t, t.TempDir())
	write(t, c, "s", esdb.NoStream{}, newEvents(2)...)
	write(t, c, "gone", esdb.NoStream{}, newEvents(1)...)
	_, err := c.TombstoneStream(ctxFor(t), "gone", esdb.TombstoneStreamOptions{})
	require.NoError(t, err)
	call, err := raw(t, n).BatchAppend(ctxFor(t))
	require.NoError(t, err)
	wrong := batchOptions("s")
	wrong.ExpectedStreamPosition = &streams.BatchAppendReq_Options_StreamPosition{StreamPosition: 9}
	late, lateToo := batchOptions("s"), batchOptions("s")
	late.DeadlineOption = &streams.BatchAppendReq_Options_Deadline{Deadline: durationpb.New(-time.Second)}
	lateToo.DeadlineOption = &streams.BatchAppendReq_Options_Deadline_21_10_0{Deadline_21_10_0: timestamppb.New(time.Now().Add(-time.Minute))}
	big := batchEvents(1)
	big[0].Data = make([]byte, maxAppend)
	noType := batchEvents(1)
	delete(noType[0].Metadata, "type")
	for _, tt := range []struct {
		name    string
		o       *streams.BatchAppendReq_Options
		events  []*streams.BatchAppendReq_ProposedMessage
		code    codes.Code
		message string
		detail  string
	}{
		{"wrong version", wrong, batchEvents(1), codes.AlreadyExists, "WrongExpectedVersion", "type.googleapis.com/event_store.client.WrongExpectedVersion"},
		{"tombstoned", batchOptions("gone"), batchEvents(1), codes.NotFound, "StreamDeleted", "type.googleapis.com/event_store.client.StreamDeleted"},
		{"too large", batchOptions("s"), big, codes.InvalidArgument, "MaximumAppendSizeExceeded", "type.googleapis.com/event_store.client.MaximumAppendSizeExceeded"},
		{"no type", batchOptions("s"), noType, codes.InvalidArgument, "BadRequest", "type.googleapis.com/event_store.client.BadRequest"},
		{"deadline gone", late, batchEvents(1), codes.DeadlineExceeded, "Timeout", "type.googleapis.com/event_store.client.Timeout"},
		{"old deadline gone", lateToo, batchEvents(1), codes.DeadlineExceeded, "Timeout", "type.googleapis.com/event_store.client.Timeout"},
		{"no stream", &streams.BatchAppendReq_Options{}, batchEvents(1), codes.InvalidArgument, "BadRequest", "type.googleapis.com/event_store.client.BadRequest"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			id := textID()
			require.NoError(t, call.Send(&streams.BatchAppendReq{CorrelationId: id, Options: tt.o, ProposedMessages: tt.events, IsFinal: true}))
			resp, err := call.Recv()
			require.NoError(t, err)
			require.Equal(t, id.GetString_(), resp.GetCorrelationId().GetString_())
			require.EqualValues(t, tt.code, resp.GetError().GetCode())
			require.Equal(t, tt.message, resp.GetError().GetMessage())
			require.Equal(t, tt.detail, resp.GetError().GetDetails()[0].GetTypeUrl())
		})
	}
	require.NoError(t, call.Send(&streams.BatchAppendReq{CorrelationId: textID(), Options: batchOptions("s"), ProposedMessages: batchEvents(1), IsFinal: true}))
	resp, err := call.Recv()
	require.NoError(t, err)
	require.EqualValues(t, 2, resp.GetSuccess().GetCurrentRevision())
}

func TestBatchAppendKeepsOrder(t *testing.T) {
	n, _ := start(t, t.TempDir())
	call, err := raw(t, n).BatchAppend(ctxFor(t))
	require.NoError(t, err)
	const many = 300
	for i := range many {
		o := batchOptions("s")
		if i > 0 {
			o.ExpectedStreamPosition = &streams.BatchAppendReq_Options_StreamPosition{StreamPosition: uint64(i - 1)}
		}
		require.NoError(t, call.Send(&streams.BatchAppendReq{CorrelationId: textID(), Options: o, ProposedMessages: batchEvents(1), IsFinal: true}))
	}
	require.NoError(t, call.CloseSend())
	for range many {
		resp, err := call.Recv()
		require.NoError(t, err)
		require.NotNil(t, resp.GetSuccess(), resp.String())
	}
}
