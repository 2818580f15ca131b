package node

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/gossip"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/serverfeatures"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

var guarded = []string{"account", "clock", "member"}

func startGuarded(t *testing.T, dir string) *Node {
	t.Helper()
	n, err := Open(context.Background(), Config{Dir: dir, Listen: "127.0.0.1:0", Guard: guarded, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = n.Close() })
	return n
}

func TestGuardedNode(t *testing.T) {
	dir := t.TempDir()
	n := startGuarded(t, dir)
	c := client(t, n)
	write(t, c, "clock-1", esdb.NoStream{}, newEvents(2)...)
	list, err := readStream(t, c, "clock-1", esdb.ReadStreamOptions{}, 5)
	require.NoError(t, err)
	require.Len(t, list, 2)
	meta := esdb.StreamMetadata{}
	meta.SetMaxCount(1)
	for name, try := range map[string]func(stream string) error{
		"delete": func(s string) error { _, err := c.DeleteStream(ctxFor(t), s, esdb.DeleteStreamOptions{}); return err },
		"tombstone": func(s string) error {
			_, err := c.TombstoneStream(ctxFor(t), s, esdb.TombstoneStreamOptions{})
			return err
		},
		"metadata": func(s string) error {
			_, err := c.SetStreamMetadata(ctxFor(t), s, esdb.AppendToStreamOptions{}, meta)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, category := range guarded {
				require.Equal(t, esdb.ErrorCodeAccessDenied, codeOf(t, try(category+"-1")))
			}
			write(t, c, "scratch-"+name, esdb.NoStream{}, newEvents(1)...)
			require.NoError(t, try("scratch-"+name))
		})
	}
}

func TestGuardedNodeAsksForThePassword(t *testing.T) {
	n := startGuarded(t, t.TempDir())
	for name, replace := range map[string]string{"wrong password": "admin:wrong@", "no credentials": ""} {
		t.Run(name, func(t *testing.T) {
			s := n.ConnectionString()
			s = "esdb://" + replace + s[strings.Index(s, "@")+1:]
			cfg, err := esdb.ParseConnectionString(s)
			require.NoError(t, err)
			cfg.Logger = esdb.NoopLogging()
			c, err := esdb.NewClient(cfg)
			require.NoError(t, err)
			defer c.Close()
			_, err = c.AppendToStream(ctxFor(t), "s", esdb.AppendToStreamOptions{}, newEvent("T"))
			require.Equal(t, esdb.ErrorCodeUnauthenticated, codeOf(t, err))
		})
	}
}

func TestSecretsArePrivateAndKept(t *testing.T) {
	dir := t.TempDir()
	n := startGuarded(t, dir)
	first := n.ConnectionString()
	for _, f := range []string{"ca.key", "node.key", "node.password"} {
		st, err := os.Stat(filepath.Join(dir, f))
		require.NoError(t, err)
		require.EqualValues(t, 0o600, st.Mode().Perm(), f)
	}
	require.NoError(t, n.Close())
	n = startGuarded(t, dir)
	cut := func(s string) string { return s[:strings.Index(s, "@")] + s[strings.Index(s, "?"):] }
	require.Equal(t, cut(first), cut(n.ConnectionString()))
	write(t, client(t, n), "s", esdb.NoStream{}, newEvent("T"))
}

// TestEventsAreForTheirUserAlone: also those that an older program wrote for everybody.
func TestEventsAreForTheirUserAlone(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o755))
	n := startGuarded(t, dir)
	write(t, client(t, n), "s", esdb.NoStream{}, newEvent("T"))
	closed := func() {
		t.Helper()
		for _, f := range []string{storeFile, storeFile + "-wal", storeFile + "-shm"} {
			st, err := os.Stat(filepath.Join(dir, f))
			if f == storeFile || err == nil {
				require.NoError(t, err)
				require.EqualValues(t, 0o600, st.Mode().Perm(), f)
			}
		}
	}
	closed()
	require.NoError(t, n.Close())
	require.NoError(t, os.Chmod(filepath.Join(dir, storeFile), 0o644))
	startGuarded(t, dir)
	closed()
}

func TestDiscovery(t *testing.T) {
	n, _ := start(t, t.TempDir())
	conn, err := grpc.NewClient(n.Addr(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	defer conn.Close()
	info, err := gossip.NewGossipClient(conn).Read(ctxFor(t), &shared.Empty{})
	require.NoError(t, err)
	require.Len(t, info.GetMembers(), 1)
	m := info.GetMembers()[0]
	require.Equal(t, gossip.MemberInfo_Leader, m.GetState())
	require.True(t, m.GetIsAlive())
	require.Equal(t, "127.0.0.1", m.GetHttpEndPoint().GetAddress())
	features, err := serverfeatures.NewServerFeaturesClient(conn).GetSupportedMethods(ctxFor(t), &shared.Empty{})
	require.NoError(t, err)
	require.Equal(t, Version, features.GetEventStoreServerVersion())
	cfg, err := esdb.ParseConnectionString("esdb+discover://" + n.Addr() + "?tls=false")
	require.NoError(t, err)
	cfg.Logger = esdb.NoopLogging()
	c, err := esdb.NewClient(cfg)
	require.NoError(t, err)
	defer c.Close()
	write(t, c, "s", esdb.NoStream{}, newEvent("T"))
}

func TestDataDirectoryRefusals(t *testing.T) {
	open := func(dir string) error {
		n, err := Open(context.Background(), Config{Dir: dir, Listen: "127.0.0.1:0", Insecure: true, Log: slog.New(slog.DiscardHandler)})
		if err == nil {
			_ = n.Close()
		}
		return err
	}
	t.Run("in use", func(t *testing.T) {
		dir := t.TempDir()
		start(t, dir)
		require.EqualError(t, open(dir), "data directory "+dir+" is in use by another daka node: stop that one, or choose another directory")
	})
	t.Run("other files", func(t *testing.T) {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "thesis.doc"), nil, 0o600))
		require.EqualError(t, open(dir), "data directory "+dir+" holds no event store but other files (thesis.doc): choose an empty directory")
	})
	t.Run("another program's database", func(t *testing.T) {
		dir := t.TempDir()
		plant(t, filepath.Join(dir, storeFile), "CREATE TABLE t(a)")
		require.EqualError(t, open(dir), filepath.Join(dir, storeFile)+" is not an event store of daka (application id 0x0): choose another data directory")
	})
	t.Run("newer schema", func(t *testing.T) {
		dir := t.TempDir()
		n, _ := start(t, dir)
		require.NoError(t, n.Close())
		plant(t, filepath.Join(dir, storeFile), "PRAGMA user_version=9")
		require.EqualError(t, open(dir), filepath.Join(dir, storeFile)+" has schema version 9, this daka knows up to 1: start a newer daka")
	})
	t.Run("no directory", func(t *testing.T) {
		require.EqualError(t, open(""), "no data directory was named")
	})
}
