package projections

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/audit"
	"github.com/dakahq/daka/projections/query"
	"github.com/dakahq/daka/projections/tables"
)

// DaysKnownAt are a member's days as the ledger knew them at an instant, from the log alone; see audit.DaysKnownAt.
func (e *Engine) DaysKnownAt(ctx context.Context, org, who domain.ID, from, to domain.Date, knownAt time.Time) ([]query.Day, error) {
	dates, err := spanOf(from, to)
	if err != nil {
		return nil, err
	}
	told, err := e.audit.DaysKnownAt(ctx, org, who, facts.Span{From: dates.From, To: dates.To}, knownAt)
	if err != nil {
		return nil, err
	}
	days := make([]query.Day, 0, len(told))
	for i := range told {
		days = append(days, auditedDay(&told[i]))
	}
	return days, nil
}

func spanOf(from, to domain.Date) (s tables.Dates, err error) {
	if s.From, err = tables.ParseDate(from); err == nil {
		s.To, err = tables.ParseDate(to)
	}
	if err != nil || s.To < s.From {
		return s, domain.Refuse("dates_invalid", "from %q to %q are not two dates in order; write them like 2026-03-02", from, to)
	}
	return s, nil
}

func auditedDay(d *audit.Day) query.Day {
	row := newDayRow(&d.Day, nil, nil)
	day := row.read()
	day.SelfDecided = d.SelfDecided
	return day
}

// read is the row as a reader would get it.
func (r *dayRow) read() query.Day {
	d := r.day
	out := query.Day{
		Date: domain.Date(d.Date.String()), DayType: string(d.DayType), Status: string(d.Status), Slots: tables.NamedSlots(r.slots), WorkedMin: d.WorkedMin, PresentMin: d.PresentMin,
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

// Step is one event in the history of a day: who, when recorded, what about, and what it changed.
type Step struct {
	Event    domain.ID    `json:"event"`
	Stream   string       `json:"stream"`
	Revision uint64       `json:"revision"`
	Type     string       `json:"type"`
	Actor    domain.Actor `json:"actor"`
	// ReceivedAt is when it was recorded, UTC.
	ReceivedAt time.Time `json:"received_at"`
	// Effective is what time or date the fact speaks of.
	Effective string `json:"effective"`
	// RuleVersion holds the date after this event, 0 for none.
	RuleVersion int `json:"rule_version"`
	// Changes say what differs from the step before, such as `status: Pending → Abnormal`; none when the verdict stands.
	Changes []string `json:"changes"`
	// Day is the verdict after this event, null while there is none.
	Day *query.Day `json:"day"`
	// Data is the event as recorded; sealed values are sealed.
	Data json.RawMessage `json:"data"`
}

// History tells how a day came about, from the log alone; see audit.History.
func (e *Engine) History(ctx context.Context, org, who domain.ID, date domain.Date, knownAt time.Time) ([]Step, error) {
	dates, err := spanOf(date, date)
	if err != nil {
		return nil, err
	}
	told, err := e.audit.History(ctx, org, who, dates.From, knownAt)
	if err != nil {
		return nil, err
	}
	steps := make([]Step, 0, len(told))
	for i := range told {
		t := &told[i]
		s := Step{
			Event: t.Event, Stream: t.Stream, Revision: t.Revision, Type: t.Type, Actor: t.Actor, ReceivedAt: t.ReceivedAt,
			Effective: t.Effective, Changes: t.Changes, Data: t.Data,
		}
		if t.Day != nil {
			day := auditedDay(t.Day)
			s.Day, s.RuleVersion = &day, t.Day.RuleVersion
		}
		steps = append(steps, s)
	}
	return steps, nil
}

// auditDecoder decodes as the projector does.
func auditDecoder() audit.Decoder {
	d := newDecoder()
	return func(raw *eventlog.Raw) (domain.Recorded, error) {
		r := d.record(raw)
		return r.Recorded, r.problem
	}
}

// whereToLook tells an audit where the ledger holds what; what happened, the audit reads in the log.
type whereToLook struct{ r *query.Models }

// Known searches by halves: the running maximum in the ledger index never falls. The sub-select is looked up by key whatever the planner thinks of
// the table; a join could read it whole.
func (w whereToLook) Known(ctx context.Context, org domain.ID, at time.Time) (known int64, err error) {
	known, _, err = w.r.Ledgers.Applied(ctx, org)
	if err != nil || known == 0 || at.IsZero() {
		return known, err
	}
	err = w.r.Within(org).Row(ctx, []any{&known}, `WITH RECURSIVE search (low, high) AS (
			SELECT 0::bigint, $2::bigint
			UNION ALL
			SELECT CASE WHEN known > $3 THEN low ELSE middle + 1 END, CASE WHEN known > $3 THEN middle ELSE high END
			FROM (SELECT low, high, (low + high) / 2 AS middle, (SELECT i.known FROM ledger.ledger_index i
				WHERE i.org = $1 AND i.epoch = ledger.epoch() AND i.index = (s.low + s.high) / 2) AS known
				FROM search s WHERE low < high OFFSET 0) halves)
		SELECT low FROM search WHERE low = high`, org, known, at)
	if err != nil {
		return 0, fmt.Errorf("search the ledger index: %w", err)
	}
	return known, nil
}

// Entry names the event with an index.
func (w whereToLook) Entry(ctx context.Context, org domain.ID, index int64) (stream string, revision uint64, err error) {
	var at int64
	err = w.r.Within(org).Row(ctx, []any{&stream, &at}, "SELECT stream, revision FROM ledger.ledger_index WHERE org = $1 AND epoch = ledger.epoch() AND index = $2", org, index)
	if err != nil {
		return "", 0, fmt.Errorf("read the ledger index: %w", err)
	}
	return stream, uint64(at), nil
}

// Streams lists a member's timesheets, rosters and requests, and the organization's clock.
func (w whereToLook) Streams(ctx context.Context, org, who domain.ID) ([]audit.Stream, error) {
	prefixes := []string{"timesheet-" + org.String() + "." + who.String() + ".", "roster-" + org.String() + "." + who.String() + ".", "clock-" + org.String() + "."}
	args := []any{org, who}
	var parts []string
	for _, prefix := range prefixes {
		args = append(args, prefix, strings.TrimSuffix(prefix, ".")+"/") // '/' is the character after '.'
		parts = append(parts, fmt.Sprintf("SELECT stream, revision FROM stream_heads WHERE stream >= $%d AND stream < $%d", len(args)-1, len(args)))
	}
	return query.List(ctx, w.r.Within(org), "the member's streams", func(row pgx.CollectableRow) (s audit.Stream, err error) {
		var last int64
		err = row.Scan(&s.Name, &last)
		s.Last = uint64(last)
		return s, err
	}, strings.Join(parts, " UNION ALL ")+` UNION ALL SELECT 'request-' || org || '.' || request, 0 FROM requests WHERE org = $1 AND member = $2`, args...)
}
