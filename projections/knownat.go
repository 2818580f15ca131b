package projections

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// DaysKnownAt are a member's days as the ledger knew them at an instant: the events in ledger order up to the last one whose running
// maximum of received_at is at or before it (events §2). They are folded afresh from the log, by the same code as the read models,
// in tables that vanish with the transaction.
func (e *Engine) DaysKnownAt(ctx context.Context, org, who domain.ID, from, to domain.Date, knownAt time.Time) ([]Day, error) {
	dates, err := spanOf(from, to)
	if err != nil {
		return nil, err
	}
	records, err := e.recordsOf(ctx, member{org, who}, knownAt, span{})
	if err != nil {
		return nil, err
	}
	days := []Day{}
	err = e.scratch(ctx, func(tx pgx.Tx, p *projector) error {
		w := newWriter(p.zones)
		w.lazy = true
		p.foldAll(ctx, w, map[subject]bool{}, records, nil, &summary{})
		if err := w.flush(ctx, tx); err != nil {
			return err
		}
		k, err := p.workOf(ctx, tx, member{org, who}, dates)
		if err != nil {
			return err
		}
		for i := range k.rows {
			days = append(days, k.rows[i].read())
		}
		return markSelfDecided(ctx, tx, member{org, who}, days)
	})
	return days, err
}

func spanOf(from, to domain.Date) (s span, err error) {
	if s.from, err = dateOf(from); err == nil {
		s.to, err = dateOf(to)
	}
	if err != nil || s.to < s.from {
		return s, domain.Refuse("dates_invalid", "from %q to %q are not two dates in order; write them like 2026-03-02", from, to)
	}
	return s, nil
}

// read is the row as a reader would get it.
func (r *dayRow) read() Day {
	d := r.day
	out := Day{
		Date: domain.Date(d.Date.String()), DayType: string(d.DayType), Status: string(d.Status), Slots: namedSlots(r.slots), WorkedMin: d.WorkedMin, PresentMin: d.PresentMin,
		LateMin: d.LateMin, EarlyMin: d.EarlyMin, LeaveMin: d.LeaveMin, TripMin: d.TripMin, OvertimeMin: d.OvertimeMin, Overtime: r.overtime, Unused: r.unused,
		Anomalies: []string{},
	}
	if d.Shift != "" {
		out.Shift = &d.Shift
	}
	if d.RuleVersion != 0 {
		out.RuleVersion = &d.RuleVersion
	}
	for _, a := range d.Anomalies {
		out.Anomalies = append(out.Anomalies, string(a))
	}
	return out
}

// workOf loads one member's facts and assesses the dates, without writing them.
func (p *projector) workOf(ctx context.Context, tx pgx.Tx, m member, dates span) (*work, error) {
	c := newCohort(map[member]span{m: dates})
	c.fresh = true
	k := c.works[0]
	k.all = true
	var err error
	if k.org, err = p.facts(ctx, tx, m.org); err != nil {
		return nil, err
	}
	if err := c.load(ctx, tx); err != nil {
		return nil, err
	}
	return k, k.judge()
}

var errScratch = errors.New("the scratch tables are done with")

// scratch runs do on empty tables of its own session, which are never committed.
func (e *Engine) scratch(ctx context.Context, do func(pgx.Tx, *projector) error) error {
	p := e.writerOf(0)
	err := pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL search_path TO pg_temp;"+modelsSQL+factIndexesSQL+punchIndexesSQL); err != nil {
			return fmt.Errorf("make scratch tables: %w", err)
		}
		if err := do(tx, p); err != nil {
			return err
		}
		return errScratch
	})
	if errors.Is(err, errScratch) {
		return nil
	}
	return err
}

// recordsOf reads everything that a member's days depend on, in ledger order, as known at an instant; the zero instant is now. Of the
// clock it reads every event around the dates, and elsewhere the last of each month, because only the greatest counts.
func (e *Engine) recordsOf(ctx context.Context, m member, knownAt time.Time, ticks span) ([]record, error) {
	cut, none, err := e.cutAt(ctx, m.org, knownAt)
	if err != nil || none {
		return nil, err
	}
	streams, err := e.memberStreams(ctx, m)
	if err != nil {
		return nil, err
	}
	var records []record
	for _, stream := range streams {
		raws, err := e.readUpTo(ctx, stream, cut, ticks)
		switch {
		case errors.Is(err, eventlog.ErrDeleted) && !e.needs(ctx, m, stream):
			continue
		case errors.Is(err, eventlog.ErrDeleted):
			return nil, refuseDeleted(stream)
		case err != nil:
			return nil, fmt.Errorf("read %s: %w", stream, err)
		}
		for i := range raws {
			if !after(raws[i].Position, cut) {
				records = append(records, decodeRecord(&raws[i]))
			}
		}
	}
	slices.SortFunc(records, func(a, b record) int {
		if after(a.position, b.position) {
			return 1
		}
		return -1
	})
	return records, nil
}

