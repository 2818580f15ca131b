package postgres_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/dakahq/daka/deploy/single/postgres"
)

// room is an empty folder that the unprivileged server can reach; t.TempDir is closed to it as root.
func room(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "daka-pg-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return filepath.Join(dir, "postgres")
}

func config(t *testing.T, dir string) postgres.Config {
	t.Helper()
	return postgres.Config{Dir: dir, Tools: []string{"../../../.tools"}, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
}

// start runs a cluster and stops it with the test.
func start(t *testing.T, dir string) *postgres.Server {
	t.Helper()
	server, err := postgres.Start(t.Context(), config(t, dir))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.WithoutCancel(t.Context()))) })
	return server
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

func one[T any](t *testing.T, conn *pgx.Conn, query string) T {
	t.Helper()
	var v T
	require.NoError(t, conn.QueryRow(t.Context(), query).Scan(&v))
	return v
}

func TestLifeOfACluster(t *testing.T) {
	defer goleak.VerifyNone(t)
	dir := room(t)
	server, err := postgres.Start(t.Context(), config(t, dir))
	require.NoError(t, err)
	require.NoError(t, server.Healthy())

	conn, err := pgx.Connect(t.Context(), server.URL(postgres.Database))
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "CREATE TABLE kept AS SELECT 42 AS answer")
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
	require.NoError(t, server.Stop(t.Context()))
	require.NoError(t, server.Stop(t.Context()), "a second stop does nothing")
	require.EqualError(t, server.Healthy(), "postgres: stopped")
	_, err = pgx.Connect(t.Context(), server.URL(postgres.Database))
	require.Error(t, err)

	again, err := postgres.Start(t.Context(), config(t, dir))
	require.NoError(t, err)
	conn, err = pgx.Connect(t.Context(), again.URL(postgres.Database))
	require.NoError(t, err)
	require.Equal(t, 42, one[int](t, conn, "SELECT answer FROM kept"))
	require.NoError(t, conn.Close(t.Context()))
	require.NoError(t, again.Stop(t.Context()))
}

