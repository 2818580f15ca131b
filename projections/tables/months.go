package tables

import (
	"fmt"
	"strings"

	"github.com/dakahq/daka/domain/attendance"
)

// The places of days.counts: what the monthly report adds up beside the day's own minutes.
const (
	countShould = iota
	countAttended
	countRestAttended
	countLate
	countLateMinutes
	countSerious
	countSeriousMinutes
	countAbsentLate
	countEarly
	countEarlyMinutes
	countOnLack
	countOffLack
	countMakeup
	countOvertimeWork
	countOvertimeRest
	countOvertimeHoliday
	// CountsLen is how many counts a day has.
	CountsLen
)

// CountsOf reads the report's counts off a day, by DingTalk's columns: Late, SeriousLate and Absenteeism are three separate columns.
func CountsOf(d *attendance.Day) (c [CountsLen]int32) {
	punched := len(d.Used) > 0 || d.PresentMin > 0
	for i := range d.Slots {
		s := &d.Slots[i]
		punched = punched || !s.PunchAt.IsZero()
		countSlot(&c, s)
	}
	workday := d.DayType == attendance.Workday && d.Status != attendance.Unscheduled && d.Status != attendance.Rest
	switch {
	case workday:
		c[countShould] = 1
		if punched {
			c[countAttended] = 1
		}
	case punched:
		c[countRestAttended] = 1
	}
	for _, part := range d.Overtime {
		c[overtimeColumn(part.DayType)] += int32(part.Minutes)
	}
	return c
}

func countSlot(c *[CountsLen]int32, s *attendance.Slot) {
	switch s.TimeResult {
	case attendance.TimeLate:
		c[countLate]++
		c[countLateMinutes] += int32(s.Minutes)
	case attendance.TimeSeriousLate:
		c[countSerious]++
		c[countSeriousMinutes] += int32(s.Minutes)
	case attendance.TimeAbsenteeism:
		c[countAbsentLate]++
	case attendance.TimeEarly:
		c[countEarly]++
		c[countEarlyMinutes] += int32(s.Minutes)
	case attendance.TimeNotSigned:
		if s.CheckType == attendance.OnDuty {
			c[countOnLack]++
		} else {
			c[countOffLack]++
		}
	}
	if s.SourceType == attendance.SourceApprove {
		c[countMakeup]++
	}
}

func overtimeColumn(t attendance.DayType) int {
	switch t {
	case attendance.Restday:
		return countOvertimeRest
	case attendance.Holiday:
		return countOvertimeHoliday
	}
	return countOvertimeWork
}

// MonthSums adds up days into a month, in the order of query.MonthFigures. No table keeps months: one is 31 rows of days, found by
// key, and nothing can differ from what the days say. Its text is part of the shape.
func MonthSums() string {
	return strings.Join([]string{
		strings.Join([]string{counted("should_attendance_days", countShould), counted("attendance_days", countAttended), counted("attendance_rest_days", countRestAttended)}, ", "),
		strings.Join([]string{summed("attendance_work_time", "worked_min"), summed("present_min", "present_min")}, ", "),
		strings.Join([]string{counted("late_times", countLate), counted("late_minute", countLateMinutes), counted("serious_late_times", countSerious), counted("serious_late_minute", countSeriousMinutes)}, ", "),
		strings.Join([]string{counted("absenteeism_late_times", countAbsentLate), summed("absenteeism_days", "absent_days"), counted("leave_early_times", countEarly), counted("leave_early_minute", countEarlyMinutes)}, ", "),
		strings.Join([]string{counted("on_work_lack_card_times", countOnLack), counted("off_work_lack_card_times", countOffLack), counted("making_up_lack_times", countMakeup)}, ", "),
		strings.Join([]string{summed("business_trip_time", "trip_min"), summed("leave_time", "leave_min"), summed("overtime_duration", "overtime_min"), summed("night_min", "night_min")}, ", "),
		strings.Join([]string{counted("overtime_workday", countOvertimeWork), counted("overtime_restday", countOvertimeRest), counted("overtime_holiday", countOvertimeHoliday)}, ", "),
		strings.Join([]string{daysWith("pending_days", "status = 'Pending'"), daysWith("leave_days", "status IN ('Leave', 'Trip')")}, ", "),
		strings.Join([]string{daysWith("half_days", "status = 'HalfDay'"), daysWith("abnormal_days", "status = 'Abnormal'")}, ", "),
		strings.Join([]string{daysWith("normal_days", "status = 'Normal'")}, ", "),
	}, ",\n\t")
}

// counted adds up one of the counts, which Postgres numbers from 1.
func counted(name string, count int) string {
	return fmt.Sprintf("coalesce(sum(counts[%d]), 0) AS %s", count+1, name)
}

// summed adds up a column of days.
func summed(name, column string) string {
	return fmt.Sprintf("coalesce(sum(%s), 0) AS %s", column, name)
}

// daysWith counts days.
func daysWith(name, condition string) string {
	return fmt.Sprintf("count(*) FILTER (WHERE %s) AS %s", condition, name)
}

// monthsView is for people who ask in SQL.
func monthsView() string {
	return `CREATE VIEW months WITH (security_invoker = true) AS
	SELECT org, member, date_trunc('month', date)::date AS month, ` + MonthSums() + ` FROM days GROUP BY 1, 2, 3;`
}
