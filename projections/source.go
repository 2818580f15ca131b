package projections

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
)

type checkpointReader = func(context.Context) (eventlog.Position, error)

// quiet moves Watermill's routine words to debug.
var quiet = map[slog.Level]slog.Level{slog.LevelInfo: slog.LevelDebug, slog.LevelError: slog.LevelDebug}

// logSource follows the ledger's own streams.
type logSource struct{ log *eventlog.Log }

// Subscribe follows $all behind a position, the ledger's categories only.
func (s logSource) Subscribe(ctx context.Context, after eventlog.Position) (Tail, error) {
	var prefixes []string
	for _, c := range domain.Categories() {
		prefixes = append(prefixes, c+"-")
	}
	sub, err := s.log.Subscribe(ctx, after, eventlog.Filter{Prefixes: prefixes})
	if err != nil {
		return nil, fmt.Errorf("subscribe behind %d/%d: %w", after.Commit, after.Prepare, err)
	}
	return sub, nil
}

// Head is the last event that is not the store's own.
func (s logSource) Head(ctx context.Context) (eventlog.Raw, bool, error) { return s.log.Head(ctx) }

// rewind takes the durable checkpoint as the place to read from and forgets what memory holds.
func (p *projector) rewind(ctx context.Context) (eventlog.Position, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget()
	var at eventlog.Position
	err := p.pool.QueryRow(ctx, "SELECT commit_pos, prepare_pos FROM projector").Scan(&at.Commit, &at.Prepare)
	if err != nil {
		return at, fmt.Errorf("read the checkpoint: %w", err)
	}
	p.at = at
	return at, nil
}
