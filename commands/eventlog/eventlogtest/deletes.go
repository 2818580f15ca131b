package eventlogtest

import (
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

func (s *suite) rawDelete(t *testing.T, o *streams.DeleteReq_Options) (metadata.MD, error) {
	t.Helper()
	client, ctx := s.streams(t)
	var trailer metadata.MD
	_, err := client.Delete(ctx, &streams.DeleteReq{Options: o}, grpc.Trailer(&trailer))
	return trailer, err
}

var (
	deleteAny    = &streams.DeleteReq_Options_Any{Any: &shared.Empty{}}
	deleteNone   = &streams.DeleteReq_Options_NoStream{NoStream: &shared.Empty{}}
	deleteExists = &streams.DeleteReq_Options_StreamExists{StreamExists: &shared.Empty{}}
	deleteZero   = &streams.DeleteReq_Options_Revision{Revision: 0}
	deleteOne    = &streams.DeleteReq_Options_Revision{Revision: 1}
)

// deletes goes through every expectation on a stream in every state; "" is taken, else the exception.
func deletes(t *testing.T, s *suite) {
	states := []struct {
		name                           string
		prepare                        func(stream string)
		any, none, exists, at0, beyond string
	}{
		{"missing", func(string) {}, "wrong-expected-version", "wrong-expected-version", "wrong-expected-version", "wrong-expected-version", "wrong-expected-version"},
		{"with an event", func(x string) { s.append(t, x, esdb.NoStream{}, events(1)...) }, "", "wrong-expected-version", "", "", "wrong-expected-version"},
		{"with metadata alone", func(x string) { s.note(t, x, esdb.ContentTypeJson, `{}`) }, "", "", "", "wrong-expected-version", "wrong-expected-version"},
		{"deleted", func(x string) { s.append(t, x, esdb.NoStream{}, events(1)...); s.gone(t, x) }, "", "", "stream-deleted", "", "wrong-expected-version"},
		{"ended", func(x string) { s.end(t, x) }, "stream-deleted", "stream-deleted", "stream-deleted", "stream-deleted", "stream-deleted"},
	}
	for _, state := range states {
		t.Run(state.name, func(t *testing.T) {
			for want, expected := range map[*string]*streams.DeleteReq_Options{
				&state.any: {ExpectedStreamRevision: deleteAny}, &state.none: {ExpectedStreamRevision: deleteNone},
				&state.exists: {ExpectedStreamRevision: deleteExists}, &state.at0: {ExpectedStreamRevision: deleteZero},
				&state.beyond: {ExpectedStreamRevision: deleteOne},
			} {
				stream := fresh("delete")
				state.prepare(stream)
				s.deleteGives(t, stream, expected, *want)
			}
		})
	}
	t.Run("missing says that there is no stream", func(t *testing.T) {
		trailer, err := s.rawDelete(t, &streams.DeleteReq_Options{StreamIdentifier: identifier(fresh("delete")), ExpectedStreamRevision: deleteAny})
		require.Equal(t, codes.FailedPrecondition, status.Code(err))
		require.Equal(t, []string{"-1"}, trailer.Get("actual-version"))
		require.Equal(t, []string{"-2"}, trailer.Get("expected-version"))
	})
	t.Run("an ended metadata stream", func(t *testing.T) { endedMetadata(t, s) })
	t.Run("zero events bring a deleted stream back", func(t *testing.T) { revivedByNothing(t, s) })
}

func (s *suite) deleteGives(t *testing.T, stream string, o *streams.DeleteReq_Options, exception string) {
	t.Helper()
	o.StreamIdentifier = identifier(stream)
	trailer, err := s.rawDelete(t, o)
	if exception == "" {
		require.NoError(t, err, "%v", o)
		return
	}
	require.Equal(t, codes.FailedPrecondition, status.Code(err), "%v", o)
	require.Equal(t, []string{exception}, trailer.Get("exception"), "%v", o)
	require.Equal(t, []string{stream}, trailer.Get("stream-name"))
}

func (s *suite) gone(t *testing.T, stream string) {
	t.Helper()
	_, err := s.client.DeleteStream(during(t), stream, esdb.DeleteStreamOptions{ExpectedRevision: esdb.Any{}})
	require.NoError(t, err)
}

func (s *suite) end(t *testing.T, stream string) {
	t.Helper()
	_, err := s.client.TombstoneStream(during(t), stream, esdb.TombstoneStreamOptions{ExpectedRevision: esdb.Any{}})
	require.NoError(t, err)
}

// endedMetadata: with a tombstone on its metadata a stream can no longer be hidden, and is visible if it was.
func endedMetadata(t *testing.T, s *suite) {
	stream := fresh("delete")
	s.append(t, stream, esdb.NoStream{}, events(2)...)
	s.gone(t, stream)
	s.end(t, "$$"+stream)
	require.Equal(t, []uint64{0, 1}, revisions(s.mustRead(t, stream, esdb.ReadStreamOptions{}, all)))
	s.append(t, stream, esdb.Revision(1), events(1)...)
	for range 2 {
		trailer, err := s.rawDelete(t, &streams.DeleteReq_Options{StreamIdentifier: identifier(stream), ExpectedStreamRevision: deleteAny})
		require.Equal(t, codes.FailedPrecondition, status.Code(err))
		require.Equal(t, []string{"stream-deleted"}, trailer.Get("exception"))
		require.Equal(t, []uint64{0, 1, 2}, revisions(s.mustRead(t, stream, esdb.ReadStreamOptions{}, all)))
	}
	_, err := s.read(t, "$$"+stream, esdb.ReadStreamOptions{}, all)
	require.Equal(t, esdb.ErrorCodeStreamDeleted, codeOf(err))
	s.append(t, stream, esdb.StreamExists{}, events(1)...)
}

// revivedByNothing appends no events: that is enough to bring a stream back, empty.
func revivedByNothing(t *testing.T, s *suite) {
	for name, expected := range map[string]esdb.ExpectedRevision{"any": esdb.Any{}, "exact": esdb.Revision(1)} {
		t.Run(name, func(t *testing.T) {
			stream := fresh("delete")
			s.append(t, stream, esdb.NoStream{}, events(2)...)
			s.gone(t, stream)
			s.append(t, stream, expected)
			require.Empty(t, s.mustRead(t, stream, esdb.ReadStreamOptions{}, all), "there, and empty")
			s.append(t, stream, esdb.Revision(1), events(1)...)
			require.Equal(t, []uint64{2}, revisions(s.mustRead(t, stream, esdb.ReadStreamOptions{}, all)))
		})
	}
}
