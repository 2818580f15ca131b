package query

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/tables"
)

// Day is a day as rules §6 names it; slots, overtime and unused punches are as assess writes them.
type Day struct {
	Date        domain.Date     `json:"date"`
	DayType     string          `json:"day_type"`
	Shift       *string         `json:"shift"`
	Status      string          `json:"status"`
	AbsentDays  float64         `json:"absent_days" doc:"0, 0.5 or 1"`
	RuleVersion *int            `json:"rule_version"`
	Slots       json.RawMessage `json:"slots"`
	WorkedMin   int             `json:"worked_min"`
	PresentMin  int             `json:"present_min"`
	LateMin     int             `json:"late_min"`
	EarlyMin    int             `json:"early_min"`
	LeaveMin    int             `json:"leave_min"`
	TripMin     int             `json:"trip_min"`
	OvertimeMin int             `json:"overtime_min"`
	NightMin    int             `json:"night_min" doc:"the part of present_min inside the rule's night"`
	Overtime    json.RawMessage `json:"overtime"`
	Unused      json.RawMessage `json:"unused_punches"`
	Anomalies   []string        `json:"anomalies"`
	// SelfDecided says that the member, as the organization's one administrator, decided about themselves on this day.
	SelfDecided bool `json:"self_decided"`
}

// MemberDay is a day with the member it belongs to.
type MemberDay struct {
	Member domain.ID  `json:"member"`
	Number string     `json:"number"`
	Group  *domain.ID `json:"group"`
	Day
	name memberName
}

type memberName struct {
	text       *string
	event, key *domain.ID
	org        domain.ID
}

// Name is the member's sealed name, nil when there is none.
func (d *MemberDay) Name() *Sealed {
	return sealedOf(d.name.text, domain.MemberStream(d.name.org, d.Member), d.name.event, "/name", d.name.key)
}

// selfDecided is true of a day d about which somebody decided for themselves.
const selfDecided = `EXISTS (SELECT FROM self_decisions s WHERE s.org = d.org AND s.member = d.member AND d.date BETWEEN s.from_date AND s.to_date)`

const dayFields = `d.date, d.day_type, d.shift, d.status, d.rule_version, d.slots, d.worked_min, d.present_min, d.late_min, d.early_min, d.leave_min, d.trip_min,
	d.overtime_min, d.night_min, d.absent_days, d.overtime, d.unused, d.anomalies`

// dayAnswer is what a reader gets of a day d, which has its org and member beside its dayFields.
const dayAnswer = dayFields + ", " + selfDecided

const selectMemberDay = `SELECT d.org, d.member, coalesce(m.number, ''), d.group_id, m.name, m.name_event, m.key_id, ` + dayAnswer + ` `

func (d *Day) targets(date **time.Time, slots, overtime, unused *[]byte) []any {
	return []any{
		date, &d.DayType, &d.Shift, &d.Status, &d.RuleVersion, slots, &d.WorkedMin, &d.PresentMin, &d.LateMin, &d.EarlyMin, &d.LeaveMin, &d.TripMin,
		&d.OvertimeMin, &d.NightMin, &d.AbsentDays, overtime, unused, &d.Anomalies, &d.SelfDecided,
	}
}

func scanMemberDay(row pgx.CollectableRow) (d MemberDay, err error) {
	var date *time.Time
	var slots, overtime, unused []byte
	into := append([]any{&d.name.org, &d.Member, &d.Number, &d.Group, &d.name.text, &d.name.event, &d.name.key}, d.targets(&date, &slots, &overtime, &unused)...)
	err = row.Scan(into...)
	d.Date, d.Slots, d.Overtime, d.Unused = civil(date), tables.NamedSlots(slots), overtime, unused
	return d, err
}

// Of are a member's days from..to, both inclusive; stale says why some of them may change without a new fact, empty when none will.
func (r *Days) Of(ctx context.Context, org, who domain.ID, from, to domain.Date) (days []Day, stale string, err error) {
	days, err = List(ctx, r.Within(org), "days", func(row pgx.CollectableRow) (d Day, err error) {
		var date *time.Time
		var slots, overtime, unused []byte
		err = row.Scan(d.targets(&date, &slots, &overtime, &unused)...)
		d.Date, d.Slots, d.Overtime, d.Unused = civil(date), tables.NamedSlots(slots), overtime, unused
		return d, err
	}, `SELECT `+dayAnswer+` FROM (SELECT d.org, d.member, `+dayFields+` FROM days d WHERE org = $1 AND member = $2 AND date BETWEEN $3::date AND $4::date
		UNION ALL SELECT d.org, d.member, `+dayFields+` FROM (`+rowlessBetween("$3", "$4", " AND m.member = $2")+`) d) d ORDER BY date`, org, who, string(from), string(to))
	if err != nil {
		return nil, "", err
	}
	stale, err = r.Stale(ctx, org, who, from, to)
	return days, stale, err
}

