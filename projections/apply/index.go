package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/tables"
)

// ledgerTail is where an organization's dense index ends.
type ledgerTail struct {
	next  int64
	known time.Time
}

// follow gives an event the next index and moves the running maximum of received_at.
func (t *ledgerTail) follow(r *feed.Record) (index int64) {
	if at := r.Metadata.ReceivedAt.Time(); at.After(t.known) {
		t.known = at
	}
	t.next++
	return t.next - 1
}

// Index appends to a ledger index: the leader to that of the epoch in force, a rebuild after a declared rollback to that of the next, a
// comparison to one beside.
type Index struct {
	table string
	// Epoch is the ledger's.
	Epoch int64
	tails map[domain.ID]*ledgerTail
	// Fresh says that every organization begins at 0, whatever the table holds.
	Fresh bool
	// Head is where this indexer's own entries end; the projector of another version may have gone on.
	Head eventlog.Position
}

// LiveIndex is the table of the ledger's index.
const LiveIndex = "ledger.ledger_index"

// NewIndex appends to a table, under an epoch.
func NewIndex(table string, epoch int64) *Index {
	return &Index{table: table, Epoch: epoch, tails: map[domain.ID]*ledgerTail{}}
}

// LedgerColumns are the columns of the index, in the order of Rows.
var LedgerColumns = []string{"org", "epoch", "index", "stream", "revision", "event_id", "leaf", "known"}

// Rows gives events their dense indices; those at or before head are there already (events §5). The head that follows is given.
func (x *Index) Rows(ctx context.Context, tx pgx.Tx, head eventlog.Position, records []feed.Record) (*tables.Rows, eventlog.Position, error) {
	rows := tables.NewRows(len(records), 256)
	for i := range records {
		r := &records[i]
		if !feed.After(r.Position, head) || r.Tombstone { // a tombstone is the store's, no event of the ledger
			continue
		}
		tail, err := x.tail(ctx, tx, r.Name.Org)
		if err != nil {
			return nil, head, err
		}
		index := tail.follow(r)
		rows.Begin(len(LedgerColumns))
		rows.ID(r.Name.Org)
		rows.Int4(int(x.Epoch))
		rows.Int8(index)
		rows.Text(r.Stream)
		rows.Int8(int64(r.Revision))
		rows.ID(r.ID)
		rows.Text(string(r.Leaf[:]))
		rows.Instant(tail.known)
		head = r.Position
	}
	return rows, head, nil
}

// tail is kept in memory between pages of one leader and read again after a rollback.
func (x *Index) tail(ctx context.Context, tx pgx.Tx, org domain.ID) (*ledgerTail, error) {
	if t := x.tails[org]; t != nil {
		return t, nil
	}
	t := &ledgerTail{known: time.Unix(0, 0).UTC()}
	if x.Fresh {
		x.tails[org] = t
		return t, nil
	}
	err := tx.QueryRow(ctx, "SELECT index + 1, known FROM "+x.table+" WHERE org = $1 AND epoch = $2 ORDER BY index DESC LIMIT 1", org, x.Epoch).Scan(&t.next, &t.known)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("read the end of an organization's ledger index: %w", err)
	}
	x.tails[org] = t
	return t, nil
}

// Forget drops where the organizations' indices end.
func (x *Index) Forget() { x.tails = map[domain.ID]*ledgerTail{} }

// Next is the index that an organization's next event gets, as far as this Index has come.
func (x *Index) Next(org domain.ID) int64 {
	if t := x.tails[org]; t != nil {
		return t.next
	}
	return 0
}

// Append indexes events behind a position. It says whether any was, and Head is where they end.
func (x *Index) Append(ctx context.Context, tx pgx.Tx, behind eventlog.Position, records []feed.Record) (added bool, err error) {
	rows, head, err := x.Rows(ctx, tx, behind, records)
	if err != nil || rows.Count == 0 {
		return false, err
	}
	x.Head = head
	return true, rows.Send(ctx, tx, x.table, LedgerColumns)
}
