package node

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/deploy/single/node/lite"
)

// plant changes a stopped store behind the node's back, pages sealed, as an insider with the node's own tools would.
func plant(t testing.TB, path, sql string) {
	t.Helper()
	require.NoError(t, lite.Seal())
	c, err := lite.Open(lite.Options{Path: path, VFS: lite.SealedVFS})
	require.NoError(t, err)
	defer func() { require.NoError(t, c.Close()) }()
	if n, err := c.Int("SELECT count(*) FROM sqlite_schema"); err == nil && n == 0 {
		require.NoError(t, c.ReserveBytes(lite.SealBytes))
		require.NoError(t, c.Exec("PRAGMA page_size=8192; PRAGMA journal_mode=WAL"))
	}
	require.NoError(t, c.Exec("DROP TRIGGER IF EXISTS events_keep; DROP TRIGGER IF EXISTS events_stay; "+sql))
	_, _, err = c.Checkpoint(lite.Truncate)
	require.NoError(t, err)
}

// filled is a stopped store of 600 events in 30 streams, all in the database file.
func filledStore(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	n, c := start(t, dir)
	for i := range 60 {
		write(t, c, fmt.Sprintf("clock-%d", i%30), esdb.Any{}, newEvents(10)...)
	}
	require.NoError(t, n.Close())
	return dir
}

func tryOpen(dir string) (*Node, error) {
	return Open(context.Background(), Config{Dir: dir, Listen: "127.0.0.1:0", Insecure: true, Log: slog.New(slog.DiscardHandler)})
}

func TestChangedRecordIsNeverServed(t *testing.T) {
	for column, value := range map[string]string{"data": "x'00'", "meta": "x'00'", "id": "zeroblob(16)", "type": "'other'", "json": "0",
		"created": "created+1", "stream": "stream+1, rev=rev+100", "rev": "rev+100"} {
		t.Run(column, func(t *testing.T) {
			dir := filledStore(t)
			plant(t, filepath.Join(dir, storeFile), "UPDATE events SET "+column+"="+value+" WHERE pos=205")
			_, c := start(t, dir)
			list, err := readAllEvents(t, c, esdb.ReadAllOptions{From: esdb.Start{}}, math.MaxUint64)
			require.ErrorContains(t, err, "the event at position 205 (stream ")
			require.ErrorContains(t, err, "fails its checksum and is not served: restore it from a backup")
			require.Len(t, list, 204)
			list, err = readAllEvents(t, c, esdb.ReadAllOptions{Direction: esdb.Backwards, From: esdb.End{}}, math.MaxUint64)
			require.ErrorContains(t, err, "position 205")
			require.Len(t, list, 600-205)
			rest, err := readAllEvents(t, c, esdb.ReadAllOptions{From: esdb.Position{Commit: 206, Prepare: 206}}, math.MaxUint64)
			require.NoError(t, err)
			require.Len(t, rest, 395)
			sub, err := c.SubscribeToAll(ctxFor(t), esdb.SubscribeToAllOptions{From: esdb.Position{Commit: 200, Prepare: 200}})
			require.NoError(t, err)
			for range 4 {
				require.NotNil(t, sub.Recv().EventAppeared)
			}
			require.NotNil(t, sub.Recv().SubscriptionDropped)
		})
	}
}

func TestMissingEventIsNamed(t *testing.T) {
	dir := filledStore(t)
	plant(t, filepath.Join(dir, storeFile), "DELETE FROM events WHERE pos=205") // clock-20, revision 4
	n, c := start(t, dir)
	list, err := readAllEvents(t, c, esdb.ReadAllOptions{From: esdb.Start{}}, math.MaxUint64)
	require.ErrorContains(t, err, "the event at position 205 is missing from the store: the read ends here, restore it from a backup")
	require.Len(t, list, 204)
	list, err = readStream(t, c, "clock-20", esdb.ReadStreamOptions{}, 100)
	require.ErrorContains(t, err, `revision 4 of stream "clock-20" is missing from the store`)
	require.Len(t, list, 4)
	_, err = readStream(t, c, "clock-20", esdb.ReadStreamOptions{Direction: esdb.Backwards, From: esdb.End{}}, 100)
	require.ErrorContains(t, err, `revision 4 of stream "clock-20" is missing from the store`)
	rep, err := n.VerifyAll(context.Background())
	require.NoError(t, err)
	require.Len(t, rep.Findings, 2)
	require.EqualValues(t, 205, rep.Findings[0].Position)
	require.Contains(t, rep.Findings[1].What, `stream "clock-20" goes from revision 3 to 5`)
	require.EqualValues(t, 599, rep.Events)
}

