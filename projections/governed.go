package projections

import (
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/tables"
)

// A day has a row from the first date on which the member is in a group with a rule, and where a fact lies on the date. Any other date of
// the membership says the same for everybody: no rule, no punch, Unscheduled. Such dates are answered without rows, so that a joining of long
// ago costs nothing.

// governedFrom is that first date, of the member m.
const governedFrom = `(SELECT min(greatest(a.from_date, r.first))
	FROM (SELECT from_date, group_id, lead(from_date) OVER (ORDER BY from_date) AS until FROM assignments WHERE org = m.org AND member = m.member) a
	CROSS JOIN LATERAL (SELECT min(effective_from) AS first FROM rules WHERE org = m.org AND group_id = a.group_id) r
	WHERE r.first IS NOT NULL AND (a.until IS NULL OR greatest(a.from_date, r.first) < a.until))`

const setGoverned = `UPDATE members m SET governed_from = ` + governedFrom + ` WHERE m.governed_from IS DISTINCT FROM ` + governedFrom + ` AND m.org = $1 AND `

// govern keeps members.governed_from of one member.
func (w *writer) govern(m tables.MemberKey) { w.do(setGoverned+`m.member = $2`, m.Org, m.ID) }

// governGroup keeps it of everybody who ever was in a group.
func (w *writer) governGroup(org, group domain.ID) {
	w.do(setGoverned+`m.member IN (SELECT member FROM assignments WHERE org = $1 AND group_id = $2)`, org, group)
}

// firstTold is the first date that any of these speaks of, of the member that the query calls by the name given.
func firstTold(of string) string {
	return `least((SELECT min(date) FROM roster y WHERE y.org = ` + of + `.org AND y.member = ` + of + `.member),
		(SELECT min(date) FROM corrections y WHERE y.org = ` + of + `.org AND y.member = ` + of + `.member),
		(SELECT min(from_date) FROM requests y WHERE y.org = ` + of + `.org AND y.member = ` + of + `.member AND y.state IN ('approved', 'pending')))`
}

// lastPlanned is the last date that a roster, a correction or a request speaks of.
func lastPlanned(of string) string {
	return `greatest((SELECT max(date) FROM roster y WHERE y.org = ` + of + `.org AND y.member = ` + of + `.member),
		(SELECT max(date) FROM corrections y WHERE y.org = ` + of + `.org AND y.member = ` + of + `.member),
		(SELECT max(to_date) FROM requests y WHERE y.org = ` + of + `.org AND y.member = ` + of + `.member AND y.state IN ('approved', 'pending')))`
}

// lastTold is the last date up to another that a fact, a punch or a row is about; null where there is none.
func lastTold(of, until string) string {
	own := `y.org = ` + of + `.org AND y.member = ` + of + `.member`
	return `greatest((SELECT max(date) FROM roster y WHERE ` + own + ` AND y.date <= ` + until + `),
		(SELECT max(date) FROM corrections y WHERE ` + own + ` AND y.date <= ` + until + `),
		(SELECT max(to_date) FROM requests y WHERE ` + own + ` AND y.from_date <= ` + until + ` AND y.state IN ('approved', 'pending')),
		(SELECT max(date) FROM days y WHERE ` + own + ` AND y.date <= ` + until + `),
		((SELECT max(at) FROM punches y WHERE ` + own + ` AND y.at < (` + until + ` + 5)::timestamp AT TIME ZONE 'UTC') AT TIME ZONE 'UTC')::date + 4)`
}

// firstGoverned is the first date of the membership m that a rule governs, null for none.
const firstGoverned = `CASE WHEN m.governed_from IS NOT NULL THEN greatest(m.joined, m.governed_from) END`
