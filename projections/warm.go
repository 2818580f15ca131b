package projections

import (
	"context"
	"sync"
	"time"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/query"
)

const (
	// warmAfter leaves a start's processors to the commands that waited for it.
	warmAfter = 5 * time.Second
	// warmReaders look at the same time, so that each has a connection of its own.
	warmReaders = 4
)

// warm makes some connections and lets each look at a dashboard of nobody: a new one's first query takes as long as ten dashboards.
func warm(ctx context.Context, dashboards *query.Dashboards) {
	if !eventlog.Pause(ctx, warmAfter) {
		return
	}
	var wg sync.WaitGroup
	for range warmReaders {
		wg.Go(func() { _, _ = dashboards.On(ctx, domain.ID{}, nil, "2000-01-01") })
	}
	wg.Wait()
}