// TestWhoFollowsMostOfTheLogStopsBeforeAMissingEvent: far behind, a subscription to categories walks their index, which knows of no gap.
func TestWhoFollowsMostOfTheLogStopsBeforeAMissingEvent(t *testing.T) {
	for name, noise := range map[string]int{"everything": 0, "two of three": 1} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			n, c := start(t, dir)
			for i := range 1500 / (2 + noise) {
				write(t, c, fmt.Sprintf("clock-%d", i%30), esdb.Any{}, newEvents(2)...)
				if noise > 0 {
					write(t, c, "noise", esdb.Any{}, newEvents(noise)...)
				}
			}
			require.NoError(t, n.Close())
			plant(t, filepath.Join(dir, storeFile), "DELETE FROM events WHERE pos=700")
			_, c = start(t, dir)
			sub, err := c.SubscribeToAll(ctxFor(t), esdb.SubscribeToAllOptions{From: esdb.Start{}, MaxSearchWindow: 32, CheckpointInterval: 1,
				Filter: &esdb.SubscriptionFilter{Type: esdb.StreamFilterType, Prefixes: []string{"clock-", "member-"}}})
			require.NoError(t, err)
			var reached uint64
			for {
				m := sub.Recv()
				if m.SubscriptionDropped != nil {
					break
				}
				if m.EventAppeared != nil {
					reached = m.EventAppeared.OriginalEvent().Position.Commit
				}
			}
			require.Contains(t, []uint64{697, 698, 699}, reached, "the last event before the gap")
		})
	}
}

func TestVerifyFindsNothingInAGoodStore(t *testing.T) {
	dir := filledStore(t)
	rep, err := Verify(context.Background(), dir)
	require.NoError(t, err)
	require.True(t, rep.Clean(), "%v", rep.Findings)
	require.EqualValues(t, 600, rep.Events)
	require.EqualValues(t, 600, rep.Last)
	require.Positive(t, rep.Pages)
	n, _ := start(t, dir)
	rep, err = n.VerifyAll(context.Background())
	require.NoError(t, err)
	require.True(t, rep.Clean(), "%v", rep.Findings)
}

// TestBitFlipsAnywhere flips one bit of the database file at a time. Every flip is found by Verify, and no read ever
// differs from what was written: it is the same or it ends with an error.
func TestBitFlipsAnywhere(t *testing.T) {
	dir := filledStore(t)
	path := filepath.Join(dir, storeFile)
	good, err := os.ReadFile(path)
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 40 {
		at, bit := rng.IntN(len(good)), byte(1)<<rng.IntN(8)
		bad := append([]byte(nil), good...)
		bad[at] ^= bit
		require.NoError(t, os.WriteFile(path, bad, 0o600))
		what := fmt.Sprintf("flip %d: byte %d (page %d), bit %#x", i, at, at/lite.PageSize+1, bit)
		rep, err := Verify(context.Background(), dir)
		require.True(t, err != nil || !rep.Clean(), what)
		served(t, dir, what)
	}
}

// served opens the store and compares everything it serves with what filledStore wrote.
func served(t *testing.T, dir, what string) {
	t.Helper()
	n, err := tryOpen(dir)
	if err != nil {
		return
	}
	defer func() { _ = n.Close() }()
	c := client(t, n)
	list, err := readAllEvents(t, c, esdb.ReadAllOptions{From: esdb.Start{}}, math.MaxUint64)
	if err == nil {
		require.Len(t, list, 600, what)
	}
	for i, e := range list {
		require.Equal(t, fmt.Sprintf("clock-%d", i/10%30), e.Event.StreamID, what)
		require.Equal(t, fmt.Sprintf("T%d", i%10), e.Event.EventType, what)
		require.Equal(t, `{"a":1}`, string(e.Event.Data), what)
	}
	for i := range 30 {
		list, err := readStream(t, c, fmt.Sprintf("clock-%d", i), esdb.ReadStreamOptions{}, math.MaxUint64)
		require.True(t, err != nil || len(list) == 20, "%s: stream %d has %d events", what, i, len(list))
	}
}

// killed is a store as kill -9 leaves it: events in the log, no clean close.
func killed(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	n, c := start(t, dir)
	for i := range 20 {
		write(t, c, fmt.Sprintf("clock-%d", i%5), esdb.Any{}, newEvents(3)...)
	}
	to := t.TempDir()
	for _, f := range []string{storeFile, storeFile + "-wal", markFile} {
		b, err := os.ReadFile(filepath.Join(dir, f))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(to, f), b, 0o600))
	}
	require.EqualValues(t, 60, n.Position())
	return to
}

