package domain

import (
	"fmt"
	"time"
)

// Date is a civil date, yyyy-mm-dd; the empty text is no date.
type Date string

// ParseDate checks that s is a real date of the form 2026-03-02, year 0001 to 9999.
func ParseDate(s string) (Date, error) {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
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
