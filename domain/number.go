package domain

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// NumberLimit is how many characters a badge number may have.
const NumberLimit = 64

// Number is a badge number as it is stored: NFC, trimmed, leading zeros kept, 1 to 64 characters, none of them a control character (events §1).
func Number(text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", Refuse("number_invalid", "the number is not valid UTF-8; send its text as UTF-8")
	}
	n := norm.NFC.String(strings.TrimSpace(text))
	switch {
	case n == "":
		return "", Refuse("number_invalid", "the number is empty; give 1 to %d characters", NumberLimit)
	case utf8.RuneCountInString(n) > NumberLimit:
		return "", Refuse("number_invalid", "the number has %d characters; give at most %d", utf8.RuneCountInString(n), NumberLimit)
	case strings.ContainsFunc(n, unicode.IsControl):
		return "", Refuse("number_invalid", "the number holds a control character; leave it out")
	}
	return n, nil
}
