package query

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/tables"
)

// Tally counts one date's members. Expected are those with a workday; the others are among Expected, except RestPunched and Unscheduled.
type Tally struct {
	Members     int `json:"members"`
	Expected    int `json:"expected"`
	Punched     int `json:"punched"`
	OnTime      int `json:"on_time"`
	Late        int `json:"late"`
	Early       int `json:"early"`
	NotSigned   int `json:"not_signed"`
	Outside     int `json:"outside"`
	Absent      int `json:"absent"`
	Leave       int `json:"leave"`
	Trip        int `json:"trip"`
	Pending     int `json:"pending"`
	NotStarted  int `json:"not_started"`
	RestPunched int `json:"rest_punched"`
	Unscheduled int `json:"unscheduled"`
	OvertimeMin int `json:"overtime_min"`
}

// TallyOf is the tally of a department or a group; ID is null for members without one.
type TallyOf struct {
	ID   *domain.ID `json:"id"`
	Name string     `json:"name"`
	Tally
}

// Hour counts the punches of one hour of the wall clock, 0 to 23.
type Hour struct {
	Hour    int `json:"hour"`
	Punches int `json:"punches"`
}

// Dashboard is a date at a glance.
type Dashboard struct {
	Date        domain.Date `json:"date"`
	Through     time.Time   `json:"through"`
	Tally       Tally       `json:"tally"`
	Buckets     Buckets     `json:"buckets"`
	Departments []TallyOf   `json:"departments"`
	Groups      []TallyOf   `json:"groups"`
	Hours       []Hour      `json:"hours"`
	Latest      []Punch     `json:"latest"`
	Dirty       int         `json:"dirty"`
	Parked      int         `json:"parked"`
}

// talliesOf counts a date's days by a column and marks; what people see is added up from it. It names only columns of the indexes
// days_org_date and postings_department. Departments are counted apart, of those who have one: joining all members costs most of a dashboard.
func talliesOf(column, join string) string {
	return `SELECT ` + column + `, d.marks, count(*), coalesce(sum(d.overtime_min), 0) FROM days d ` + join + `
	WHERE d.org = $1 AND d.date = $2 ` + onlyThose("d.member", 3) + `GROUP BY ` + column + `, d.marks ORDER BY ` + column
}

// rowlessOf counts the members whose day has no row (governed.go); their mark is that of an Unscheduled day.
func rowlessOf(column, condition string) string {
	return fmt.Sprintf(`SELECT %[1]s, %[2]d, count(*), 0::bigint FROM members m WHERE m.org = $1 AND `, column, tables.MarkUnscheduled) + ungovernedOn("$2::date") + condition +
		onlyThose("m.member", 3) + `GROUP BY 1`
}

const ofDepartment = `JOIN postings m ON m.org = $1 AND m.member = d.member AND m.department IS NOT NULL AND m.from_date <= $2::date AND $2::date < m.until_date`

// tallyOf is the tally of some days that share their marks; every column but the first and the last is a mark's.
func tallyOf(marks, days, overtime int) (t Tally) {
	columns := t.targets()
	*columns[0].(*int) = days
	for i := range columns[1 : len(columns)-1] {
		if marks&(tables.MarkExpected<<i) != 0 {
			*columns[i+1].(*int) = days
		}
	}
	*columns[len(columns)-1].(*int) = overtime
	return t
}

func (t *Tally) targets() []any {
	return []any{
		&t.Members, &t.Expected, &t.Punched, &t.OnTime, &t.Late, &t.Early, &t.NotSigned, &t.Outside, &t.Absent, &t.Leave, &t.Trip,
		&t.Pending, &t.NotStarted, &t.RestPunched, &t.Unscheduled, &t.OvertimeMin,
	}
}

