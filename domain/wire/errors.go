package wire

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// ErrErased is what an Open wraps when the key of a sealed value was destroyed.
var ErrErased = errors.New("the key of this value was destroyed")

// UnknownEvent says that the ledger holds a type this program does not know; a newer program wrote it.
type UnknownEvent struct{ Type string }

// Error names the type and the mend.
func (e *UnknownEvent) Error() string {
	return fmt.Sprintf("unknown event type %q: it was written by a newer version, or not by this program", e.Type)
}

// UnknownVersion says that the ledger holds a version of a type that this program does not know.
type UnknownVersion struct {
	Type    string
	Version int
}

// Error names type and version.
func (e *UnknownVersion) Error() string {
	return fmt.Sprintf("unknown version %d of event %s: it was written by a newer version of this program", e.Version, e.Type)
}

// MalformedEvent says which part of recorded or offered bytes is wrong.
type MalformedEvent struct {
	// Type is the event type, or "metadata".
	Type string
	// Pointer is the JSON pointer of the part, empty for the whole.
	Pointer string
	// Problem says what is wrong with it.
	Problem string
}

// Error gives type, pointer and problem.
func (e *MalformedEvent) Error() string {
	if e.Pointer == "" {
		return e.Type + ": " + e.Problem
	}
	return e.Type + " " + e.Pointer + ": " + e.Problem
}

// fieldError is a problem at a pointer, before the type is known.
type fieldError struct{ pointer, problem string }

func (e *fieldError) Error() string { return e.pointer + ": " + e.problem }

func malformed(eventType string, err error) error {
	m := &MalformedEvent{Type: eventType, Problem: err.Error()}
	var field *fieldError
	var syntax *jsontext.SyntacticError
	switch {
	case errors.As(err, &field):
		m.Pointer, m.Problem = field.pointer, field.problem
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntax):
		m.Pointer, m.Problem = string(syntax.JSONPointer), "appears twice"
	case errors.As(err, &syntax):
		m.Pointer, m.Problem = string(syntax.JSONPointer), fmt.Sprintf("byte %d: %v", syntax.ByteOffset, syntax.Err)
	}
	return m
}
