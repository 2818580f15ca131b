package query

import "fmt"

// Readers make the days that have no row (governed.go) in the query, exactly as Assess would: nothing about them can differ but the date
// and the group.

// ungovernedOn says that a date of the member m, given as an SQL expression, is of the membership, has come, and lies before any rule. The
// organization is the first argument.
func ungovernedOn(date string) string {
	return fmt.Sprintf(`(m.governed_from IS NULL OR m.governed_from > m.joined) AND (m.governed_from IS NULL OR m.governed_from > %[1]s) AND m.joined <= %[1]s
		AND (m.left_on IS NULL OR m.left_on >= %[1]s) AND %[1]s <= (SELECT (through AT TIME ZONE 'UTC')::date FROM clocks WHERE org = $1)
		AND NOT EXISTS (SELECT FROM days y WHERE y.org = m.org AND y.member = m.member AND y.date = %[1]s)`, date)
}

// groupOn is the group of the member m on a date.
func groupOn(date string) string {
	return `(SELECT a.group_id FROM assignments a WHERE a.org = m.org AND a.member = m.member AND a.from_date <= ` + date + ` ORDER BY a.from_date DESC LIMIT 1)`
}

// departmentOn is the department of the member of a row called by a name, on a date.
func departmentOn(of, date string) string {
	return `(SELECT x.department FROM postings x WHERE x.org = ` + of + `.org AND x.member = ` + of + `.member AND x.from_date <= ` + date + ` AND ` + date + ` < x.until_date)`
}

// rowlessFields are dayFields of a day without a row.
func rowlessFields(date string) string {
	return date + ` AS date, 'restday' AS day_type, NULL::text AS shift, 'Unscheduled' AS status, NULL::int AS rule_version, '[]' AS slots, 0 AS worked_min, 0 AS present_min,
	0 AS late_min, 0 AS early_min, 0 AS leave_min, 0 AS trip_min, 0 AS overtime_min, 0 AS night_min, 0::real AS absent_days, '[]' AS overtime, '[]' AS unused, '{}'::text[] AS anomalies`
}

// rowlessBetween are the days without rows of the members m that a condition names, from one date to another, both inclusive.
func rowlessBetween(from, to, condition string) string {
	return `SELECT m.org, m.member, ` + groupOn("g.date") + ` AS group_id, ` + rowlessFields("g.date") + ` FROM members m
	CROSS JOIN LATERAL (SELECT t::date AS date FROM generate_series(greatest(m.joined, ` + from + `::date), least(` + to + `::date, m.left_on, m.governed_from - 1,
		(SELECT (through AT TIME ZONE 'UTC')::date FROM clocks WHERE org = $1)), interval '1 day') t) g
	WHERE m.org = $1 AND ` + ungovernedOn("g.date") + condition
}
