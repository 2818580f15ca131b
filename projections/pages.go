package projections

import (
	"context"
	"errors"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"golang.org/x/sync/errgroup"
)

// errEnough ends a reading of the log.
var errEnough = errors.New("enough")

// A page of a replay has up to so many events, or bytes.
const (
	replayPage  = 4000
	replayBytes = 4 << 20
)

// run is a part of the log: behind from, up to and including until, of one organization or of all, with the leaves of its events or without.
type run struct {
	from, until eventlog.Position
	only        *domain.ID
	leaves      bool
}

// readPages cuts the log into pages, each decoded beside the reading.
func readPages(ctx context.Context, log *eventlog.Log, part run, pages chan<- *page) error {
	raws := make(chan []eventlog.Raw)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(raws)
		return readRuns(ctx, log, part, raws)
	})
	g.Go(func() error {
		for run := range raws {
			select {
			case pages <- newPage(run, false, part.leaves):
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		return nil
	})
	return g.Wait()
}

func readRuns(ctx context.Context, log *eventlog.Log, part run, runs chan<- []eventlog.Raw) error {
	var run []eventlog.Raw
	size := 0
	send := func() error {
		if len(run) == 0 {
			return nil
		}
		select {
		case runs <- run:
			run, size = make([]eventlog.Raw, 0, len(run)), 0
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	err := log.ReadAll(ctx, part.from, 0, func(raw eventlog.Raw) error {
		if after(raw.Position, part.until) {
			return errEnough
		}
		name, ours := domain.ParseStream(raw.Stream)
		if !ours || (part.only != nil && name.Org != *part.only) {
			return nil
		}
		run = append(run, raw)
		if size += len(raw.Data) + len(raw.Metadata); len(run) < replayPage && size < replayBytes {
			return nil
		}
		return send()
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	return send()
}
