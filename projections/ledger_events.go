package projections

import (
	"context"
	"errors"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/query"
)

// LedgerEvent is an entry with its recorded bytes; Raw is nil when the store no longer gives them.
type LedgerEvent struct {
	query.LedgerEntry
	Raw *eventlog.Raw
}

// LedgerEvents lists an organization's events in ledger order, with their bytes from the log.
func (e *Engine) LedgerEvents(ctx context.Context, org domain.ID, cursor string, limit int) (query.Page[LedgerEvent], error) {
	entries, err := e.Ledgers.Entries(ctx, org, cursor, limit)
	page := query.Page[LedgerEvent]{Next: entries.Next, Items: make([]LedgerEvent, len(entries.Items))}
	if err != nil {
		return page, err
	}
	for i, entry := range entries.Items {
		page.Items[i].LedgerEntry = entry
	}
	return page, fillBytes(ctx, e.events, page.Items)
}

// streamReader reads events of a stream, from a revision on.
type streamReader interface {
	Read(ctx context.Context, stream string, from, max uint64) ([]eventlog.Raw, error)
}

// fillBytes reads the bytes stream by stream, each from the first revision asked for to the last.
func fillBytes(ctx context.Context, log streamReader, entries []LedgerEvent) error {
	first, last := map[string]uint64{}, map[string]uint64{}
	for _, l := range entries {
		if have, ok := first[l.Stream]; !ok || l.Revision < have {
			first[l.Stream] = l.Revision
		}
		last[l.Stream] = max(last[l.Stream], l.Revision)
	}
	bytes := map[domain.ID]*eventlog.Raw{}
	for stream, from := range first {
		raws, err := log.Read(ctx, stream, from, last[stream]-from+1)
		if err != nil && !errors.Is(err, eventlog.ErrDeleted) { // the leaves of a deleted stream stay; its bytes are gone
			return err
		}
		for i := range raws {
			bytes[raws[i].ID] = &raws[i]
		}
	}
	for i := range entries {
		entries[i].Raw = bytes[entries[i].Event]
	}
	return nil
}
