package eventlogtest

import (
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// absentFields: what is not said is never guessed.
func absentFields(t *testing.T, s *suite) {
	stream := fresh("absent")
	s.append(t, stream, esdb.NoStream{}, events(1)...)
	named := identifier(stream)
	t.Run("expected revision", func(t *testing.T) {
		_, _, err := s.rawAppendWith(t, &streams.AppendReq_Options{StreamIdentifier: named}, proposal(uuid.New(), "Tested", "application/json", nil))
		require.Equal(t, codes.InvalidArgument, status.Code(err), "append")
		_, err = s.rawDelete(t, &streams.DeleteReq_Options{StreamIdentifier: named})
		require.Equal(t, codes.InvalidArgument, status.Code(err), "delete")
		client, ctx := s.streams(t)
		_, err = client.Tombstone(ctx, &streams.TombstoneReq{Options: &streams.TombstoneReq_Options{StreamIdentifier: named}})
		require.Equal(t, codes.InvalidArgument, status.Code(err), "tombstone")
	})
	event := func(change func(*streams.AppendReq_ProposedMessage)) *streams.AppendReq {
		m := proposal(uuid.New(), "Tested", "application/json", []byte("{}"))
		change(m.GetProposedMessage())
		return m
	}
	for name, m := range map[string]*streams.AppendReq{
		"event id":         event(func(p *streams.AppendReq_ProposedMessage) { p.Id = nil }),
		"form of event id": event(func(p *streams.AppendReq_ProposedMessage) { p.Id = &shared.UUID{} }),
		"zero event id":    event(func(p *streams.AppendReq_ProposedMessage) { p.Id = textID(uuid.Nil) }),
		"zero halves": event(func(p *streams.AppendReq_ProposedMessage) {
			p.Id = &shared.UUID{Value: &shared.UUID_Structured_{Structured: &shared.UUID_Structured{}}}
		}),
		"text of event id": event(func(p *streams.AppendReq_ProposedMessage) {
			p.Id = &shared.UUID{Value: &shared.UUID_String_{String_: "nonsense"}}
		}),
		"type": event(func(p *streams.AppendReq_ProposedMessage) { p.Metadata["type"] = "" }),
	} {
		t.Run(name, func(t *testing.T) {
			other := fresh("absent")
			_, _, err := s.rawAppend(t, other, m)
			require.Error(t, err)
			_, err = s.read(t, other, esdb.ReadStreamOptions{}, all)
			require.Equal(t, esdb.ErrorCodeResourceNotFound, codeOf(err), "nothing was written")
		})
	}
	t.Run("in a batch", func(t *testing.T) { absentInBatch(t, s) })
	require.Len(t, s.mustRead(t, stream, esdb.ReadStreamOptions{}, all), 1)
}

func absentInBatch(t *testing.T, s *suite) {
	client, ctx := s.streams(t)
	call, err := client.BatchAppend(ctx)
	require.NoError(t, err)
	b := batch{t, call}
	stream := fresh("absent")
	one := &streams.BatchAppendReq_ProposedMessage{Id: textID(uuid.New()), Metadata: map[string]string{"type": "Tested", "content-type": "application/json"}}

	require.NoError(t, call.Send(&streams.BatchAppendReq{Options: onNoStream(stream), ProposedMessages: []*streams.BatchAppendReq_ProposedMessage{one}, IsFinal: true}))
	resp, err := call.Recv()
	require.NoError(t, err)
	require.NotNil(t, resp.GetError(), "without a correlation id: %v", resp)
	require.EqualValues(t, codes.InvalidArgument, resp.GetError().GetCode())
	require.Nil(t, resp.GetCorrelationId().GetValue())

	expectation, zero, untyped := uuid.New(), uuid.New(), uuid.New()
	b.send(expectation, &streams.BatchAppendReq_Options{StreamIdentifier: identifier(stream)}, true, nil, uuid.New())
	b.refused(expectation, &shared.BadRequest{})
	b.send(zero, onNoStream(stream), true, nil, uuid.Nil)
	b.refused(zero, &shared.BadRequest{})
	one.Metadata["type"] = ""
	require.NoError(t, call.Send(&streams.BatchAppendReq{CorrelationId: textID(untyped), Options: onNoStream(stream),
		ProposedMessages: []*streams.BatchAppendReq_ProposedMessage{one}, IsFinal: true}))
	b.refused(untyped, &shared.BadRequest{})

	last := uuid.New()
	b.send(last, onNoStream(stream), true, nil, uuid.New())
	require.EqualValues(t, 0, b.answer(last).GetSuccess().GetCurrentRevision(), "nothing of it was written, and the call lives")
	require.NoError(t, call.CloseSend())
}

// trailerNames: a stream's name comes in a form that every client can read.
func trailerNames(t *testing.T, s *suite) {
	for name, stream := range map[string]string{"printable ASCII, as it is": fresh("plain 100% ok"), "Chinese": fresh("考勤"), "accents": fresh("café"), "a line feed": fresh("a\nb")} {
		t.Run(name, func(t *testing.T) {
			s.append(t, stream, esdb.NoStream{}, events(1)...)
			s.end(t, stream)
			o := &streams.DeleteReq_Options{StreamIdentifier: identifier(stream), ExpectedStreamRevision: deleteAny}
			deleted, err := s.rawDelete(t, o)
			require.Equal(t, codes.FailedPrecondition, status.Code(err))
			_, appended, err := s.rawAppend(t, stream, proposal(uuid.New(), "Tested", "application/json", nil))
			require.Equal(t, codes.FailedPrecondition, status.Code(err))
			_, read, err := s.rawRead(t, readRequest(stream))
			require.Equal(t, codes.FailedPrecondition, status.Code(err))
			other := "un" + stream
			s.append(t, other, esdb.NoStream{}, events(1)...)
			wrong, err := s.rawDelete(t, &streams.DeleteReq_Options{StreamIdentifier: identifier(other), ExpectedStreamRevision: deleteOne})
			require.Equal(t, codes.FailedPrecondition, status.Code(err))
			requireName(t, stream, deleted, appended, read)
			requireName(t, other, wrong)
		})
	}
}
