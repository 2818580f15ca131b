package domain

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// FirstDay says on which day of the calendar attendance months begin, from 1 to 28, from one month on (rules 5.1). With 26, the month 2026-05 runs
// from 26 April to 25 May.
type FirstDay struct {
	Day int `json:"start_day"`
	// From is the first month, yyyy-mm, that begins so.
	From string `json:"from"`
}

// AttendanceMonths are an organization's first days in the order of their months; with none, months are those of the calendar.
type AttendanceMonths []FirstDay

// With adds a first day; of two from one month on the later holds.
func (m AttendanceMonths) With(f FirstDay) AttendanceMonths {
	at, same := slices.BinarySearchFunc(m, f.From, func(a FirstDay, from string) int { return cmp.Compare(a.From, from) })
	m = slices.Clone(m)
	if same {
		m[at] = f
		return m
	}
	return slices.Insert(m, at, f)
}

// Span gives the first and the last date of a month, both inclusive. Every date is of one month: the month from which another first day holds begins
// where the one before it ends, so that it may be shorter or longer than others.
func (m AttendanceMonths) Span(month string) (from, to Date, err error) {
	first, err := time.Parse("2006-01", month)
	if err != nil {
		return "", "", Refuse("month_invalid", "%q is not a month; write it like 2026-03", month)
	}
	return m.end(first.AddDate(0, -1, 0)).AddDays(1), m.end(first), nil
}

// Of gives the month that a date belongs to, yyyy-mm.
func (m AttendanceMonths) Of(d Date) string {
	first := d.Time().AddDate(0, 0, 1-d.Time().Day())
	if d > m.end(first) {
		first = first.AddDate(0, 1, 0)
	}
	return first.Format("2006-01")
}

// StartDay is the day of the calendar on which months begin by a date.
func (m AttendanceMonths) StartDay(d Date) int {
	return m.startDay(m.Of(d))
}

func (m AttendanceMonths) startDay(month string) int {
	day := 1
	for _, f := range m {
		if f.From <= month {
			day = f.Day
		}
	}
	return day
}

// end is the last date of the month that begins on a calendar's first.
func (m AttendanceMonths) end(first time.Time) Date {
	day := m.startDay(first.Format("2006-01"))
	if day <= 1 {
		return DateOf(first.AddDate(0, 1, -1), time.UTC)
	}
	return DateOf(first.AddDate(0, 0, day-2), time.UTC)
}

// Next is the first month that has not begun on a date.
func (m AttendanceMonths) Next(today Date) string {
	first, _ := time.Parse("2006-01", m.Of(today))
	return first.AddDate(0, 1, 0).Format("2006-01")
}

// check refuses a first day that is none, or one from a month that has begun.
func (m AttendanceMonths) check(f FirstDay, today Date) error {
	next := m.Next(today)
	switch {
	case f.Day < 1 || f.Day > 28:
		return Refuse("period_start_day", "%d is no first day of attendance months; choose one from 1 to 28", f.Day)
	case f.From < next:
		return Refuse("period_begun", "the attendance month %s has begun; let another first day hold from %s on, or later", f.From, next)
	}
	if _, err := time.Parse("2006-01", f.From); err != nil {
		return fmt.Errorf("read the month %q: %w", f.From, err)
	}
	return nil
}
