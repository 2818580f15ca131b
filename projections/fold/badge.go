package fold

import (
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/feed"
)

// badges writes the rows of badge numbers: the holdings of domain.BadgeState.
type badges struct{ rows *Writer }

// assigned extends the holding back when the same member still holds the number (events §1); see domain.BadgeState.
func (b badges) assigned(r *feed.Record, e domain.BadgeAssigned) {
	b.rows.Do(`WITH held AS (
			UPDATE badges SET from_date = least(from_date, $5::date), kind = $7
			WHERE org = $1 AND number = $2 AND member = $4 AND until_date IS NULL AND $6::date IS NULL RETURNING 1)
		INSERT INTO badges (org, number, seq, member, from_date, until_date, kind) SELECT $1, $2, $3, $4, $5::date, $6::date, $7 WHERE NOT EXISTS (SELECT 1 FROM held)`,
		r.Name.Org, e.Number, int64(r.Revision), e.Member, string(e.From), dateOrNull(e.Until), string(e.Purpose()))
}

// released ends the holding that is open, else the last that would end later; one that ends before it begins never was.
func (b badges) released(r *feed.Record, e domain.BadgeReleased) {
	b.rows.Do(`WITH ending AS (
			SELECT seq FROM badges WHERE org = $1 AND number = $2 AND member = $3 AND (until_date IS NULL OR until_date > $4::date)
			ORDER BY until_date IS NULL DESC, from_date DESC, seq LIMIT 1),
		never AS (DELETE FROM badges b USING ending e WHERE b.org = $1 AND b.number = $2 AND b.seq = e.seq AND b.from_date > $4::date)
		UPDATE badges b SET until_date = $4::date FROM ending e WHERE b.org = $1 AND b.number = $2 AND b.seq = e.seq AND b.from_date <= $4::date`,
		r.Name.Org, e.Number, e.Member, string(e.Until))
}

// dateOrNull is a date that may be missing.
func dateOrNull(d domain.Date) *string {
	if d == "" {
		return nil
	}
	text := string(d)
	return &text
}
