package tables

import (
	"slices"

	"github.com/dakahq/daka/domain/attendance"
)

// The bits of days.marks are the columns of a Tally, in their order, so that a dashboard is read from an index.
const (
	MarkExpected = 1 << iota
	markPunched
	markOnTime
	MarkLate
	markEarly
	MarkNotSigned
	markOutside
	MarkAbsent
	MarkLeave
	MarkTrip
	markPending
	MarkNotStarted
	markRestPunched
	MarkUnscheduled
)

// MarksOf tells what a day counts as; punched says that it shows a punch.
func MarksOf(d *attendance.Day, punched bool) (marks int) {
	set := func(mark int, holds bool) {
		if holds {
			marks |= mark
		}
	}
	expected := d.DayType == attendance.Workday && d.Status != attendance.Rest && d.Status != attendance.Unscheduled
	lacks := slices.Contains(d.Anomalies, attendance.AnomalyNotSigned)
	pending := d.Status == attendance.Pending
	set(MarkExpected, expected)
	set(markPunched, expected && punched)
	set(markOnTime, expected && punched && d.LateMin == 0 && d.EarlyMin == 0 && (d.Status == attendance.Normal || pending) && !lacks)
	set(MarkLate, d.LateMin > 0)
	set(markEarly, d.EarlyMin > 0)
	set(MarkNotSigned, lacks)
	set(markOutside, slices.Contains(d.Anomalies, attendance.AnomalyOutside))
	set(MarkAbsent, d.Status == attendance.Absent)
	set(MarkLeave, d.Status == attendance.OnLeave)
	set(MarkTrip, d.Status == attendance.OnTrip)
	set(markPending, pending)
	set(MarkNotStarted, pending && !punched)
	set(markRestPunched, !expected && punched)
	set(MarkUnscheduled, d.Status == attendance.Unscheduled)
	return marks
}
