package query

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/tables"
)

// Month is a member's month.
type Month struct {
	Member     domain.ID  `json:"member"`
	Number     string     `json:"number"`
	Department *domain.ID `json:"department"`
	Group      *domain.ID `json:"group"`
	Month      string     `json:"month"`
	MonthFigures
	name memberName
}

// MonthFigures are a month's sums under DingTalk's column names; times are minutes.
type MonthFigures struct {
	ShouldAttendanceDays int     `json:"should_attendance_days"`
	AttendanceDays       int     `json:"attendance_days"`
	AttendanceRestDays   int     `json:"attendance_rest_days"`
	AttendanceWorkTime   int     `json:"attendance_work_time"`
	PresentMin           int     `json:"present_min"`
	LateTimes            int     `json:"late_times"`
	LateMinute           int     `json:"late_minute"`
	SeriousLateTimes     int     `json:"serious_late_times"`
	SeriousLateMinute    int     `json:"serious_late_minute"`
	AbsenteeismLateTimes int     `json:"absenteeism_late_times"`
	AbsenteeismDays      float64 `json:"absenteeism_days" doc:"the sum of the days' absent_days: 0, 0.5 or 1 each"`
	LeaveEarlyTimes      int     `json:"leave_early_times"`
	LeaveEarlyMinute     int     `json:"leave_early_minute"`
	OnWorkLackCardTimes  int     `json:"on_work_lack_card_times"`
	OffWorkLackCardTimes int     `json:"off_work_lack_card_times"`
	MakingUpLackTimes    int     `json:"making_up_lack_times"`
	BusinessTripTime     int     `json:"business_trip_time"`
	LeaveTime            int     `json:"leave_time"`
	OvertimeDuration     int     `json:"overtime_duration"`
	NightMin             int     `json:"night_min" doc:"minutes of present_min inside the rule's night"`
	OvertimeWorkday      int     `json:"overtime_workday"`
	OvertimeRestday      int     `json:"overtime_restday"`
	OvertimeHoliday      int     `json:"overtime_holiday"`
	PendingDays          int     `json:"pending_days"`
	LeaveDays            int     `json:"leave_days"`
	HalfDays             int     `json:"half_days"`
	AbnormalDays         int     `json:"abnormal_days"`
	NormalDays           int     `json:"normal_days"`
}

// targets are the figures in the order of selectMonth.
func (f *MonthFigures) targets() []any {
	return []any{
		&f.ShouldAttendanceDays, &f.AttendanceDays, &f.AttendanceRestDays, &f.AttendanceWorkTime, &f.PresentMin, &f.LateTimes, &f.LateMinute,
		&f.SeriousLateTimes, &f.SeriousLateMinute, &f.AbsenteeismLateTimes, &f.AbsenteeismDays, &f.LeaveEarlyTimes, &f.LeaveEarlyMinute,
		&f.OnWorkLackCardTimes, &f.OffWorkLackCardTimes, &f.MakingUpLackTimes, &f.BusinessTripTime, &f.LeaveTime, &f.OvertimeDuration, &f.NightMin,
		&f.OvertimeWorkday, &f.OvertimeRestday, &f.OvertimeHoliday, &f.PendingDays, &f.LeaveDays, &f.HalfDays, &f.AbnormalDays, &f.NormalDays,
	}
}

// Add adds another month's figures.
func (f *MonthFigures) Add(other *MonthFigures) {
	from := other.targets()
	for i, sum := range f.targets() {
		switch sum := sum.(type) {
		case *int:
			*sum += *from[i].(*int)
		case *float64:
			*sum += *from[i].(*float64)
		}
	}
}

// Name is the member's sealed name, nil when there is none.
func (m *Month) Name() *Sealed {
	return sealedOf(m.name.text, domain.MemberStream(m.name.org, m.Member), m.name.event, "/name", m.name.key)
}

// MonthFilter narrows a month; zero values do not. Department and Group are the member's at the month's end.
type MonthFilter struct {
	// Month is yyyy-mm.
	Month      string
	Member     *domain.ID
	Department *domain.ID
	Group      *domain.ID
	// Among are the only members, nil for everybody.
	Among []domain.ID
}

func selectMonth() string {
	return `SELECT m.org, m.member, m.number, ` + departmentOn("m", "$9::date") + `, g.group_id, m.name, m.name_event, m.key_id, $10::text, s.*
	FROM members m
	CROSS JOIN LATERAL (SELECT ` + tables.MonthSums() + ` FROM days d
		WHERE d.org = m.org AND d.member = m.member AND d.date BETWEEN $2::date AND $9::date
		HAVING count(*) > 0 OR m.joined <= $9::date AND ` + ungovernedOn("greatest(m.joined, $2::date)") + `) s
	LEFT JOIN LATERAL (SELECT group_id FROM assignments a WHERE a.org = m.org AND a.member = m.member AND a.from_date <= $9::date ORDER BY a.from_date DESC LIMIT 1) g ON true `
}

func scanMonth(row pgx.CollectableRow) (m Month, err error) {
	into := []any{&m.name.org, &m.Member, &m.Number, &m.Department, &m.Group, &m.name.text, &m.name.event, &m.name.key, &m.Month}
	err = row.Scan(append(into, m.targets()...)...)
	return m, err
}

// ParseMonth gives the first day of a month yyyy-mm, within the years of local dates.
func ParseMonth(text string) (time.Time, error) {
	first, err := time.Parse("2006-01", text)
	if err != nil || !domain.DateOf(first, time.UTC).Writable() {
		return first, domain.Refuse("month_invalid", "%q is not a month; write it like 2026-03", text)
	}
	return first, nil
}

// List lists an attendance month (rules 5.1) by member number; a month that is not yyyy-mm is refused with code month_invalid.
func (r *Months) List(ctx context.Context, org domain.ID, f MonthFilter, cursor string, limit int) (Page[Month], error) {
	from, to, err := r.Span(ctx, org, f.Month)
	if err != nil {
		return Page[Month]{}, err
	}
	at, err := parseCursor(cursor, isText, isID)
	if err != nil {
		return Page[Month]{}, err
	}
	return paged(ctx, r.Within(org), limit, "months", scanMonth, func(m *Month) []string { return []string{m.Number, m.Member.String()} },
		selectMonth()+`WHERE m.org = $1 AND ($3::uuid IS NULL OR m.member = $3) AND ($4::uuid IS NULL OR $4 = `+departmentOn("m", "$9::date")+`) AND ($5::uuid IS NULL OR g.group_id = $5)
			`+onlyThose("m.member", 8)+`AND ($6 = '' OR (m.number, m.member::text) > ($6, $7)) ORDER BY m.number, m.member::text`,
		org, string(from), f.Member, f.Department, f.Group, at[0], at[1], f.Among, string(to), f.Month)
}
