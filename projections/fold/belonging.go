package fold

import (
	_ "embed"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/tables"
)

// The statements that find groups anew; words in capitals are replaced.
var (
	//go:embed department_groups.sql
	departmentGroupsSQL string
	//go:embed effective.sql
	effectiveSQL string
)

// belonging writes who is in which department and group: what facts.Organization.Belonging says, kept as rows so that readers join them. The tables
// postings, choices, department_parents and group_links hold what was recorded; department_groups and assignments follow from them.
type belonging struct{ rows *Writer }

// beginning is the first date of what holds from the beginning, nobody the key of the whole organization, in SQL.
const (
	beginning = `'0001-01-01'::date`
	nobody    = `'00000000-0000-0000-0000-000000000000'::uuid`
)

// join puts a new member into a department.
func (b belonging) join(r *feed.Record, member domain.ID, department *domain.ID) {
	b.rows.Do(`INSERT INTO postings (org, member, from_date, until_date, department) VALUES ($1, $2, `+beginning+`, 'infinity', $3)`, r.Name.Org, member, department)
	b.regroupMember(tables.MemberKey{Org: r.Name.Org, ID: member})
}

// move puts a member into another department from a date on; see domain.Postings.Moved.
func (b belonging) move(m tables.MemberKey, e domain.MemberChanged) {
	if e.Department == nil {
		return
	}
	if e.DepartmentFrom == "" {
		b.rows.Do(`DELETE FROM postings WHERE org = $1 AND member = $2 AND from_date > `+beginning, m.Org, m.ID)
		b.rows.Do(`UPDATE postings SET until_date = 'infinity', department = $3 WHERE org = $1 AND member = $2`, m.Org, m.ID, e.Department)
	} else {
		b.rows.Do(`INSERT INTO postings (org, member, from_date, until_date, department)
			SELECT $1, $2, $3::date, coalesce((SELECT min(from_date) FROM postings WHERE org = $1 AND member = $2 AND from_date > $3::date), 'infinity'), $4::uuid
			FROM members WHERE org = $1 AND member = $2
			ON CONFLICT (org, member, from_date) DO UPDATE SET department = excluded.department`, m.Org, m.ID, string(e.DepartmentFrom), e.Department)
		b.rows.Do(`UPDATE postings SET until_date = $3::date WHERE org = $1 AND member = $2 AND from_date < $3::date AND until_date > $3::date`, m.Org, m.ID, string(e.DepartmentFrom))
	}
	b.regroupMember(m)
}

// choose keeps a chosen group. Where nobody follows departments the choices are all there is to it.
func (b belonging) choose(m tables.MemberKey, e domain.GroupAssigned, at time.Time) {
	var group *domain.ID
	if !e.Follows {
		group = &e.Group
	}
	b.rows.Do(`INSERT INTO choices (org, member, from_date, group_id, assigned_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (org, member, from_date) DO UPDATE SET group_id = excluded.group_id`,
		m.Org, m.ID, string(e.From), group, at)
	b.rows.Do(`INSERT INTO assignments (org, member, from_date, group_id, assigned_at) SELECT $1, $2, $3::date, $4::uuid, $5::timestamptz WHERE NOT `+follows+`
		ON CONFLICT (org, member, from_date) DO UPDATE SET group_id = excluded.group_id`, m.Org, m.ID, string(e.From), group, at)
	b.regroupMember(m)
	b.rows.govern(m)
}

// follows says that departments matter to the groups of the member in the second argument.
const follows = `(EXISTS (SELECT FROM group_links WHERE org = $1) OR EXISTS (SELECT FROM choices WHERE org = $1 AND member = $2 AND group_id IS NULL))`

// link lets a group take a department from a date on, or gives it back for good.
func (b belonging) link(r *feed.Record, department *domain.ID, from domain.Date, taken bool) {
	group, _ := uuid.Parse(r.Name.Rest) // Check has seen it.
	org, of := r.Name.Org, domain.Whole(department)
	if !taken {
		b.rows.Do(`DELETE FROM group_links WHERE org = $1 AND department = $2 AND group_id = $3 AND from_date > $4::date`, org, of, group, string(from))
	}
	b.rows.Do(`INSERT INTO group_links (org, department, group_id, from_date, taken) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (org, department, group_id, from_date) DO UPDATE SET taken = excluded.taken`, org, of, group, string(from), taken)
	b.regroup(org)
}

// place notes where a department stands from a date on, an empty one being the beginning. A department that was just added has no members.
func (b belonging) place(org, department domain.ID, parent *domain.ID, from domain.Date, moved bool) {
	if from == "" {
		b.rows.Do(`DELETE FROM department_parents WHERE org = $1 AND department = $2`, org, department)
	}
	b.rows.Do(`INSERT INTO department_parents (org, department, from_date, parent) VALUES ($1, $2, coalesce($3::date, `+beginning+`), $4)
		ON CONFLICT (org, department, from_date) DO UPDATE SET parent = excluded.parent`, org, department, dateOrNull(from), parent)
	if moved {
		b.regroup(org)
		return
	}
	b.rows.Do(departmentGroups("n.department = $2"), org, department)
}

// regroup finds the groups of all departments and of all members anew, and marks the days that change.
func (b belonging) regroup(org domain.ID) {
	b.rows.Do(`DELETE FROM department_groups WHERE org = $1`, org)
	b.rows.Do(departmentGroups("true"), org)
	b.rows.Do(b.effective(`SELECT member FROM members WHERE org = $1`), org)
	b.rows.Do(setGoverned+`true`, org)
}

// regroupMember does so for one member.
func (b belonging) regroupMember(m tables.MemberKey) {
	b.rows.Marked[m] = true
	b.rows.Do(b.effective(`SELECT $2::uuid AS member WHERE `+follows), m.Org, m.ID)
	b.rows.Do(setGoverned+`m.member = $2 AND `+follows, m.Org, m.ID)
}

// taker is the group that took a department last, of two that took it on one date the one with the greater id.
func taker(department, on string) string {
	return `(SELECT l.group_id FROM (SELECT DISTINCT ON (k.group_id) k.group_id, k.from_date, k.taken FROM group_links k
		WHERE k.org = $1 AND k.department = ` + department + ` AND k.from_date <= ` + on + ` ORDER BY k.group_id, k.from_date DESC) l
		WHERE l.taken ORDER BY l.from_date DESC, l.group_id DESC LIMIT 1)`
}

// departmentGroups walks up the tree from each department that a condition names, on every date on which the answer may change, to the nearest one
// that a group takes; the whole organization is last. A ring of parents ends after as many steps as there are departments.
func departmentGroups(condition string) string {
	return strings.NewReplacer("TAKER_OF_FIRST", taker("n.department", "d.at"), "TAKER_OF_NEXT", taker("x.node", "x.at"), "NOBODY", nobody, "CONDITION", condition).Replace(departmentGroupsSQL)
}

// effective brings the assignments of some members up to the choices and departments, and marks the days from the first that differs on.
func (b belonging) effective(who string) string {
	last := `SELECT count(*) FROM changed`
	if !b.rows.Lazy {
		last = `INSERT INTO dirty (org, member, from_date, to_date) SELECT a.org, a.member, least(a.at - 2, ` + ungoverned + `), '9999-12-31'
			FROM (SELECT $1::uuid AS org, member, min(from_date) AS at FROM changed GROUP BY member) a WHERE true` + tables.Hull
	}
	return strings.NewReplacer("WHO", who, "NOBODY", nobody).Replace(effectiveSQL) + last
}
