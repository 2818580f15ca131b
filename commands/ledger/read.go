package ledger

import (
	"context"
	"errors"
	"math"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
)

// wholeLog reads the whole log in its order.
type wholeLog interface {
	ReadAll(ctx context.Context, after eventlog.Position, max int, fn func(eventlog.Raw) error) error
}

// Read gives all events of a stream, none for a stream that was never written. Errors: ErrUnknown, a *domain.Refusal for a deleted stream.
func (l *Ledger) Read(ctx context.Context, stream string) ([]eventlog.Raw, error) {
	raws, err := l.log.Read(ctx, stream, 0, 0)
	if err != nil {
		return nil, unknown(err)
	}
	return raws, nil
}

// ReadAll gives every event of the log to fn in the log's order, until fn gives an error. Errors: ErrUnknown, also around fn's error.
func (l *Ledger) ReadAll(ctx context.Context, fn func(eventlog.Raw) error) error {
	log, ok := l.log.(wholeLog)
	if !ok {
		return errors.New("this event log cannot be read as a whole")
	}
	if err := log.ReadAll(ctx, eventlog.Position{}, math.MaxInt, fn); err != nil {
		return unknown(err)
	}
	return nil
}

// FoldStream reads a whole stream and folds it. Errors: those of Read, and an event that cannot be decoded.
func FoldStream[S domain.State[S]](ctx context.Context, l *Ledger, stream string) (state S, events []domain.Recorded, err error) {
	raws, err := l.Read(ctx, stream)
	if err != nil {
		return state, nil, err
	}
	for _, raw := range raws {
		e, err := Decode(raw)
		if err != nil {
			return state, nil, err
		}
		events = append(events, e)
		state = state.Evolve(e)
	}
	return state, events, nil
}
