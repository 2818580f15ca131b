package tables

import "github.com/dakahq/daka/domain/attendance"

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
	countAbsent
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
	if d.Status == attendance.Absent {
		c[countAbsent] = 1
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

// MonthSums adds up days into a month, in the order that scanMonth reads. No table keeps months: one is 31 rows of days, found by
// key, and nothing can differ from what the days say.
const MonthSums = `coalesce(sum(counts[1]), 0) AS should_attendance_days, coalesce(sum(counts[2]), 0) AS attendance_days, coalesce(sum(counts[3]), 0) AS attendance_rest_days,
	coalesce(sum(worked_min), 0) AS attendance_work_time, coalesce(sum(present_min), 0) AS present_min,
	coalesce(sum(counts[4]), 0) AS late_times, coalesce(sum(counts[5]), 0) AS late_minute, coalesce(sum(counts[6]), 0) AS serious_late_times, coalesce(sum(counts[7]), 0) AS serious_late_minute,
	coalesce(sum(counts[8]), 0) AS absenteeism_late_times, coalesce(sum(counts[9]), 0) AS absenteeism_days, coalesce(sum(counts[10]), 0) AS leave_early_times, coalesce(sum(counts[11]), 0) AS leave_early_minute,
	coalesce(sum(counts[12]), 0) AS on_work_lack_card_times, coalesce(sum(counts[13]), 0) AS off_work_lack_card_times, coalesce(sum(counts[14]), 0) AS making_up_lack_times,
	coalesce(sum(trip_min), 0) AS business_trip_time, coalesce(sum(leave_min), 0) AS leave_time, coalesce(sum(overtime_min), 0) AS overtime_duration,
	coalesce(sum(counts[15]), 0) AS overtime_workday, coalesce(sum(counts[16]), 0) AS overtime_restday, coalesce(sum(counts[17]), 0) AS overtime_holiday,
	count(*) FILTER (WHERE status = 'Pending') AS pending_days, count(*) FILTER (WHERE status IN ('Leave', 'Trip')) AS leave_days,
	count(*) FILTER (WHERE status = 'HalfDay') AS half_days, count(*) FILTER (WHERE status = 'Abnormal') AS abnormal_days,
	count(*) FILTER (WHERE status = 'Normal') AS normal_days`

// monthsView is for people who ask in SQL.
const monthsView = `CREATE VIEW months WITH (security_invoker = true) AS
	SELECT org, member, date_trunc('month', date)::date AS month, ` + MonthSums + ` FROM days GROUP BY 1, 2, 3;`
