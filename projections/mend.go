package projections

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/wire"
	"github.com/dakahq/daka/projections/apply"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/query"
)

// census is what says whether the ledger's index is whole, without reading the log.
type census struct {
	head, checkpoint eventlog.Position
	epoch            int64
	// named says that the checkpoint's event is known; an older version did not keep it.
	named bool
	// rows counts the index, dense what its last entries promise, events what the read models hold.
	rows, dense, events int64
	// declared is the epoch that the log asks for.
	declared int64
}

// whole says that nothing is missing: no entry between the first and the last, none behind the last, and none between the index's own head
// and the checkpoint.
func (c census) whole() bool {
	switch {
	case c.declared > c.epoch, feed.After(c.checkpoint, c.head), c.rows != c.dense, !c.named && !c.checkpoint.IsZero():
		return false
	}
	return c.head != c.checkpoint || c.events == c.rows
}

// until is how far the index must reach.
func (c census) until() eventlog.Position {
	if feed.After(c.checkpoint, c.head) {
		return c.checkpoint
	}
	return c.head
}

// mender keeps the ledger's index whole.
type mender struct {
	base
	ledgers *query.Ledgers
	// others says whether a copy of another shape lives, whose projector indexes, too.
	others func(context.Context) (bool, error)
}

func (d *mender) census(ctx context.Context) (c census, err error) {
	var version int64
	err = d.pool.QueryRow(ctx, `SELECT h.commit_pos, h.prepare_pos, h.epoch, p.version, p.commit_pos, p.prepare_pos, p.at_event IS NOT NULL,
			(SELECT count(*) FROM ledger.ledger_index i WHERE i.epoch = h.epoch)
		FROM ledger.ledger_head h, projector p`).
		Scan(&c.head.Commit, &c.head.Prepare, &c.epoch, &version, &c.checkpoint.Commit, &c.checkpoint.Prepare, &c.named, &c.rows)
	if err == nil && version > 0 {
		err = d.pool.QueryRow(ctx, "SELECT coalesce(sum(revision + 1), 0)::bigint FROM stream_heads WHERE revision < $1", mostRevisions).Scan(&c.events)
	}
	if err != nil {
		return c, fmt.Errorf("count the ledger's index: %w", err)
	}
	sizes, err := d.ledgers.Sizes(ctx)
	if err != nil {
		return c, err
	}
	for _, l := range sizes {
		c.dense += l.Size
	}
	c.declared, err = d.declared(ctx)
	return c, err
}

// mostRevisions is more than any stream has; a tombstone's revision is above it.
const mostRevisions = int64(1) << 48

// declared is the greatest epoch of the transparency log that the installation's stream declares.
func (d *mender) declared(ctx context.Context) (int64, error) {
	raws, err := d.events.Read(ctx, domain.InstallationStream(), 0, 0)
	if err != nil && !errors.Is(err, eventlog.ErrDeleted) {
		return 0, fmt.Errorf("read the installation: %w", err)
	}
	var s domain.InstallationState
	for i := range raws {
		if event, _, err := wire.Decode(raws[i].Type, raws[i].Data, raws[i].Metadata); err == nil { // a newer version's event declares nothing here
			s = s.Evolve(domain.Recorded{Event: event})
		}
	}
	return int64(s.Epoch), nil
}

// run makes the ledger's index whole from the log, up to where it or the read models stand: Postgres may come from an older copy, from
// one without the index, or have lost rows. Errors: *RollbackError where an entry says otherwise than the log, errStale, infrastructure.
func (d *mender) run(ctx context.Context, leader int64) error {
	if d.events == nil {
		return nil
	}
	c, err := d.census(ctx)
	if err != nil || c.whole() {
		return err
	}
	m := &mending{mender: d, leader: leader, found: c, index: apply.NewIndex(apply.LiveIndex, max(c.epoch, c.declared))}
	m.index.Fresh = true
	if err := m.walk(ctx); err != nil {
		return fmt.Errorf("make the ledger's index whole: %w", err)
	}
	d.log.WarnContext(ctx, "the ledger's index was compared with the log and made whole", slog.Any("entries_added", m.added), slog.Any("entries_before", c.rows), slog.Any("epoch", m.index.Epoch))
	return nil
}

// mending is one walk over the log beside the ledger's index.
type mending struct {
	*mender
	leader int64
	found  census
	index  *apply.Index
	added  int64
	// at is the event at the checkpoint's place, nil until it was met.
	at *feed.Record
}