func TestKilledStoreOpens(t *testing.T) {
	_, c := start(t, killed(t))
	list, err := readAllEvents(t, c, esdb.ReadAllOptions{From: esdb.Start{}}, math.MaxUint64)
	require.NoError(t, err)
	require.Len(t, list, 60)
}

func TestTornLogInsideAcknowledgedBytes(t *testing.T) {
	wal := func(dir string) string { return filepath.Join(dir, storeFile+"-wal") }
	for name, tear := range map[string]func(t *testing.T, dir string){
		"truncated by a byte": func(t *testing.T, dir string) {
			st, err := os.Stat(wal(dir))
			require.NoError(t, err)
			require.NoError(t, os.Truncate(wal(dir), st.Size()-1))
		},
		"truncated in the middle": func(t *testing.T, dir string) {
			st, err := os.Stat(wal(dir))
			require.NoError(t, err)
			require.NoError(t, os.Truncate(wal(dir), st.Size()/2))
		},
		"a block of junk": func(t *testing.T, dir string) { overwrite(t, wal(dir), 40_000, []byte(strings.Repeat("junk", 128))) },
		"one bit":         func(t *testing.T, dir string) { flip(t, wal(dir), 50_000) },
		"the header":      func(t *testing.T, dir string) { flip(t, wal(dir), 3) },
		"the salt":        func(t *testing.T, dir string) { flip(t, wal(dir), 17) },
		"gone":            func(t *testing.T, dir string) { require.NoError(t, os.Remove(wal(dir))) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := killed(t)
			tear(t, dir)
			_, err := tryOpen(dir)
			require.ErrorContains(t, err, "acknowledged events are missing: store ends at ")
			require.ErrorContains(t, err, "acknowledged up to 60")
			rep, err := Verify(context.Background(), dir)
			require.NoError(t, err)
			require.False(t, rep.Clean())
		})
	}
}

func overwrite(t *testing.T, path string, at int64, b []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	defer f.Close()
	_, err = f.WriteAt(b, at)
	require.NoError(t, err)
}

func flip(t *testing.T, path string, at int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	defer f.Close()
	b := make([]byte, 1)
	_, err = f.ReadAt(b, at)
	require.NoError(t, err)
	b[0] ^= 4
	_, err = f.WriteAt(b, at)
	require.NoError(t, err)
}

func TestTornBytesBeyondTheAcknowledgedAreFine(t *testing.T) {
	dir := killed(t)
	f, err := os.OpenFile(filepath.Join(dir, storeFile+"-wal"), os.O_RDWR, 0)
	require.NoError(t, err)
	_, err = f.Seek(0, io.SeekEnd)
	require.NoError(t, err)
	junk := make([]byte, 30_000)
	for i := range junk {
		junk[i] = byte(rand.Int())
	}
	_, err = f.Write(junk)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	_, c := start(t, dir)
	list, err := readAllEvents(t, c, esdb.ReadAllOptions{From: esdb.Start{}}, math.MaxUint64)
	require.NoError(t, err)
	require.Len(t, list, 60)
	write(t, c, "clock-1", esdb.Revision(11), newEvent("T"))
}

func TestTruncatedStore(t *testing.T) {
	for _, part := range []float64{0, 0.1, 0.5, 0.99} {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			dir := filledStore(t)
			path := filepath.Join(dir, storeFile)
			st, err := os.Stat(path)
			require.NoError(t, err)
			require.NoError(t, os.Truncate(path, int64(part*float64(st.Size()))))
			_, err = tryOpen(dir)
			require.Error(t, err)
			require.True(t, strings.Contains(err.Error(), "acknowledged") || strings.Contains(err.Error(), "damaged"), err.Error())
		})
	}
}

func TestDamagedMark(t *testing.T) {
	dir := killed(t)
	path := filepath.Join(dir, markFile)
	good, err := os.ReadFile(path)
	require.NoError(t, err)
	newer := int64(0)
	if len(good) > markSlot && good[markSlot+15] > good[15] {
		newer = markSlot
	}
	flip(t, path, newer+20)
	_, c := start(t, dir)
	list, err := readAllEvents(t, c, esdb.ReadAllOptions{From: esdb.Start{}}, math.MaxUint64)
	require.NoError(t, err, "the other slot still tells")
	require.Len(t, list, 60)
	dir = killed(t)
	path = filepath.Join(dir, markFile)
	flip(t, path, 20)
	flip(t, path, markSlot+20)
	_, err = tryOpen(dir)
	require.EqualError(t, err, "the acknowledgement mark "+path+" is damaged: nobody can tell whether the newest events are all there; restore a backup, or remove this file to accept the store as it is")
	require.NoError(t, os.Remove(path))
	start(t, dir)
}

