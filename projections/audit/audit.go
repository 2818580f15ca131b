// Package audit tells what the ledger knew at an instant, and how a day came about. It folds the log itself, with package facts, and uses no row
// of the read models: so it can contradict them.
package audit

import (
	"context"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/domain/facts"
	"time"
)

// Log is the event log as an audit reads it; see eventlog.Log.
type Log interface {
	Read(ctx context.Context, stream string, from, max uint64) ([]eventlog.Raw, error)
}

// Index says where to look. What happened, only the log says.
type Index interface {
	// Known is how many of an organization's events were known at an instant, by the dense order of events §5; the zero instant is now.
	Known(ctx context.Context, org domain.ID, at time.Time) (int64, error)
	// Entry names the event with an index.
	Entry(ctx context.Context, org domain.ID, index int64) (stream string, revision uint64, err error)
	// Streams are those of a member, of the member's requests and of the organization's clock.
	Streams(ctx context.Context, org, member domain.ID) ([]Stream, error)
}

// Stream is a stream and the revision of its last event.
type Stream struct {
	Name string
	Last uint64
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

// Day is a day as the log tells it.
type Day struct {
	attendance.Day
	// SelfDecided says that the member decided about themselves on this day.
	SelfDecided bool
}

// DaysKnownAt are a member's days as the ledger knew them at an instant: the events in ledger order up to the last one whose running
// maximum of received_at is at or before it (events §2). Dates are inclusive; a date outside the membership without a punch has no day.
func (a *Audit) DaysKnownAt(ctx context.Context, org, member domain.ID, dates facts.Span, at time.Time) ([]Day, error) {
	records, err := a.recordsOf(ctx, org, member, at, facts.Span{})
	if err != nil {
		return nil, err
	}
	f := newFold(a.cache, org, member)
	for i := range records {
		f.apply(&records[i])
	}
	return f.days(dates), nil
}
