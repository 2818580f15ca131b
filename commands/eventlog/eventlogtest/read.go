package eventlogtest

import (
	"math"
	"slices"
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

func streamReads(t *testing.T, s *suite) {
	t.Run("missing", func(t *testing.T) {
		_, err := s.read(t, fresh("read"), esdb.ReadStreamOptions{}, all)
		require.Equal(t, esdb.ErrorCodeResourceNotFound, codeOf(err))
		answers, _, err := s.rawRead(t, readRequest(fresh("read")))
		require.NoError(t, err)
		require.Len(t, answers, 1)
		require.NotNil(t, answers[0].GetStreamNotFound())
	})
	stream := fresh("read")
	s.append(t, stream, esdb.NoStream{}, events(10)...)
	forwards := func(from uint64) esdb.ReadStreamOptions {
		return esdb.ReadStreamOptions{Direction: esdb.Forwards, From: esdb.Revision(from)}
	}
	backwards := func(from esdb.StreamPosition) esdb.ReadStreamOptions {
		return esdb.ReadStreamOptions{Direction: esdb.Backwards, From: from}
	}
	cases := []struct {
		name    string
		options esdb.ReadStreamOptions
		count   uint64
		want    []uint64
	}{
		{"all of it", esdb.ReadStreamOptions{}, math.MaxUint64, []uint64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
		{"forwards, start included", forwards(7), all, []uint64{7, 8, 9}},
		{"forwards, bounded", forwards(2), 3, []uint64{2, 3, 4}},
		{"forwards beyond the end", forwards(10), all, nil},
		{"backwards from the end", backwards(esdb.End{}), 3, []uint64{9, 8, 7}},
		{"backwards, start included", backwards(esdb.Revision(4)), 2, []uint64{4, 3}},
		{"backwards to the first", backwards(esdb.Revision(1)), all, []uint64{1, 0}},
		{"backwards from the start", backwards(esdb.Start{}), all, []uint64{0}},
		{"backwards from beyond the end", backwards(esdb.Revision(99)), 2, []uint64{9, 8}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, revisions(s.mustRead(t, stream, c.options, c.count))) })
	}
	t.Run("forwards from the end is an error", func(t *testing.T) {
		for _, name := range []string{stream, fresh("read")} {
			o := readRequest(name)
			o.GetStream().RevisionOption = &streams.ReadReq_Options_StreamOptions_End{End: &shared.Empty{}}
			answers, _, err := s.rawRead(t, o)
			require.Equal(t, codes.Unknown, status.Code(err))
			require.Empty(t, answers)
		}
	})
	t.Run("stream positions only when asked", func(t *testing.T) {
		answers, _, err := s.rawRead(t, readRequest(stream))
		require.NoError(t, err)
		for _, a := range answers {
			require.NotNil(t, a.GetEvent())
		}
		o := readRequest(stream)
		o.ControlOption = &streams.ReadReq_Options_ControlOption{Compatibility: 1}
		answers, _, err = s.rawRead(t, o)
		require.NoError(t, err)
		require.True(t, slices.ContainsFunc(answers, func(a *streams.ReadResp) bool {
			last, ok := a.GetContent().(*streams.ReadResp_LastStreamPosition)
			return ok && last.LastStreamPosition == 9
		}))
	})
}

func eventParts(t *testing.T, s *suite) {
	stream := fresh("parts")
	binary := esdb.EventData{EventID: uuid.New(), EventType: "Bytes", ContentType: esdb.ContentTypeBinary, Data: []byte{0, 1, 255}}
	empty := esdb.EventData{EventID: uuid.New(), EventType: "Empty", ContentType: esdb.ContentTypeJson}
	text := event("Texts")
	before := time.Now().Add(-time.Minute)
	written := s.append(t, stream, esdb.NoStream{}, text, binary, empty)
	read := s.mustRead(t, stream, esdb.ReadStreamOptions{}, all)
	require.Len(t, read, 3)

	require.Equal(t, text.EventID, read[0].EventID)
	require.Equal(t, "Texts", read[0].EventType)
	require.Equal(t, "application/json", read[0].ContentType)
	require.Equal(t, stream, read[0].StreamID)
	require.Equal(t, text.Data, read[0].Data)
	require.Equal(t, text.Metadata, read[0].UserMetadata)
	require.True(t, read[0].CreatedDate.After(before))
	require.Equal(t, "application/octet-stream", read[1].ContentType)
	require.Equal(t, binary.Data, read[1].Data)
	require.Empty(t, read[1].UserMetadata)
	require.Empty(t, read[2].Data)
	require.Equal(t, written.CommitPosition, read[2].Position.Commit, "the answer's position is the last event's")
	require.Less(t, read[0].Position.Commit, read[1].Position.Commit)

	o := readRequest(stream)
	o.UuidOption = &streams.ReadReq_Options_UUIDOption{Content: &streams.ReadReq_Options_UUIDOption_String_{String_: &shared.Empty{}}}
	answers, _, err := s.rawRead(t, o)
	require.NoError(t, err)
	require.Equal(t, text.EventID.String(), answers[0].GetEvent().GetEvent().GetId().GetString_())
	answers, _, err = s.rawRead(t, readRequest(stream))
	require.NoError(t, err)
	require.NotNil(t, answers[0].GetEvent().GetEvent().GetId().GetStructured())
	require.Equal(t, "Texts", answers[0].GetEvent().GetEvent().GetMetadata()["type"])
}