// meddle changes a stopped store as any SQLite tool does: the pages it writes carry no seal.
func meddle(t *testing.T, path, sql string) {
	t.Helper()
	c, err := lite.Open(lite.Options{Path: path})
	require.NoError(t, err)
	require.NoError(t, c.Exec(sql))
	_, _, err = c.Checkpoint(lite.Truncate)
	require.NoError(t, err)
	require.NoError(t, c.Close())
	_ = os.Remove(path + "-wal")
	_ = os.Remove(path + "-shm")
}

func TestStoreWrittenByAnotherProgram(t *testing.T) {
	for name, make := range map[string]func(testing.TB) string{"closed cleanly": filledStore, "killed": killed} {
		t.Run(name, func(t *testing.T) {
			dir := make(t)
			meddle(t, filepath.Join(dir, storeFile), "DROP TRIGGER events_stay; DELETE FROM events WHERE pos=5")
			n, c := start(t, dir)
			list, err := readAllEvents(t, c, esdb.ReadAllOptions{From: esdb.Start{}}, math.MaxUint64)
			require.ErrorContains(t, err, "the event at position 5 is missing")
			require.Len(t, list, 4)
			write(t, c, "clock-1", esdb.Any{}, newEvent("T"))
			require.NoError(t, n.Close())
			rep, err := Verify(context.Background(), dir)
			require.NoError(t, err)
			require.True(t, rep.recordsOnly(), "%v", rep.Findings)
			require.ErrorContains(t, meddleError(filepath.Join(dir, storeFile), "DELETE FROM events WHERE pos=6"), "events are never deleted", "the triggers are back")
		})
	}
}

func meddleError(path, sql string) error {
	c, err := lite.Open(lite.Options{Path: path})
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	return c.Exec(sql)
}

func TestMeddlingWithAnIndexIsRefused(t *testing.T) {
	dir := filledStore(t)
	path := filepath.Join(dir, storeFile)
	meddle(t, path, "DROP INDEX events_stream; PRAGMA user_version=1")
	_, err := tryOpen(dir)
	require.Error(t, err)
}

// TestVerifyFindsRevisionsBeyondTheLast plants what an older node could write: revisions behind a tombstone, which overflowed.
func TestVerifyFindsRevisionsBeyondTheLast(t *testing.T) {
	for name, revs := range map[string][]int64{"behind a tombstone": {tombstoneRev, math.MinInt64}, "the last itself": {tombstoneRev}, "below zero": {-7}} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			n, c := start(t, dir)
			write(t, c, "$$s", esdb.NoStream{}, newEvents(1)...)
			if len(revs) > 1 {
				_, err := c.TombstoneStream(ctxFor(t), "$$s", esdb.TombstoneStreamOptions{ExpectedRevision: esdb.Any{}})
				require.NoError(t, err)
				revs = revs[1:]
			}
			last := n.Position()
			require.NoError(t, n.Close())
			rep, err := Verify(t.Context(), dir)
			require.NoError(t, err)
			require.True(t, rep.Clean(), "%v", rep.Findings)
			for _, rev := range revs {
				last++
				plantEvent(t, filepath.Join(dir, storeFile), event{pos: last, rev: rev, stream: 1, name: "$$s", typ: typeMetadata, json: true, id: newID()})
			}
			rep, err = Verify(t.Context(), dir)
			require.NoError(t, err)
			require.True(t, slices.ContainsFunc(rep.Findings, func(f Finding) bool { return f.Position == last && f.Page == 0 && strings.Contains(f.What, "revision") }), "%v", rep.Findings)
		})
	}
}

// plantEvent writes a whole event, with its checksum, as the node itself would.
func plantEvent(t *testing.T, path string, e event) {
	t.Helper()
	sum, _ := e.checksum(nil)
	plant(t, path, fmt.Sprintf("INSERT INTO events SELECT %d, %d, %d, category, x'%x', '%s', 1, 0, x'%x', x'', x'' FROM events WHERE pos=1",
		e.pos, e.stream, e.rev, e.id, e.typ, sum))
}
