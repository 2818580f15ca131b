package eventlog_test

import (
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/deploy/single/node"
)

// secureNode runs a node with TLS in a folder, and gives its address and its connection string in parts.
func secureNode(t *testing.T) (address string, connection *url.URL, dir string) {
	t.Helper()
	dir = t.TempDir()
	n, err := node.Open(t.Context(), node.Config{Dir: dir, Listen: "0.0.0.0:0", Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = n.Close() })
	connection, err = url.Parse(n.ConnectionString())
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(n.Addr())
	require.NoError(t, err)
	connection.Host = "127.0.0.1:" + port
	return connection.Host, connection, dir
}

// TestTLSThatDoesNotFitNamesItsMend: each of these was "context deadline exceeded".
func TestTLSThatDoesNotFitNamesItsMend(t *testing.T) {
	address, right, _ := secureNode(t)
	_, _, elsewhere := secureNode(t)
	plain := openNode(t, "127.0.0.1:0").Addr()
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	with := func(host, key, value string) string {
		u := *right
		u.Host = host
		query := u.Query()
		query.Set(key, value)
		if value == "" {
			query.Del(key)
		}
		u.RawQuery = query.Encode()
		return u.String()
	}
	for name, c := range map[string]struct{ connection, want, mend string }{
		"no CA":                  {with(address, "tlsCaFile", ""), "authority that is not known", "tlsCAFile="},
		"another CA":             {with(address, "tlsCaFile", filepath.Join(elsewhere, "ca.crt")), "authority that is not known", "tlsCAFile="},
		"TLS at a plain server":  {with(plain, "tls", "true"), "answers without TLS", "tls=false"},
		"no TLS at a TLS server": {"esdb://" + address + "?tls=false", "speaks TLS", "tls=false; leave that out"},
		"another name than its":  {with("127.0.0.2:"+port, "tls", "true"), "other names", "connect by one of its names"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := dial(t, c.connection)
			err := l.Ping(within(t, 6*time.Second))
			require.ErrorIs(t, err, eventlog.ErrUnavailable)
			require.ErrorIs(t, err, eventlog.ErrTLS)
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, c.mend)
		})
	}
	require.NoError(t, dial(t, right.String()).Ping(within(t, 20*time.Second)))
}

// TestAMissingCAFileIsNamed: the connection string itself is wrong.
func TestAMissingCAFileIsNamed(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "ca.crt")
	_, err := eventlog.Dial("esdb://h:1?tlsCAFile="+missing, slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "tlsCAFile")
	require.ErrorContains(t, err, missing)
}
