package domain

import "time"

// SpanLimit is how long one request may be.
const SpanLimit = 366 * 24 * time.Hour

// Bounds are the first instant of a span and the first after it; a bare date means the whole local day (rules §4).
func (s Span) Bounds() (from, until Instant, err error) {
	zone, err := Zone(s.Zone)
	if err != nil {
		return from, until, &Refusal{Code: "span_invalid", Text: err.Error(), Fields: []FieldProblem{{"/span/zone", err.Error()}}}
	}
	if from, err = bound("/span/from", s.From, s.FromDate, 0, zone); err != nil {
		return from, until, err
	}
	if until, err = bound("/span/to", s.To, s.ToDate, 1, zone); err != nil {
		return from, until, err
	}
	switch length := until.Time().Sub(from.Time()); {
	case length <= 0:
		return from, until, badSpan("/span/to", "must be after from")
	case length > SpanLimit:
		return from, until, badSpan("/span/to", "must be at most 366 days after from")
	}
	return from, until, nil
}

func bound(pointer string, at *Instant, date Date, days int, zone *time.Location) (Instant, error) {
	if (at == nil) == (date == "") {
		return Instant{}, badSpan(pointer, "must be an instant, or a whole day by its date; give one of the two")
	}
	if at != nil {
		return *at, nil
	}
	if _, err := ParseDate(string(date)); err != nil {
		return Instant{}, badSpan(pointer, "must be a date such as 2026-03-02")
	}
	return StartOfDay(date.AddDays(days), zone), nil
}

func badSpan(pointer, text string) error {
	return &Refusal{Code: "span_invalid", Text: pointer + " " + text, Fields: []FieldProblem{{pointer, text}}}
}
