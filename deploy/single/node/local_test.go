package node

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func localEvents(n int) []Proposed {
	out := make([]Proposed, n)
	for i := range out {
		out[i] = Proposed{ID: uuid.New(), Type: "Tested", JSON: i%2 == 0, Data: []byte(`{"a":1}`), Meta: []byte(`{"m":2}`)}
	}
	return out
}

// TestLocalAppendIsAnAppend: what was appended from inside is read by the client as if it had come over the wire, and both see each other's.
func TestLocalAppendIsAnAppend(t *testing.T) {
	n, c := start(t, t.TempDir())
	e := localEvents(2)
	w, err := n.Append(t.Context(), "s", noStream, e)
	require.NoError(t, err)
	require.Equal(t, Written{Revision: 1, Position: 2}, w)
	require.EqualValues(t, 2, n.Position())
	write(t, c, "s", esdb.Revision(1), newEvent("Wire"))
	w, err = n.Append(t.Context(), "s", 2, localEvents(1))
	require.NoError(t, err)
	require.Equal(t, Written{Revision: 3, Position: 4}, w)

	list, err := readStream(t, c, "s", esdb.ReadStreamOptions{From: esdb.Start{}}, 10)
	require.NoError(t, err)
	require.Equal(t, []uint64{0, 1, 2, 3}, revisions(list))
	for i, content := range []string{"application/json", "application/octet-stream"} {
		got := list[i].OriginalEvent()
		require.Equal(t, uuid.UUID(e[i].ID), got.EventID)
		require.Equal(t, content, got.ContentType)
		require.Equal(t, "Tested", got.EventType)
		require.JSONEq(t, `{"a":1}`, string(got.Data))
		require.JSONEq(t, `{"m":2}`, string(got.UserMetadata))
		require.WithinDuration(t, time.Now(), got.CreatedDate, time.Minute)
	}
	again, err := n.Append(t.Context(), "s", noStream, e)
	require.NoError(t, err)
	require.Equal(t, Written{Revision: 1, Position: 2}, again, "a repeat is answered as the first time")
	report, err := n.VerifyAll(t.Context())
	require.NoError(t, err)
	require.True(t, report.Clean(), "%v", report.Findings)
}

func TestLocalAppendRefusals(t *testing.T) {
	n, c := start(t, t.TempDir())
	write(t, c, "s", esdb.NoStream{}, newEvent("T"))
	write(t, c, "gone", esdb.NoStream{}, newEvent("T"))
	_, err := c.TombstoneStream(ctxFor(t), "gone", esdb.TombstoneStreamOptions{ExpectedRevision: esdb.Any{}})
	require.NoError(t, err)
	large := localEvents(1)
	large[0].Data = make([]byte, maxAppend+1)
	before := n.Position()
	for _, r := range []struct {
		name     string
		stream   string
		expected int64
		events   []Proposed
		want     error
	}{
		{"another revision", "s", 1, localEvents(1), ErrWrongRevision},
		{"there already", "s", noStream, localEvents(1), ErrWrongRevision},
		{"deleted for good", "gone", 0, localEvents(1), ErrDeleted},
		{"too large", "s", 0, large, ErrInvalid},
		{"no stream named", "", noStream, localEvents(1), ErrInvalid},
		{"no event", "s", 0, nil, ErrInvalid},
		{"Any", "s", anyRevision, localEvents(1), ErrInvalid},
		{"above the highest revision", "s", tombstoneRev, localEvents(1), ErrInvalid},
	} {
		_, err := n.Append(t.Context(), r.stream, r.expected, r.events)
		require.ErrorIs(t, err, r.want, r.name)
	}
	require.Equal(t, before, n.Position(), "nothing was written")
}

