package eventlogtest

import (
	"fmt"
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// note appends raw metadata, whatever it holds.
func (s *suite) note(t *testing.T, stream string, kind esdb.ContentType, data string) {
	t.Helper()
	s.append(t, "$$"+stream, esdb.Any{}, esdb.EventData{EventID: uuid.New(), EventType: "$metadata", ContentType: kind, Data: []byte(data)})
}

// metadataForms tells what counts as metadata and what hides nothing. Every stream has revisions 0 to 4.
func metadataForms(t *testing.T, s *suite) {
	everything, lastTwo := []uint64{0, 1, 2, 3, 4}, []uint64{3, 4}
	cases := []struct {
		name, data string
		kind       esdb.ContentType
		want       []uint64
	}{
		{"max count", `{"$maxCount":2}`, esdb.ContentTypeJson, lastTwo},
		{"truncate before", `{"$tb":3}`, esdb.ContentTypeJson, lastTwo},
		{"both, the stricter counts", `{"$tb":1,"$maxCount":2}`, esdb.ContentTypeJson, lastTwo},
		{"beside keys of one's own", `{"a":{"$maxCount":1},"$maxCount":2,"b":[1,{}]}`, esdb.ContentTypeJson, lastTwo},
		{"the last of two equal keys", `{"$maxCount":1,"$maxCount":2}`, esdb.ContentTypeJson, lastTwo},
		{"another case is a key of one's own", `{"$maxcount":2,"$TB":3,"$MaxAge":1}`, esdb.ContentTypeJson, everything},
		{"octets", `{"$maxCount":2}`, esdb.ContentTypeBinary, everything},
		{"null", `null`, esdb.ContentTypeJson, everything},
		{"an array", `[{"$maxCount":2}]`, esdb.ContentTypeJson, everything},
		{"a word", `"$maxCount"`, esdb.ContentTypeJson, everything},
		{"a number", `2`, esdb.ContentTypeJson, everything},
		{"nothing", ``, esdb.ContentTypeJson, everything},
		{"an empty object", `{}`, esdb.ContentTypeJson, everything},
		{"broken off", `{"$maxCount":2`, esdb.ContentTypeJson, everything},
		{"no JSON", `maxCount`, esdb.ContentTypeJson, everything},
		{"a number as text", `{"$maxCount":"2"}`, esdb.ContentTypeJson, everything},
		{"a fraction", `{"$maxCount":2.0}`, esdb.ContentTypeJson, everything},
		{"an exponent", `{"$maxCount":2e0}`, esdb.ContentTypeJson, everything},
		{"null as a number", `{"$maxCount":null}`, esdb.ContentTypeJson, everything},
		{"zero", `{"$maxCount":0}`, esdb.ContentTypeJson, everything},
		{"below zero", `{"$maxCount":-2,"$tb":-1,"$maxAge":-5,"$cacheControl":-1}`, esdb.ContentTypeJson, everything},
		{"zeros beside a value that counts", `{"$maxCount":2,"$tb":0,"$maxAge":0,"$cacheControl":0}`, esdb.ContentTypeJson, lastTwo},
		{"more than 64 bits", `{"$tb":9223372036854775808,"$maxCount":2}`, esdb.ContentTypeJson, everything},
		{"an age beyond all time", `{"$maxAge":9223372036854775807,"$maxCount":2}`, esdb.ContentTypeJson, everything},
		{"a bad key among good ones", `{"$maxCount":2,"$tb":"1"}`, esdb.ContentTypeJson, everything},
		{"a bad cache control", `{"$maxCount":2,"$cacheControl":"1"}`, esdb.ContentTypeJson, everything},
		{"a bad access list", `{"$maxCount":2,"$acl":"$all"}`, esdb.ContentTypeJson, everything},
		{"an access list of numbers", `{"$maxCount":2,"$acl":{"$r":1}}`, esdb.ContentTypeJson, everything},
		{"an access list with a role that is none", `{"$maxCount":2,"$acl":{"$r":["$all",1]}}`, esdb.ContentTypeJson, everything},
		{"an access list with another key", `{"$maxCount":2,"$acl":{"x":"y"}}`, esdb.ContentTypeJson, everything},
		{"an access list that is null", `{"$maxCount":2,"$acl":null}`, esdb.ContentTypeJson, everything},
		{"a good access list", `{"$maxCount":2,"$acl":{"$r":["$all"],"$w":"$all","$d":"$all","$mr":"$all","$mw":[]}}`, esdb.ContentTypeJson, lastTwo},
		{"an empty access list", `{"$acl":{},"$maxCount":2}`, esdb.ContentTypeJson, lastTwo},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			stream := fresh("meta")
			s.append(t, stream, esdb.NoStream{}, events(5)...)
			s.note(t, stream, c.kind, c.data)
			require.Equal(t, c.want, revisions(s.mustRead(t, stream, esdb.ReadStreamOptions{}, all)))
		})
	}
	t.Run("null brings a deleted stream back", func(t *testing.T) { s.revivedBy(t, `null`, esdb.ContentTypeJson, everything) })
	t.Run("no JSON brings a deleted stream back", func(t *testing.T) { s.revivedBy(t, `nonsense`, esdb.ContentTypeBinary, everything) })
	t.Run("an array brings a deleted stream back", func(t *testing.T) { s.revivedBy(t, `[]`, esdb.ContentTypeJson, everything) })
	t.Run("an object brings a deleted stream back empty", func(t *testing.T) { s.revivedBy(t, `{"color":"blue"}`, esdb.ContentTypeJson, nil) })
	t.Run("only the newest is there", func(t *testing.T) { metaOfMeta(t, s) })
}

func (s *suite) revivedBy(t *testing.T, data string, kind esdb.ContentType, want []uint64) {
	stream := fresh("meta")
	s.append(t, stream, esdb.NoStream{}, events(5)...)
	_, err := s.client.DeleteStream(during(t), stream, esdb.DeleteStreamOptions{ExpectedRevision: esdb.Revision(4)})
	require.NoError(t, err)
	s.note(t, stream, kind, data)
	require.Equal(t, want, revisions(s.mustRead(t, stream, esdb.ReadStreamOptions{}, all)))
	s.append(t, stream, esdb.Revision(4), events(1)...)
	require.Equal(t, append(want, 5), revisions(s.mustRead(t, stream, esdb.ReadStreamOptions{}, all)))
}

// metaOfMeta: a metadata stream shows its newest event, whatever the metadata of the metadata says.
func metaOfMeta(t *testing.T, s *suite) {
	stream := fresh("meta")
	for i := range 3 {
		s.note(t, stream, esdb.ContentTypeJson, fmt.Sprintf(`{"n":%d}`, i))
	}
	for _, data := range []string{`{"$maxCount":3}`, `{"$tb":9223372036854775807}`} {
		s.note(t, "$$"+stream, esdb.ContentTypeJson, data)
		got := s.mustRead(t, "$$"+stream, esdb.ReadStreamOptions{}, all)
		require.Equal(t, []uint64{2}, revisions(got))
		require.JSONEq(t, `{"n":2}`, string(got[0].Data))
	}
	s.append(t, "$$"+stream, esdb.Any{}, events(1)...)
	require.Equal(t, []uint64{3}, revisions(s.mustRead(t, "$$"+stream, esdb.ReadStreamOptions{}, all)))
}
