package apply

import (
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/fold"
)

// GapError is an event that the feed left out: its successor came first. The projector stops and never skips it.
type GapError struct {
	Stream         string
	Expected, Seen uint64
}

// Error names the stream and both revisions.
func (e *GapError) Error() string {
	return fmt.Sprintf("event missing: %s came with revision %d, expected %d", e.Stream, e.Seen, e.Expected)
}

// Heads are the ends of streams as the read models hold them.
type Heads struct {
	// Only restricts pages to one organization; nil is all.
	Only *domain.ID
	// Whole are all heads, of a shadow that writes them at its end; nil reads them from Postgres.
	Whole map[string]uint64
	// recent are heads as the last pages left them.
	recent map[string]uint64
}

// recentMost bounds the heads kept in memory; one takes about 150 bytes.
const recentMost = 32_768

// Forget drops what the last pages left.
func (h *Heads) Forget() { h.recent = map[string]uint64{} }

// Ask gives the heads of a page's streams; those that memory has not are there once the batch was sent.
func (h *Heads) Ask(b *pgx.Batch, records []feed.Record) map[string]uint64 {
	if h.Whole != nil {
		return h.Whole
	}
	heads := map[string]uint64{}
	if unknown := h.recall(heads, streamsOf(records)); len(unknown) > 0 {
		b.Queue("SELECT stream, revision FROM stream_heads WHERE stream = ANY($1)", unknown).Query(ReadHeads(heads))
	}
	return heads
}

// recall fills in the heads that memory has, and gives the streams that it has not.
func (h *Heads) recall(heads map[string]uint64, streams []string) (unknown []string) {
	if len(h.recent) > recentMost {
		h.Forget()
	}
	for _, s := range streams {
		if revision, ok := h.recent[s]; ok {
			heads[s] = revision
		} else {
			unknown = append(unknown, s)
		}
	}
	return unknown
}

// Gapless drops duplicates and refuses a page in which an event is missing (reliability, gap rules). Errors: *GapError.
func (h *Heads) Gapless(w *fold.Writer, heads map[string]uint64, records []feed.Record) ([]feed.Record, error) {
	fresh, all := records[:0:0], true
	for i := range records {
		r := &records[i]
		if h.Only != nil && r.Name.Org != *h.Only {
			fresh, all = leaveOut(fresh, records, i, all), false
			continue
		}
		if r.Tombstone { // it comes at the end of all revisions, and parks its subject
			if !all {
				fresh = append(fresh, *r)
			}
			continue
		}
		head, known := w.Heads[r.Stream]
		if !known {
			head, known = heads[r.Stream]
		}
		next := uint64(0)
		if known {
			next = head + 1
		}
		if r.Revision > next {
			return nil, &GapError{Stream: r.Stream, Expected: next, Seen: r.Revision}
		}
		if r.Revision < next {
			fresh, all = leaveOut(fresh, records, i, all), false
			continue
		}
		w.Heads[r.Stream] = r.Revision
		if h.Whole == nil {
			h.recent[r.Stream] = r.Revision
		}
		if !all {
			fresh = append(fresh, *r)
		}
	}
	if all {
		return records, nil
	}
	return fresh, nil
}

// leaveOut begins a copy of the page at its first record that is left out; most pages never need one.
func leaveOut(fresh, records []feed.Record, at int, first bool) []feed.Record {
	if first {
		return append(fresh, records[:at]...)
	}
	return fresh
}

// streamsOf lists the streams of a page, each once.
func streamsOf(records []feed.Record) (streams []string) {
	asked := make(map[string]bool, len(records))
	for i := range records {
		if s := records[i].Stream; !asked[s] {
			asked[s] = true
			streams = append(streams, s)
		}
	}
	return streams
}

// ReadHeads reads rows of stream and revision.
func ReadHeads(heads map[string]uint64) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		var stream string
		var revision int64
		_, err := pgx.ForEachRow(rows, []any{&stream, &revision}, func() error {
			heads[stream] = uint64(revision)
			return nil
		})
		return err
	}
}
