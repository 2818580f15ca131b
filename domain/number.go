package domain

import (
	"strings"
	"unicode/utf8"
)

// NumberLimit is how many characters a badge number may have.
const NumberLimit = 64

// Number is a badge number as it is stored: NFC, trimmed, leading zeros kept, 1 to 64 characters, none of them what TextFault names (events §1).
func Number(text string) (string, error) {
	n := NormalText(strings.TrimSpace(text), false)
	if fault := TextFault(n, false); fault != "" {
		return "", Refuse("number_invalid", "the number %s", fault)
	}
	switch {
	case n == "":
		return "", Refuse("number_invalid", "the number is empty; give 1 to %d characters", NumberLimit)
	case utf8.RuneCountInString(n) > NumberLimit:
		return "", Refuse("number_invalid", "the number has %d characters; give at most %d", utf8.RuneCountInString(n), NumberLimit)
	}
	return n, nil
}
