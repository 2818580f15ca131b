package projections

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
)

// LedgerEntry is an event's place in its organization's dense order; Raw holds the recorded bytes, nil when the store no longer gives them.
type LedgerEntry struct {
	Index    int64
	Stream   string
	Revision uint64
	Event    domain.ID
	Leaf     []byte
	Raw      *eventlog.Raw
}

// LedgerEvents lists an organization's events in ledger order, with their bytes from the log.
func (e *Engine) LedgerEvents(ctx context.Context, org domain.ID, cursor string, limit int) (Page[LedgerEntry], error) {
	at, err := parseCursor(cursor, isText)
	if err != nil {
		return Page[LedgerEntry]{}, err
	}
	from := int64(-1)
	if at[0] != "" {
		if from, err = strconv.ParseInt(at[0], 10, 64); err != nil {
			return Page[LedgerEntry]{}, errCursor(cursor)
		}
	}
	page, err := paged(ctx, e.within(org), limit, "the ledger", func(row pgx.CollectableRow) (l LedgerEntry, err error) {
		var revision int64
		err = row.Scan(&l.Index, &l.Stream, &revision, &l.Event, &l.Leaf)
		l.Revision = uint64(revision)
		return l, err
	}, func(l *LedgerEntry) []string { return []string{strconv.FormatInt(l.Index, 10)} },
		`SELECT index, stream, revision, event_id, leaf FROM ledger.ledger_index WHERE org = $1 AND epoch = ledger.epoch() AND index > $2 ORDER BY index`, org, from)
	if err != nil {
		return page, err
	}
	return page, e.fill(ctx, page.Items)
}

// fill reads the bytes stream by stream, each from the first revision asked for to the last.
func (e *Engine) fill(ctx context.Context, entries []LedgerEntry) error {
	first, last := map[string]uint64{}, map[string]uint64{}
	for _, l := range entries {
		if have, ok := first[l.Stream]; !ok || l.Revision < have {
			first[l.Stream] = l.Revision
		}
		last[l.Stream] = max(last[l.Stream], l.Revision)
	}
	bytes := map[domain.ID]*eventlog.Raw{}
	for stream, from := range first {
		raws, err := e.events.Read(ctx, stream, from, last[stream]-from+1)
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

// Parked is a subject whose events wait for a program that can apply them.
type Parked struct {
	Org      domain.ID `json:"org"`
	Kind     string    `json:"kind"`
	Subject  domain.ID `json:"subject"`
	Stream   string    `json:"stream"`
	Revision int64     `json:"revision"`
	Reason   string    `json:"reason"`
	// Since is received_at of the first event that waits; null where that event does not tell it.
	Since  *time.Time `json:"since"`
	Events int        `json:"events"`
}

// Parked lists what is parked, of one organization or of all.
func (r *Reader) Parked(ctx context.Context, org *domain.ID) ([]Parked, error) {
	from := r.across()
	if org != nil {
		from = r.within(*org)
	}
	return list(ctx, from, "what is parked", pgx.RowToStructByPos[Parked], `SELECT org, kind, subject, stream, revision, reason, since,
		(SELECT count(*) FROM parked_events e WHERE e.org = p.org AND e.kind = p.kind AND e.subject = p.subject)
		FROM parked p WHERE $1::uuid IS NULL OR org = $1 ORDER BY org, kind, subject`, org)
}
