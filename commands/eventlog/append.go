package eventlog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
)

// NoStream is the expected revision of a stream without events.
const NoStream int64 = -1

// Written is where an append ended.
type Written struct {
	// Last is the revision of the append's last event.
	Last uint64
	// Position is that event's place; for an append that the store recognised as a repeat it is the first one's.
	Position Position
}

// Append writes events after revision expected (NoStream for a new stream) and gives the last one's revision.
// Repeating it unchanged, ids included, answers the first one's revision. Errors: ErrConflict, ErrAmbiguous, ErrFull,
// ErrDenied, ErrDeleted, ErrInvalid, ErrUnavailable, ErrClosed.
func (l *Log) Append(ctx context.Context, stream string, expected int64, events []Raw) (uint64, error) {
	w, err := l.Write(ctx, stream, expected, events)
	return w.Last, err
}

// Write is Append that also tells the position.
func (l *Log) Write(ctx context.Context, stream string, expected int64, events []Raw) (Written, error) {
	w, err := l.write(ctx, stream, expected, events)
	l.noteRefusal(err)
	return w, err
}

func (l *Log) write(ctx context.Context, stream string, expected int64, events []Raw) (Written, error) {
	if err := appendable(stream, expected, events); err != nil {
		return Written{}, err
	}
	if l.local != nil {
		return l.writeLocal(ctx, stream, expected, events)
	}
	options := esdb.AppendToStreamOptions{ExpectedRevision: esdb.NoStream{}}
	if expected >= 0 {
		options.ExpectedRevision = esdb.Revision(uint64(expected))
	}
	data := proposed(events)
	result, err := run(ctx, l, func(ctx context.Context, c *esdb.Client) (*esdb.WriteResult, error) {
		return c.AppendToStream(ctx, stream, options, data...)
	})
	if err != nil {
		return Written{}, fmt.Errorf("appending %d events to %s: %w", len(events), stream, appendError(err))
	}
	last := uint64(expected + int64(len(events)))
	if err := believable(result, last); err != nil {
		return Written{}, fmt.Errorf("appending %d events to %s: %w: %w", len(events), stream, ErrAmbiguous, err)
	}
	return Written{Last: last, Position: Position{result.CommitPosition, result.PreparePosition}}, nil
}

// believable tells a real success from the client's answer to an empty response, which it reports as success.
func believable(r *esdb.WriteResult, last uint64) error {
	if r.CommitPosition == 0 && r.PreparePosition == 0 {
		return errors.New("the answer was empty: success without a position")
	}
	if r.NextExpectedVersion != last {
		return fmt.Errorf("the answer names revision %d, not %d", r.NextExpectedVersion, last)
	}
	return nil
}

func appendable(stream string, expected int64, events []Raw) error {
	switch {
	case stream == "":
		return fmt.Errorf("%w: it names no stream", ErrInvalid)
	case expected < NoStream:
		return fmt.Errorf("%w: %d is not a revision", ErrInvalid, expected)
	case len(events) == 0:
		return fmt.Errorf("%w: it holds no event", ErrInvalid)
	}
	for i, e := range events {
		if e.ID == (Raw{}).ID {
			return fmt.Errorf("%w: event %d has no id, so that a repeat would write it twice", ErrInvalid, i)
		}
		if e.Type == "" {
			return fmt.Errorf("%w: event %d has no type", ErrInvalid, i)
		}
	}
	return nil
}

// refusal is an append that the store refused for what no other append would change.
type refusal struct {
	err error
	at  time.Time
}

// noteRefusal remembers that the store has no room or grants no right, until an append succeeds.
func (l *Log) noteRefusal(err error) {
	switch {
	case err == nil && l.refused.Load() != nil:
		l.refused.Store(nil)
	case errors.Is(err, ErrFull), errors.Is(err, ErrDenied):
		l.refused.Store(&refusal{err, time.Now()})
	}
}

// Refused is why the store took no append (ErrFull, ErrDenied) and when it last said so; nil where it took one since.
func (l *Log) Refused() (err error, at time.Time) {
	if r := l.refused.Load(); r != nil {
		return r.err, r.at
	}
	return nil, time.Time{}
}