func TestClusterIsPrivateAndDurable(t *testing.T) {
	server := start(t, room(t))
	conn := connect(t, server.URL(postgres.Database))
	for setting, want := range map[string]string{
		"listen_addresses": "", "fsync": "on", "full_page_writes": "on", "synchronous_commit": "on",
		"data_checksums": "on", "server_encoding": "UTF8", "TimeZone": "UTC", "unix_socket_permissions": "0700",
	} {
		require.Equal(t, want, one[string](t, conn, "SHOW "+setting), setting)
	}
	roles, err := conn.Query(t.Context(), `SELECT rolname::text FROM pg_roles
		WHERE rolname LIKE 'daka%' AND rolcanlogin AND NOT (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb) ORDER BY 1`)
	require.NoError(t, err)
	names, err := pgx.CollectRows(roles, pgx.RowTo[string])
	require.NoError(t, err)
	require.Equal(t, []string{"daka_app", "daka_owner"}, names)
	require.Equal(t, "daka_owner", one[string](t, conn, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'daka'"))
	require.Equal(t, "daka_app", one[string](t, connect(t, server.AppURL(postgres.Database)), "SELECT current_user"))
}

func TestPostmasterComesBackAfterKill(t *testing.T) {
	server := start(t, room(t))
	conn := connect(t, server.URL(postgres.Database))
	_, err := conn.Exec(t.Context(), "CREATE TABLE kept AS SELECT 42 AS answer")
	require.NoError(t, err)
	for range 2 {
		killed := server.PID()
		require.NoError(t, syscall.Kill(killed, syscall.SIGKILL))
		require.Eventually(t, func() bool {
			pid := server.PID()
			return pid != 0 && pid != killed && server.Healthy() == nil
		}, 10*time.Second, 20*time.Millisecond)
		require.Equal(t, 42, one[int](t, connect(t, server.URL(postgres.Database)), "SELECT answer FROM kept"))
	}
}

// holdDir names the folder for the process that TestHelperHoldsACluster is when another test starts it.
const holdDir = "DAKA_TEST_HOLD_CLUSTER"

func TestHelperHoldsACluster(t *testing.T) {
	dir := os.Getenv(holdDir)
	if dir == "" {
		t.Skip("runs only as a child of TestAdoptsAClusterWhoseParentWasKilled")
	}
	server, err := postgres.Start(t.Context(), config(t, dir))
	require.NoError(t, err)
	fmt.Printf("\npostmaster %d\n", server.PID())
	select {} // Until kill -9.
}

// orphan starts a cluster in a child process, kills that with -9, and returns the postmaster's pid.
func orphan(t *testing.T, dir string) int {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestHelperHoldsACluster$")
	child.Env = append(os.Environ(), holdDir+"="+dir)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	pid := 0
	for lines := bufio.NewScanner(out); pid == 0 && lines.Scan(); {
		if rest, found := strings.CutPrefix(lines.Text(), "postmaster "); found {
			pid, err = strconv.Atoi(rest)
			require.NoError(t, err)
		}
	}
	require.NotZero(t, pid, "the child did not start its cluster")
	require.NoError(t, child.Process.Kill())
	_ = child.Wait()
	return pid
}

func TestAdoptsAClusterWhoseParentWasKilled(t *testing.T) {
	dir := room(t)
	pid := orphan(t, dir)
	server := start(t, dir)
	require.Equal(t, pid, server.PID(), "the same postmaster, not a new one")
	require.Equal(t, 1, one[int](t, connect(t, server.URL(postgres.Database)), "SELECT 1"))

	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	require.Eventually(t, func() bool { return server.PID() != pid && server.Healthy() == nil },
		30*time.Second, 20*time.Millisecond, "an adopted postmaster is brought back, too")
	require.NoError(t, server.Stop(t.Context()))
	_, err := pgx.Connect(t.Context(), server.URL(postgres.Database))
	require.Error(t, err, "an adopted cluster is stopped, too")
}

func TestBothKilledComesBack(t *testing.T) {
	dir := room(t)
	require.NoError(t, syscall.Kill(orphan(t, dir), syscall.SIGKILL))
	server := start(t, dir)
	require.Equal(t, 1, one[int](t, connect(t, server.URL(postgres.Database)), "SELECT 1"))
}

// TestZombiePostmasterDoesNotBlock: in some containers nobody reaps a killed postmaster.
func TestZombiePostmasterDoesNotBlock(t *testing.T) {
	dir := room(t)
	first := start(t, dir)
	first.Leave()
	pid := first.PID()
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	_, err := syscall.Wait4(pid, nil, 0, nil)
	require.NoError(t, err)

	parent := exec.Command("sh", "-c", "true & echo $!; exec sleep 600") // sleep does not reap true
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	t.Cleanup(func() { _ = parent.Process.Kill(); _ = parent.Wait() })
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan())
	dead := lines.Text()
	for _, lock := range []string{"data/postmaster.pid", "socket/.s.PGSQL.5432.lock"} {
		raw, err := os.ReadFile(filepath.Join(dir, lock))
		require.NoError(t, err)
		mended := strings.Replace(string(raw), strconv.Itoa(pid), dead, 1)
		require.NoError(t, os.WriteFile(filepath.Join(dir, lock), []byte(mended), 0o600))
	}
	server := start(t, dir)
	require.Equal(t, 1, one[int](t, connect(t, server.URL(postgres.Database)), "SELECT 1"))
}

func TestLeaveLetsTheClusterRun(t *testing.T) {
	dir := room(t)
	first := start(t, dir)
	pid := first.PID()
	first.Leave()
	second := start(t, dir)
	require.Equal(t, pid, second.PID())
}

func TestSecondManagerIsRefused(t *testing.T) {
	dir := room(t)
	start(t, dir)
	_, err := postgres.Start(t.Context(), config(t, dir))
	require.EqualError(t, err, "postgres: "+dir+" is managed by another running daka; stop it, choose another --data, "+
		"or give this one the same database with DAKA_DATABASE_URL")
}

func TestOtherMajorVersionIsRefused(t *testing.T) {
	dir := room(t)
	server := start(t, dir)
	major := server.Major()
	require.NoError(t, server.Stop(t.Context()))
	version := filepath.Join(dir, "data", "PG_VERSION")
	require.NoError(t, os.WriteFile(version, []byte("9\n"), 0o600))

	bin := filepath.Join(t.TempDir(), "bin")
	install(t, bin, major)
	c := config(t, dir)
	c.BinDir = bin
	_, err := postgres.Start(t.Context(), c)
	require.EqualError(t, err, fmt.Sprintf("postgres: %s/data was made by Postgres 9, but this machine has Postgres %d (%s); "+
		"install it (`apt-get install postgresql-9`) or name its folder with --postgres-bin; nothing was changed", dir, major, bin))
	left, err := os.ReadFile(version)
	require.NoError(t, err)
	require.Equal(t, "9\n", string(left))
}

func TestStrangeDataDirectoryIsRefused(t *testing.T) {
	dir := room(t)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "data"), 0o755))
	_, err := postgres.Start(t.Context(), config(t, dir))
	require.EqualError(t, err, "postgres: "+dir+"/data has no PG_VERSION, so it is not a Postgres data directory; move it away or choose another --data")

	require.NoError(t, os.WriteFile(filepath.Join(dir, "data", "PG_VERSION"), []byte("\x00\x00"), 0o600))
	_, err = postgres.Start(t.Context(), config(t, dir))
	require.EqualError(t, err, "postgres: "+dir+`/data names the version "\x00\x00", not a number; restore the data directory from a backup`)
}

func TestUnfinishedClusterIsMadeAnew(t *testing.T) {
	dir := room(t)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "data.init", "base"), 0o755))
	start(t, dir)
	require.NoDirExists(t, filepath.Join(dir, "data.init"))
}

func TestBrokenSettingsSayWhatTheLogSays(t *testing.T) {
	dir := room(t)
	require.NoError(t, start(t, dir).Stop(t.Context()))
	conf, err := os.OpenFile(filepath.Join(dir, "data", "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = conf.WriteString("shared_buffers = lots\n")
	require.NoError(t, err)
	require.NoError(t, conf.Close())

	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	_, err = postgres.Start(ctx, config(t, dir))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "postgres: the cluster in "+dir+"/data does not start: context deadline exceeded; its log "+dir+"/postgres.log ends: ")
	require.ErrorContains(t, err, `invalid value for parameter "shared_buffers": "lots"`)
}

func TestLongPathGetsAShortSocket(t *testing.T) {
	dir := filepath.Join(room(t), strings.Repeat("long", 25))
	server := start(t, dir)
	socket := one[string](t, connect(t, server.AdminURL(postgres.Database)), "SHOW unix_socket_directories")
	require.Contains(t, socket, "/tmp/daka-pg-")
	require.NoError(t, server.Stop(t.Context()))
	require.NoDirExists(t, strings.Trim(socket, `"`))
}

func TestPathWithStrangeCharacters(t *testing.T) {
	server := start(t, filepath.Join(room(t), "考勤 a,b%20"))
	require.Equal(t, 1, one[int](t, connect(t, server.URL(postgres.Database)), "SELECT 1"))
}
