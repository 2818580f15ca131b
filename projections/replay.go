package projections

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/tables"
)

// errEnough ends a reading of the log.
var errEnough = errors.New("enough")

// replay applies the log behind the projector's position, up to and including until, in big pages: one is decoded while the one
// before is written. done hears how many events are behind.
func (p *projector) replay(ctx context.Context, log *eventlog.Log, until eventlog.Position, done func(int)) error {
	g, ctx := errgroup.WithContext(ctx)
	pages := make(chan *page)
	g.Go(func() error {
		defer close(pages)
		return readPages(ctx, log, run{p.at, until, p.only, p.index != nil}, pages)
	})
	g.Go(func() error {
		for pg := range pages {
			if err := p.apply(ctx, pg); err != nil {
				return err
			}
			done(len(pg.records))
		}
		return nil
	})
	if err := g.Wait(); err != nil {
		return fmt.Errorf("replay the ledger: %w", err)
	}
	return nil
}

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

// everyone are those with a stream of their own, a timesheet or a punch, by member.
func (p *projector) everyone() (all []tables.MemberKey) {
	seen := maps.Clone(p.bulk.punched)
	for m := range seen {
		all = append(all, m)
	}
	for stream := range p.heads {
		name, ok := domain.ParseStream(stream)
		if !ok || name.Category != "member" && name.Category != "timesheet" {
			continue
		}
		if m, err := memberOfRest(name); err == nil && !seen[m] {
			seen[m] = true
			all = append(all, m)
		}
	}
	slices.SortFunc(all, compareMembers)
	return all
}

// sharedFacts guards the projector's memory of organizations between workers.
type sharedFacts struct {
	mu sync.Mutex
	p  *projector
}

func (s *sharedFacts) get(ctx context.Context, tx pgx.Tx, org domain.ID) (*facts.Organization, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.p.facts(ctx, tx, org)
}
