package node

import (
	"math"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestStreamReads(t *testing.T) {
	_, c := start(t, t.TempDir())
	write(t, c, "other", esdb.NoStream{}, newEvents(3)...)
	write(t, c, "s", esdb.NoStream{}, newEvents(10)...)
	for _, tt := range []struct {
		name  string
		o     esdb.ReadStreamOptions
		count uint64
		want  []uint64
	}{
		{"forwards from the start", esdb.ReadStreamOptions{}, 3, []uint64{0, 1, 2}},
		{"forwards from 4, inclusive", esdb.ReadStreamOptions{From: esdb.Revision(4)}, 2, []uint64{4, 5}},
		{"forwards to the end", esdb.ReadStreamOptions{From: esdb.Revision(8)}, math.MaxUint64, []uint64{8, 9}},
		{"forwards beyond the end", esdb.ReadStreamOptions{From: esdb.Revision(20)}, 5, []uint64{}},
		{"backwards from the end", esdb.ReadStreamOptions{Direction: esdb.Backwards, From: esdb.End{}}, 2, []uint64{9, 8}},
		{"backwards from 2, inclusive", esdb.ReadStreamOptions{Direction: esdb.Backwards, From: esdb.Revision(2)}, 9, []uint64{2, 1, 0}},
		{"backwards from the start", esdb.ReadStreamOptions{Direction: esdb.Backwards, From: esdb.Start{}}, 9, []uint64{0}},
		{"backwards from beyond", esdb.ReadStreamOptions{Direction: esdb.Backwards, From: esdb.Revision(99)}, 1, []uint64{9}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list, err := readStream(t, c, "s", tt.o, tt.count)
			require.NoError(t, err)
			require.Equal(t, tt.want, revisions(list))
		})
	}
}

func TestLongStreamReadsPageByPage(t *testing.T) {
	_, c := start(t, t.TempDir())
	for range 5 {
		write(t, c, "s", esdb.Any{}, newEvents(500)...)
	}
	list, err := readStream(t, c, "s", esdb.ReadStreamOptions{}, math.MaxUint64)
	require.NoError(t, err)
	require.Len(t, list, 2500)
	require.EqualValues(t, 2499, list[2499].OriginalEvent().EventNumber)
	list, err = readStream(t, c, "s", esdb.ReadStreamOptions{Direction: esdb.Backwards, From: esdb.End{}}, 2400)
	require.NoError(t, err)
	require.Len(t, list, 2400)
	require.EqualValues(t, 100, list[2399].OriginalEvent().EventNumber)
	list, err = readAllEvents(t, c, esdb.ReadAllOptions{Direction: esdb.Backwards, From: esdb.End{}}, math.MaxUint64)
	require.NoError(t, err)
	require.Len(t, list, 2500)
	list, err = readAllEvents(t, c, esdb.ReadAllOptions{From: esdb.Start{}}, 2100)
	require.NoError(t, err)
	require.Len(t, list, 2100)
}

func TestMissingStream(t *testing.T) {
	n, c := start(t, t.TempDir())
	_, err := readStream(t, c, "none", esdb.ReadStreamOptions{}, 1)
	require.Equal(t, esdb.ErrorCodeResourceNotFound, codeOf(t, err))
	list, _, err := rawRead(t, raw(t, n), streamOptions("none", 5, 1))
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, "none", string(list[0].GetStreamNotFound().GetStreamIdentifier().GetStreamName()))
}

func streamOptions(name string, count uint64, compatibility uint32) *streams.ReadReq_Options {
	return &streams.ReadReq_Options{
		StreamOption: &streams.ReadReq_Options_Stream{Stream: &streams.ReadReq_Options_StreamOptions{StreamIdentifier: named(name),
			RevisionOption: &streams.ReadReq_Options_StreamOptions_Start{Start: &shared.Empty{}}}},
		CountOption:   &streams.ReadReq_Options_Count{Count: count},
		UuidOption:    &streams.ReadReq_Options_UUIDOption{Content: &streams.ReadReq_Options_UUIDOption_String_{String_: &shared.Empty{}}},
		FilterOption:  &streams.ReadReq_Options_NoFilter{NoFilter: &shared.Empty{}},
		ControlOption: &streams.ReadReq_Options_ControlOption{Compatibility: compatibility},
	}
}

