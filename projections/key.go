package projections

import (
	"encoding/json"
	"time"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// member names one member of one organization.
type member struct{ org, id domain.ID }

// span is a run of dates, both inclusive.
type span struct{ from, to attendance.Date }

func (s span) days() int { return int(s.to-s.from) + 1 }

// forever marks "from a date on"; draining cuts it to what the clock has reached.
const forever = "9999-12-31"

// hull ends a statement that makes ranges dirty: a member has one, which covers all that was marked.
const hull = ` ON CONFLICT (org, member) DO UPDATE
	SET from_date = least(dirty.from_date, excluded.from_date), to_date = greatest(dirty.to_date, excluded.to_date)`

// asJSON writes plain structs, which cannot fail.
func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(b)
}

func dateOf(d domain.Date) (attendance.Date, error) { return attendance.ParseDate(string(d)) }

// pgDate is the form that the driver takes.
func pgDate(d attendance.Date) time.Time {
	return time.Unix(int64(d-attendance.NewDate(1970, 1, 1))*86400, 0).UTC()
}

func dateAt(t *time.Time) attendance.Date {
	if t == nil {
		return 0
	}
	return attendance.DateOf(*t)
}

// The dates that rows take.
var (
	firstOfAll = attendance.NewDate(1, 1, 1)
	lastOfAll  = attendance.NewDate(9999, 12, 31)
)
