package eventlogtest

import (
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
)

type batch struct {
	t    *testing.T
	call streams.Streams_BatchAppendClient
}

func (b batch) send(correlation uuid.UUID, o *streams.BatchAppendReq_Options, final bool, data []byte, ids ...uuid.UUID) {
	b.t.Helper()
	req := &streams.BatchAppendReq{CorrelationId: textID(correlation), Options: o, IsFinal: final}
	for _, id := range ids {
		req.ProposedMessages = append(req.ProposedMessages, &streams.BatchAppendReq_ProposedMessage{
			Id: textID(id), Metadata: map[string]string{"type": "Tested", "content-type": "application/octet-stream"}, Data: data,
		})
	}
	require.NoError(b.t, b.call.Send(req))
}

func (b batch) answer(correlation uuid.UUID) *streams.BatchAppendResp {
	b.t.Helper()
	resp, err := b.call.Recv()
	require.NoError(b.t, err)
	require.Equal(b.t, correlation.String(), uuidText(resp.GetCorrelationId()))
	return resp
}

// refused takes the next answer, which must be an error, into the detail that it must carry.
func (b batch) refused(correlation uuid.UUID, detail proto.Message) *statuspb.Status {
	b.t.Helper()
	resp := b.answer(correlation)
	require.NotNil(b.t, resp.GetError(), "taken: %v", resp)
	require.NotEmpty(b.t, resp.GetError().GetDetails(), "an error without details: %v", resp)
	require.NoError(b.t, resp.GetError().GetDetails()[0].UnmarshalTo(detail))
	return resp.GetError()
}

func uuidText(id *shared.UUID) string {
	if text := id.GetString_(); text != "" {
		return text
	}
	parsed, err := esdb.ParseUUIDFromInt64(id.GetStructured().GetMostSignificantBits(), id.GetStructured().GetLeastSignificantBits())
	if err != nil {
		return err.Error()
	}
	return parsed.String()
}

func onNoStream(stream string) *streams.BatchAppendReq_Options {
	return &streams.BatchAppendReq_Options{
		StreamIdentifier:       identifier(stream),
		ExpectedStreamPosition: &streams.BatchAppendReq_Options_NoStream{NoStream: &emptypb.Empty{}},
	}
}

// batchAppends is the call that Node's client appends with.
func batchAppends(t *testing.T, s *suite) {
	client, ctx := s.streams(t)
	call, err := client.BatchAppend(ctx)
	require.NoError(t, err)
	b := batch{t, call}
	stream, one, two := fresh("batch"), uuid.New(), uuid.New()

	b.send(one, onNoStream(stream), false, []byte("a"), uuid.New())
	b.send(one, nil, true, []byte("b"), uuid.New())
	done := b.answer(one).GetSuccess()
	require.EqualValues(t, 1, done.GetCurrentRevision())
	require.NotNil(t, done.GetPosition())

	b.send(two, onNoStream(stream), true, []byte("c"), uuid.New())
	detail := &shared.WrongExpectedVersion{}
	b.refused(two, detail)
	require.EqualValues(t, 1, detail.GetCurrentStreamRevision())

	large := uuid.New()
	b.send(large, onNoStream(fresh("batch")), true, make([]byte, 1<<20+1), uuid.New())
	b.refused(large, &shared.MaximumAppendSizeExceeded{})

	gone := fresh("batch")
	s.append(t, gone, esdb.NoStream{}, events(1)...)
	_, err = s.client.TombstoneStream(during(t), gone, esdb.TombstoneStreamOptions{ExpectedRevision: esdb.Revision(0)})
	require.NoError(t, err)
	deleted := uuid.New()
	b.send(deleted, onNoStream(gone), true, []byte("d"), uuid.New())
	b.refused(deleted, &shared.StreamDeleted{})

	last := uuid.New()
	b.send(last, onNoStream(fresh("batch")), true, []byte("e"), uuid.New())
	require.NotNil(t, b.answer(last).GetSuccess(), "the call survives its errors")
	require.NoError(t, call.CloseSend())
}
