package ledger

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog"
)

// TestFenceLooksForManyAtOnce: who asks while a look is under way gets the next one's answer, never that look's, and one look serves them all.
func TestFenceLooksForManyAtOnce(t *testing.T) {
	var looks atomic.Uint64
	reached, release := make(chan struct{}), make(chan struct{})
	f := &fence{end: func(context.Context) (eventlog.Position, error) {
		n := looks.Add(1)
		reached <- struct{}{}
		<-release
		return eventlog.Position{Commit: n}, nil
	}}
	first := make(chan eventlog.Position, 1)
	go func() {
		p, _ := f.position(context.Background())
		first <- p
	}()
	<-reached
	var done sync.WaitGroup
	got := make([]eventlog.Position, 20)
	for i := range got {
		done.Go(func() { got[i], _ = f.position(context.Background()) })
	}
	require.Eventually(t, func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		return f.next != nil
	}, 10*time.Second, time.Millisecond, "somebody waits for the look after this one")
	release <- struct{}{}
	<-reached
	close(release)
	go func() {
		for range reached {
		}
	}()
	done.Wait()
	require.EqualValues(t, 1, (<-first).Commit)
	for _, p := range got {
		require.GreaterOrEqual(t, p.Commit, uint64(2))
	}
	require.LessOrEqual(t, looks.Load(), uint64(3), "a third only for who asked after the second began")
}

func TestFenceTellsWhatWentWrong(t *testing.T) {
	f := &fence{end: func(context.Context) (eventlog.Position, error) { return eventlog.Position{}, eventlog.ErrUnavailable }}
	_, err := f.position(t.Context())
	require.ErrorIs(t, err, eventlog.ErrUnavailable)
	f.end = func(context.Context) (eventlog.Position, error) { return eventlog.Position{Commit: 7}, nil }
	p, err := f.position(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 7, p.Commit)
}
