package route

import (
	"github.com/google/uuid"

	"github.com/dakahq/daka/domain"
)

// OptionalID reads an id that may be left out; pointer names it in the refusal.
func OptionalID(text, pointer string) (*domain.ID, error) {
	if text == "" {
		return nil, nil
	}
	id, err := uuid.Parse(text)
	if err != nil {
		return nil, &domain.Refusal{Code: "invalid_request", Text: pointer + " is no id", Fields: []domain.FieldProblem{{Pointer: pointer, Text: "must be an id"}}}
	}
	return &id, nil
}

// CheckDate refuses a text that is no date, and names the parameter.
func CheckDate(pointer, text string) error {
	if _, err := domain.ParseDate(text); err != nil {
		return &domain.Refusal{Code: "invalid_request", Text: pointer + ": " + err.Error(), Fields: []domain.FieldProblem{{Pointer: pointer, Text: err.Error()}}}
	}
	var p domain.Problems
	p.Date(pointer, domain.Date(text), true)
	return p.Err()
}

// Between is in the input of queries over a range of local dates, both inclusive.
type Between struct {
	From string `query:"from" format:"local-date" required:"true" doc:"the first date, yyyy-mm-dd" example:"2026-03-01"`
	To   string `query:"to" format:"local-date" required:"true" doc:"the last date, inclusive" example:"2026-03-31"`
}

// maxSpan bounds a range, in days.
const maxSpan = 3700

// Dates are the range; one of more than 3700 days is refused.
func (b Between) Dates() (from, to domain.Date, err error) {
	if err := CheckDate("query.from", b.From); err != nil {
		return "", "", err
	}
	if err := CheckDate("query.to", b.To); err != nil {
		return "", "", err
	}
	from, to = domain.Date(b.From), domain.Date(b.To)
	days := int(to.Time().Sub(from.Time()).Hours() / 24)
	if days < 0 || days >= maxSpan {
		text := "must not be before from, and at most 3700 days after it"
		return "", "", &domain.Refusal{Code: "invalid_request", Text: "query.to: " + text, Fields: []domain.FieldProblem{{Pointer: "query.to", Text: text}}}
	}
	return from, to, nil
}