func TestLocalAppendToAGuardedNode(t *testing.T) {
	n, err := Open(t.Context(), Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", Guard: []string{"member"}, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	_, err = n.Append(t.Context(), "$$member-1", noStream, localEvents(1))
	require.ErrorIs(t, err, ErrDenied)
	_, err = n.Append(t.Context(), "member-1", noStream, localEvents(1))
	require.NoError(t, err)
	require.NoError(t, n.Close())
	_, err = n.Append(t.Context(), "member-1", 0, localEvents(1))
	require.ErrorIs(t, err, ErrNotTaken)
	require.NotErrorIs(t, err, ErrDenied)
}

// TestAppendsObeyTheirContext: who leaves while the disk stalls does not know what became of it; who comes too late for a full line, in the
// process or over the wire, does not stay in it.
func TestAppendsObeyTheirContext(t *testing.T) {
	n, c := start(t, t.TempDir())
	w, reached, release := n.store.w, make(chan struct{}, 1), make(chan struct{})
	committed := w.committed
	w.committed = func(group []event, last int64) {
		reached <- struct{}{}
		<-release
		committed(group, last)
	}
	goOn := sync.OnceFunc(func() {
		close(release)
		go func() {
			for range reached { // later commits pass
			}
		}()
	})
	t.Cleanup(goOn)
	patience := errors.New("no more patience")
	ctx, leave := context.WithCancelCause(t.Context())
	left := make(chan error, 1)
	go func() {
		_, err := n.Append(ctx, "s", noStream, localEvents(1))
		left <- err
	}()
	<-reached
	leave(patience)
	err := <-left
	require.ErrorIs(t, err, patience)
	require.NotErrorIs(t, err, ErrNotTaken)
	for range cap(w.queue) {
		require.NoError(t, w.enqueue(t.Context(), &request{name: "line", expected: anyRevision}))
	}
	_, err = n.Append(ctx, "late", noStream, localEvents(1))
	require.ErrorIs(t, err, ErrNotTaken)
	require.ErrorIs(t, err, patience)
	brief, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = c.AppendToStream(brief, "late", esdb.AppendToStreamOptions{}, esdb.EventData{EventID: uuid.New(), EventType: "Late", ContentType: esdb.ContentTypeJson, Data: []byte("{}")})
	require.Equal(t, esdb.ErrorCodeDeadlineExceeded, codeOf(t, err))
	require.Eventually(t, func() bool { return w.underWay.Load() == 0 }, time.Minute, time.Millisecond, "who left over the wire still stands in line")

	goOn()
	list, err := readStream(t, c, "s", esdb.ReadStreamOptions{From: esdb.Start{}}, 10)
	require.NoError(t, err)
	require.Len(t, list, 1, "it was written after all")
	_, err = readStream(t, c, "late", esdb.ReadStreamOptions{From: esdb.Start{}}, 10)
	require.Equal(t, esdb.ErrorCodeResourceNotFound, codeOf(t, err))
}

// sameAsWire holds a local read against the client's read of the same stream.
func sameAsWire(t *testing.T, n *Node, c *esdb.Client, stream string, from uint64) []Event {
	t.Helper()
	wire, err := readStream(t, c, stream, esdb.ReadStreamOptions{From: esdb.Revision(from)}, math.MaxInt64)
	require.NoError(t, err)
	local, err := n.Read(t.Context(), stream, int64(from), math.MaxInt64)
	require.NoError(t, err)
	require.Len(t, local, len(wire))
	for i, e := range local {
		want := wire[i].OriginalEvent()
		content := map[bool]string{true: "application/json", false: "application/octet-stream"}[e.JSON]
		require.Equal(t, [...]any{want.EventNumber, want.Position.Commit, want.EventID, want.EventType, want.ContentType, string(want.Data), string(want.UserMetadata), want.CreatedDate.UTC()},
			[...]any{uint64(e.Revision), uint64(e.Position), uuid.UUID(e.ID), e.Type, content, string(e.Data), string(e.Meta), e.Created})
	}
	return local
}

func TestLocalReadIsARead(t *testing.T) {
	n, c := start(t, t.TempDir())
	for rev := int64(noStream); rev < 2*pageEvents; rev += 500 {
		_, err := n.Append(t.Context(), "long", rev, localEvents(500))
		require.NoError(t, err)
	}
	require.Len(t, sameAsWire(t, n, c, "long", 0), 2*pageEvents+500, "more than two pages")
	require.Len(t, sameAsWire(t, n, c, "long", 2400), 100)
	require.Empty(t, sameAsWire(t, n, c, "long", 9000))
	for _, most := range []int64{0, 1, pageEvents, pageEvents + 7, 9000} {
		some, err := n.Read(t.Context(), "long", 3, most)
		require.NoError(t, err)
		require.Len(t, some, int(min(most, 2*pageEvents+497)))
	}
	none, err := n.Read(t.Context(), "never", 0, math.MaxInt64)
	require.NoError(t, err)
	require.Empty(t, none)

	meta := esdb.StreamMetadata{}
	meta.SetMaxCount(3)
	_, err = c.SetStreamMetadata(ctxFor(t), "long", esdb.AppendToStreamOptions{}, meta)
	require.NoError(t, err)
	require.Len(t, sameAsWire(t, n, c, "long", 0), 3)
	meta = esdb.StreamMetadata{}
	meta.SetMaxAge(time.Hour)
	_, err = c.SetStreamMetadata(ctxFor(t), "long", esdb.AppendToStreamOptions{}, meta)
	require.NoError(t, err)
	require.NotEmpty(t, sameAsWire(t, n, c, "long", 0))
	n.store.w.clock = func() time.Time { return time.Now().Add(2 * time.Hour) }
	require.Empty(t, sameAsWire(t, n, c, "long", 0), "all are too old")

	_, err = c.TombstoneStream(ctxFor(t), "long", esdb.TombstoneStreamOptions{ExpectedRevision: esdb.Any{}})
	require.NoError(t, err)
	_, err = n.Read(t.Context(), "long", 0, math.MaxInt64)
	require.ErrorIs(t, err, ErrDeleted)
	require.NoError(t, n.Close())
	_, err = n.Read(t.Context(), "other", 0, math.MaxInt64)
	require.ErrorIs(t, err, ErrClosed)
}

// TestLocalReadServesNoDamage: a changed record and a missing one end the read, and the operator is told.
func TestLocalReadServesNoDamage(t *testing.T) {
	for sql, want := range map[string]string{
		"UPDATE events SET data=x'00' WHERE pos=205": "the event at position 205 (stream \"clock-20\", revision 4) fails its checksum and is not served",
		"DELETE FROM events WHERE pos=205":           `revision 4 of stream "clock-20" is missing from the store`,
	} {
		dir := filledStore(t)
		plant(t, filepath.Join(dir, storeFile), sql)
		var log strings.Builder
		n, err := Open(t.Context(), Config{Dir: dir, Listen: "127.0.0.1:0", Insecure: true, Log: slog.New(slog.NewTextHandler(&log, nil))})
		require.NoError(t, err)
		list, err := n.Read(t.Context(), "clock-20", 0, math.MaxInt64)
		require.ErrorContains(t, err, want)
		require.Empty(t, list)
		_, err = n.Read(t.Context(), "clock-19", 0, math.MaxInt64)
		require.NoError(t, err)
		require.NoError(t, n.Close())
		require.Contains(t, log.String(), "level=ERROR msg=\"event store\"")
	}
}
