package imports

import (
	"context"
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