func allReads(t *testing.T, s *suite) {
	stream := fresh("all")
	e := events(5)
	start := s.append(t, stream, esdb.NoStream{}, e[0])
	last := s.append(t, stream, esdb.Revision(0), e[1:]...)
	at := func(w *esdb.WriteResult) esdb.Position {
		return esdb.Position{Commit: w.CommitPosition, Prepare: w.PreparePosition}
	}
	t.Run("forwards includes its position", func(t *testing.T) {
		read := s.readAll(t, esdb.ReadAllOptions{Direction: esdb.Forwards, From: at(start)}, all)
		require.Equal(t, e[0].EventID, read[0].EventID)
		require.Equal(t, ids(e), recordedIDs(ofStream(read, stream)))
	})
	t.Run("backwards excludes its position", func(t *testing.T) {
		read := s.readAll(t, esdb.ReadAllOptions{Direction: esdb.Backwards, From: at(last)}, 200)
		require.NotContains(t, recordedIDs(read), e[4].EventID)
		require.Equal(t, e[3].EventID, ofStream(read, stream)[0].EventID)
	})
	t.Run("backwards from the end", func(t *testing.T) {
		read := s.readAll(t, esdb.ReadAllOptions{Direction: esdb.Backwards, From: esdb.End{}}, 200)
		require.Equal(t, e[4].EventID, ofStream(read, stream)[0].EventID)
	})
	t.Run("nothing before the start, nothing after the end", func(t *testing.T) {
		require.Empty(t, s.readAll(t, esdb.ReadAllOptions{Direction: esdb.Backwards, From: esdb.Start{}}, all))
		require.Empty(t, s.readAll(t, esdb.ReadAllOptions{Direction: esdb.Forwards, From: esdb.End{}}, all))
	})
	t.Run("bounded", func(t *testing.T) {
		require.Len(t, s.readAll(t, esdb.ReadAllOptions{Direction: esdb.Forwards, From: at(start)}, 2), 2)
	})
	t.Run("deleted, tombstones and metadata stay visible", func(t *testing.T) { deletedInAll(t, s) })
	t.Run("filters on counted reads", func(t *testing.T) { filteredAll(t, s, stream, start) })
}

func deletedInAll(t *testing.T, s *suite) {
	stream := fresh("all")
	first := s.append(t, stream, esdb.NoStream{}, events(1)...)
	_, err := s.client.DeleteStream(during(t), stream, esdb.DeleteStreamOptions{ExpectedRevision: esdb.Revision(0)})
	require.NoError(t, err)
	_, err = s.client.TombstoneStream(during(t), stream, esdb.TombstoneStreamOptions{ExpectedRevision: esdb.Any{}})
	require.NoError(t, err)
	read := s.readAll(t, esdb.ReadAllOptions{From: esdb.Position{Commit: first.CommitPosition, Prepare: first.PreparePosition}}, all)
	var types []string
	for _, e := range read {
		if e.StreamID == stream || e.StreamID == "$$"+stream {
			types = append(types, e.EventType)
		}
	}
	require.Equal(t, []string{"Tested", "$metadata", "$streamDeleted"}, types)
}

// filteredAll reads over plain gRPC: the Go client filters subscriptions only.
func filteredAll(t *testing.T, s *suite, stream string, from *esdb.WriteResult) {
	s.append(t, fresh("noise"), esdb.NoStream{}, events(3)...)
	answers, _, err := s.rawRead(t, &streams.ReadReq_Options{
		StreamOption: &streams.ReadReq_Options_All{All: &streams.ReadReq_Options_AllOptions{
			AllOption: &streams.ReadReq_Options_AllOptions_Position{Position: &streams.ReadReq_Options_Position{
				CommitPosition: from.CommitPosition, PreparePosition: from.PreparePosition,
			}},
		}},
		CountOption: &streams.ReadReq_Options_Count{Count: 3},
		FilterOption: &streams.ReadReq_Options_Filter{Filter: &streams.ReadReq_Options_FilterOptions{
			Filter: &streams.ReadReq_Options_FilterOptions_StreamIdentifier{
				StreamIdentifier: &streams.ReadReq_Options_FilterOptions_Expression{Prefix: []string{stream}},
			},
			Window:                       &streams.ReadReq_Options_FilterOptions_Max{Max: 32},
			CheckpointIntervalMultiplier: 1,
		}},
		UuidOption: &streams.ReadReq_Options_UUIDOption{
			Content: &streams.ReadReq_Options_UUIDOption_Structured{Structured: &shared.Empty{}},
		},
	})
	require.NoError(t, err)
	n := 0
	for _, a := range answers {
		if e := a.GetEvent(); e != nil {
			require.Equal(t, stream, string(e.GetEvent().GetStreamIdentifier().GetStreamName()))
			n++
		}
	}
	require.Equal(t, 3, n)
}
