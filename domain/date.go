package domain

import (
	"fmt"
	"time"
)

// Date is a civil date, yyyy-mm-dd; the empty text is no date.
type Date string

// The local dates that a command may write (events, first paragraph); events that are older than this bound may hold others.
const (
	FirstDate Date = "1970-01-01"
	LastDate  Date = "2199-12-31"
)

// horizonYears is how far ahead of its command a date may lie.
const horizonYears = 10

// Horizon is the last date that a command of the day today may write, never after LastDate.
func Horizon(today Date) Date {
	return min(Date(today.Time().AddDate(horizonYears, 0, 0).Format(time.DateOnly)), LastDate)
}

// Writable says that a real date lies within FirstDate and LastDate.
func (d Date) Writable() bool { return d >= FirstDate && d <= LastDate }

// RangeText says between which bounds a part of a request must lie.
func RangeText[T Date | float64](low, high T) string {
	return fmt.Sprintf("is out of range; write one from %v to %v", low, high)
}

// ParseDate checks that s is a real date of the form 2026-03-02, year 0001 to 9999.
func ParseDate(s string) (Date, error) {
	if t, err := time.Parse(time.DateOnly, s); err != nil || t.Year() < 1 {
		return "", fmt.Errorf("%q is not a date such as 2026-03-02", s)
	}
	return Date(s), nil
}

// DateOf is the civil date of t in loc.
func DateOf(t time.Time, loc *time.Location) Date { return Date(t.In(loc).Format(time.DateOnly)) }

// Time is midnight UTC of the date, for arithmetic on dates only.
func (d Date) Time() time.Time {
	t, _ := time.Parse(time.DateOnly, string(d))
	return t
}

// AddDays moves by n days.
func (d Date) AddDays(n int) Date { return Date(d.Time().AddDate(0, 0, n).Format(time.DateOnly)) }

// YearMonth is the year and month of the date.
func (d Date) YearMonth() (int, time.Month) { return d.Time().Year(), d.Time().Month() }
