package projections

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/tables"
)

// writer collects what a page does to the read models: punches in bulk, everything else as statements in event order.
type writer struct {
	punches []*feed.Record
	batch   pgx.Batch
	heads   map[string]uint64
	// spans are the days that punches touched; they are assessed inside the page.
	spans map[tables.MemberKey]tables.Dates
	// marked members had a dirty range written by a statement and are assessed inside the page when that is little work.
	marked map[tables.MemberKey]bool
	// orgs were touched; facts kept in memory for the others stay good.
	orgs map[domain.ID]bool
	// stale organizations changed what is kept in memory: rules, calendar, clock.
	stale map[domain.ID]bool
	// other organizations had something else than punches: what is known of their members by heart is let go.
	other map[domain.ID]bool
	cache *facts.Cache
	// lazy drops every mark: a rebuild assesses all days at its end.
	lazy bool
	// holds keeps punches, and what is said about them, for the end of a rebuild.
	holds   bool
	changes []*feed.Record
}

func newWriter(cache *facts.Cache) *writer {
	return &writer{
		cache: cache, heads: map[string]uint64{}, spans: map[tables.MemberKey]tables.Dates{}, marked: map[tables.MemberKey]bool{},
		orgs: map[domain.ID]bool{}, stale: map[domain.ID]bool{}, other: map[domain.ID]bool{},
	}
}

// do adds a statement.
func (w *writer) do(sql string, args ...any) { w.batch.Queue(sql, args...) }

// first adds a statement before all others.
func (w *writer) first(sql string, args ...any) {
	w.do(sql, args...)
	all := w.batch.QueuedQueries
	last := all[len(all)-1]
	copy(all[1:], all)
	all[0] = last
}

// touch adds dates of a member to what this page assesses.
func (w *writer) touch(m tables.MemberKey, s tables.Dates) {
	if w.lazy {
		return
	}
	if have, ok := w.spans[m]; ok {
		s = tables.Dates{From: min(have.From, s.From), To: max(have.To, s.To)}
	}
	w.spans[m] = s
}

// soil marks ranges dirty by a statement, in its place among the others.
func (w *writer) soil(sql string, args ...any) {
	if !w.lazy {
		w.do(sql+tables.Hull, args...)
	}
}

// flush sends everything in one round trip, punches before the statements that may speak of them.
func (w *writer) flush(ctx context.Context, tx pgx.Tx) error {
	if err := copyPunches(ctx, tx, w.punches); err != nil {
		return err
	}
	w.countHours()
	w.queueHeads()
	if w.batch.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, &w.batch).Close(); err != nil {
		return fmt.Errorf("write the page's rows: %w", err)
	}
	return nil
}

func (w *writer) queueHeads() {
	if len(w.heads) == 0 {
		return
	}
	streams, revisions := make([]string, 0, len(w.heads)), make([]int64, 0, len(w.heads))
	for stream, revision := range w.heads {
		streams, revisions = append(streams, stream), append(revisions, int64(revision))
	}
	w.do(`INSERT INTO stream_heads (stream, revision) SELECT * FROM unnest($1::text[], $2::bigint[])
		ON CONFLICT (stream) DO UPDATE SET revision = excluded.revision`, streams, revisions)
}

// sealedText is a personal value as recorded, nil when there is none.
func sealedText(s *domain.Sealed[string]) *string {
	if s == nil {
		return nil
	}
	text := s.Text
	if text == "" && s.Value != nil {
		text = *s.Value
	}
	return &text
}

// withheld are records of a page that become rows at the end, and the heads of its streams.
type withheld struct {
	punches, changes []*feed.Record
	heads            map[string]uint64
}

func (w *writer) withhold() withheld {
	page := withheld{w.punches, w.changes, w.heads}
	w.punches, w.changes, w.heads = nil, nil, nil
	return page
}
