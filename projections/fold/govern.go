package fold

import (
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/tables"
)

// governedFrom is the first date on which the member m is in a group with a rule.
const governedFrom = `(SELECT min(greatest(a.from_date, r.first))
	FROM (SELECT from_date, group_id, lead(from_date) OVER (ORDER BY from_date) AS until FROM assignments WHERE org = m.org AND member = m.member) a
	CROSS JOIN LATERAL (SELECT min(effective_from) AS first FROM rules WHERE org = m.org AND group_id = a.group_id) r
	WHERE r.first IS NOT NULL AND (a.until IS NULL OR greatest(a.from_date, r.first) < a.until))`

const setGoverned = `UPDATE members m SET governed_from = ` + governedFrom + ` WHERE m.governed_from IS DISTINCT FROM ` + governedFrom + ` AND m.org = $1 AND `

// govern keeps members.governed_from of one member.
func (w *Writer) govern(m tables.MemberKey) { w.Do(setGoverned+`m.member = $2`, m.Org, m.ID) }

// governGroup keeps it of everybody who ever was in a group.
func (w *Writer) governGroup(org, group domain.ID) {
	w.Do(setGoverned+`m.member IN (SELECT member FROM assignments WHERE org = $1 AND group_id = $2)`, org, group)
}
