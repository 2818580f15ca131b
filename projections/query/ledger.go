package query

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
)

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
func (r *Ledgers) Parked(ctx context.Context, org *domain.ID) ([]Parked, error) {
	from := r.Across()
	if org != nil {
		from = r.Within(*org)
	}
	return List(ctx, from, "what is parked", pgx.RowToStructByName[Parked], `SELECT org, kind, subject, stream, revision, reason, since,
		(SELECT count(*) FROM parked_events e WHERE e.org = p.org AND e.kind = p.kind AND e.subject = p.subject) AS events
		FROM parked p WHERE $1::uuid IS NULL OR org = $1 ORDER BY org, kind, subject`, org)
}

// Ledger is the size of an organization's dense index.
type Ledger struct {
	Org  domain.ID `json:"org"`
	Size int64     `json:"size"`
}

// Sizes hops from organization to organization over the index.
func (r *Ledgers) Sizes(ctx context.Context) ([]Ledger, error) {
	return List(ctx, r.Across(), "the ledger's sizes", pgx.RowToStructByName[Ledger], sizeSQL)
}

// Applied is the size of an organization's ledger index and the greatest received_at in it.
func (r *Ledgers) Applied(ctx context.Context, org domain.ID) (index int64, known time.Time, err error) {
	err = r.Within(org).Row(ctx, []any{&index, &known}, "SELECT index + 1, known FROM ledger.ledger_index WHERE org = $1 AND epoch = ledger.epoch() ORDER BY index DESC LIMIT 1", org)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, time.Time{}, nil
	}
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("read the end of the ledger index: %w", err)
	}
	return index, known, nil
}

// LedgerEntry is an event's place in its organization's dense order.
type LedgerEntry struct {
	Index    int64
	Stream   string
	Revision uint64
	Event    domain.ID
	Leaf     []byte
}

// Entries lists an organization's events in ledger order.
func (r *Ledgers) Entries(ctx context.Context, org domain.ID, cursor string, limit int) (Page[LedgerEntry], error) {
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
	return paged(ctx, r.Within(org), limit, "the ledger", func(row pgx.CollectableRow) (l LedgerEntry, err error) {
		var revision int64
		err = row.Scan(&l.Index, &l.Stream, &revision, &l.Event, &l.Leaf)
		l.Revision = uint64(revision)
		return l, err
	}, func(l *LedgerEntry) []string { return []string{strconv.FormatInt(l.Index, 10)} },
		`SELECT index, stream, revision, event_id, leaf FROM ledger.ledger_index WHERE org = $1 AND epoch = ledger.epoch() AND index > $2 ORDER BY index`, org, from)
}
