package projections

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

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
	countAbsent
	countEarly
	countEarlyMinutes
	countOnLack
	countOffLack
	countMakeup
	countOvertimeWork
	countOvertimeRest
	countOvertimeHoliday
	monthCounts
)

// countsOf reads the report's counts off a day, by DingTalk's columns: Late, SeriousLate and Absenteeism are three separate columns.
func countsOf(d *attendance.Day) (c [monthCounts]int32) {
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

func countSlot(c *[monthCounts]int32, s *attendance.Slot) {
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

// monthSums adds up days into the columns of months, in their order.
const monthSums = `SELECT d.org, d.member, date_trunc('month', d.date)::date,
	sum(counts[1]), sum(counts[2]), sum(counts[3]), sum(worked_min), sum(present_min),
	sum(counts[4]), sum(counts[5]), sum(counts[6]), sum(counts[7]), sum(counts[8]), sum(counts[9]),
	sum(counts[10]), sum(counts[11]), sum(counts[12]), sum(counts[13]), sum(counts[14]),
	sum(trip_min), sum(leave_min), sum(overtime_min), sum(counts[15]), sum(counts[16]), sum(counts[17]),
	count(*) FILTER (WHERE status = 'Pending'), count(*) FILTER (WHERE status IN ('Leave', 'Trip')),
	count(*) FILTER (WHERE status = 'HalfDay'), count(*) FILTER (WHERE status = 'Abnormal'), count(*) FILTER (WHERE status = 'Normal')
	FROM days d `

// writeMonths computes the months of changed days again.
func writeMonths(ctx context.Context, tx pgx.Tx, changed map[member]map[attendance.Date]bool) error {
	var orgs, members [][16]byte
	var months []time.Time
	for m, firsts := range changed {
		for first := range firsts {
			orgs, members, months = append(orgs, m.org), append(members, m.id), append(months, pgDate(first))
		}
	}
	if len(orgs) == 0 {
		return nil
	}
	var b pgx.Batch
	const keys = `unnest($1::uuid[], $2::uuid[], $3::date[]) AS q(org, member, month)`
	b.Queue(`DELETE FROM months m USING `+keys+` WHERE m.org = q.org AND m.member = q.member AND m.month = q.month`, orgs, members, months)
	b.Queue(`INSERT INTO months `+monthSums+`JOIN `+keys+` ON d.org = q.org AND d.member = q.member AND d.date >= q.month AND d.date < (q.month + interval '1 month')::date
		GROUP BY 1, 2, 3`, orgs, members, months)
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("add up %d months: %w", len(orgs), err)
	}
	return nil
}

func firstOfMonth(d attendance.Date) attendance.Date { return d.AddDays(1 - d.Day()) }
