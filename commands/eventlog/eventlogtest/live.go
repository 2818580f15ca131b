package eventlogtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// liveSubscriptions get every event that is written: what metadata hides is hidden while catching up alone.
func liveSubscriptions(t *testing.T, s *suite) {
	for name, data := range map[string]string{"max count": `{"$maxCount":1}`, "truncate before": `{"$tb":100}`} {
		t.Run(name, func(t *testing.T) {
			stream := fresh("live")
			s.append(t, stream, esdb.NoStream{}, events(3)...)
			s.note(t, stream, esdb.ContentTypeJson, data)
			sub := s.subscribe(t, stream, esdb.Start{})
			seen := revisions(until(t, sub, caughtUp).events)
			require.Equal(t, revisions(s.mustRead(t, stream, esdb.ReadStreamOptions{}, all)), seen, "catching up")
			s.append(t, stream, esdb.Revision(2), events(10)...)
			require.Equal(t, []uint64{3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, revisions(until(t, sub, count(10)).events))
		})
	}
	t.Run("metadata itself", func(t *testing.T) {
		stream := "$$" + fresh("live")
		s.append(t, stream, esdb.Any{}, events(2)...)
		sub := s.subscribe(t, stream, esdb.Start{})
		require.Equal(t, []uint64{1}, revisions(until(t, sub, caughtUp).events))
		s.append(t, stream, esdb.Any{}, events(3)...)
		require.Equal(t, []uint64{2, 3, 4}, revisions(until(t, sub, count(3)).events))
	})
	t.Run("through a delete and a re-creation", func(t *testing.T) {
		stream := fresh("live")
		s.append(t, stream, esdb.NoStream{}, events(2)...)
		s.gone(t, stream)
		sub := s.subscribe(t, stream, esdb.Start{})
		require.Empty(t, until(t, sub, caughtUp).events)
		s.append(t, stream, esdb.Any{}, events(2)...)
		s.gone(t, stream)
		s.append(t, stream, esdb.Any{}, events(1)...)
		require.Equal(t, []uint64{2, 3, 4}, revisions(until(t, sub, count(3)).events))
	})
	t.Run("after a revision that is not there yet", func(t *testing.T) {
		stream := fresh("live")
		s.append(t, stream, esdb.NoStream{}, events(1)...)
		sub := s.subscribe(t, stream, esdb.Revision(2))
		require.Empty(t, until(t, sub, caughtUp).events)
		s.append(t, stream, esdb.Revision(0), events(4)...)
		require.Equal(t, []uint64{3, 4}, revisions(until(t, sub, count(2)).events))
	})
	t.Run("a tombstone comes before the end", func(t *testing.T) { tombstoneArrives(t, s) })
}

func tombstoneArrives(t *testing.T, s *suite) {
	stream := fresh("live")
	s.append(t, stream, esdb.NoStream{}, events(2)...)
	sub := s.subscribe(t, stream, esdb.End{})
	until(t, sub, caughtUp)
	s.append(t, stream, esdb.Revision(1), events(1)...)
	s.end(t, stream)
	got := until(t, sub, count(2)).events
	require.EqualValues(t, 2, got[0].EventNumber)
	require.Equal(t, "$streamDeleted", got[1].EventType)
	require.EqualValues(t, 1<<63-1, got[1].EventNumber)
	guard := time.AfterFunc(patience, func() { _ = sub.Close() })
	defer guard.Stop()
	end := sub.Recv()
	require.NotNil(t, end.SubscriptionDropped)
	require.ErrorContains(t, end.SubscriptionDropped.Error, "deleted")
}

// idsInTwoStreams: of an event id in two streams the first place is kept.
func idsInTwoStreams(t *testing.T, s *suite) {
	for name, expected := range map[string]esdb.ExpectedRevision{"any": esdb.Any{}, "stream exists": esdb.StreamExists{}} {
		t.Run(name, func(t *testing.T) {
			a, b, e := fresh("ids"), fresh("ids"), event("Tested")
			first := s.append(t, a, esdb.Any{}, e)
			s.append(t, b, esdb.NoStream{}, events(1)...)
			require.EqualValues(t, 1, s.append(t, b, expected, e).NextExpectedVersion)
			s.append(t, a, esdb.Revision(0), events(1)...)
			require.Equal(t, first, s.append(t, a, expected, e), "a repeat")
			require.EqualValues(t, 2, s.append(t, b, expected, e).NextExpectedVersion, "the second place is not known")
			require.Len(t, s.mustRead(t, a, esdb.ReadStreamOptions{}, all), 2)
		})
	}
	t.Run("a whole append is repeated after a part went elsewhere", func(t *testing.T) {
		a, e := fresh("ids"), events(3)
		first := s.append(t, a, esdb.NoStream{}, e...)
		s.append(t, fresh("ids"), esdb.Any{}, e[1])
		require.Equal(t, first, s.append(t, a, esdb.Any{}, e...))
	})
}

func (s *suite) link(t *testing.T, stream, to string) {
	t.Helper()
	s.append(t, stream, esdb.Any{}, esdb.EventData{EventID: uuid.New(), EventType: "$>", ContentType: esdb.ContentTypeBinary, Data: []byte(to)})
}

// links are resolved to what a read of their stream shows; "" is no event, "itself" the link as an event.
func links(t *testing.T, s *suite) {
	target, ended, hidden := fresh("target"), fresh("target"), fresh("target")
	s.append(t, target, esdb.NoStream{}, events(3)...)
	s.append(t, ended, esdb.NoStream{}, events(1)...)
	s.end(t, ended)
	s.append(t, hidden, esdb.NoStream{}, events(3)...)
	s.note(t, hidden, esdb.ContentTypeJson, `{"$maxCount":1}`)
	stream := fresh("links")
	cases := []struct{ to, want string }{
		{"1@" + target, "1"}, {"+2@" + target, "2"}, {" 0@" + target, "0"}, {"-1@" + target, "2"}, {"2@" + hidden, "2"},
		{"3@" + target, ""}, {"0@" + fresh("target"), ""}, {"0@" + ended, ""}, {"0@" + hidden, ""},
		{"nonsense", "itself"}, {"x@" + target, "itself"}, {"", "itself"}, {"99999999999999999999@" + target, "itself"},
	}
	for _, c := range cases {
		s.link(t, stream, c.to)
	}
	o := readRequest(stream)
	o.ResolveLinks = true
	answers, _, err := s.rawRead(t, o)
	require.NoError(t, err)
	require.Len(t, answers, len(cases))
	for i, c := range cases {
		got, e, link := "", answers[i].GetEvent().GetEvent(), answers[i].GetEvent().GetLink()
		switch {
		case e != nil && link == nil:
			got = "itself"
			require.EqualValues(t, i, e.GetStreamRevision())
			require.Equal(t, "$>", e.GetMetadata()["type"])
		case e != nil:
			got = fmt.Sprint(e.GetStreamRevision())
		}
		require.Equal(t, c.want, got, "%q", c.to)
	}
}