func (m *mending) walk(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	pages := make(chan *feed.Page)
	read := make(chan error, 1)
	go func() {
		defer close(pages)
		read <- feed.ReadPages(ctx, m.events, feed.Run{Until: m.found.until(), Leaves: true}, pages)
	}()
	for pg := range pages {
		if err := m.page(ctx, pg.Records); err != nil {
			return err
		}
	}
	if err := <-read; err != nil {
		return err
	}
	// The projector of another version may index on meanwhile; then only compareLog can tell what the log has lost.
	if others, err := m.others(ctx); err != nil {
		return err
	} else if !others {
		err = m.surplus(ctx)
		if err != nil {
			return err
		}
	}
	return pgx.BeginFunc(ctx, m.pool, func(tx pgx.Tx) error { return m.finish(ctx, tx) })
}

const mendStage = `SET LOCAL client_min_messages = warning; CREATE TEMP TABLE IF NOT EXISTS mended (LIKE ledger.ledger_index) ON COMMIT DELETE ROWS;
	SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off`

// page adds what is missing of a page's entries; one that differs ends the mending.
func (m *mending) page(ctx context.Context, records []feed.Record) error {
	for i := range records {
		if records[i].Position == m.found.checkpoint {
			m.at = &records[i]
		}
	}
	return pgx.BeginFunc(ctx, m.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, mendStage); err != nil {
			return err
		}
		if err := m.fence(ctx, tx); err != nil {
			return err
		}
		rows, _, err := m.index.Rows(ctx, tx, eventlog.Position{}, records)
		if err != nil {
			return err
		}
		if err := rows.Copy(ctx, tx, "mended", apply.LedgerColumns); err != nil {
			return err
		}
		if err := m.differing(ctx, tx); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `INSERT INTO ledger.ledger_index (org, epoch, index, stream, revision, event_id, leaf, known)
			SELECT org, epoch, index, stream, revision, event_id, leaf, known FROM mended ON CONFLICT DO NOTHING`)
		m.added += tag.RowsAffected()
		return err
	})
}

// fence holds the leader's epoch.
func (m *mending) fence(ctx context.Context, tx pgx.Tx) error {
	var one int
	err := tx.QueryRow(ctx, "SELECT 1 FROM projector WHERE epoch = $1 FOR SHARE", m.leader).Scan(&one)
	if errors.Is(err, pgx.ErrNoRows) {
		return errStale
	}
	return err
}

// differing looks for an entry that says otherwise than the log.
func (m *mending) differing(ctx context.Context, tx pgx.Tx) error {
	var w witness
	var revision int64
	var event domain.ID
	err := tx.QueryRow(ctx, `SELECT i.stream, i.revision, i.event_id, n.event_id FROM mended n JOIN ledger.ledger_index i ON i.org = n.org AND i.epoch = n.epoch AND i.index = n.index
		WHERE (i.stream, i.revision, i.event_id, i.leaf) IS DISTINCT FROM (n.stream, n.revision, n.event_id, n.leaf) ORDER BY i.org, i.index LIMIT 1`).
		Scan(&w.stream, &revision, &w.event, &event)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	w.revision = uint64(revision)
	if event == w.event {
		return w.gone("the event has other bytes than those that were read")
	}
	return w.gone(fmt.Sprintf("at its place in the ledger stands event %s", event))
}

// surplus looks for entries behind the last event that the log has.
func (m *mending) surplus(ctx context.Context) error {
	sizes, err := m.ledgers.Sizes(ctx)
	if err != nil {
		return err
	}
	for _, l := range sizes {
		next := m.index.Next(l.Org)
		if l.Size <= next {
			continue
		}
		var w witness
		var revision int64
		err := m.pool.QueryRow(ctx, "SELECT stream, revision, event_id FROM ledger.ledger_index WHERE org = $1 AND epoch = ledger.epoch() AND index >= $2 ORDER BY index LIMIT 1", l.Org, next).
			Scan(&w.stream, &revision, &w.event)
		if err != nil {
			return err
		}
		w.revision = uint64(revision)
		return w.gone(fmt.Sprintf("the log ends after %d events of its organization, the ledger's index has %d", next, l.Size))
	}
	return nil
}

// finish moves the index's head to where it reaches now, and names the checkpoint's event where an older version did not.
func (m *mending) finish(ctx context.Context, tx pgx.Tx) error {
	if err := m.fence(ctx, tx); err != nil {
		return err
	}
	until := m.found.until()
	_, err := tx.Exec(ctx, "UPDATE ledger.ledger_head SET commit_pos = $1, prepare_pos = $2, epoch = $3 WHERE epoch < $3 OR (commit_pos, prepare_pos) < ($1, $2)", int64(until.Commit), int64(until.Prepare), m.index.Epoch)
	if err != nil || m.found.named || m.found.checkpoint.IsZero() {
		return err
	}
	if m.at == nil {
		return &RollbackError{Stream: "$all", Revision: m.found.checkpoint.Commit, Found: "no event stands at the position up to which the read models have read"}
	}
	_, err = tx.Exec(ctx, "UPDATE projector SET at_stream = $1, at_revision = $2, at_event = $3", m.at.Stream, int64(m.at.Revision), m.at.ID)
	return err
}