// On counts a date, of the members in those or of everybody when those is nil; a date that the clock has not reached has only
// those who punched.
func (r *Dashboards) On(ctx context.Context, org domain.ID, those []domain.ID, date domain.Date) (Dashboard, error) {
	d := Dashboard{Date: date, Departments: []TallyOf{}, Groups: []TallyOf{}, Hours: []Hour{}}
	v := r.Within(org)
	b := v.Batch()
	b.Queue(`SELECT coalesce((SELECT through FROM clocks WHERE org = $1), '1900-01-01'), (SELECT count(*) FROM dirty WHERE org = $1 AND from_date <= $3 AND to_date >= $3 `+onlyThose("member", 2)+`), (SELECT count(*) FROM parked WHERE org = $1)`, org, those, string(date)).
		QueryRow(func(row pgx.Row) error { return row.Scan(&d.Through, &d.Dirty, &d.Parked) })
	b.Queue(bucketsOf(), org, string(date), those).Query(d.Buckets.read)
	b.Queue(talliesOf("d.group_id", ""), org, string(date), those).Query(readTallies(&d.Groups))
	b.Queue(talliesOf("m.department", ofDepartment), org, string(date), those).Query(readTallies(&d.Departments))
	b.Queue(rowlessOf(groupOn("$2::date"), ""), org, string(date), those).Query(readTallies(&d.Groups))
	b.Queue(rowlessOf(departmentOn("m", "$2::date"), " AND "+departmentOn("m", "$2::date")+" IS NOT NULL"), org, string(date), those).Query(readTallies(&d.Departments))
	b.Queue(hoursOf(those), org, string(date), those).Query(d.readHours)
	names := map[domain.ID]string{}
	b.Queue(`SELECT department, name FROM departments WHERE org = $1 UNION ALL SELECT group_id, name FROM groups WHERE org = $1`, org).Query(readNames(names))
	if err := v.Send(ctx, b); err != nil {
		return d, fmt.Errorf("read the dashboard: %w", err)
	}
	for _, list := range [][]TallyOf{d.Departments, d.Groups} {
		slices.SortFunc(list, compareTallies)
	}
	d.addUp()
	for _, list := range [][]TallyOf{d.Departments, d.Groups} {
		for i := range list {
			if list[i].ID != nil {
				list[i].Name = names[*list[i].ID]
			}
		}
	}
	var err error
	d.Latest, err = (&Punches{r.connection}).Latest(ctx, org, those, date, 20)
	return d, err
}

// hoursOf counts the punches of everybody by hour from what is kept of it, of some members from their punches.
func hoursOf(those []domain.ID) string {
	if those == nil {
		return `SELECT local_hour AS hour, punches FROM punch_hours WHERE org = $1 AND local_date = $2 AND $3::uuid[] IS NULL ORDER BY 1`
	}
	return `SELECT local_hour AS hour, count(*) AS punches FROM punches WHERE ` + punchesOf(those) + ` GROUP BY 1 ORDER BY 1`
}

func readTallies(list *[]TallyOf) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		for rows.Next() {
			var id *domain.ID
			var marks, days, overtime int
			if err := rows.Scan(&id, &marks, &days, &overtime); err != nil {
				return err
			}
			t := tallyOf(marks, days, overtime)
			*list = addTo(*list, id, &t)
		}
		return rows.Err()
	}
}

// compareTallies sorts by id; who has none comes last.
func compareTallies(a, b TallyOf) int {
	if a.ID == nil || b.ID == nil {
		return cmp.Compare(boolRank(a.ID == nil), boolRank(b.ID == nil))
	}
	return bytes.Compare(a.ID[:], b.ID[:])
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

func addTo(list []TallyOf, id *domain.ID, t *Tally) []TallyOf {
	for i := range list {
		if same := list[i].ID; same == id || same != nil && id != nil && *same == *id {
			list[i].Tally.add(t, 1)
			return list
		}
	}
	return append(list, TallyOf{ID: id, Tally: *t})
}

// addUp makes the tally of all from those of the groups; who is in no department is the rest.
func (d *Dashboard) addUp() {
	for i := range d.Groups {
		d.Tally.add(&d.Groups[i].Tally, 1)
	}
	rest := d.Tally
	for i := range d.Departments {
		rest.add(&d.Departments[i].Tally, -1)
	}
	if rest.Members > 0 {
		d.Departments = append(d.Departments, TallyOf{Tally: rest})
	}
}

// add adds another tally so many times.
func (t *Tally) add(other *Tally, times int) {
	from := other.targets()
	for i, sum := range t.targets() {
		*sum.(*int) += times * *from[i].(*int)
	}
}

func (d *Dashboard) readHours(rows pgx.Rows) (err error) {
	d.Hours, err = pgx.CollectRows(rows, pgx.RowToStructByName[Hour])
	if d.Hours == nil {
		d.Hours = []Hour{}
	}
	return err
}

func readNames(names map[domain.ID]string) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		var id domain.ID
		var name string
		_, err := pgx.ForEachRow(rows, []any{&id, &name}, func() error {
			names[id] = name
			return nil
		})
		return err
	}
}
