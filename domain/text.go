package domain

import (
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// TextLimit is how many characters a name or another short text may have.
const TextLimit = 200

// FreeTextLimit is how many characters a reason, a note or a comment may have.
const FreeTextLimit = 2000

// The codes of refusals that a whole kind of field has in common.
const (
	CodeInvalid = "request_invalid"
	// CodeText: a text holds what no text of the ledger may hold (events, first paragraph).
	CodeText = "text_invalid"
	// CodeDate: a date or an instant lies outside of its range.
	CodeDate = "date_out_of_range"
	// CodeNumber: a number lies outside of its bounds.
	CodeNumber = "number_out_of_range"
)

// Problems collects the wrong parts of a request, so that one answer names them all.
type Problems struct {
	// Today is the UTC day of the command; dates lie at most ten years after it. Without it only events' own range holds.
	Today Date
	list  []FieldProblem
	// code is what all problems so far have in common.
	code string
}

// problemsNamed bounds how many problems one answer names, so that a hostile request does not fill it.
const problemsNamed = 50

// Add names a wrong part and its mend.
func (p *Problems) Add(pointer, text string) { p.AddAs(CodeInvalid, pointer, text) }

// AddAs names a wrong part of a kind that has a code of its own.
func (p *Problems) AddAs(code, pointer, text string) {
	switch p.code {
	case "", code:
		p.code = code
	default:
		p.code = CodeInvalid
	}
	if len(p.list) < problemsNamed {
		p.list = append(p.list, FieldProblem{Pointer: pointer, Text: text})
	}
}

// Empty says that nothing is wrong so far.
func (p *Problems) Empty() bool { return len(p.list) == 0 }

// Text is a short text as it is stored: NFC and trimmed; required says that it must not be empty.
func (p *Problems) Text(pointer, text string, required bool) string {
	return p.limited(pointer, text, required, false, TextLimit)
}

// FreeText is a person's words as they are stored: NFC, CRLF as LF, and trimmed; may be empty.
func (p *Problems) FreeText(pointer, text string) string {
	return p.limited(pointer, text, false, true, FreeTextLimit)
}

func (p *Problems) limited(pointer, text string, required, lines bool, limit int) string {
	t := NormalText(text, lines)
	if fault := TextFault(t, lines); fault != "" {
		p.AddAs(CodeText, pointer, fault)
		return ""
	}
	t = strings.TrimSpace(t)
	switch {
	case required && t == "":
		p.Add(pointer, "is empty; write it")
	case utf8.RuneCountInString(t) > limit:
		p.Add(pointer, "is too long; shorten it to "+strconv.Itoa(limit)+" characters")
	}
	return t
}

// Date is a date that must be real and within FirstDate and ten years after Today; an empty one is a problem only if it is required.
func (p *Problems) Date(pointer string, d Date, required bool) Date {
	if d == "" && !required {
		return ""
	}
	if _, err := ParseDate(string(d)); err != nil {
		p.Add(pointer, "must be a date such as 2026-03-02")
	} else if last := p.Latest(); d < FirstDate || d > last {
		p.AddAs(CodeDate, pointer, RangeText(FirstDate, last))
	}
	return d
}

// Latest is the last date that Date and Instant let pass.
func (p *Problems) Latest() Date {
	if p.Today == "" {
		return LastDate
	}
	return Horizon(p.Today)
}

// Instant is a moment that must lie within FirstDate and ten years after Today, in UTC.
func (p *Problems) Instant(pointer string, t time.Time) time.Time {
	p.within(pointer, t, p.Latest())
	return t
}

// PunchInstant is the time of a punch: one ahead of the clock is a doubt, so that only events' own range bounds it.
func (p *Problems) PunchInstant(pointer string, t time.Time) time.Time {
	p.within(pointer, t, LastDate)
	return t
}

func (p *Problems) within(pointer string, t time.Time, last Date) {
	if t.Before(FirstDate.Time()) || !t.Before(last.AddDays(1).Time()) {
		p.AddAs(CodeDate, pointer, RangeText(FirstDate, last))
	}
}

// Within is a number that must lie between two bounds, both inclusive.
func (p *Problems) Within(pointer string, n, low, high float64) {
	if !(n >= low && n <= high) {
		p.AddAs(CodeNumber, pointer, RangeText(low, high))
	}
}

// Number is a badge number as it is stored.
func (p *Problems) Number(pointer, text string) string {
	n, err := Number(text)
	var refusal *Refusal
	if errors.As(err, &refusal) {
		p.Add(pointer, refusal.Text)
	}
	return n
}

// Err is a Refusal that names every problem, or nil; its code is that of all of them if they have one in common, else request_invalid.
func (p *Problems) Err() error {
	if len(p.list) == 0 {
		return nil
	}
	parts := make([]string, len(p.list))
	for i, f := range p.list {
		parts[i] = f.Pointer + " " + f.Text
	}
	return &Refusal{Code: p.code, Text: strings.Join(parts, "; "), Fields: p.list}
}

// PrivateText wraps a clear text that is not empty.
func PrivateText(text string) *Sealed[string] {
	if text == "" {
		return nil
	}
	return Private(text)
}
