package feed

import (
	"context"
	"errors"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"golang.org/x/sync/errgroup"
)

// ErrEnough ends a reading of the log.
var ErrEnough = errors.New("enough")

// A page of a replay has up to so many events, or bytes.
const (
	replayPage  = 4000
	replayBytes = 4 << 20
)

// Run is a part of the log: behind From, up to and including Until, of one organization or of all, with the leaves of its events or without.
type Run struct {
	From, Until eventlog.Position
	Only        *domain.ID
	Leaves      bool
	// Plain decodes punches as any event, without the short way; for measurements.
	Plain bool
}

// ReadPages cuts the log into pages, each decoded beside the reading.
func ReadPages(ctx context.Context, log *eventlog.Log, part Run, pages chan<- *Page) error {
	raws := make(chan []eventlog.Raw)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(raws)
		return readRuns(ctx, log, part, raws)
	})
	g.Go(func() error {
		for run := range raws {
			select {
			case pages <- newPage(run, false, part.Leaves, part.Plain):
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		return nil
	})
	return g.Wait()
}

func readRuns(ctx context.Context, log *eventlog.Log, part Run, runs chan<- []eventlog.Raw) error {
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
	err := log.ReadAll(ctx, part.From, 0, func(raw eventlog.Raw) error {
		if After(raw.Position, part.Until) {
			return ErrEnough
		}
		name, ours := domain.ParseStream(raw.Stream)
		if !ours || (part.Only != nil && name.Org != *part.Only) {
			return nil
		}
		run = append(run, raw)
		if size += len(raw.Data) + len(raw.Metadata); len(run) < replayPage && size < replayBytes {
			return nil
		}
		return send()
	})
	if err != nil && !errors.Is(err, ErrEnough) {
		return err
	}
	return send()
}
