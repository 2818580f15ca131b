package rebuild

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/apply"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/fold"
	"github.com/dakahq/daka/projections/tables"
)

// replay applies the log behind the shadow's position, up to and including until, in big pages: one is decoded while the one
// before is written. done hears how many events are behind.
func (s *Shadow) replay(ctx context.Context, log *eventlog.Log, until eventlog.Position, done func(int)) error {
	g, ctx := errgroup.WithContext(ctx)
	pages := make(chan *feed.Page)
	g.Go(func() error {
		defer close(pages)
		return feed.ReadPages(ctx, log, feed.Run{From: s.at, Until: until, Only: s.heads.Only, Leaves: s.index != nil, Plain: s.plainRead}, pages)
	})
	g.Go(func() error {
		for pg := range pages {
			if err := s.apply(ctx, pg); err != nil {
				return err
			}
			done(len(pg.Records))
		}
		return nil
	})
	if err := g.Wait(); err != nil {
		return fmt.Errorf("replay the ledger: %w", err)
	}
	return nil
}

// everyone are those with a stream of their own, a timesheet or a punch, by member.
func (s *Shadow) everyone() (all []tables.MemberKey) {
	seen := maps.Clone(s.held.punched)
	for m := range seen {
		all = append(all, m)
	}
	for stream := range s.heads.Whole {
		name, ok := domain.ParseStream(stream)
		if !ok || name.Category != "member" && name.Category != "timesheet" {
			continue
		}
		if m, err := fold.MemberOfRest(name); err == nil && !seen[m] {
			seen[m] = true
			all = append(all, m)
		}
	}
	slices.SortFunc(all, compareMembers)
	return all
}

// sharedFacts guards the memory of organizations between workers.
type sharedFacts struct {
	mu   sync.Mutex
	days *apply.Days
}

func (s *sharedFacts) get(ctx context.Context, tx pgx.Tx, org domain.ID) (*facts.Organization, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.days.Organization(ctx, tx, org)
}
