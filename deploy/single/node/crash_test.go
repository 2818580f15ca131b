package node

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestMain also is the node that tests kill: with NODE_CHILD set the test binary only serves that directory.
func TestMain(m *testing.M) {
	if dir := os.Getenv("NODE_CHILD"); dir != "" {
		serveChild(dir)
		return
	}
	os.Exit(m.Run())
}

func serveChild(dir string) {
	if limit, err := strconv.ParseUint(os.Getenv("NODE_FSIZE"), 10, 64); err == nil {
		_ = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: math.MaxUint64})
	}
	n, err := Open(context.Background(), Config{Dir: dir, Listen: "127.0.0.1:0", Insecure: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
	fmt.Println(n.ConnectionString())
	_ = n.Serve()
}

// child starts a node in a process of its own.
func child(t *testing.T, dir string, env ...string) (*exec.Cmd, *esdb.Client) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), "NODE_CHILD="+dir), env...)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	cfg, err := esdb.ParseConnectionString(strings.TrimSpace(line))
	require.NoError(t, err, line)
	cfg.Logger = esdb.NoopLogging()
	c, err := esdb.NewClient(cfg)
	require.NoError(t, err)
	return cmd, c // never closed: esdb v4.2.0 panics when a call meets a closed client
}

// acknowledged is what clients were told, by stream: event ids by revision.
type acknowledged struct {
	mu  sync.Mutex
	ids map[string]map[uint64]string
	n   int
}

func (a *acknowledged) note(stream string, rev uint64, id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ids[stream] == nil {
		a.ids[stream] = map[uint64]string{}
	}
	a.ids[stream][rev] = id
	a.n++
}

func TestKillUnderLoadLosesNothingAcknowledged(t *testing.T) {
	dir := t.TempDir()
	acked := &acknowledged{ids: map[string]map[uint64]string{}}
	for round := range 3 {
		cmd, c := child(t, dir)
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		for w := range 8 {
			wg.Go(func() {
				for i := 0; ctx.Err() == nil; i++ {
					e, stream := newEvent("T"), fmt.Sprintf("r%d-%d", round, (w*7+i)%20)
					r, err := c.AppendToStream(ctx, stream, esdb.AppendToStreamOptions{ExpectedRevision: esdb.Any{}}, e)
					if err != nil {
						return
					}
					acked.note(stream, r.NextExpectedVersion, e.EventID.String())
				}
			})
		}
		time.Sleep(400 * time.Millisecond)
		require.NoError(t, cmd.Process.Signal(syscall.SIGKILL))
		_ = cmd.Wait()
		cancel()
		waitAtMost(t, &wg)
		checkAcknowledged(t, dir, acked)
	}
	require.Positive(t, acked.n)
}

// waitAtMost leaves hanging callers behind: the client never answers some calls once its node is gone.
func waitAtMost(t *testing.T, wg *sync.WaitGroup) {
	t.Helper()
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(3 * time.Second):
	}
}

func checkAcknowledged(t *testing.T, dir string, acked *acknowledged) {
	t.Helper()
	n, c := start(t, dir)
	defer func() { require.NoError(t, n.Close()) }()
	acked.mu.Lock()
	defer acked.mu.Unlock()
	for stream, ids := range acked.ids {
		list, err := readStream(t, c, stream, esdb.ReadStreamOptions{}, math.MaxUint64)
		require.NoError(t, err)
		for i, e := range list {
			require.EqualValues(t, i, e.Event.EventNumber)
		}
		for rev, id := range ids {
			require.Less(t, rev, uint64(len(list)), stream)
			require.Equal(t, id, list[rev].Event.EventID.String())
		}
	}
	rep, err := n.VerifyAll(context.Background())
	require.NoError(t, err)
	require.True(t, rep.Clean(), "%v", rep.Findings)
}

func TestDiskFullRefusesAndRecoversByItself(t *testing.T) {
	dir := t.TempDir()
	cmd, c := child(t, dir, "NODE_FSIZE="+strconv.Itoa(3<<20))
	big := func() esdb.EventData {
		e := newEvent("T")
		e.Data, e.ContentType = make([]byte, 100_000), esdb.ContentTypeBinary
		return e
	}
	written := 0
	refusals := 0
	for range 60 {
		_, err := c.AppendToStream(ctxFor(t), "s", esdb.AppendToStreamOptions{ExpectedRevision: esdb.Any{}}, big())
		if err == nil {
			written++
			continue
		}
		refusals++
		require.ErrorContains(t, err, "code = ResourceExhausted desc = the disk is full: nothing was written, free some space and try again")
	}
	require.Positive(t, written)
	require.Greater(t, refusals, 10)
	list, err := readStream(t, c, "s", esdb.ReadStreamOptions{}, math.MaxUint64)
	require.NoError(t, err, "reads go on")
	require.Len(t, list, written)
	var old unix.Rlimit
	require.NoError(t, unix.Prlimit(cmd.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: math.MaxUint64, Max: math.MaxUint64}, &old))
	r := write(t, c, "s", esdb.Revision(uint64(written-1)), big())
	require.EqualValues(t, written, r.NextExpectedVersion)
	require.NoError(t, cmd.Process.Signal(syscall.SIGKILL))
	_ = cmd.Wait()
	rep, err := Verify(context.Background(), dir)
	require.NoError(t, err)
	require.True(t, rep.Clean(), "%v", rep.Findings)
	require.EqualValues(t, written+1, rep.Last)
}

// TestFailedSyncStopsTheNode closes the log's file under SQLite's feet, so that its next sync fails.
func TestFailedSyncStopsTheNode(t *testing.T) {
	dir := t.TempDir()
	n, err := Open(context.Background(), Config{Dir: dir, Listen: "127.0.0.1:0", Insecure: true, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	c := client(t, n)
	write(t, c, "s", esdb.NoStream{}, newEvents(2)...)
	breakLog(t, filepath.Join(dir, storeFile+"-wal"))
	_, err = c.AppendToStream(ctxFor(t), "s", esdb.AppendToStreamOptions{ExpectedRevision: esdb.Revision(1)}, newEvent("T"))
	require.Error(t, err, "never acknowledged")
	select {
	case <-n.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("the node still serves")
	}
	require.ErrorContains(t, n.Err(), "commit")
	_ = n.Close()
	n, c = start(t, dir)
	list, err := readStream(t, c, "s", esdb.ReadStreamOptions{}, 10)
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.EqualValues(t, 2, n.Position())
}

// breakLog replaces every descriptor of the log that may be written by one that only reads.
func breakLog(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc here: ", err)
	}
	readOnly, err := os.Open(path)
	require.NoError(t, err)
	defer readOnly.Close()
	broken := 0
	for _, e := range entries {
		fd, _ := strconv.Atoi(e.Name())
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err != nil || to != path || fd == int(readOnly.Fd()) {
			continue
		}
		require.NoError(t, unix.Dup3(int(readOnly.Fd()), fd, unix.O_CLOEXEC))
		broken++
	}
	require.Positive(t, broken)
}
