package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/deploy/single/postgres/postgrestest"
)

// settingsIn are those of a server in a data directory; change may adapt them.
func settingsIn(t *testing.T, data, database string, change func(*serveCmd)) serveCmd {
	t.Helper()
	c := serveCmd{Data: data, DatabaseURL: database, Listen: "127.0.0.1:0", NodeListen: "127.0.0.1:0", CodesPerIP: 20, logFlags: logFlags{LogLevel: "error", LogFormat: "text"}}
	if change != nil {
		change(&c)
	}
	require.NoError(t, c.check())
	return c
}

// bootOnce starts a server and ends it; the error is that of the start.
func bootOnce(t *testing.T, c serveCmd, while func(*machine)) error {
	t.Helper()
	m, err := boot(world{ctx: context.Background(), stdout: io.Discard, stderr: t.Output()}, c)
	if err != nil {
		return err
	}
	if while != nil {
		while(m)
	}
	m.close()
	return nil
}

// verb runs a verb that needs no server.
func verb(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(world{ctx: t.Context(), stdin: bytes.NewReader(nil), stdout: &out, stderr: &errs}, args)
	return code, out.String(), errs.String()
}

// TestAStartWithOtherKeysIsRefused: what the ledger sealed only its own keys open; with others, or none, nothing may be written beside it.
func TestAStartWithOtherKeysIsRefused(t *testing.T) {
	data, database := t.TempDir(), postgrestest.Database(t)
	c := settingsIn(t, data, database, nil)
	require.NoError(t, bootOnce(t, c, nil), "the first start founds the installation")
	require.NoError(t, bootOnce(t, c, nil))

	kept := filepath.Join(data, "keys")
	away := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, os.Rename(kept, away))
	err := bootOnce(t, c, nil)
	require.ErrorContains(t, err, "key_store_mismatch")
	require.ErrorContains(t, err, "is missing")
	require.ErrorContains(t, err, "Put the right one back")
	left, err := filepath.Glob(filepath.Join(kept, "*"))
	require.NoError(t, err)
	require.Empty(t, left, "the refused start left no keys behind")

	other := settingsIn(t, t.TempDir(), postgrestest.Database(t), nil)
	require.NoError(t, bootOnce(t, other, nil))
	swapped := settingsIn(t, data, database, func(c *serveCmd) { c.Keys = other.Keys })
	require.ErrorContains(t, bootOnce(t, swapped, nil), "is another one")

	require.NoError(t, os.RemoveAll(kept))
	require.NoError(t, os.Rename(away, kept))
	require.NoError(t, bootOnce(t, c, nil), "with the right keys it starts again")

	require.NoError(t, os.RemoveAll(kept))
	code, _, errs := verb(t, "keys", "replace", "--data", data)
	require.Equal(t, exitFault, code)
	require.Contains(t, errs, "--reason")
	code, out, errs := verb(t, "keys", "replace", "--data", data, "--reason", "the disk and its backup burnt")
	require.Equal(t, exitClean, code, errs)
	require.Contains(t, out, "declared")
	require.NoError(t, bootOnce(t, c, nil), "the new store is the ledger's")
}