// needs says that a member's days depend on a stream: all but groups that the member never was in.
func (e *Engine) needs(ctx context.Context, m member, stream string) bool {
	name, _ := domain.ParseStream(stream)
	if name.Category != "group" {
		return true
	}
	var in bool
	err := e.within(m.org).row(ctx, []any{&in}, "SELECT EXISTS (SELECT 1 FROM assignments WHERE org = $1 AND member = $2 AND group_id::text = $3)", m.org, m.id, name.Rest)
	return err != nil || in
}

// readUpTo reads a whole stream, or the last event of a clock's month that is far from the dates.
func (e *Engine) readUpTo(ctx context.Context, stream string, cut eventlog.Position, ticks span) ([]eventlog.Raw, error) {
	name, _ := domain.ParseStream(stream)
	if name.Category != "clock" || near(name.Rest, ticks) {
		return e.events.Read(ctx, stream, 0, 0)
	}
	for count := 16; ; count *= 16 {
		raws, err := e.events.ReadBackwards(ctx, stream, count)
		if err != nil {
			return nil, err
		}
		for i := range raws {
			if !after(raws[i].Position, cut) {
				return raws[i : i+1], nil
			}
		}
		if len(raws) < count {
			return nil, nil
		}
	}
}

// near says that a month, yyyymm, holds a date of the span or of the four days around it.
func near(month string, dates span) bool {
	if dates.from == 0 {
		return false
	}
	text := func(d attendance.Date) string { return fmt.Sprintf("%04d%02d", d.Year(), int(d.Month())) }
	return month >= text(dates.from-4) && month <= text(dates.to+4)
}

// cutAt finds the last event known at an instant. The running maximum in the ledger index never falls, so a search by halves finds it.
func (e *Engine) cutAt(ctx context.Context, org domain.ID, knownAt time.Time) (cut eventlog.Position, none bool, err error) {
	size, _, err := e.Applied(ctx, org)
	if err != nil || size == 0 {
		return cut, true, err
	}
	low, high := int64(0), size // events below low are known, events from high on are not
	for low < high && !knownAt.IsZero() {
		middle := (low + high) / 2
		var known time.Time
		if err := e.within(org).row(ctx, []any{&known}, "SELECT known FROM ledger.ledger_index WHERE org = $1 AND epoch = ledger.epoch() AND index = $2", org, middle); err != nil {
			return cut, false, fmt.Errorf("search the ledger index: %w", err)
		}
		if known.After(knownAt) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	if knownAt.IsZero() {
		low = size
	}
	for ; low > 0; low-- {
		cut, err = e.positionOf(ctx, org, low-1)
		if !errors.Is(err, eventlog.ErrDeleted) { // the event before stands in front of it, and nothing else between them can be read
			return cut, false, err
		}
	}
	return cut, true, nil
}

// positionOf finds where the event of an index stands in the log.
func (e *Engine) positionOf(ctx context.Context, org domain.ID, index int64) (at eventlog.Position, err error) {
	var stream string
	var revision int64
	if err := e.within(org).row(ctx, []any{&stream, &revision}, "SELECT stream, revision FROM ledger.ledger_index WHERE org = $1 AND epoch = ledger.epoch() AND index = $2", org, index); err != nil {
		return at, fmt.Errorf("read the ledger index: %w", err)
	}
	raws, err := e.events.Read(ctx, stream, uint64(revision), 1)
	if err == nil && len(raws) == 0 {
		err = errors.New("the event store has no such event")
	}
	if err != nil {
		return at, fmt.Errorf("read %s@%d, which the ledger index names: %w", stream, revision, err)
	}
	return raws[0].Position, nil
}

// memberStreams lists the streams that a member's days depend on.
func (e *Engine) memberStreams(ctx context.Context, m member) ([]string, error) {
	org, who := m.org.String(), m.id.String()
	prefixes := []string{"timesheet-" + org + "." + who + ".", "roster-" + org + "." + who + ".", "group-" + org + ".", "clock-" + org + "."}
	var conditions []string
	args := []any{m.org, m.id, domain.MemberStream(m.org, m.id), domain.CalendarStream(m.org)}
	for _, prefix := range prefixes {
		args = append(args, prefix, strings.TrimSuffix(prefix, ".")+"/") // '/' is the character after '.'
		conditions = append(conditions, fmt.Sprintf("(stream >= $%d AND stream < $%d)", len(args)-1, len(args)))
	}
	return list(ctx, e.within(m.org), "the member's streams", pgx.RowTo[string],
		`SELECT stream FROM stream_heads WHERE stream IN ($3, $4) OR `+strings.Join(conditions, " OR ")+`
		OR stream IN (SELECT 'request-' || org || '.' || request FROM requests WHERE org = $1 AND member = $2) ORDER BY stream`, args...)
}
