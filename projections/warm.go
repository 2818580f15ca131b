package projections

import (
	"context"
	"sync"
	"time"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
)

const (
	// warmAfter leaves a start's processors to the commands that waited for it.
	warmAfter = 5 * time.Second
	// warmReaders look at the same time, so that each has a connection of its own.
	warmReaders = 4
)

// warm makes some connections and lets each look at a dashboard of nobody: a new one's first query takes as long as ten dashboards.
func (e *Engine) warm(ctx context.Context) {
	if !eventlog.Pause(ctx, warmAfter) {
		return
	}
	var wg sync.WaitGroup
	for range warmReaders {
		wg.Go(func() { _, _ = e.Dashboards.On(ctx, domain.ID{}, nil, "2000-01-01") })
	}
	wg.Wait()
}
