package apply

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
	"github.com/dakahq/daka/projections/assess"
	"github.com/dakahq/daka/projections/fold"
	"github.com/dakahq/daka/projections/tables"
)

// A page assesses itself up to inlineDays when its punches are those of a moment: around nearDays of each member. Files bring months of
// a member in many pages; beyond fewDays their days are left to the slices between pages, which assess each only once.
const (
	inlineDays = 40_000
	nearDays   = 8
	fewDays    = 2_000
)

const (
	// SliceDays is how many marked member-days a page of events assesses with its own, and how many a slice of a rebuild has.
	SliceDays = 500
	// The first slice of a sweep has sliceFirst member-days, the next have what takes about sliceTime.
	sliceFirst = 250
	sliceLeast = 60
	sliceMost  = 2000
	sliceTime  = 100 * time.Millisecond
)

// sliceRows is how many members' ranges are looked at for a slice of so many member-days: a changed rule mostly touches a month of each.
func sliceRows(days int) int { return max(days/8, 16) }

// Inline assesses the days that the page's punches touched, and the marked ranges of its members when they are short; the
// rest stays dirty.
func (d *Days) Inline(ctx context.Context, tx pgx.Tx, w *fold.Writer) error {
	total := 0
	for _, s := range w.Spans {
		total += s.Days()
	}
	if total > inlineDays || total > fewDays && total > nearDays*len(w.Spans) {
		d.Hot.Clear()
		return markSpans(ctx, tx, w.Spans)
	}
	spans := w.Spans
	if len(w.Marked) > 0 && len(w.Marked) <= SliceDays {
		short, err := d.takeMarked(ctx, tx, w, SliceDays)
		if err != nil {
			return err
		}
		for m, s := range short {
			if have, ok := spans[m]; ok {
				s = tables.Dates{From: min(have.From, s.From), To: max(have.To, s.To)}
			}
			spans[m] = s
		}
	}
	return d.assess(ctx, tx, spans, w.Punches)
}

func markSpans(ctx context.Context, tx pgx.Tx, spans map[tables.MemberKey]tables.Dates) error {
	c := assess.NewCohort(spans)
	c.Ask()
	_, err := tx.Exec(ctx, `INSERT INTO dirty (org, member, from_date, to_date) SELECT org, member, f, t FROM unnest($1::uuid[], $2::uuid[], $3::date[], $4::date[]) AS q (org, member, f, t)`+tables.Hull, c.Orgs, c.Members, c.From, c.To)
	if err != nil {
		return fmt.Errorf("mark %d members dirty: %w", len(spans), err)
	}
	return nil
}

// dirtySQL reads dirty ranges, cut to dates that can have a row. What follows it says whose, or in which order.
//
//go:embed dirty.sql
var dirtySQL string

// takeMarked removes and returns the dirty ranges of the page's own members that fit into limit member-days.
func (d *Days) takeMarked(ctx context.Context, tx pgx.Tx, w *fold.Writer, limit int) (map[tables.MemberKey]tables.Dates, error) {
	var orgs, members [][16]byte
	for m := range w.Marked {
		orgs, members = append(orgs, m.Org), append(members, m.ID)
	}
	rows, err := tx.Query(ctx, dirtySQL+`JOIN unnest($1::uuid[], $2::uuid[]) AS q(org, member) ON q.org = d.org AND q.member = d.member`, orgs, members)
	if err != nil {
		return nil, fmt.Errorf("read the page's dirty ranges: %w", err)
	}
	taken, _, err := d.take(ctx, tx, rows, limit, false)
	return taken, err
}

// Drain assesses one slice of what is dirty; more says that something is left, took how long pages were held up.
func (d *Days) Drain(ctx context.Context, in Transaction, limit int) (more bool, took time.Duration, err error) {
	err = in(ctx, func(tx pgx.Tx) error {
		defer func(begun time.Time) { took = time.Since(begun) }(time.Now())
		more, err = d.Slice(ctx, tx, limit)
		return err
	})
	return more, took, err
}