func TestStreamPositionsOnlyForWhoAsks(t *testing.T) {
	n, c := start(t, t.TempDir())
	write(t, c, "s", esdb.NoStream{}, newEvents(4)...)
	list, _, err := rawRead(t, raw(t, n), streamOptions("s", 2, 0))
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Len(t, list[0].GetEvent().GetEvent().GetId().GetString_(), 36, "text ids when asked for")
	list, _, err = rawRead(t, raw(t, n), streamOptions("s", 2, 1))
	require.NoError(t, err)
	require.Len(t, list, 3)
	require.EqualValues(t, 3, list[2].GetLastStreamPosition())
	meta := esdb.StreamMetadata{}
	meta.SetTruncateBefore(4)
	_, err = c.SetStreamMetadata(ctxFor(t), "s", esdb.AppendToStreamOptions{}, meta)
	require.NoError(t, err)
	list, _, err = rawRead(t, raw(t, n), streamOptions("s", 2, 1))
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.EqualValues(t, 4, list[0].GetFirstStreamPosition())
	require.EqualValues(t, 3, list[1].GetLastStreamPosition())
}

func TestAllReads(t *testing.T) {
	_, c := start(t, t.TempDir())
	write(t, c, "a-1", esdb.NoStream{}, newEvents(4)...)
	write(t, c, "b-1", esdb.NoStream{}, newEvents(4)...)
	at := func(p uint64) esdb.Position { return esdb.Position{Commit: p, Prepare: p} }
	for _, tt := range []struct {
		name  string
		o     esdb.ReadAllOptions
		count uint64
		want  []uint64
	}{
		{"forwards from the start", esdb.ReadAllOptions{From: esdb.Start{}}, 3, []uint64{1, 2, 3}},
		{"forwards from 5, inclusive", esdb.ReadAllOptions{From: at(5)}, 2, []uint64{5, 6}},
		{"forwards from the end", esdb.ReadAllOptions{From: esdb.End{}}, 2, []uint64{}},
		{"backwards from 5, exclusive", esdb.ReadAllOptions{Direction: esdb.Backwards, From: at(5)}, 2, []uint64{4, 3}},
		{"backwards from the end", esdb.ReadAllOptions{Direction: esdb.Backwards, From: esdb.End{}}, 3, []uint64{8, 7, 6}},
		{"backwards from the start", esdb.ReadAllOptions{Direction: esdb.Backwards, From: esdb.Start{}}, 3, []uint64{}},
		{"backwards from beyond", esdb.ReadAllOptions{Direction: esdb.Backwards, From: at(99)}, 1, []uint64{8}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list, err := readAllEvents(t, c, tt.o, tt.count)
			require.NoError(t, err)
			require.Equal(t, tt.want, positions(list))
		})
	}
}

func TestCountedReadsWithFilter(t *testing.T) {
	n, c := start(t, t.TempDir())
	for range 3 {
		write(t, c, "a-1", esdb.Any{}, newEvents(2)...)
		write(t, c, "b-1", esdb.Any{}, newEvents(2)...)
	}
	byName := func(e *streams.ReadReq_Options_FilterOptions_Expression) *streams.ReadReq_Options_FilterOptions {
		return &streams.ReadReq_Options_FilterOptions{Filter: &streams.ReadReq_Options_FilterOptions_StreamIdentifier{StreamIdentifier: e},
			Window: &streams.ReadReq_Options_FilterOptions_Max{Max: 32}, CheckpointIntervalMultiplier: 1}
	}
	byType := func(e *streams.ReadReq_Options_FilterOptions_Expression) *streams.ReadReq_Options_FilterOptions {
		return &streams.ReadReq_Options_FilterOptions{Filter: &streams.ReadReq_Options_FilterOptions_EventType{EventType: e},
			Window: &streams.ReadReq_Options_FilterOptions_Count{Count: &shared.Empty{}}, CheckpointIntervalMultiplier: 1}
	}
	type expr = streams.ReadReq_Options_FilterOptions_Expression
	for _, tt := range []struct {
		name   string
		filter *streams.ReadReq_Options_FilterOptions
		back   bool
		count  uint64
		want   []uint64
	}{
		{"stream prefix", byName(&expr{Prefix: []string{"b-"}}), false, 3, []uint64{3, 4, 7}},
		{"stream prefixes", byName(&expr{Prefix: []string{"b-", "zz"}}), false, 100, []uint64{3, 4, 7, 8, 11, 12}},
		{"stream regex", byName(&expr{Regex: "^b"}), true, 3, []uint64{12, 11, 8}},
		{"type prefix", byType(&expr{Prefix: []string{"T1"}}), false, 2, []uint64{2, 4}},
		{"type regex", byType(&expr{Regex: "^[^0]*0$"}), true, 2, []uint64{11, 9}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := allOptions(tt.filter)
			o.CountOption = &streams.ReadReq_Options_Count{Count: tt.count}
			if tt.back {
				o.ReadDirection = streams.ReadReq_Options_Backwards
				o.GetAll().AllOption = &streams.ReadReq_Options_AllOptions_End{End: &shared.Empty{}}
			}
			list, _, err := rawRead(t, raw(t, n), o)
			require.NoError(t, err)
			got := []uint64{}
			for _, m := range list {
				got = append(got, m.GetEvent().GetCommitPosition())
			}
			require.Equal(t, tt.want, got)
		})
	}
	_, _, err := rawRead(t, raw(t, n), allOptions(byName(&expr{Regex: "("})))
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	require.Equal(t, "'(' is not a regular expression that the node takes (RE2's syntax: no look-ahead, look-behind or back-references): error parsing regexp: missing closing ): `(`", status.Convert(err).Message())
}

