package eventlogtest

import (
	"math"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/stretchr/testify/require"
)

func softDelete(t *testing.T, s *suite) {
	recreate := []struct {
		name     string
		expected esdb.ExpectedRevision
	}{{"any", esdb.Any{}}, {"no stream", esdb.NoStream{}}, {"exact", esdb.Revision(2)}}
	for _, c := range recreate {
		t.Run("recreated with "+c.name, func(t *testing.T) {
			stream := fresh("soft")
			s.append(t, stream, esdb.NoStream{}, events(3)...)
			deleted, err := s.client.DeleteStream(during(t), stream, esdb.DeleteStreamOptions{ExpectedRevision: esdb.Revision(2)})
			require.NoError(t, err)
			require.Positive(t, deleted.Position.Commit)
			_, err = s.read(t, stream, esdb.ReadStreamOptions{}, all)
			require.Equal(t, esdb.ErrorCodeResourceNotFound, codeOf(err))
			meta := s.mustRead(t, "$$"+stream, esdb.ReadStreamOptions{}, all)
			require.JSONEq(t, `{"$tb":9223372036854775807}`, string(meta[len(meta)-1].Data))

			again := s.append(t, stream, c.expected, events(2)...)
			require.EqualValues(t, 4, again.NextExpectedVersion)
			require.Equal(t, []uint64{3, 4}, revisions(s.mustRead(t, stream, esdb.ReadStreamOptions{}, all)))
		})
	}
	t.Run("re-creation keeps the other keys", func(t *testing.T) {
		stream := fresh("soft")
		s.append(t, stream, esdb.NoStream{}, events(1)...)
		_, err := s.client.DeleteStream(during(t), stream, esdb.DeleteStreamOptions{ExpectedRevision: esdb.Revision(0)})
		require.NoError(t, err)
		s.setMetadata(t, stream, func(m *esdb.StreamMetadata) {
			m.SetTruncateBefore(math.MaxInt64)
			m.AddCustomProperty("color", "blue")
		})
		s.append(t, stream, esdb.Any{}, events(1)...)
		got, err := s.client.GetStreamMetadata(during(t), stream, esdb.ReadStreamOptions{Direction: esdb.Backwards, From: esdb.End{}})
		require.NoError(t, err)
		require.Equal(t, "blue", got.CustomProperty("color"))
		require.EqualValues(t, 1, *got.TruncateBefore())
	})
}

func (s *suite) setMetadata(t *testing.T, stream string, change func(*esdb.StreamMetadata)) {
	t.Helper()
	m := esdb.StreamMetadata{}
	change(&m)
	_, err := s.client.SetStreamMetadata(during(t), stream, esdb.AppendToStreamOptions{ExpectedRevision: esdb.Any{}}, m)
	require.NoError(t, err)
}

func retention(t *testing.T, s *suite) {
	t.Run("max count", func(t *testing.T) {
		stream := fresh("keep")
		first := s.append(t, stream, esdb.NoStream{}, events(5)...)
		s.setMetadata(t, stream, func(m *esdb.StreamMetadata) { m.SetMaxCount(2) })
		require.Equal(t, []uint64{3, 4}, revisions(s.mustRead(t, stream, esdb.ReadStreamOptions{}, all)))
		require.Equal(t, []uint64{4, 3}, revisions(s.mustRead(t, stream, esdb.ReadStreamOptions{Direction: esdb.Backwards, From: esdb.End{}}, all)))
		require.Equal(t, []uint64{3, 4}, revisions(until(t, s.subscribe(t, stream, esdb.Start{}), caughtUp).events))
		tail := s.readAll(t, esdb.ReadAllOptions{Direction: esdb.Backwards, From: esdb.End{}}, 50)
		require.Len(t, ofStream(tail, stream), 5, "$all shows everything")
		require.Positive(t, first.CommitPosition)
	})
	t.Run("truncate before", func(t *testing.T) {
		stream := fresh("keep")
		s.append(t, stream, esdb.NoStream{}, events(5)...)
		s.setMetadata(t, stream, func(m *esdb.StreamMetadata) { m.SetTruncateBefore(3) })
		require.Equal(t, []uint64{3, 4}, revisions(s.mustRead(t, stream, esdb.ReadStreamOptions{}, all)))
	})
	t.Run("everything hidden reads empty", func(t *testing.T) {
		stream := fresh("keep")
		s.append(t, stream, esdb.NoStream{}, events(2)...)
		s.setMetadata(t, stream, func(m *esdb.StreamMetadata) { m.SetTruncateBefore(2) })
		require.Empty(t, s.mustRead(t, stream, esdb.ReadStreamOptions{}, all))
	})
	t.Run("max age", func(t *testing.T) {
		stream := fresh("keep")
		s.append(t, stream, esdb.NoStream{}, events(2)...)
		s.setMetadata(t, stream, func(m *esdb.StreamMetadata) { m.SetMaxAge(time.Second) })
		require.Eventually(t, func() bool {
			return len(s.mustRead(t, stream, esdb.ReadStreamOptions{}, all)) == 0
		}, patience, 200*time.Millisecond)
	})
	t.Run("metadata round trip", func(t *testing.T) {
		stream := fresh("keep")
		s.setMetadata(t, stream, func(m *esdb.StreamMetadata) { m.SetMaxCount(9); m.SetCacheControl(3 * time.Second) })
		s.setMetadata(t, stream, func(m *esdb.StreamMetadata) { m.SetMaxCount(10) })
		got, err := s.client.GetStreamMetadata(during(t), stream, esdb.ReadStreamOptions{})
		require.NoError(t, err)
		require.EqualValues(t, 10, *got.MaxCount(), "only the latest metadata is there")
		require.Nil(t, got.CacheControl())
	})
}

func systemStreams(t *testing.T, s *suite) {
	if !s.server.Insecure {
		t.Skip("the store wants credentials: only an insecure node lets anyone write system streams")
	}
	stream := "$daka" + fresh("x")
	s.append(t, stream, esdb.NoStream{}, events(1)...)
	require.Len(t, s.mustRead(t, stream, esdb.ReadStreamOptions{}, all), 1)
	login := &esdb.Credentials{Login: "nobody", Password: "wrong"}
	_, err := s.client.AppendToStream(during(t), fresh("x"), esdb.AppendToStreamOptions{ExpectedRevision: esdb.NoStream{}, Authenticated: login}, event("Tested"))
	require.NoError(t, err, "credentials are ignored")
}
