package domain

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// SealPrefix starts every sealed value (events §3).
const SealPrefix = "s1."

// Sealed is a personal value: clear when a command makes it, sealed text once it is recorded (events §3).
type Sealed[T any] struct {
	// Value is the clear value, nil while sealed.
	Value *T
	// Text is the recorded text, "s1." and base64url, empty while clear.
	Text string
}

// Private wraps a clear value that will be sealed before it is written.
func Private[T any](v T) *Sealed[T] { return &Sealed[T]{Value: &v} }

// MarshalJSON writes the sealed text if there is one, else the clear value.
func (s Sealed[T]) MarshalJSON() ([]byte, error) {
	if s.Text != "" {
		return json.Marshal(s.Text)
	}
	return json.Marshal(s.Value)
}

// UnmarshalJSON keeps a sealed text and decodes anything else as the clear value.
func (s *Sealed[T]) UnmarshalJSON(b []byte) error {
	if bytes.HasPrefix(b, []byte(`"`+SealPrefix)) {
		return json.Unmarshal(b, &s.Text)
	}
	s.Value = new(T)
	return json.Unmarshal(b, s.Value)
}

// IsSealed says that the value is only there as sealed text.
func (s *Sealed[T]) IsSealed() bool { return s != nil && strings.HasPrefix(s.Text, SealPrefix) }

// Plain is the clear value as JSON, the plaintext that is sealed; an error when there is only sealed text.
func (s *Sealed[T]) Plain() ([]byte, error) {
	if s.Value == nil {
		return nil, errors.New("the value is sealed already")
	}
	return json.Marshal(*s.Value)
}

// WithText is the field as it is recorded: the sealed text alone.
func (s *Sealed[T]) WithText(text string) Sealable { return &Sealed[T]{Text: text} }

// WithPlain is the field with the clear value that the plaintext holds.
func (s *Sealed[T]) WithPlain(plain []byte) (Sealable, error) {
	v := new(T)
	if err := json.Unmarshal(plain, v); err != nil {
		return nil, fmt.Errorf("opened value: %w", err)
	}
	return &Sealed[T]{Value: v}, nil
}

// SealedText is the recorded text, empty while clear.
func (s *Sealed[T]) SealedText() string { return s.Text }

func (s *Sealed[T]) sealable() {}

// Sealable is a field that must be sealed before it is written; only *Sealed implements it.
type Sealable interface {
	Plain() ([]byte, error)
	WithText(text string) Sealable
	WithPlain(plain []byte) (Sealable, error)
	SealedText() string
	sealable()
}
