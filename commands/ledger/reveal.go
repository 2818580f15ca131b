package ledger

import (
	"context"
	"errors"
	"log/slog"

	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/wire"
)

// Reveal opens what can be opened of an event's personal values.
func (l *Ledger) Reveal(ctx context.Context, e domain.Recorded) domain.Event {
	clear, err := wire.Reveal(e.Stream, e.ID, e.Metadata.Org, e.Event, l.Opener(ctx, e.Metadata.KeyID))
	if err != nil {
		return e.Event
	}
	return clear
}

// Opener opens a subject's sealed values. Erased ones stay sealed, and so do, with a line in the log, those whose key was lost: after a
// declared loss of the key store the rest of a person's record must still be read.
func (l *Ledger) Opener(ctx context.Context, id *domain.ID) wire.Open {
	return func(text string, aad []byte) ([]byte, error) {
		if id == nil {
			return nil, wire.ErrErased
		}
		key, err := l.keys.Lookup(ctx, *id)
		if errors.Is(err, keys.ErrDestroyed) {
			return nil, wire.ErrErased
		}
		if err != nil && !errors.Is(err, keys.ErrUnknown) {
			return nil, err
		}
		plain, shut := key.Open(text, aad)
		if lost := errors.Join(err, shut); lost != nil {
			l.logger.WarnContext(ctx, "a personal value cannot be opened", slog.String("key", id.String()), slog.Any("error", lost))
			return nil, wire.ErrErased
		}
		return plain, nil
	}
}
