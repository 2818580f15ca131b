package directory

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog"
)

func someEvents(n int) []eventlog.Raw {
	var out []eventlog.Raw
	for i := range n {
		out = append(out, eventlog.Raw{
			Stream: "member-" + uuid.NewString(), Revision: uint64(i), ID: uuid.New(), Type: "MemberChanged",
			Data: []byte(strings.Repeat("d", 1+i)), Metadata: []byte(strings.Repeat("m", 200+i)), Position: eventlog.Position{Commit: uint64(10 * (i + 1)), Prepare: uint64(10*(i+1) - 1)},
		})
	}
	return out
}

func filled(t *testing.T, events ...eventlog.Raw) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "directory.cache")
	c, err := openCache(path)
	require.NoError(t, err)
	for _, e := range events {
		require.NoError(t, c.add(e))
	}
	require.NoError(t, c.close())
	return path
}

// contents are the events of a cache with their bytes copied.
func contents(t *testing.T, c *cache) []eventlog.Raw {
	t.Helper()
	var out []eventlog.Raw
	require.NoError(t, c.each(func(e eventlog.Raw, _ int) error {
		e.Data, e.Metadata = append([]byte{}, e.Data...), append([]byte{}, e.Metadata...)
		out = append(out, e)
		return nil
	}))
	return out
}

func TestTheCacheGivesWhatItTook(t *testing.T) {
	events := someEvents(50)
	c, err := openCache(filled(t, events...))
	require.NoError(t, err)
	last, found, err := c.end()
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, events[49].ID, last.ID)
	require.Equal(t, events, contents(t, c))
	require.NoError(t, c.add(events[49]), "it has that one")
	require.NoError(t, c.add(events[3]))
	require.NoError(t, c.flush())
	require.Equal(t, events, contents(t, c))
	require.NoError(t, c.clear())
	require.Empty(t, contents(t, c))
	require.NoError(t, c.add(events[0]))
	require.NoError(t, c.flush())
	require.Equal(t, events[:1], contents(t, c))
	require.NoError(t, c.close())
}

// TestATornCacheKeepsItsWholeFrames cuts the file at every length; what follows is written behind the last whole frame.
func TestATornCacheKeepsItsWholeFrames(t *testing.T) {
	events := someEvents(4)
	whole, err := os.ReadFile(filled(t, events[:3]...))
	require.NoError(t, err)
	for length := range len(whole) {
		path := filepath.Join(t.TempDir(), "torn")
		require.NoError(t, os.WriteFile(path, whole[:length], 0o600))
		c, err := openCache(path)
		require.NoError(t, err)
		last, found, err := c.end()
		require.NoError(t, err)
		got := contents(t, c)
		require.Less(t, len(got), 3)
		require.Equal(t, len(got) > 0, found)
		if found {
			require.Equal(t, got[len(got)-1].ID, last.ID)
		}
		require.NoError(t, c.add(events[3]))
		require.NoError(t, c.flush())
		require.Equal(t, append(append([]eventlog.Raw{}, events[:len(got)]...), events[3]), contents(t, c))
		require.NoError(t, c.close())
	}
}

// TestADamagedCacheGivesNoWrongEvent flips every byte behind the head.
func TestADamagedCacheGivesNoWrongEvent(t *testing.T) {
	events := someEvents(3)
	whole, err := os.ReadFile(filled(t, events...))
	require.NoError(t, err)
	for at := len(cacheMagic); at < len(whole); at++ {
		damaged := append([]byte{}, whole...)
		damaged[at] ^= 0x41
		path := filepath.Join(t.TempDir(), "damaged")
		require.NoError(t, os.WriteFile(path, damaged, 0o600))
		c, err := openCache(path)
		require.NoError(t, err)
		_, _, err = c.end()
		require.NoError(t, err)
		got := contents(t, c)
		require.Less(t, len(got), 3, "byte %d", at)
		require.Equal(t, events[:len(got)], append([]eventlog.Raw{}, got...))
		require.NoError(t, c.close())
	}
}

// TestACacheOutOfOrderEndsThere: a frame that is whole but stands wrong is not used either.
func TestACacheOutOfOrderEndsThere(t *testing.T) {
	events := someEvents(3)
	path := filled(t, events[0], events[1])
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.Write(appendFrame(appendFrame(nil, events[0]), events[2]))
	require.NoError(t, err)
	require.NoError(t, f.Close())
	c, err := openCache(path)
	require.NoError(t, err)
	_, _, err = c.end()
	require.NoError(t, err)
	require.Equal(t, events[:2], contents(t, c))
	require.NoError(t, c.close())
}

func TestFilesThatAreNoCache(t *testing.T) {
	dir := t.TempDir()
	foreign, newer, empty := filepath.Join(dir, "foreign"), filepath.Join(dir, "newer"), filepath.Join(dir, "empty")
	require.NoError(t, os.WriteFile(foreign, []byte("somebody's letters"), 0o600))
	require.NoError(t, os.WriteFile(newer, []byte("daka directory 2\n"), 0o600))
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	for _, path := range []string{foreign, newer} {
		_, err := openCache(path)
		require.EqualError(t, err, "take the directory's cache "+path+": it is another program's file, or a newer daka's; delete it")
	}
	require.NoError(t, os.Symlink(foreign, filepath.Join(dir, "link")))
	_, err := openCache(filepath.Join(dir, "link"))
	require.ErrorContains(t, err, "open the directory's cache")
	kept, err := os.ReadFile(foreign)
	require.NoError(t, err)
	require.Equal(t, "somebody's letters", string(kept))
	c, err := openCache(empty)
	require.NoError(t, err)
	_, err = openCache(empty)
	require.ErrorContains(t, err, "another process holds it")
	require.NoError(t, c.close())
	info, err := os.Stat(empty)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())
}

// TestADirectoryWhoseFileFailsGoesOn loses the file under it.
func TestADirectoryWhoseFileFailsGoesOn(t *testing.T) {
	var said strings.Builder
	d := New(nil, slog.New(slog.NewTextHandler(&said, nil)))
	path := filled(t)
	c, err := openCache(path)
	require.NoError(t, err)
	require.NoError(t, c.file.Close())
	d.follower.keepAt, d.follower.cache = path, c
	for _, e := range someEvents(2) {
		d.follower.keep(t.Context(), e)
	}
	d.follower.flush(t.Context())
	require.Nil(t, d.follower.cache)
	require.Contains(t, said.String(), "directory keeps nothing for the next start")
	d.follower.flush(t.Context())
	d.follower.keep(t.Context(), someEvents(1)[0])
	require.NoError(t, d.follower.loadCache(t.Context()), "and does not try again")
	require.Equal(t, 1, strings.Count(said.String(), "\n"), said.String())
}
