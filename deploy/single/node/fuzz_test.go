package node_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/deploy/single/logtest"
	"github.com/dakahq/daka/deploy/single/node"
	"github.com/dakahq/daka/deploy/single/node/nodefuzz"
)

func openInsecure(t *testing.T, dir string, log *slog.Logger) *node.Node {
	t.Helper()
	n, err := node.Open(t.Context(), node.Config{Dir: dir, Listen: "127.0.0.1:0", Insecure: true, Log: log})
	require.NoError(t, err)
	t.Cleanup(func() { _ = n.Close() })
	return n
}

// TestFuzzEveryCall throws everything at a node for ten seconds; `make torture` does it for ten minutes, to the binary.
func TestFuzzEveryCall(t *testing.T) {
	dir, log := t.TempDir(), &logtest.Log{}
	n := openInsecure(t, dir, slog.New(slog.NewTextHandler(log, nil)))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	record, err := nodefuzz.Run(ctx, nodefuzz.Config{Address: n.Addr(), Seed: seed})
	require.NoError(t, err)
	taken, accepted := record.Actions()
	t.Logf("%d actions, %d operations accepted, statuses %v", taken, accepted, record.Codes())
	require.Positive(t, accepted)
	select {
	case <-n.Done():
		t.Fatal(n.Err())
	default:
	}
	require.NoError(t, n.Close())
	require.NotContains(t, log.String(), "level=ERROR")

	report, err := node.Verify(t.Context(), dir)
	require.NoError(t, err)
	require.True(t, report.Clean(), "%v", report.Findings)
	first, second := openInsecure(t, dir, slog.New(slog.DiscardHandler)), openInsecure(t, t.TempDir(), slog.New(slog.DiscardHandler))
	ops, events, err := record.Replay(t.Context(), first.Addr(), second.Addr())
	require.NoError(t, err)
	t.Logf("%d operations fed to a second node, %d events compared", ops, events)
}
