package eventlogtest

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog"
)

func raws(n int) []eventlog.Raw {
	out := make([]eventlog.Raw, n)
	for i := range out {
		out[i] = eventlog.Raw{ID: uuid.New(), Type: "Tested", JSON: i%2 == 0, Data: fmt.Appendf(nil, `{"n":%d}`, i), Metadata: []byte(`{}`)}
	}
	return out
}

// eventLog drives daka's own Log over the same store.
func eventLog(t *testing.T, s *suite) { RunLog(t, s.log) }

// RunLog checks that a Log does what the ledger needs of it.
func RunLog(t *testing.T, l *eventlog.Log) {
	t.Helper()
	t.Run("append and read", func(t *testing.T) { logAppends(t, l) })
	t.Run("read all", func(t *testing.T) { logReadsAll(t, l) })
	t.Run("subscribe", func(t *testing.T) { logSubscribes(t, l) })
}

func logAppends(t *testing.T, l *eventlog.Log) {
	ctx, stream, e := during(t), fresh("log"), raws(3)
	require.NoError(t, l.Ping(ctx))
	empty, err := l.Read(ctx, stream, 0, 0)
	require.NoError(t, err)
	require.Empty(t, empty)

	last, err := l.Append(ctx, stream, eventlog.NoStream, e[:2])
	require.NoError(t, err)
	require.EqualValues(t, 1, last)
	again, err := l.Append(ctx, stream, eventlog.NoStream, e[:2])
	require.NoError(t, err)
	require.EqualValues(t, 1, again)
	_, err = l.Append(ctx, stream, eventlog.NoStream, e[2:])
	require.ErrorIs(t, err, eventlog.ErrConflict)
	_, err = l.Append(ctx, stream, 1, e[2:])
	require.NoError(t, err)

	read, err := l.Read(ctx, stream, 1, 0)
	require.NoError(t, err)
	require.Len(t, read, 2)
	require.Equal(t, e[1].ID, read[0].ID)
	require.Equal(t, e[1].JSON, read[0].JSON)
	require.Equal(t, e[1].Data, read[0].Data)
	require.EqualValues(t, 1, read[0].Revision)
	for most, want := range []int{3, 1, 2, 3, 3} {
		first, err := l.Read(ctx, stream, 0, uint64(most))
		require.NoError(t, err)
		require.Len(t, first, want, "at most %d, 0 is no bound", most)
	}
	back, err := l.ReadBackwards(ctx, stream, 1)
	require.NoError(t, err)
	require.Equal(t, e[2].ID, back[0].ID)

	big := raws(1)
	big[0].Data = bytes.Repeat([]byte("x"), 2<<20)
	_, err = l.Append(ctx, fresh("log"), eventlog.NoStream, big)
	require.ErrorIs(t, err, eventlog.ErrInvalid)

	before, err := l.End(ctx)
	require.NoError(t, err)
	written, err := l.Write(ctx, fresh("log"), eventlog.NoStream, raws(2))
	require.NoError(t, err)
	require.True(t, before.Less(written.Position))
	end, err := l.End(ctx)
	require.NoError(t, err)
	require.False(t, end.Less(written.Position), "what was acknowledged is not behind the end")
}

func logReadsAll(t *testing.T, l *eventlog.Log) {
	ctx, stream, e := during(t), fresh("log"), raws(700)
	head, found, err := l.Head(ctx)
	require.NoError(t, err)
	require.True(t, found)
	at, found, err := l.At(ctx, head.Position)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, head.ID, at.ID)
	_, found, err = l.At(ctx, eventlog.Position{Commit: 1 << 40, Prepare: 1 << 40})
	require.NoError(t, err)
	require.False(t, found, "nothing stands behind the end")
	for i := 0; i < len(e); i += 100 {
		_, err := l.Append(ctx, stream, int64(i)-1, e[i:i+100])
		require.NoError(t, err)
	}
	collect := func(max int) (out []eventlog.Raw) {
		require.NoError(t, l.ReadAll(ctx, head.Position, max, func(r eventlog.Raw) error { out = append(out, r); return nil }))
		return out
	}
	require.Len(t, collect(5), 5)
	for _, limit := range []int{0, 5000} {
		var mine int
		for _, r := range collect(limit) {
			require.True(t, head.Position.Less(r.Position), "exclusive of the position, rising")
			if r.Stream == stream {
				require.Equal(t, e[mine].ID, r.ID)
				mine++
			}
		}
		require.Equal(t, len(e), mine)
	}
	stop := fmt.Errorf("enough")
	require.ErrorIs(t, l.ReadAll(ctx, eventlog.Position{}, 0, func(eventlog.Raw) error { return stop }), stop)
}

func logSubscribes(t *testing.T, l *eventlog.Log) {
	ctx, cancel := context.WithCancel(during(t))
	defer cancel()
	tag := uuid.NewString()
	stream, e := "log"+tag+"-1", raws(4)
	written, err := l.Write(ctx, stream, eventlog.NoStream, e[:1])
	require.NoError(t, err)
	_, err = l.Append(ctx, stream, 0, e[1:3])
	require.NoError(t, err)
	sub, err := l.Subscribe(ctx, written.Position, eventlog.Filter{Prefixes: []string{"log" + tag}})
	require.NoError(t, err)
	defer sub.Close()
	next := func() eventlog.Raw {
		for {
			item, err := sub.Next(ctx)
			require.NoError(t, err)
			if item.Event != nil {
				return *item.Event
			}
		}
	}
	require.Equal(t, e[1].ID, next().ID)
	require.Equal(t, e[2].ID, next().ID)
	_, err = l.Append(ctx, stream, 2, e[3:])
	require.NoError(t, err)
	require.Equal(t, e[3].ID, next().ID)
	cancel()
	_, err = sub.Next(ctx)
	require.ErrorIs(t, err, context.Canceled)
}
