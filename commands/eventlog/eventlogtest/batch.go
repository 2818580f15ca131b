package eventlogtest

import (
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
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
	wrong := b.answer(two).GetError()
	detail := &shared.WrongExpectedVersion{}
	require.NotNil(t, wrong)
	require.NoError(t, wrong.GetDetails()[0].UnmarshalTo(detail))
	require.EqualValues(t, 1, detail.GetCurrentStreamRevision())

	large := uuid.New()
	b.send(large, onNoStream(fresh("batch")), true, make([]byte, 1<<20), uuid.New())
	require.NoError(t, b.answer(large).GetError().GetDetails()[0].UnmarshalTo(&shared.MaximumAppendSizeExceeded{}))

	gone := fresh("batch")
	s.append(t, gone, esdb.NoStream{}, events(1)...)
	_, err = s.client.TombstoneStream(during(t), gone, esdb.TombstoneStreamOptions{ExpectedRevision: esdb.Revision(0)})
	require.NoError(t, err)
	deleted := uuid.New()
	b.send(deleted, onNoStream(gone), true, []byte("d"), uuid.New())
	require.NoError(t, b.answer(deleted).GetError().GetDetails()[0].UnmarshalTo(&shared.StreamDeleted{}))

	last := uuid.New()
	b.send(last, onNoStream(fresh("batch")), true, []byte("e"), uuid.New())
	require.NotNil(t, b.answer(last).GetSuccess(), "the call survives its errors")
	require.NoError(t, call.CloseSend())
}