// fitting is a slice's size after one of a size took so long: half or double of it at most.
func fitting(size int, took time.Duration) int {
	wanted := int(float64(size) * float64(sliceTime) / float64(max(took, time.Millisecond)))
	return min(max(wanted, size/2, sliceLeast), 2*size, sliceMost)
}

// Slice assesses up to limit dirty member-days; more says that something is left.
func (d *Days) Slice(ctx context.Context, tx pgx.Tx, limit int) (more bool, err error) {
	rows, err := tx.Query(ctx, dirtySQL+`ORDER BY d.org <= $2, d.org, d.member LIMIT $1`, sliceRows(limit), d.turn)
	if err != nil {
		return false, fmt.Errorf("read dirty ranges: %w", err)
	}
	spans, more, err := d.take(ctx, tx, rows, limit, true)
	if err != nil || len(spans) == 0 {
		return more, err
	}
	w := fold.NewWriter(d.Plans)
	for m := range spans {
		w.Orgs[m.Org] = true
	}
	d.turn = nextTurn(d.turn, w.Orgs)
	if d.Announce != nil {
		d.Announce(w)
	}
	if err := w.Flush(ctx, tx); err != nil {
		return more, err
	}
	return more, d.assess(ctx, tx, spans, nil)
}

// nextTurn is the last organization that a slice reached, in the order that begins behind the one before: the next slice begins behind it. So
// one with a million days to assess holds nobody up for more than a slice.
func nextTurn(before domain.ID, reached map[domain.ID]bool) (last domain.ID) {
	behind := func(org domain.ID) bool { return bytes.Compare(org[:], before[:]) > 0 }
	for org := range reached {
		if last == (domain.ID{}) || behind(last) && !behind(org) || behind(last) == behind(org) && bytes.Compare(org[:], last[:]) > 0 {
			last = org
		}
	}
	return last
}

// take removes ranges up to limit member-days; split cuts a range that is longer and leaves
// the older part for later.
func (d *Days) take(ctx context.Context, tx pgx.Tx, rows pgx.Rows, limit int, split bool) (spans map[tables.MemberKey]tables.Dates, more bool, err error) {
	spans = map[tables.MemberKey]tables.Dates{}
	many := sliceRows(limit)
	var b pgx.Batch
	var m tables.MemberKey
	var rawFrom, rawTo time.Time
	var from, to *time.Time
	seen := 0
	_, err = pgx.ForEachRow(rows, []any{(*[16]byte)(&m.Org), (*[16]byte)(&m.ID), &rawFrom, &rawTo, &from, &to}, func() error {
		seen++
		s := tables.Dates{From: max(tables.DateAt(from), tables.FirstDate), To: min(tables.DateAt(to), tables.LastDate)}
		if from == nil || to == nil || s.Days() < 1 {
			b.Queue(`DELETE FROM dirty WHERE org = $1 AND member = $2`, [16]byte(m.Org), [16]byte(m.ID))
			return nil
		}
		if s.Days() > limit && (!split || limit <= 0) {
			more = true
			return nil
		}
		if s.Days() > limit {
			more = true
			s.From = s.To - attendance.Date(limit) + 1
			b.Queue(`UPDATE dirty SET to_date = $3 WHERE org = $1 AND member = $2`, [16]byte(m.Org), [16]byte(m.ID), tables.PgDate(s.From-1))
		} else {
			b.Queue(`DELETE FROM dirty WHERE org = $1 AND member = $2`, [16]byte(m.Org), [16]byte(m.ID))
		}
		limit -= s.Days()
		spans[m] = s
		return nil
	})
	if err != nil {
		return nil, false, fmt.Errorf("take dirty ranges: %w", err)
	}
	if seen == 0 {
		return spans, false, nil
	}
	return spans, more || seen >= many, tx.SendBatch(ctx, &b).Close()
}
