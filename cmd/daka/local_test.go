package main

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/commands/eventlog/eventlogtest"
	"github.com/dakahq/daka/deploy/single/node"
	"github.com/dakahq/daka/domain"
)

// localLog is a log as `daka serve` has it: appends go to its own node directly, everything else over the wire.
func localLog(t *testing.T, guard bool) (*node.Node, *eventlog.Log) {
	t.Helper()
	var categories []string
	if guard {
		categories = domain.Categories()
	}
	n, err := node.Open(t.Context(), node.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", Guard: categories, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = n.Close() })
	log, err := eventlog.Dial(n.ConnectionString(), slog.New(slog.DiscardHandler), eventlog.WithLocal(localNode{n}))
	require.NoError(t, err)
	t.Cleanup(log.Close)
	return n, log
}

func aRaw() []eventlog.Raw {
	return []eventlog.Raw{{ID: uuid.New(), Type: "Tested", JSON: true, Data: []byte(`{}`), Metadata: []byte(`{}`)}}
}

func TestTheLocalNodeIsAnEventLog(t *testing.T) {
	_, log := localLog(t, false)
	end, err := log.End(t.Context())
	require.NoError(t, err)
	require.True(t, end.IsZero(), "an empty log")
	_, err = log.Append(t.Context(), "first-1", eventlog.NoStream, aRaw())
	require.NoError(t, err)
	eventlogtest.RunLog(t, log)
}

// TestTheLocalNodeIsNotCalled: without anybody listening at the connection's address, appends and reads of a stream go on.
func TestTheLocalNodeIsNotCalled(t *testing.T) {
	n, _ := localLog(t, false)
	log, err := eventlog.Dial("esdb://127.0.0.1:1?tls=false", slog.New(slog.DiscardHandler), eventlog.WithLocal(localNode{n}))
	require.NoError(t, err)
	w, err := log.Write(t.Context(), "first-1", eventlog.NoStream, aRaw())
	require.NoError(t, err)
	require.Equal(t, eventlog.Written{Position: eventlog.Position{Commit: 1, Prepare: 1}}, w)
	read, err := log.Read(t.Context(), "first-1", 0, 0)
	require.NoError(t, err)
	require.Len(t, read, 1)
	w, err = log.Write(t.Context(), "second-1", eventlog.NoStream, append(aRaw(), aRaw()...))
	require.NoError(t, err)
	for _, most := range []int{1, 2, 3, 9} {
		last, err := log.Tail(t.Context(), most)
		require.NoError(t, err)
		require.Len(t, last, min(most, 3))
		require.Equal(t, w.Position, last[0].Position, "the newest first")
		require.Equal(t, "second-1", last[0].Stream)
		require.Equal(t, uint64(1), last[0].Revision)
	}
	events, upTo, local, err := log.Since(t.Context(), []string{"none", "second"}, eventlog.Position{Commit: 2, Prepare: 2})
	require.NoError(t, err)
	require.True(t, local)
	require.Equal(t, w.Position, upTo)
	require.Len(t, events, 1, "what stands behind the position, of these categories alone")
	require.Equal(t, w.Position, events[0].Position)
	events, _, _, err = log.Since(t.Context(), []string{"first", "second"}, eventlog.Position{})
	require.NoError(t, err)
	require.Len(t, events, 3)
	log.Close()
	_, _, _, err = log.Since(t.Context(), []string{"first"}, eventlog.Position{})
	require.ErrorIs(t, err, eventlog.ErrClosed)
	_, err = log.Tail(t.Context(), 1)
	require.ErrorIs(t, err, eventlog.ErrClosed)
	_, err = log.Write(t.Context(), "first-1", 0, aRaw())
	require.ErrorIs(t, err, eventlog.ErrClosed)
	_, err = log.Read(t.Context(), "first-1", 0, 0)
	require.ErrorIs(t, err, eventlog.ErrClosed)
}

func TestLocalAppendOutcomes(t *testing.T) {
	n, log := localLog(t, true)
	client := clientOf(t, n)
	_, err := log.Append(t.Context(), "other-1", eventlog.NoStream, aRaw())
	require.NoError(t, err)
	_, err = client.TombstoneStream(t.Context(), "other-1", esdb.TombstoneStreamOptions{ExpectedRevision: esdb.Any{}})
	require.NoError(t, err)
	_, err = log.Append(t.Context(), "other-1", 0, aRaw())
	require.ErrorIs(t, err, eventlog.ErrDeleted)
	_, err = log.Read(t.Context(), "other-1", 0, 0)
	require.ErrorIs(t, err, eventlog.ErrDeleted)
	_, err = log.Append(t.Context(), "$$member-1", eventlog.NoStream, aRaw())
	require.ErrorIs(t, err, eventlog.ErrDenied)
	_, err = log.Append(t.Context(), "member-1", 7, aRaw())
	require.ErrorIs(t, err, eventlog.ErrConflict)
	require.NoError(t, n.Close())
	_, err = log.Append(t.Context(), "member-1", eventlog.NoStream, aRaw())
	require.ErrorIs(t, err, eventlog.ErrUnavailable, "nothing was taken in")
	_, err = log.Read(t.Context(), "member-1", 0, 0)
	require.ErrorIs(t, err, eventlog.ErrUnavailable)
}

func clientOf(t *testing.T, n *node.Node) *esdb.Client {
	t.Helper()
	config, err := esdb.ParseConnectionString(n.ConnectionString())
	require.NoError(t, err)
	config.Logger = esdb.NoopLogging()
	client, err := esdb.NewClient(config)
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// TestLocalErrors: whatever the node does not surely refuse leaves the outcome open.
func TestLocalErrors(t *testing.T) {
	for in, want := range map[error]error{
		node.ErrFull: eventlog.ErrFull, node.ErrInvalid: eventlog.ErrInvalid, node.ErrNotTaken: eventlog.ErrUnavailable,
		context.DeadlineExceeded: eventlog.ErrAmbiguous, errors.New("disk I/O error"): eventlog.ErrAmbiguous,
	} {
		got := localError(in)
		require.ErrorIs(t, got, want)
		require.ErrorIs(t, got, in)
	}
}
