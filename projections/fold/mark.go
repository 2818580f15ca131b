package fold

import (
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/projections/tables"
)

// ungoverned is the first of a member's dates that no rule governs: such dates borrow the zone of another rule, so that any change
// of rules or groups may move them.
const ungoverned = `(SELECT min(y.date) - 1 FROM days y WHERE y.org = a.org AND y.member = a.member AND y.rule_version IS NULL)`

// marks writes which days are dirty.
type marks struct{ *Writer }

// mark makes dirty what an event may change. It comes before the event's own statements, because some events replace a date that counts as well.
func (w marks) mark(org domain.ID, t facts.Touched) {
	switch t.Whose {
	case facts.OneMember:
		w.markMember(tables.MemberKey{Org: org, ID: t.Member}, t)
	case facts.InGroup:
		w.markDirty(`INSERT INTO dirty (org, member, from_date, to_date) SELECT a.org, a.member, least($3::date, `+ungoverned+`), $4::date
			FROM (SELECT DISTINCT org, member FROM assignments WHERE org = $1 AND group_id = $2) a WHERE true`, org, t.Group, tables.PgDate(t.Dates.From), tables.PgDate(t.Dates.To))
	case facts.Everyone:
		if !t.Through.IsZero() {
			w.markClock(org, t)
			return
		}
		w.markDirty(`INSERT INTO dirty (org, member, from_date, to_date) SELECT org, member, $2::date, $3::date FROM members WHERE org = $1`, org, tables.PgDate(t.Dates.From), tables.PgDate(t.Dates.To))
	}
}

func (w marks) markMember(m tables.MemberKey, t facts.Touched) {
	w.Marked[m] = true
	switch {
	case t.Punch != domain.ID{}:
		w.markDirty(`INSERT INTO dirty (org, member, from_date, to_date) SELECT org, member, (at AT TIME ZONE 'UTC')::date - $2::int, (at AT TIME ZONE 'UTC')::date + $3::int FROM punches WHERE id = $1`,
			t.Punch, facts.BeforePunch, facts.AfterPunch)
	case t.Request != domain.ID{}:
		w.markDirty(`INSERT INTO dirty (org, member, from_date, to_date) SELECT org, member, from_date - $3::int, to_date + $3::int FROM requests WHERE org = $1 AND request = $2`, m.Org, t.Request, facts.Around)
	case t.Moved == facts.Beginning:
		w.markDirty(`INSERT INTO dirty (org, member, from_date, to_date) SELECT org, member, least(joined - $5::int, $3::date), greatest(joined + $5::int, $4::date) FROM members WHERE org = $1 AND member = $2`,
			m.Org, m.ID, tables.PgDate(t.Dates.From), tables.PgDate(t.Dates.To), facts.Around)
	case t.Moved == facts.End:
		w.markDirty(`INSERT INTO dirty (org, member, from_date, to_date) SELECT org, member, least(left_on - $5::int, $3::date), $4::date FROM members WHERE org = $1 AND member = $2`,
			m.Org, m.ID, tables.PgDate(t.Dates.From), tables.PgDate(t.Dates.To), facts.Around)
	default:
		w.MarkDates(m, t.Dates)
	}
}

// MarkDates makes a range of one member dirty; dates are inclusive.
func (w *Writer) MarkDates(m tables.MemberKey, dates facts.Span) {
	w.Marked[m] = true
	w.markDirty(`INSERT INTO dirty (org, member, from_date, to_date) SELECT a.org, a.member, least($3::date, CASE WHEN $5 THEN `+ungoverned+` END), $4::date
		FROM (SELECT $1::uuid AS org, $2::uuid AS member) a WHERE true`, m.Org, m.ID, tables.PgDate(dates.From), tables.PgDate(dates.To), dates.To == facts.Forever())
}

// markClock makes the dates between the old clock and the new one dirty: some before for windows that close on a later date, and one behind, because
// zones differ from UTC.
func (w marks) markClock(org domain.ID, t facts.Touched) {
	w.markDirty(`INSERT INTO dirty (org, member, from_date, to_date)
		SELECT m.org, m.member, greatest(m.joined, coalesce((c.through AT TIME ZONE 'UTC')::date - $3::int, m.joined)), ($2::timestamptz AT TIME ZONE 'UTC')::date + 1
		FROM members m LEFT JOIN clocks c USING (org)
		WHERE m.org = $1 AND (c.through IS NULL OR c.through < $2) AND m.joined <= ($2::timestamptz AT TIME ZONE 'UTC')::date + 1
		  AND (m.left_on IS NULL OR c.through IS NULL OR m.left_on >= (c.through AT TIME ZONE 'UTC')::date - $3::int)`, org, t.Through, facts.BeforeClock)
}
