package eventlog

import (
	"context"
	"fmt"
)

// Local is an event store in this process: what goes to it needs no call. Append, Read and Tail, and their errors, are those of Log.Write, Log.Read
// and Log.Tail; Since gives the events of some categories behind a position and up to where it looked, at a cost that other categories' events do
// not raise; End is the position of the newest event, zero when there is none.
type Local interface {
	Append(ctx context.Context, stream string, expected int64, events []Raw) (Written, error)
	Read(ctx context.Context, stream string, from, max uint64) ([]Raw, error)
	Tail(ctx context.Context, max int) ([]Raw, error)
	Since(ctx context.Context, categories []string, after Position) (events []Raw, upTo Position, err error)
	End() Position
}

// Option changes how a Log reaches its store.
type Option func(*Log)

// WithLocal sends appends, reads of a stream, and the questions for the log's end and last events, straight to the store in this process that the
// connection string leads to.
func WithLocal(store Local) Option { return func(l *Log) { l.local = store } }

func (l *Log) writeLocal(ctx context.Context, stream string, expected int64, events []Raw) (Written, error) {
	if l.connection.life.Err() != nil {
		return Written{}, ErrClosed
	}
	w, err := l.local.Append(ctx, stream, expected, events)
	if err != nil {
		return Written{}, fmt.Errorf("appending %d events to %s: %w", len(events), stream, err)
	}
	return w, nil
}

func (l *Log) readLocal(ctx context.Context, stream string, from, max uint64) ([]Raw, error) {
	if l.connection.life.Err() != nil {
		return nil, ErrClosed
	}
	events, err := l.local.Read(ctx, stream, from, max)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", stream, err)
	}
	return events, nil
}

func (l *Log) tailLocal(ctx context.Context, max int) ([]Raw, error) {
	if l.connection.life.Err() != nil {
		return nil, ErrClosed
	}
	events, err := l.local.Tail(ctx, max)
	if err != nil {
		return nil, fmt.Errorf("reading the log's last %d events: %w", max, err)
	}
	return events, nil
}

// Since gives the events of some categories (what stands before a stream's first hyphen) behind a position, oldest first, and up to where it
// looked. Only a store in this process can tell; false for another one.
func (l *Log) Since(ctx context.Context, categories []string, after Position) (events []Raw, upTo Position, local bool, err error) {
	if l.local == nil {
		return nil, Position{}, false, nil
	}
	if l.connection.life.Err() != nil {
		return nil, Position{}, true, ErrClosed
	}
	if events, upTo, err = l.local.Since(ctx, categories, after); err != nil {
		return nil, Position{}, true, fmt.Errorf("reading what is new of %d categories: %w", len(categories), err)
	}
	return events, upTo, true, nil
}

// End is the position of the newest event in the whole log, system events too; zero when there is none.
func (l *Log) End(ctx context.Context) (Position, error) {
	if l.local != nil {
		return l.local.End(), nil
	}
	events, err := l.Tail(ctx, 1)
	if err != nil || len(events) == 0 {
		return Position{}, err
	}
	return events[0].Position, nil
}