func allOptions(f *streams.ReadReq_Options_FilterOptions) *streams.ReadReq_Options {
	return &streams.ReadReq_Options{
		StreamOption: &streams.ReadReq_Options_All{All: &streams.ReadReq_Options_AllOptions{
			AllOption: &streams.ReadReq_Options_AllOptions_Start{Start: &shared.Empty{}}}},
		CountOption:  &streams.ReadReq_Options_Subscription{Subscription: &streams.ReadReq_Options_SubscriptionOptions{}},
		FilterOption: &streams.ReadReq_Options_Filter{Filter: f},
		UuidOption:   &streams.ReadReq_Options_UUIDOption{Content: &streams.ReadReq_Options_UUIDOption_Structured{Structured: &shared.Empty{}}},
	}
}

func TestSoftDelete(t *testing.T) {
	_, c := start(t, t.TempDir())
	write(t, c, "s", esdb.NoStream{}, newEvents(3)...)
	meta := esdb.StreamMetadata{}
	meta.SetMaxCount(10)
	meta.AddCustomProperty("owner", "hr")
	_, err := c.SetStreamMetadata(ctxFor(t), "s", esdb.AppendToStreamOptions{}, meta)
	require.NoError(t, err)
	d, err := c.DeleteStream(ctxFor(t), "s", esdb.DeleteStreamOptions{ExpectedRevision: esdb.Revision(2)})
	require.NoError(t, err)
	require.EqualValues(t, 5, d.Position.Commit)
	_, err = readStream(t, c, "s", esdb.ReadStreamOptions{}, 1)
	require.Equal(t, esdb.ErrorCodeResourceNotFound, codeOf(t, err))
	list, err := readStream(t, c, "$$s", esdb.ReadStreamOptions{}, 10)
	require.NoError(t, err)
	require.Len(t, list, 1, "a metadata stream shows its newest event only")
	require.Equal(t, `{"$tb":9223372036854775807}`, string(list[0].OriginalEvent().Data))
	for i, expected := range []esdb.ExpectedRevision{esdb.NoStream{}, esdb.Any{}, esdb.Revision(4)} {
		r := write(t, c, "s", expected, newEvent("again"))
		require.EqualValues(t, 3+i, r.NextExpectedVersion)
		list, err = readStream(t, c, "s", esdb.ReadStreamOptions{}, 10)
		require.NoError(t, err)
		require.Equal(t, []uint64{uint64(3 + i)}, revisions(list))
		_, err = c.DeleteStream(ctxFor(t), "s", esdb.DeleteStreamOptions{})
		require.NoError(t, err)
	}
	all, err := readAllEvents(t, c, esdb.ReadAllOptions{From: esdb.Start{}}, 100)
	require.NoError(t, err)
	require.Equal(t, "T0", all[0].OriginalEvent().EventType, "deleted events stay visible in $all")
}

