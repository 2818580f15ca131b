package tables

import (
	"encoding/json"
	"time"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// MemberKey names one member of one organization.
type MemberKey struct{ Org, ID domain.ID }

// Dates is a run of dates, both inclusive.
type Dates struct{ From, To attendance.Date }

// Days counts the dates.
func (s Dates) Days() int { return int(s.To-s.From) + 1 }

// Forever marks "from a date on"; draining cuts it to what the clock has reached.
const Forever = "9999-12-31"

// Hull ends a statement that makes ranges dirty: a member has one, which covers all that was marked.
const Hull = ` ON CONFLICT (org, member) DO UPDATE
	SET from_date = least(dirty.from_date, excluded.from_date), to_date = greatest(dirty.to_date, excluded.to_date)`

// AsJSON writes plain structs, which cannot fail.
func AsJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(b)
}

// ParseDate reads a civil date of an event.
func ParseDate(d domain.Date) (attendance.Date, error) { return attendance.ParseDate(string(d)) }

// PgDate is the form that the driver takes.
func PgDate(d attendance.Date) time.Time {
	return time.Unix(int64(d-attendance.NewDate(1970, 1, 1))*86400, 0).UTC()
}

// DateAt is the date of an instant that stands for one, 0 for nil.
func DateAt(t *time.Time) attendance.Date {
	if t == nil {
		return 0
	}
	return attendance.DateOf(*t)
}

// The dates that rows take.
var (
	FirstDate = attendance.NewDate(1, 1, 1)
	LastDate  = attendance.NewDate(9999, 12, 31)
)
