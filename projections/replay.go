package projections

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
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
		return readPages(ctx, log, p.at, until, p.only, pages)
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

// readPages cuts the log into pages of up to 20,000 events or 12 MB, each decoded beside the reading.
func readPages(ctx context.Context, log *eventlog.Log, from, until eventlog.Position, only *domain.ID, pages chan<- *page) error {
	raws := make(chan []eventlog.Raw)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(raws)
		return readRuns(ctx, log, from, until, only, raws)
	})
	g.Go(func() error {
		for run := range raws {
			select {
			case pages <- newPage(run, false, false):
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		return nil
	})
	return g.Wait()
}

func readRuns(ctx context.Context, log *eventlog.Log, from, until eventlog.Position, only *domain.ID, runs chan<- []eventlog.Raw) error {
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
	err := log.ReadAll(ctx, from, 0, func(raw eventlog.Raw) error {
		if after(raw.Position, until) {
			return errEnough
		}
		name, ours := domain.ParseStream(raw.Stream)
		if !ours || (only != nil && name.Org != *only) {
			return nil
		}
		run = append(run, raw)
		if size += len(raw.Data) + len(raw.Metadata); len(run) < catchUpPage && size < catchUpBytes {
			return nil
		}
		return send()
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	return send()
}

// cohortDays is how many member-days one transaction of a rebuild assesses.
const cohortDays = 6000

// assessAll computes every day of a fresh schema, on as many connections as there are processors, at least two.
func (p *projector) assessAll(ctx context.Context) error {
	spans, err := p.everybody(ctx)
	if err != nil {
		return err
	}
	batches := make(chan map[member]span)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(batches)
		return cut(ctx, spans, batches)
	})
	shared := &sharedFacts{p: p}
	for range max(2, runtime.NumCPU()) {
		g.Go(func() error {
			for batch := range batches {
				if err := p.assessSurely(ctx, shared, batch); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

type memberSpan struct {
	member
	span
}

// everybody lists the members with the dates that can have a row.
func (p *projector) everybody(ctx context.Context) (spans []memberSpan, err error) {
	err = p.within(ctx, func(tx pgx.Tx) error {
		orgs, members := p.everyone()
		_, err := tx.Exec(ctx, wholeTables+`TRUNCATE dirty`)
		if err == nil {
			_, err = tx.Exec(ctx, `INSERT INTO dirty SELECT org, member, DATE '0001-01-03', DATE '`+forever+`' FROM unnest($1::uuid[], $2::uuid[]) AS q(org, member)`, orgs, members)
		}
		if err != nil {
			return fmt.Errorf("mark everybody: %w", err)
		}
		rows, err := tx.Query(ctx, `SELECT org, member, f, t FROM (`+dirtyRanges+`) r WHERE f IS NOT NULL AND t >= f ORDER BY org, member`)
		if err != nil {
			return fmt.Errorf("list everybody: %w", err)
		}
		var m member
		var from, to time.Time
		_, err = pgx.ForEachRow(rows, []any{(*[16]byte)(&m.org), (*[16]byte)(&m.id), &from, &to}, func() error {
			spans = append(spans, memberSpan{m, span{dateAt(&from), dateAt(&to)}})
			return nil
		})
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "TRUNCATE dirty")
		return err
	})
	return spans, err
}

// everyone are those with a stream of their own or a timesheet.
func (p *projector) everyone() (orgs, members [][16]byte) {
	seen := map[member]bool{}
	for stream := range p.heads {
		name, ok := domain.ParseStream(stream)
		if !ok || name.Category != "member" && name.Category != "timesheet" {
			continue
		}
		if m, err := memberOfRest(name); err == nil && !seen[m] {
			seen[m] = true
			orgs, members = append(orgs, m.org), append(members, m.id)
		}
	}
	return orgs, members
}

// cut hands out batches of whole members, or of parts of a long membership.
func cut(ctx context.Context, all []memberSpan, out chan<- map[member]span) error {
	batch, days := map[member]span{}, 0
	send := func() error {
		select {
		case out <- batch:
			batch, days = map[member]span{}, 0
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	for _, s := range all {
		for s.from <= s.to {
			part := s.span
			part.to = min(part.to, part.from+cohortDays-1)
			batch[s.member] = part
			days += part.days()
			s.from = part.to + 1
			if days >= cohortDays {
				if err := send(); err != nil {
					return err
				}
			}
		}
	}
	if len(batch) == 0 {
		return nil
	}
	return send()
}

// sharedFacts guards the projector's memory of organizations between workers.
type sharedFacts struct {
	mu sync.Mutex
	p  *projector
}

func (s *sharedFacts) get(ctx context.Context, tx pgx.Tx, org domain.ID) (*orgFacts, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.p.facts(ctx, tx, org)
}

// assessSurely parks the members for whom Assess fails and assesses the others.
func (p *projector) assessSurely(ctx context.Context, shared *sharedFacts, batch map[member]span) error {
	for {
		err := p.assessBatch(ctx, shared, batch)
		var fault *memberFault
		if !errors.As(err, &fault) {
			return err
		}
		if err := p.parkFault(ctx, fault); err != nil {
			return err
		}
		delete(batch, fault.member)
	}
}

func (p *projector) assessBatch(ctx context.Context, shared *sharedFacts, batch map[member]span) error {
	tx, err := p.begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	c := newCohort(batch)
	c.fresh = true
	for _, k := range c.works {
		if k.org, err = shared.get(ctx, tx, k.member.org); err != nil {
			return err
		}
	}
	if err := c.load(ctx, tx); err != nil {
		return err
	}
	if err := judgeAll(c.works); err != nil {
		return err
	}
	ch := c.compare()
	if err := ch.insert(ctx, tx); err != nil {
		return err
	}
	return tx.Commit(ctx)
}
