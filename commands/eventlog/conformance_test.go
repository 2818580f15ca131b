package eventlog_test

import (
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog/eventlogtest"
	"github.com/dakahq/daka/deploy/single/node"
)

// openNode runs an embedded node for one test.
func openNode(t testing.TB, listen string) *node.Node {
	t.Helper()
	n, err := node.Open(t.Context(), node.Config{Dir: t.TempDir(), Listen: listen, Insecure: true, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = n.Close() })
	return n
}

func TestConformanceOfTheEmbeddedNode(t *testing.T) {
	eventlogtest.Run(t, func(t testing.TB) eventlogtest.Server {
		return eventlogtest.Server{Connection: openNode(t, "127.0.0.1:0").ConnectionString(), Insecure: true}
	})
}

// TestConformanceOverTLS runs the node as it runs inside daka serve, but for its guard of the ledger's streams.
func TestConformanceOverTLS(t *testing.T) {
	eventlogtest.Run(t, func(t testing.TB) eventlogtest.Server {
		n, err := node.Open(t.Context(), node.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		t.Cleanup(func() { _ = n.Close() })
		return eventlogtest.Server{Connection: n.ConnectionString()}
	})
}

func TestConformanceOfEventStoreDB(t *testing.T) {
	connection := os.Getenv("DAKA_TEST_ESDB")
	if connection == "" {
		t.Skip("DAKA_TEST_ESDB names no EventStoreDB, such as esdb://localhost:2113?tls=false")
	}
	eventlogtest.Run(t, func(testing.TB) eventlogtest.Server {
		return eventlogtest.Server{Connection: connection, Insecure: strings.Contains(connection, "tls=false")}
	})
}
