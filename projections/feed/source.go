package feed

import (
	"context"
	"fmt"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
)

// CheckpointReader tells where the log is to be read on.
type CheckpointReader = func(context.Context) (eventlog.Position, error)

// LogSource follows the ledger's own streams.
type LogSource struct{ Log *eventlog.Log }

// Subscribe follows $all behind a position, the ledger's categories only.
func (s LogSource) Subscribe(ctx context.Context, after eventlog.Position) (Tail, error) {
	var prefixes []string
	for _, c := range domain.Categories() {
		prefixes = append(prefixes, c+"-")
	}
	sub, err := s.Log.Subscribe(ctx, after, eventlog.Filter{Prefixes: prefixes})
	if err != nil {
		return nil, fmt.Errorf("subscribe behind %d/%d: %w", after.Commit, after.Prepare, err)
	}
	return sub, nil
}

// Head is the last event that is not the store's own.
func (s LogSource) Head(ctx context.Context) (eventlog.Raw, bool, error) { return s.Log.Head(ctx) }
