// Package facts tells what a recorded event means for the days of a member. It is one pure fold, used wherever days come from: the live
// read models, a rebuild, what was known at an instant, the history of a day, and what commands know.
package facts

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// Recorded is an event of the ledger with the parts of its stream's name.
type Recorded struct {
	*domain.Recorded
	Name domain.StreamName
}

// Of takes a recorded event's stream name apart; the parts of a name that is none of the ledger's are empty.
func Of(r *domain.Recorded) Recorded {
	name, _ := domain.ParseStream(r.Stream)
	return Recorded{Recorded: r, Name: name}
}

// MemberOf reads the member out of a stream named `<category>-<org>.<member>[.<month>]`.
func MemberOf(name domain.StreamName) (domain.ID, error) {
	if len(name.Rest) < 36 {
		return domain.ID{}, fmt.Errorf("stream of category %s names no member", name.Category)
	}
	return uuid.Parse(name.Rest[:36])
}

// sheet is the month in the name of a timesheet, yyyymm.
func (r Recorded) sheet() string {
	for i := len(r.Name.Rest) - 1; i >= 0; i-- {
		if r.Name.Rest[i] == '.' {
			return r.Name.Rest[i+1:]
		}
	}
	return r.Name.Rest
}

// group is the group that a stream of category group names.
func (r Recorded) group() (domain.ID, error) {
	id, err := uuid.Parse(r.Name.Rest)
	if err != nil {
		return id, fmt.Errorf("group stream %q: %w", r.Stream, err)
	}
	return id, nil
}

// Span is a run of dates, both inclusive.
type Span struct{ From, To attendance.Date }

// Has says that a date lies in the span.
func (s Span) Has(d attendance.Date) bool { return s.From <= d && d <= s.To }

func parseDate(d domain.Date) (attendance.Date, error) { return attendance.ParseDate(string(d)) }

// dateOf is a date that Check has seen.
func dateOf(d domain.Date) attendance.Date {
	parsed, _ := parseDate(d)
	return parsed
}
