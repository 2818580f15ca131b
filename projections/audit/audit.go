// Package audit tells what the ledger knew at an instant, and how a day came about. It folds the log itself, with package facts, and uses no row
// of the read models: so it can contradict them.
package audit

import (
	"context"
	"time"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/query"
)

// Log is the event log as an audit reads it; see eventlog.Log.
type Log interface {
	Read(ctx context.Context, stream string, from, max uint64) ([]eventlog.Raw, error)
}

// Index says where to look; see query.Ledgers. What happened, only the log says.
type Index interface {
	// LastKnown is the last event known at an instant, false where there is none; the zero instant is now.
	LastKnown(ctx context.Context, org domain.ID, at time.Time) (query.Entry, bool, error)
	// EntryAt is the event with an index.
	EntryAt(ctx context.Context, org domain.ID, index int64) (query.Entry, bool, error)
	// StreamsOf are those of a member, of the member's requests and of the organization's clock.
	StreamsOf(ctx context.Context, org, member domain.ID) ([]query.StreamHead, error)
}

// Decoder makes an event of recorded bytes, as rows can take it. The error says why it cannot be applied. A decoder serves one goroutine.
type Decoder func(raw *eventlog.Raw) (domain.Recorded, error)

// Audit answers from the log. It may be used by many goroutines.
type Audit struct {
	log     Log
	index   Index
	decoder func() Decoder
	cache   *facts.Cache
}

// New makes an audit of a log; decoder gives a fresh one.
func New(log Log, index Index, decoder func() Decoder, cache *facts.Cache) *Audit {
	return &Audit{log, index, decoder, cache}
}

// DaysKnownAt are a member's days as the ledger knew them at an instant: the events in ledger order up to the last one whose running
// maximum of received_at is at or before it (events §2). Dates are inclusive; a date outside the membership without a punch has no day.
func (a *Audit) DaysKnownAt(ctx context.Context, org, member domain.ID, from, to domain.Date, at time.Time) ([]query.Day, error) {
	dates, err := spanOf(from, to)
	if err != nil {
		return nil, err
	}
	records, err := a.recordsOf(ctx, org, member, at, facts.Span{})
	if err != nil {
		return nil, err
	}
	f := newFold(a.cache, org, member)
	for i := range records {
		f.apply(&records[i])
	}
	told := f.days(dates)
	days := make([]query.Day, 0, len(told))
	for i := range told {
		shown, err := told[i].shown()
		if err != nil {
			return nil, err
		}
		days = append(days, shown)
	}
	return days, nil
}

func spanOf(from, to domain.Date) (s facts.Span, err error) {
	if s.From, err = attendance.ParseDate(string(from)); err == nil {
		s.To, err = attendance.ParseDate(string(to))
	}
	if err != nil || s.To < s.From {
		return s, domain.Refuse("dates_invalid", "from %q to %q are not two dates in order; write them like 2026-03-02", from, to)
	}
	return s, nil
}
