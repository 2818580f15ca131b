package fold

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/tables"
)

// Writer collects what a page does to the read models: punches in bulk, everything else as statements in event order.
type Writer struct {
	Punches []*feed.Record
	batch   pgx.Batch
	Heads   map[string]uint64
	// Spans are the days that punches touched; they are assessed inside the page.
	Spans map[tables.MemberKey]tables.Dates
	// Marked members had a dirty range written by a statement and are assessed inside the page when that is little work.
	Marked map[tables.MemberKey]bool
	// Orgs were touched; facts kept in memory for the others stay good.
	Orgs map[domain.ID]bool
	// Stale organizations changed what is kept in memory: rules, calendar, clock.
	Stale map[domain.ID]bool
	// NotOnlyPunches had another event than a punch; their members leave the cache.
	NotOnlyPunches map[domain.ID]bool
	cache          *facts.Cache
	// Lazy drops every mark: a rebuild assesses all days at its end.
	Lazy bool
	// Holds keeps punches, and what is said about them, for the end of a rebuild.
	Holds   bool
	changes []*feed.Record
}

// NewWriter collects what one page does.
func NewWriter(cache *facts.Cache) *Writer {
	return &Writer{
		cache: cache, Heads: map[string]uint64{}, Spans: map[tables.MemberKey]tables.Dates{}, Marked: map[tables.MemberKey]bool{},
		Orgs: map[domain.ID]bool{}, Stale: map[domain.ID]bool{}, NotOnlyPunches: map[domain.ID]bool{},
	}
}

// Do adds a statement.
func (w *Writer) Do(sql string, args ...any) { w.batch.Queue(sql, args...) }

// First adds a statement before all others.
func (w *Writer) First(sql string, args ...any) {
	w.Do(sql, args...)
	all := w.batch.QueuedQueries
	last := all[len(all)-1]
	copy(all[1:], all)
	all[0] = last
}

// touch adds dates of a member to what this page assesses.
func (w *Writer) touch(m tables.MemberKey, s tables.Dates) {
	if w.Lazy {
		return
	}
	if have, ok := w.Spans[m]; ok {
		s = tables.Dates{From: min(have.From, s.From), To: max(have.To, s.To)}
	}
	w.Spans[m] = s
}

// markDirty marks ranges dirty by a statement, in its place among the others.
func (w *Writer) markDirty(sql string, args ...any) {
	if !w.Lazy {
		w.Do(sql+tables.Hull, args...)
	}
}

// Flush sends everything in one round trip, punches before the statements that may speak of them.
func (w *Writer) Flush(ctx context.Context, tx pgx.Tx) error {
	if err := copyPunches(ctx, tx, w.Punches); err != nil {
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

func (w *Writer) queueHeads() {
	if len(w.Heads) == 0 {
		return
	}
	streams, revisions := make([]string, 0, len(w.Heads)), make([]int64, 0, len(w.Heads))
	for stream, revision := range w.Heads {
		streams, revisions = append(streams, stream), append(revisions, int64(revision))
	}
	w.Do(`INSERT INTO stream_heads (stream, revision) SELECT s, r FROM unnest($1::text[], $2::bigint[]) AS q (s, r)
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

// Withheld are records of a page that become rows at the end, and the heads of its streams.
type Withheld struct {
	Punches, Changes []*feed.Record
	Heads            map[string]uint64
}

// Withhold takes out what becomes rows at the end of a rebuild.
func (w *Writer) Withhold() Withheld {
	page := Withheld{w.Punches, w.changes, w.Heads}
	w.Punches, w.changes, w.Heads = nil, nil, nil
	return page
}
