package domain

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// TextLimit is how many characters a name or another short text may have.
const TextLimit = 200

// FreeTextLimit is how many characters a reason, a note or a comment may have.
const FreeTextLimit = 2000

// Problems collects the wrong parts of a request, so that one answer names them all.
type Problems struct{ list []FieldProblem }

// Add names a wrong part and its mend.
func (p *Problems) Add(pointer, text string) {
	p.list = append(p.list, FieldProblem{Pointer: pointer, Text: text})
}

// Text is a short text as it is stored: NFC and trimmed; required says that it must not be empty.
func (p *Problems) Text(pointer, text string, required bool) string {
	return p.limited(pointer, text, required, TextLimit)
}

// FreeText is a person's words as they are stored: NFC and trimmed, may be empty.
func (p *Problems) FreeText(pointer, text string) string {
	return p.limited(pointer, text, false, FreeTextLimit)
}

func (p *Problems) limited(pointer, text string, required bool, limit int) string {
	if !utf8.ValidString(text) {
		p.Add(pointer, "is not valid UTF-8; send it as UTF-8")
		return ""
	}
	t := norm.NFC.String(strings.TrimSpace(text))
	switch {
	case required && t == "":
		p.Add(pointer, "is empty; write it")
	case utf8.RuneCountInString(t) > limit:
		p.Add(pointer, "is too long; shorten it to "+strconv.Itoa(limit)+" characters")
	}
	return t
}

// Date is a date that must be real; an empty one is a problem only if it is required.
func (p *Problems) Date(pointer string, d Date, required bool) Date {
	if d == "" && !required {
		return ""
	}
	if _, err := ParseDate(string(d)); err != nil {
		p.Add(pointer, "must be a date such as 2026-03-02")
	}
	return d
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

// Err is a Refusal with code request_invalid that names every problem, or nil.
func (p *Problems) Err() error {
	if len(p.list) == 0 {
		return nil
	}
	parts := make([]string, len(p.list))
	for i, f := range p.list {
		parts[i] = f.Pointer + " " + f.Text
	}
	return &Refusal{Code: "request_invalid", Text: strings.Join(parts, "; "), Fields: p.list}
}

// PrivateText wraps a clear text that is not empty.
func PrivateText(text string) *Sealed[string] {
	if text == "" {
		return nil
	}
	return Private(text)
}
