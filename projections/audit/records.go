package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/query"
)

// record is an event of the log, decoded.
type record struct {
	facts.Recorded
	position eventlog.Position
	// problem is why the event cannot be applied.
	problem error
}

// reading collects what one member's days depend on, up to a place in the log.
type reading struct {
	a           *Audit
	org, member domain.ID
	cut         eventlog.Position
	// more are streams that most questions do without.
	more []string
	// ticks are dates around which every event of the clock is wanted; elsewhere the last before the cut tells all.
	ticks facts.Span

	mu      sync.Mutex
	records []record
}

// readers is how many streams of one question are read at once.
const readers = 4

// recordsOf reads everything that a member's days depend on, in ledger order, as known at an instant; the zero instant is now.
func (a *Audit) recordsOf(ctx context.Context, org, member domain.ID, at time.Time, ticks facts.Span, more ...string) ([]record, error) {
	cut, found, err := a.cutAt(ctx, org, at)
	if err != nil || !found {
		return nil, err
	}
	streams, err := a.index.StreamsOf(ctx, org, member)
	if err != nil {
		return nil, err
	}
	r := &reading{a: a, org: org, member: member, cut: cut, ticks: ticks, more: more}
	if err := r.readAll(ctx, streams); err != nil {
		return nil, err
	}
	slices.SortFunc(r.records, func(a, b record) int {
		if b.position.Less(a.position) {
			return 1
		}
		return -1
	})
	return r.records, nil
}

// cutAt finds the last event known at an instant, false where there is none.
func (a *Audit) cutAt(ctx context.Context, org domain.ID, at time.Time) (cut eventlog.Position, found bool, err error) {
	e, found, err := a.index.LastKnown(ctx, org, at)
	for err == nil && found {
		raws, err := a.log.Read(ctx, e.Stream, e.Revision, 1)
		if errors.Is(err, eventlog.ErrDeleted) { // the event before stands in front of it, and nothing else between them can be read
			if e, found, err = a.index.EntryAt(ctx, org, e.Index-1); err != nil {
				return cut, false, err
			}
			continue
		}
		if err == nil && len(raws) == 0 {
			err = errors.New("the event store has no such event")
		}
		if err != nil {
			return cut, false, fmt.Errorf("read %s@%d, which the ledger index names: %w", e.Stream, e.Revision, err)
		}
		return raws[0].Position, true, nil
	}
	return cut, false, err
}

// readAll reads the member's streams first, then the groups that they name.
func (r *reading) readAll(ctx context.Context, streams []query.StreamHead) error {
	var clocks []query.StreamHead
	whole := append([]string{domain.MemberStream(r.org, r.member), domain.CalendarStream(r.org)}, r.more...)
	for _, s := range streams {
		if name, _ := domain.ParseStream(s.Name); name.Category == "clock" {
			clocks = append(clocks, s)
		} else if s.Name != whole[0] {
			whole = append(whole, s.Name)
		}
	}
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for _, stream := range whole {
		g.Go(func() error { return refused(stream, r.whole(inner, stream)) })
	}
	g.Go(func() error { return r.clock(inner, clocks) })
	if err := g.Wait(); err != nil {
		return err
	}
	read := map[string]bool{}
	for _, stream := range whole {
		read[stream] = true
	}
	return r.groups(ctx, read)
}

// refused says of a deleted stream that nobody can know any more what it said.
func refused(stream string, err error) error {
	if errors.Is(err, eventlog.ErrDeleted) {
		return domain.Refuse("stream_deleted", "the stream %s was deleted for good in the event store, so this cannot be told any more; ask the operator to put the event store back from a backup", stream)
	}
	return err
}

func (r *reading) whole(ctx context.Context, stream string) error {
	raws, err := r.a.log.Read(ctx, stream, 0, 0)
	if err != nil {
		return fmt.Errorf("read %s: %w", stream, err)
	}
	r.take(raws)
	return nil
}

// take decodes the events up to the cut.
func (r *reading) take(raws []eventlog.Raw) {
	decode := r.a.decoder()
	taken := make([]record, 0, len(raws))
	events := make([]domain.Recorded, len(raws))
	for i := range raws {
		if r.cut.Less(raws[i].Position) {
			continue
		}
		var problem error
		events[i], problem = decode(&raws[i])
		taken = append(taken, record{facts.Of(&events[i]), raws[i].Position, problem})
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.records = append(r.records, taken...)
}

// groups reads, unless they were read, the groups that the member was in, and those whose rules judged a punch's place. A deleted one of the latter tells nothing.
func (r *reading) groups(ctx context.Context, read map[string]bool) error {
	in := map[domain.ID]bool{}
	for i := range r.records {
		switch e := r.records[i].Event.(type) {
		case domain.GroupAssigned:
			in[e.Group] = true
		case domain.PunchRecorded:
			named(in, e.Group)
		case domain.PunchPlaced:
			named(in, e.Group)
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for group, member := range in {
		stream := domain.GroupStream(r.org, group)
		if read[stream] {
			continue
		}
		g.Go(func() error {
			err := r.whole(ctx, stream)
			if !member && errors.Is(err, eventlog.ErrDeleted) {
				return nil
			}
			return refused(stream, err)
		})
	}
	return g.Wait()
}

func named(in map[domain.ID]bool, group *domain.ID) {
	if group != nil && !in[*group] {
		in[*group] = false
	}
}

// clock reads how far the organization's clock had come. A stream holds a month of its own words, so the newest with an event before the cut
// tells all, but around the dates of ticks.
func (r *reading) clock(ctx context.Context, streams []query.StreamHead) error {
	slices.SortFunc(streams, func(a, b query.StreamHead) int { return strings.Compare(b.Name, a.Name) })
	told := false
	for _, s := range streams {
		name, _ := domain.ParseStream(s.Name)
		if near(name.Rest, r.ticks) {
			if err := refused(s.Name, r.whole(ctx, s.Name)); err != nil {
				return err
			}
			continue
		}
		if told && r.ticks.From == 0 {
			break
		}
		found, err := r.lastTick(ctx, s)
		if err != nil {
			return refused(s.Name, err)
		}
		told = told || found
	}
	return nil
}

// lastTick takes the last event of a month before the cut, by halves.
func (r *reading) lastTick(ctx context.Context, s query.StreamHead) (found bool, err error) {
	low, high := uint64(0), s.Last+1 // events below low are known, events from high on are not
	var last []eventlog.Raw
	for middle := s.Last; low < high; middle = low + (high-low)/2 {
		raws, err := r.a.log.Read(ctx, s.Name, middle, 1)
		if err != nil {
			return false, fmt.Errorf("read %s: %w", s.Name, err)
		}
		if len(raws) == 0 || r.cut.Less(raws[0].Position) {
			high = middle
		} else {
			low, last = middle+1, raws
		}
	}
	r.take(last)
	return len(last) > 0, nil
}

// near says that a month, yyyymm, holds a date of the span or of the four days around it.
func near(month string, dates facts.Span) bool {
	if dates.From == 0 {
		return false
	}
	text := func(d attendance.Date) string { return fmt.Sprintf("%04d%02d", d.Year(), int(d.Month())) }
	return month >= text(dates.From-4) && month <= text(dates.To+4)
}
