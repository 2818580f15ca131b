package projections

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/fold"
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

// indexer appends to a ledger index: the leader to that of the epoch in force, a rebuild after a declared rollback to that of the next, a
// comparison to one beside.
type indexer struct {
	table string
	epoch int64
	tails map[domain.ID]*ledgerTail
	// fresh says that every organization begins at 0, whatever the table holds.
	fresh bool
	// head is where this indexer's own entries end; the projector of another version may have gone on.
	head eventlog.Position
}

// liveIndex is the table of the ledger's index.
const liveIndex = "ledger.ledger_index"

func newIndexer(table string, epoch int64) *indexer {
	return &indexer{table: table, epoch: epoch, tails: map[domain.ID]*ledgerTail{}}
}

var ledgerColumns = []string{"org", "epoch", "index", "stream", "revision", "event_id", "leaf", "known"}

// rows gives events their dense indices; those at or before head are there already (events §5). The head that follows is given.
func (x *indexer) rows(ctx context.Context, tx pgx.Tx, head eventlog.Position, records []feed.Record) (*tables.Rows, eventlog.Position, error) {
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
		rows.Begin(len(ledgerColumns))
		rows.ID(r.Name.Org)
		rows.Int4(int(x.epoch))
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
func (x *indexer) tail(ctx context.Context, tx pgx.Tx, org domain.ID) (*ledgerTail, error) {
	if t := x.tails[org]; t != nil {
		return t, nil
	}
	t := &ledgerTail{known: time.Unix(0, 0).UTC()}
	if x.fresh {
		x.tails[org] = t
		return t, nil
	}
	err := tx.QueryRow(ctx, "SELECT index + 1, known FROM "+x.table+" WHERE org = $1 AND epoch = $2 ORDER BY index DESC LIMIT 1", org, x.epoch).Scan(&t.next, &t.known)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("read the end of an organization's ledger index: %w", err)
	}
	x.tails[org] = t
	return t, nil
}

// appendLedger indexes a page's events. The leader moves the index's own head with them.
func (p *projector) appendLedger(ctx context.Context, tx pgx.Tx, w *fold.Writer, o opening, records []feed.Record) error {
	if p.live {
		p.index.epoch = o.epoch
	}
	if p.live && p.index.head != o.ledger {
		p.index.tails = map[domain.ID]*ledgerTail{}
	}
	rows, head, err := p.index.rows(ctx, tx, o.ledger, records)
	if err != nil || rows.Count == 0 {
		return err
	}
	p.index.head = head
	if p.live {
		w.Do("UPDATE ledger.ledger_head SET commit_pos = $1, prepare_pos = $2", int64(head.Commit), int64(head.Prepare))
	}
	return rows.Send(ctx, tx, p.index.table, ledgerColumns)
}