// Stale says why a member's days may be behind the ledger: parked subjects, or a range that waits to be assessed. Empty: they are not.
func (r *Days) Stale(ctx context.Context, org, who domain.ID, from, to domain.Date) (why string, err error) {
	err = r.Within(org).Row(ctx, []any{&why}, `SELECT coalesce(
		(SELECT min('parked: ' || reason) FROM parked k WHERE k.org = $1 AND ((k.kind IN ('member', 'days') AND k.subject = $2) OR k.kind IN ('organization', 'everything')
			OR (k.kind = 'group' AND EXISTS (SELECT 1 FROM assignments a WHERE a.org = $1 AND a.member = $2 AND a.group_id = k.subject))
			OR (k.kind = 'request' AND EXISTS (SELECT 1 FROM requests q WHERE q.org = $1 AND q.request = k.subject AND q.member = $2)))),
		(SELECT 'being assessed again' FROM dirty d WHERE d.org = $1 AND d.member = $2 AND d.from_date <= $4 AND d.to_date >= $3), '')`,
		org, who, string(from), string(to))
	if err != nil {
		return "", fmt.Errorf("look whether the days are current: %w", err)
	}
	return why, nil
}

// Waiting counts an organization's members with days that wait to be assessed, and its parked subjects.
func (r *Days) Waiting(ctx context.Context, org domain.ID) (dirty, parked int, err error) {
	err = r.Within(org).Row(ctx, []any{&dirty, &parked}, `SELECT (SELECT count(*) FROM dirty WHERE org = $1), (SELECT count(*) FROM parked WHERE org = $1)`, org)
	if err != nil {
		return 0, 0, fmt.Errorf("count what waits: %w", err)
	}
	return dirty, parked, nil
}

// DayFilter narrows the days of a date; zero values do not.
type DayFilter struct {
	Date       domain.Date
	Department *domain.ID
	Group      *domain.ID
	Status     string
	Anomaly    string
	// Bucket is one of BucketNames.
	Bucket string
	// Among are the only members, nil for everybody.
	Among []domain.ID
}

// On lists a date's days by member number.
func (r *Days) On(ctx context.Context, org domain.ID, f DayFilter, cursor string, limit int) (Page[MemberDay], error) {
	at, err := parseCursor(cursor, isText, isID)
	if err != nil {
		return Page[MemberDay]{}, err
	}
	return paged(ctx, r.Within(org), limit, "the date's days", scanMemberDay, func(d *MemberDay) []string { return []string{d.Number, d.Member.String()} },
		f.sql(), org, string(f.Date), f.Department, f.Group, f.Status, f.Anomaly, at[0], at[1], f.Among, f.Bucket)
}

// sql walks the members in order and looks at the day of each, as far as the page goes. A filter that may be rare finds its members by
// an index first; else the walk would look at every day of the date.
func (f DayFilter) sql() string {
	members, hits := "members m", ""
	if f.Status != "" || f.Group != nil {
		hits += ` AND m.member IN (SELECT member FROM days WHERE org = $1 AND date = $2 AND ($5 = '' OR status = $5) AND ($4::uuid IS NULL OR group_id = $4)
			UNION ALL SELECT m.member FROM members m WHERE m.org = $1 AND $5 IN ('', 'Unscheduled') AND ` + ungovernedOn("$2::date") + `)`
	}
	if f.Anomaly != "" {
		hits += ` AND m.member IN (SELECT member FROM anomalies WHERE org = $1 AND date = $2 AND kind = $6)`
	}
	if f.Bucket != "" {
		hits += inBucket("$10")
	}
	conditions := `m.org = $1 AND ($3::uuid IS NULL OR $3 = ` + departmentOn("m", "$2::date") + `) AND ($7 = '' OR (m.number, m.member::text) > ($7, $8))` + onlyThose("m.member", 9) + hits
	if hits != "" {
		members, conditions = `(SELECT * FROM members m WHERE `+conditions+` ORDER BY m.number, m.member::text) m`, "true"
	}
	return `SELECT d.org, d.member, m.number, d.group_id, m.name, m.name_event, m.key_id, ` + dayAnswer + ` FROM ` + members + `
		CROSS JOIN LATERAL (SELECT d.org, d.member, d.group_id, ` + dayFields + ` FROM days d WHERE d.org = m.org AND d.member = m.member AND d.date = $2
			UNION ALL SELECT m.org, m.member, ` + groupOn("$2::date") + `, ` + rowlessFields("$2::date") + ` WHERE ` + ungovernedOn("$2::date") + ` OFFSET 0) d
		WHERE ` + conditions + ` AND ($4::uuid IS NULL OR d.group_id = $4) AND ($5 = '' OR d.status = $5) AND ($6 = '' OR $6 = ANY(d.anomalies)) AND $10::text IS NOT NULL
		ORDER BY m.number, m.member::text`
}

// Export hands every day from..to in the order of number and date, without holding them all in memory; of the members in those,
// or of everybody when those is nil.
func (r *Days) Export(ctx context.Context, org domain.ID, those []domain.ID, from, to domain.Date, each func(*MemberDay) error) error {
	v := r.Within(org)
	b := v.Batch()
	sql := selectMemberDay + `FROM (SELECT d.org, d.member, d.group_id, ` + dayFields + ` FROM days d
			WHERE d.org = $1 AND d.date = ANY(ARRAY(SELECT generate_series($2::date, $3::date, interval '1 day')::date)) ` + onlyThose("d.member", 4) + `
			UNION ALL ` + rowlessBetween("$2", "$3", onlyThose("m.member", 4)) + `) d
		LEFT JOIN members m USING (org, member) ORDER BY m.number, d.member, d.date`
	b.Queue(sql, org, string(from), string(to), those).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			d, err := scanMemberDay(rows)
			if err == nil {
				err = each(&d)
			}
			if err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err := v.Send(ctx, b); err != nil {
		return fmt.Errorf("export days: %w", err)
	}
	return nil
}
