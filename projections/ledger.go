package projections

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
)

// leafHash is the transparency log's leaf of an event, from recorded bytes (events §5).
func leafHash(org domain.ID, raw *eventlog.Raw) [32]byte {
	data, meta := sha256.Sum256(raw.Data), sha256.Sum256(raw.Metadata)
	b := make([]byte, 1, 256)
	b = append(b, "DKL1"...)
	b = appendLP(b, string(org[:]))
	b = appendLP(b, raw.Stream)
	b = binary.BigEndian.AppendUint64(b, raw.Revision)
	b = append(b, raw.ID[:]...)
	b = appendLP(b, raw.Type)
	content := byte(0)
	if raw.JSON {
		content = 1
	}
	b = append(b, content)
	b = append(b, data[:]...)
	b = append(b, meta[:]...)
	return sha256.Sum256(b)
}

func appendLP(b []byte, s string) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
	return append(b, s...)
}

// ledgerTail is where an organization's dense index ends.
type ledgerTail struct {
	next  int64
	known time.Time
}

var ledgerColumns = []string{"org", "index", "stream", "revision", "event_id", "leaf", "known"}

// appendLedger gives the page's events their dense indices; events before the index's own head are already there (events §5).
func (p *projector) appendLedger(ctx context.Context, tx pgx.Tx, w *writer, head eventlog.Position, records []record) error {
	rows := newCopyRows(len(records), 256)
	for i := range records {
		r := &records[i]
		if !after(r.position, head) || r.tombstone { // a tombstone is the store's, no event of the ledger
			continue
		}
		tail, err := p.tail(ctx, tx, r.name.Org)
		if err != nil {
			return err
		}
		if t := r.Metadata.ReceivedAt.Time(); t.After(tail.known) {
			tail.known = t
		}
		rows.row(len(ledgerColumns))
		rows.id(r.name.Org)
		rows.int8(tail.next)
		rows.text(r.Stream)
		rows.int8(int64(r.Revision))
		rows.id(r.ID)
		rows.text(string(r.leaf[:]))
		rows.instant(tail.known)
		tail.next++
		head = r.position
	}
	if rows.rows == 0 {
		return nil
	}
	w.do("UPDATE ledger.ledger_head SET commit_pos = $1, prepare_pos = $2", int64(head.Commit), int64(head.Prepare))
	return rows.send(ctx, tx, "ledger.ledger_index", ledgerColumns)
}

// tail is kept in memory between pages of one leader and read again after a rollback.
func (p *projector) tail(ctx context.Context, tx pgx.Tx, org domain.ID) (*ledgerTail, error) {
	if t := p.tails[org]; t != nil {
		return t, nil
	}
	t := &ledgerTail{known: time.Unix(0, 0).UTC()}
	err := tx.QueryRow(ctx, "SELECT index + 1, known FROM ledger.ledger_index WHERE org = $1 ORDER BY index DESC LIMIT 1", org).Scan(&t.next, &t.known)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("read the end of an organization's ledger index: %w", err)
	}
	p.tails[org] = t
	return t, nil
}
