package domain

import (
	"fmt"
	"time"
)

// Refusal is a "no" written for the person who asked; nothing was written to the ledger.
type Refusal struct {
	// Code is stable and lower snake case, for programs: `attendance_disabled`.
	Code string
	// Text says in English what is wrong and how to mend it; the API translates by Code.
	Text string
	// Args are what Text was made with, for a text in another language.
	Args []any
	// Fields names the parts of the request that are wrong, as JSON pointers, when there are any.
	Fields []FieldProblem
	// RetryAfter is how long to wait before the same may be allowed; zero where waiting does not help.
	RetryAfter time.Duration
}

// FieldProblem is one wrong part of a request.
type FieldProblem struct {
	// Pointer is the JSON pointer or dotted path of the part.
	Pointer string `json:"pointer"`
	// Text says what is wrong with it and the mend.
	Text string `json:"text"`
}

// Error gives the code and the text.
func (r *Refusal) Error() string { return r.Code + ": " + r.Text }

// Refuse makes a Refusal; text takes fmt verbs.
func Refuse(code, text string, args ...any) error {
	return &Refusal{Code: code, Text: fmt.Sprintf(text, args...), Args: args}
}