func TestRevivalKeepsOtherMetadata(t *testing.T) {
	_, c := start(t, t.TempDir())
	write(t, c, "s", esdb.NoStream{}, newEvents(3)...)
	raw := newEvent("$metadata")
	raw.Data = []byte(`{"$tb":9223372036854775807,"$maxCount":7,"owner":"hr"}`)
	write(t, c, "$$s", esdb.Any{}, raw)
	write(t, c, "s", esdb.Any{}, newEvent("again"))
	got, err := c.GetStreamMetadata(ctxFor(t), "s", esdb.ReadStreamOptions{})
	require.NoError(t, err)
	require.EqualValues(t, 3, *got.TruncateBefore())
	require.EqualValues(t, 7, *got.MaxCount())
}

func TestMetadataWriteRevivesASoftlyDeletedStream(t *testing.T) {
	_, c := start(t, t.TempDir())
	write(t, c, "s", esdb.NoStream{}, newEvents(3)...)
	_, err := c.DeleteStream(ctxFor(t), "s", esdb.DeleteStreamOptions{})
	require.NoError(t, err)
	meta := esdb.StreamMetadata{}
	meta.SetMaxCount(5)
	_, err = c.SetStreamMetadata(ctxFor(t), "s", esdb.AppendToStreamOptions{}, meta)
	require.NoError(t, err)
	list, err := readStream(t, c, "s", esdb.ReadStreamOptions{}, 5)
	require.NoError(t, err)
	require.Empty(t, list)
	got, err := c.GetStreamMetadata(ctxFor(t), "s", esdb.ReadStreamOptions{})
	require.NoError(t, err)
	require.EqualValues(t, 3, *got.TruncateBefore())
	require.EqualValues(t, 5, *got.MaxCount())
}

func TestTombstone(t *testing.T) {
	n, c := start(t, t.TempDir())
	write(t, c, "s", esdb.NoStream{}, newEvents(2)...)
	d, err := c.TombstoneStream(ctxFor(t), "s", esdb.TombstoneStreamOptions{ExpectedRevision: esdb.Revision(1)})
	require.NoError(t, err)
	require.EqualValues(t, 3, d.Position.Commit)
	for name, try := range map[string]func() error{
		"append": func() error {
			_, err := c.AppendToStream(ctxFor(t), "s", esdb.AppendToStreamOptions{}, newEvent("T"))
			return err
		},
		"append to its metadata": func() error {
			_, err := c.AppendToStream(ctxFor(t), "$$s", esdb.AppendToStreamOptions{}, newEvent("T"))
			return err
		},
		"read": func() error { _, err := readStream(t, c, "s", esdb.ReadStreamOptions{}, 1); return err },
		"read back": func() error {
			_, err := readStream(t, c, "s", esdb.ReadStreamOptions{Direction: esdb.Backwards, From: esdb.End{}}, 1)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, esdb.ErrorCodeStreamDeleted, codeOf(t, try()))
		})
	}
	_, trailer, err := rawRead(t, raw(t, n), streamOptions("s", 1, 0))
	require.Equal(t, codes.FailedPrecondition, status.Code(err))
	require.Equal(t, []string{"stream-deleted"}, trailer["exception"])
	require.Equal(t, []string{"s"}, trailer["stream-name"])
	all, err := readAllEvents(t, c, esdb.ReadAllOptions{From: esdb.Start{}}, 10)
	require.NoError(t, err)
	require.Len(t, all, 3)
	require.Equal(t, "$streamDeleted", all[2].OriginalEvent().EventType)
}

func TestDeleteRefusals(t *testing.T) {
	n, c := start(t, t.TempDir())
	write(t, c, "s", esdb.NoStream{}, newEvents(2)...)
	md := map[string][]string{}
	_, err := raw(t, n).Delete(ctxFor(t), &streams.DeleteReq{Options: &streams.DeleteReq_Options{StreamIdentifier: named("s"),
		ExpectedStreamRevision: &streams.DeleteReq_Options_Revision{Revision: 9}}}, trailerInto(&md))
	require.Equal(t, codes.FailedPrecondition, status.Code(err))
	require.Equal(t, "Delete failed due to WrongExpectedVersion. Stream: s, Expected version: 9, Actual version: 1", status.Convert(err).Message())
	require.Equal(t, []string{"wrong-expected-version"}, md["exception"])
	require.Equal(t, []string{"s"}, md["stream-name"])
	require.Equal(t, []string{"9"}, md["expected-version"])
	require.Equal(t, []string{"1"}, md["actual-version"])
	_, err = raw(t, n).Tombstone(ctxFor(t), &streams.TombstoneReq{Options: &streams.TombstoneReq_Options{StreamIdentifier: named("none"),
		ExpectedStreamRevision: &streams.TombstoneReq_Options_StreamExists{}}}, trailerInto(&md))
	require.Equal(t, codes.FailedPrecondition, status.Code(err))
	require.Equal(t, []string{"-1"}, md["actual-version"])
}

