package main

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/deploy/single/node"
)

// localNode is the embedded node as the event log knows a store in its own process.
type localNode struct{ *node.Node }

var _ eventlog.Local = localNode{}

func (n localNode) Append(ctx context.Context, stream string, expected int64, events []eventlog.Raw) (eventlog.Written, error) {
	proposed := make([]node.Proposed, len(events))
	for i, e := range events {
		proposed[i] = node.Proposed{ID: e.ID, Type: e.Type, JSON: e.JSON, Data: e.Data, Meta: e.Metadata}
	}
	w, err := n.Node.Append(ctx, stream, expected, proposed)
	if err != nil {
		return eventlog.Written{}, localError(err)
	}
	return eventlog.Written{Last: uint64(w.Revision), Position: localPosition(w.Position)}, nil
}

func (n localNode) Read(ctx context.Context, stream string, from, max uint64) ([]eventlog.Raw, error) {
	events, err := n.Node.Read(ctx, stream, int64(min(from, math.MaxInt64)), int64(min(max, math.MaxInt64)))
	if err != nil {
		return nil, localReadError(err)
	}
	return localRaws(events), nil
}

func (n localNode) Tail(ctx context.Context, max int) ([]eventlog.Raw, error) {
	events, err := n.Node.Tail(ctx, max)
	if err != nil {
		return nil, localReadError(err)
	}
	return localRaws(events), nil
}

func (n localNode) Since(ctx context.Context, categories []string, after eventlog.Position) ([]eventlog.Raw, eventlog.Position, error) {
	events, upTo, err := n.Node.Since(ctx, categories, int64(after.Commit))
	if err != nil {
		return nil, eventlog.Position{}, localReadError(err)
	}
	return localRaws(events), localPosition(upTo), nil
}

func localRaws(events []node.Event) []eventlog.Raw {
	raws := make([]eventlog.Raw, len(events))
	for i, e := range events {
		raws[i] = eventlog.Raw{
			Stream: e.Stream, Revision: uint64(e.Revision), ID: e.ID, Type: e.Type, JSON: e.JSON, Data: e.Data, Metadata: e.Meta,
			Position: localPosition(e.Position), Created: e.Created,
		}
	}
	return raws
}

func (n localNode) End() eventlog.Position { return localPosition(n.Position()) }

func localPosition(p int64) eventlog.Position {
	return eventlog.Position{Commit: uint64(p), Prepare: uint64(p)}
}

// localError says what became of an append: only what the node surely did not write is not ambiguous.
func localError(err error) error {
	for _, pair := range [][2]error{
		{node.ErrWrongRevision, eventlog.ErrConflict}, {node.ErrDeleted, eventlog.ErrDeleted}, {node.ErrInvalid, eventlog.ErrInvalid},
		{node.ErrDenied, eventlog.ErrDenied}, {node.ErrFull, eventlog.ErrFull}, {node.ErrNotTaken, eventlog.ErrUnavailable},
	} {
		if errors.Is(err, pair[0]) {
			return fmt.Errorf("%w: %w", pair[1], err)
		}
	}
	return fmt.Errorf("%w: %w", eventlog.ErrAmbiguous, err)
}

func localReadError(err error) error {
	switch {
	case errors.Is(err, node.ErrDeleted):
		return fmt.Errorf("%w: %w", eventlog.ErrDeleted, err)
	case errors.Is(err, node.ErrClosed):
		return fmt.Errorf("%w: %w", eventlog.ErrUnavailable, err)
	}
	return err
}
