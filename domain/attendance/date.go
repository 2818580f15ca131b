package attendance

import (
	"fmt"
	"time"
)

// Date is a civil date without a zone: days since 0000-12-31, so that 0 means "no date".
type Date int32

// unixEpoch is the Date of 1970-01-01.
const unixEpoch Date = 719163

// NewDate gives the Date of a proleptic Gregorian year (1 to 9999), month and day; fields beyond their range carry over as in time.Date.
func NewDate(year int, month time.Month, day int) Date {
	secs := time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()
	return unixEpoch + Date(floorDiv(secs, 86400))
}

// ParseDate reads yyyy-mm-dd; the error names the text and the form.
func ParseDate(text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.Year() < 1 {
		return 0, fmt.Errorf("%q is not a date; write it like 2026-03-02", text)
	}
	return unixEpoch + Date(floorDiv(t.Unix(), 86400)), nil
}

// DateOf gives the local date of an instant in its own location.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return NewDate(year, month, day)
}

// IsZero says that there is no date.
func (d Date) IsZero() bool { return d == 0 }

// AddDays gives the date n days later (n may be negative).
func (d Date) AddDays(n int) Date { return d + Date(n) }

// Weekday gives the day of the week.
func (d Date) Weekday() time.Weekday { return time.Weekday(mod7(int(d))) }

// Year gives the calendar year.
func (d Date) Year() int { return d.utc().Year() }

// Month gives the calendar month.
func (d Date) Month() time.Month { return d.utc().Month() }

// Day gives the day of the month.
func (d Date) Day() int { return d.utc().Day() }

// In gives the first instant of the date in loc; a midnight that daylight saving skips is the first instant after the gap (rules §4).
func (d Date) In(loc *time.Location) time.Time {
	var clock zoneClock
	return time.Unix(clock.instant(loc, d, 0), 0).In(loc)
}

// String gives yyyy-mm-dd, or the empty text for no date.
func (d Date) String() string {
	if d == 0 {
		return ""
	}
	return d.utc().Format(time.DateOnly)
}

// MarshalText writes yyyy-mm-dd; no date is the empty text.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads yyyy-mm-dd; the empty text is no date.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = 0
		return nil
	}
	parsed, err := ParseDate(string(text))
	*d = parsed
	return err
}

func (d Date) utc() time.Time { return time.Unix(int64(d-unixEpoch)*86400, 0).UTC() }

// mod7 maps Date 1 (0001-01-01, a Monday) to 1; dates before count backwards without going negative.
func mod7(n int) int { return ((n % 7) + 7) % 7 }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