func TestRetentionHidesInStreamsOnly(t *testing.T) {
	n, c := start(t, t.TempDir())
	for _, tt := range []struct {
		name string
		set  func(*esdb.StreamMetadata)
		want []uint64
	}{
		{"maxCount", func(m *esdb.StreamMetadata) { m.SetMaxCount(2) }, []uint64{3, 4}},
		{"tb", func(m *esdb.StreamMetadata) { m.SetTruncateBefore(4) }, []uint64{4}},
		{"tb beyond", func(m *esdb.StreamMetadata) { m.SetTruncateBefore(40) }, []uint64{}},
		{"both", func(m *esdb.StreamMetadata) { m.SetTruncateBefore(1); m.SetMaxCount(3) }, []uint64{2, 3, 4}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			write(t, c, tt.name, esdb.NoStream{}, newEvents(5)...)
			meta := esdb.StreamMetadata{}
			tt.set(&meta)
			_, err := c.SetStreamMetadata(ctxFor(t), tt.name, esdb.AppendToStreamOptions{}, meta)
			require.NoError(t, err)
			list, err := readStream(t, c, tt.name, esdb.ReadStreamOptions{}, 10)
			require.NoError(t, err)
			require.Equal(t, tt.want, revisions(list))
			list, err = readStream(t, c, tt.name, esdb.ReadStreamOptions{Direction: esdb.Backwards, From: esdb.End{}}, 10)
			require.NoError(t, err)
			require.Len(t, list, len(tt.want))
		})
	}
	all, err := readAllEvents(t, c, esdb.ReadAllOptions{From: esdb.Start{}}, 100)
	require.NoError(t, err)
	require.Len(t, all, int(n.Position()))
}

func TestMaxAge(t *testing.T) {
	n, c := start(t, t.TempDir())
	now := time.Now()
	n.store.w.clock = func() time.Time { return now }
	write(t, c, "s", esdb.NoStream{}, newEvents(2)...)
	meta := esdb.StreamMetadata{}
	meta.SetMaxAge(10 * time.Second)
	_, err := c.SetStreamMetadata(ctxFor(t), "s", esdb.AppendToStreamOptions{}, meta)
	require.NoError(t, err)
	list, err := readStream(t, c, "s", esdb.ReadStreamOptions{}, 10)
	require.NoError(t, err)
	require.Len(t, list, 2)
	now = now.Add(11 * time.Second)
	list, err = readStream(t, c, "s", esdb.ReadStreamOptions{}, 10)
	require.NoError(t, err, "all hidden is empty, not missing")
	require.Empty(t, list)
}

func TestLinksAreResolved(t *testing.T) {
	_, c := start(t, t.TempDir())
	write(t, c, "s", esdb.NoStream{}, newEvents(3)...)
	link, broken := newEvent("$>"), newEvent("$>")
	link.ContentType, link.Data = esdb.ContentTypeBinary, []byte("1@s")
	broken.ContentType, broken.Data = esdb.ContentTypeBinary, []byte("9@s")
	write(t, c, "links", esdb.NoStream{}, link, broken)
	list, err := readStream(t, c, "links", esdb.ReadStreamOptions{ResolveLinkTos: true}, 10)
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, "T1", list[0].Event.EventType)
	require.Equal(t, link.EventID, list[0].Link.EventID)
	require.Nil(t, list[1].Event)
	require.Equal(t, broken.EventID, list[1].Link.EventID)
	list, err = readStream(t, c, "links", esdb.ReadStreamOptions{}, 1)
	require.NoError(t, err)
	require.Equal(t, "$>", list[0].Event.EventType)
}
