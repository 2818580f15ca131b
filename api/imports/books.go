package imports

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/dakahq/daka/domain"
)

const (
	// booksAtOnce is how many workbooks are read at a time: each takes memory and a processor.
	booksAtOnce = 2
	// bookPatience is how long one waits for its turn without anybody being told; bookWord is how often who follows hears that it waits.
	bookPatience = time.Minute
	bookWord     = 10 * time.Second
)

// books let few workbooks be read at a time.
type books struct {
	room           *semaphore.Weighted
	patience, tell time.Duration
}

func newBooks() *books {
	return &books{room: semaphore.NewWeighted(booksAtOnce), patience: bookPatience, tell: bookWord}
}

// enter waits for a turn and says so by word, if there is one, now and again; without one it gives up after a minute with workbooks_busy.
func (b *books) enter(ctx context.Context, word func()) (leave func(), err error) {
	leave = func() { b.room.Release(1) }
	if b.room.TryAcquire(1) {
		return leave, nil
	}
	pause := b.patience
	if word != nil {
		word()
		pause = b.tell
	}
	for {
		turn, cancel := context.WithTimeout(ctx, pause)
		err := b.room.Acquire(turn, 1)
		cancel()
		switch {
		case err == nil:
			return leave, nil
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case word == nil:
			return nil, &domain.Refusal{Code: "workbooks_busy", RetryAfter: 30 * time.Second,
				Text: fmt.Sprintf("%d other workbooks are being read; nothing was written; send the same import again in a moment", booksAtOnce)}
		}
		word()
	}
}
