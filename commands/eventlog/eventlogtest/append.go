package eventlogtest

import (
	"bytes"
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func appends(t *testing.T, s *suite) {
	stream := fresh("append")
	first := s.append(t, stream, esdb.NoStream{}, events(1)...)
	require.EqualValues(t, 0, first.NextExpectedVersion)
	require.Positive(t, first.CommitPosition)
	require.Equal(t, first.CommitPosition, first.PreparePosition)

	second := s.append(t, stream, esdb.Revision(0), events(3)...)
	require.EqualValues(t, 3, second.NextExpectedVersion)
	require.Greater(t, second.CommitPosition, first.CommitPosition)

	s.append(t, stream, esdb.StreamExists{}, events(1)...)
	s.append(t, stream, esdb.Any{}, events(1)...)
	s.append(t, fresh("append"), esdb.Any{}, events(1)...)

	s.requireWrongVersion(t, stream, esdb.NoStream{}, events(1)...)
	s.requireWrongVersion(t, stream, esdb.Revision(4), events(1)...)
	s.requireWrongVersion(t, stream, esdb.Revision(6), events(1)...)
	s.requireWrongVersion(t, fresh("append"), esdb.Revision(0), events(1)...)
	s.requireWrongVersion(t, fresh("append"), esdb.StreamExists{}, events(1)...)
	require.Equal(t, []uint64{0, 1, 2, 3, 4, 5}, revisions(s.mustRead(t, stream, esdb.ReadStreamOptions{}, all)))

	none := s.append(t, stream, esdb.Revision(5))
	require.EqualValues(t, 5, none.NextExpectedVersion, "no events: the current revision")
}

// appendAnswers looks at the answer itself: a wrong version is a message with status OK.
func appendAnswers(t *testing.T, s *suite) {
	stream := fresh("answer")
	answer, _, err := s.rawAppend(t, stream, proposal(uuid.New(), "Tested", "application/json", []byte("{}")))
	require.NoError(t, err)
	require.EqualValues(t, 0, answer.GetSuccess().GetCurrentRevision())
	require.NotNil(t, answer.GetSuccess().GetPosition())

	answer, _, err = s.rawAppend(t, stream, proposal(uuid.New(), "Tested", "application/json", []byte("{}")))
	require.NoError(t, err)
	wrong := answer.GetWrongExpectedVersion()
	require.NotNil(t, wrong)
	require.EqualValues(t, 0, wrong.GetCurrentRevision())
	require.NotNil(t, wrong.GetExpectedNoStream())

	answer, _, err = s.rawAppend(t, fresh("answer"))
	require.NoError(t, err)
	require.IsType(t, &streams.AppendResp_Success_NoStream{}, answer.GetSuccess().GetCurrentRevisionOption(), "zero events on no stream")
}

func trailers(t *testing.T, s *suite) {
	t.Run("missing property", func(t *testing.T) {
		for _, m := range []*streams.AppendReq{
			proposal(uuid.New(), "", "application/json", nil), proposal(uuid.New(), "Tested", "", nil),
		} {
			_, trailer, err := s.rawAppend(t, fresh("trailer"), m)
			require.Equal(t, codes.InvalidArgument, status.Code(err))
			require.Equal(t, []string{"missing-required-metadata-property"}, trailer.Get("exception"))
		}
	})
	t.Run("stream deleted", func(t *testing.T) {
		stream := fresh("trailer")
		s.append(t, stream, esdb.NoStream{}, events(1)...)
		_, err := s.client.TombstoneStream(during(t), stream, esdb.TombstoneStreamOptions{ExpectedRevision: esdb.Revision(0)})
		require.NoError(t, err)
		_, trailer, err := s.rawAppend(t, stream, proposal(uuid.New(), "Tested", "application/json", nil))
		require.Equal(t, codes.FailedPrecondition, status.Code(err))
		require.Equal(t, []string{"stream-deleted"}, trailer.Get("exception"))
		require.Equal(t, []string{stream}, trailer.Get("stream-name"))
		_, trailer, err = s.rawRead(t, readRequest(stream))
		require.Equal(t, codes.FailedPrecondition, status.Code(err))
		require.Equal(t, []string{stream}, trailer.Get("stream-name"))
		_, err = s.read(t, stream, esdb.ReadStreamOptions{}, all)
		require.Equal(t, esdb.ErrorCodeStreamDeleted, codeOf(err))
		require.Equal(t, esdb.ErrorCodeStreamDeleted, codeOf(s.appendError(t, stream, esdb.Any{}, events(1)...)))
	})
	t.Run("wrong version of a delete", func(t *testing.T) {
		stream := fresh("trailer")
		s.append(t, stream, esdb.NoStream{}, events(2)...)
		client, ctx := s.streams(t)
		call, err := client.Delete(ctx, &streams.DeleteReq{Options: &streams.DeleteReq_Options{
			StreamIdentifier:       identifier(stream),
			ExpectedStreamRevision: &streams.DeleteReq_Options_Revision{Revision: 7},
		}})
		require.Equal(t, codes.FailedPrecondition, status.Code(err))
		require.Nil(t, call)
		_, err = s.client.DeleteStream(during(t), stream, esdb.DeleteStreamOptions{ExpectedRevision: esdb.Revision(7)})
		require.Equal(t, esdb.ErrorCodeUnknown, codeOf(err))
	})
}

// appendLimit counts data alone when it asks for too much: servers before 25.0 count nothing else. What it asks for within
// the limit counts data, metadata and the type twice, as later ones do.
func appendLimit(t *testing.T, s *suite) {
	const limit = 1_048_576
	sized := func(data int) esdb.EventData {
		e := event("Tested")
		e.ContentType = esdb.ContentTypeBinary
		e.Data = bytes.Repeat([]byte("x"), data)
		return e
	}
	beside := len(event("Tested").Metadata) + 2*len("Tested")
	stream := fresh("limit")
	s.append(t, stream, esdb.NoStream{}, sized(limit-beside))
	err := s.appendError(t, stream, esdb.Revision(0), sized(limit+1))
	require.Equal(t, esdb.ErrorCodeUnknown, codeOf(err))
	s.appendError(t, stream, esdb.Revision(0), sized(limit/2), sized(limit/2+1))
	require.Len(t, s.mustRead(t, stream, esdb.ReadStreamOptions{}, all), 1, "nothing of a refused append is written")

	big := proposal(uuid.New(), "Tested", "application/octet-stream", make([]byte, limit+1))
	_, trailer, err := s.rawAppend(t, fresh("limit"), big)
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	require.Equal(t, []string{"maximum-append-size-exceeded"}, trailer.Get("exception"))
	require.Equal(t, []string{"1048576"}, trailer.Get("maximum-append-size"))
}

func orderOfChecks(t *testing.T, s *suite) {
	t.Run("tombstone before idempotence", func(t *testing.T) {
		stream, e := fresh("order"), event("Tested")
		s.append(t, stream, esdb.NoStream{}, e)
		_, err := s.client.TombstoneStream(during(t), stream, esdb.TombstoneStreamOptions{ExpectedRevision: esdb.Revision(0)})
		require.NoError(t, err)
		require.Equal(t, esdb.ErrorCodeStreamDeleted, codeOf(s.appendError(t, stream, esdb.NoStream{}, e)))
	})
	t.Run("stream exists after a soft delete", func(t *testing.T) {
		stream := fresh("order")
		s.append(t, stream, esdb.NoStream{}, events(1)...)
		_, err := s.client.DeleteStream(during(t), stream, esdb.DeleteStreamOptions{ExpectedRevision: esdb.Revision(0)})
		require.NoError(t, err)
		require.Equal(t, esdb.ErrorCodeStreamDeleted, codeOf(s.appendError(t, stream, esdb.StreamExists{}, events(1)...)))
	})
	t.Run("metadata alone counts as existing", func(t *testing.T) {
		stream := fresh("order")
		m := esdb.StreamMetadata{}
		m.SetMaxCount(7)
		_, err := s.client.SetStreamMetadata(during(t), stream, esdb.AppendToStreamOptions{ExpectedRevision: esdb.NoStream{}}, m)
		require.NoError(t, err)
		s.append(t, stream, esdb.StreamExists{}, events(1)...)
	})
	t.Run("idempotence before revision", func(t *testing.T) {
		stream, e := fresh("order"), event("Tested")
		s.append(t, stream, esdb.NoStream{}, e)
		s.append(t, stream, esdb.Revision(0), events(2)...)
		again := s.append(t, stream, esdb.NoStream{}, e)
		require.EqualValues(t, 0, again.NextExpectedVersion)
	})
}

// idempotence is the table of EventStoreDB's commit check.
func idempotence(t *testing.T, s *suite) {
	stream, e := fresh("again"), events(4)
	first := s.append(t, stream, esdb.NoStream{}, e[0], e[1])
	second := s.append(t, stream, esdb.Revision(1), e[2], e[3])

	t.Run("exact repeats answer the original", func(t *testing.T) {
		require.Equal(t, first, s.append(t, stream, esdb.NoStream{}, e[0], e[1]))
		require.Equal(t, second, s.append(t, stream, esdb.Revision(1), e[2], e[3]))
	})
	t.Run("a first part answers too", func(t *testing.T) {
		require.EqualValues(t, 0, s.append(t, stream, esdb.NoStream{}, e[0]).NextExpectedVersion)
		require.EqualValues(t, 2, s.append(t, stream, esdb.Revision(1), e[2]).NextExpectedVersion)
	})
	t.Run("any repeats answer the original", func(t *testing.T) {
		require.Equal(t, second, s.append(t, stream, esdb.Any{}, e[2], e[3]))
	})
	t.Run("partial matches are wrong versions", func(t *testing.T) {
		s.requireWrongVersion(t, stream, esdb.NoStream{}, e[0], event("Tested"))
		s.requireWrongVersion(t, stream, esdb.NoStream{}, event("Tested"), e[1])
		s.requireWrongVersion(t, stream, esdb.Revision(1), e[2], e[3], event("Tested"))
		s.requireWrongVersion(t, stream, esdb.Revision(0), e[2])
	})
	t.Run("the body is not compared", func(t *testing.T) {
		other := e[2]
		other.Data = []byte(`{"other":true}`)
		require.EqualValues(t, 2, s.append(t, stream, esdb.Revision(1), other).NextExpectedVersion)
	})
	require.Equal(t, ids(e), recordedIDs(s.mustRead(t, stream, esdb.ReadStreamOptions{}, all)), "nothing was written twice")
	t.Run("an old id at the current revision is written", func(t *testing.T) {
		again := s.append(t, stream, esdb.Revision(3), e[0])
		require.EqualValues(t, 4, again.NextExpectedVersion)
	})
	t.Run("the same id in two streams", func(t *testing.T) {
		other := fresh("again")
		require.EqualValues(t, 0, s.append(t, other, esdb.NoStream{}, e[0]).NextExpectedVersion)
	})
}
