package api

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

func TestTwoWorkbooksAtATime(t *testing.T) {
	b := newBooks()
	b.tell, b.patience = time.Millisecond, time.Millisecond
	first, err := b.enter(t.Context(), nil)
	require.NoError(t, err)
	second, err := b.enter(t.Context(), nil)
	require.NoError(t, err)
	defer second()
	_, err = b.enter(t.Context(), nil)
	var refusal *domain.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, "workbooks_busy", refusal.Code)
	words := make(chan struct{}, 1000)
	word := func() { words <- struct{}{} }
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() { _, err := b.enter(ctx, word); gone <- err }()
	<-words
	<-words // said again while it waits
	cancel()
	require.ErrorIs(t, <-gone, context.Canceled)
	entered := make(chan func(), 1)
	go func() {
		leave, err := b.enter(context.Background(), word)
		if err == nil {
			entered <- leave
		}
	}()
	<-words
	first()
	(<-entered)()
}

// TestUploadsAreSwept: what a killed process left goes at the next start, what another copy is at work on stays.
func TestUploadsAreSwept(t *testing.T) {
	root := filepath.Join(t.TempDir(), "uploads")
	require.NoError(t, sweepScratch(root))
	info, err := os.Stat(root)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	working, err := newScratch(root, "import")
	require.NoError(t, err)
	left := filepath.Join(root, scratchPrefix+"import-1")
	require.NoError(t, os.Mkdir(left, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(left, "file-1"), []byte("张三,1001"), 0o600))
	require.NoError(t, sweepScratch(root))
	require.NoDirExists(t, left)
	require.DirExists(t, working.dir)
	working.remove()
	entries, err := os.ReadDir(root)
	require.NoError(t, err)
	require.Empty(t, entries)
}
