package node

import (
	"context"
	"errors"
	"log/slog"
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
	n, err := Open(t.Context(), Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", Guard: true, Log: slog.New(slog.DiscardHandler)})
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

// TestLocalAppendObeysItsContext: who leaves while the disk stalls does not know what became of it; who comes too late for a full line does.
func TestLocalAppendObeysItsContext(t *testing.T) {
	n, c := start(t, t.TempDir())
	w, reached, release := n.store.w, make(chan struct{}, 1), make(chan struct{})
	committed := w.committed
	w.committed = func(group []event, last int64) {
		reached <- struct{}{}
		<-release
		committed(group, last)
	}
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

	go func() {
		for range reached { // later commits pass
		}
	}()
	close(release)
	list, err := readStream(t, c, "s", esdb.ReadStreamOptions{From: esdb.Start{}}, 10)
	require.NoError(t, err)
	require.Len(t, list, 1, "it was written after all")
	_, err = readStream(t, c, "late", esdb.ReadStreamOptions{From: esdb.Start{}}, 10)
	require.Equal(t, esdb.ErrorCodeResourceNotFound, codeOf(t, err))
	t.Cleanup(func() { close(reached) })
}
