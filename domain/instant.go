package domain

import (
	"fmt"
	"time"
)

const instantLayout = "2006-01-02T15:04:05.000000Z"

// Instant is a moment in UTC, kept to the microsecond and written RFC 3339 with six fractional digits and Z.
type Instant struct{ t time.Time }

// At makes an Instant of t, truncated to the microsecond.
func At(t time.Time) Instant { return Instant{t.UTC().Truncate(time.Microsecond)} }

// ParseInstant reads the ledger's form, and any other RFC 3339 text.
func ParseInstant(s string) (Instant, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return Instant{}, fmt.Errorf("%q is not an RFC 3339 instant such as 2026-03-02T01:06:00Z", s)
	}
	return At(t), nil
}

// Time is the instant as a time.Time in UTC.
func (i Instant) Time() time.Time { return i.t }

// IsZero says that no instant was given.
func (i Instant) IsZero() bool { return i.t.IsZero() }

// String is the ledger's form.
func (i Instant) String() string { return i.t.UTC().Format(instantLayout) }

// MarshalText writes the ledger's form.
func (i Instant) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText reads RFC 3339.
func (i *Instant) UnmarshalText(b []byte) error {
	parsed, err := ParseInstant(string(b))
	*i = parsed
	return err
}
