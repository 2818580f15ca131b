package punchfile

import (
	"bytes"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// badgeLimit bounds a number, in characters; accountLimit an account name that stands in for one.
	badgeLimit   = 24
	accountLimit = 64
)

// badge checks and normalizes a number: NFC, trimmed, without what protects it from a spreadsheet ('0042 or ="0042"), leading zeros kept.
func badge(raw []byte, limit int) (string, *problem) {
	raw = bytes.TrimSpace(raw)
	if !utf8.Valid(raw) {
		return "", refusal("encoding", "the number is neither UTF-8 nor GB18030: bytes % x", clip(raw))
	}
	text := unprotected(strings.TrimSpace(norm.NFC.String(string(raw))))
	switch {
	case text == "":
		return "", refusal("number", "the number is empty")
	case utf8.RuneCountInString(text) > limit || len(text) > accountLimit:
		return "", refusal("number", "the number has %d characters; the limit is %d", utf8.RuneCountInString(text), limit)
	case strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) || c == utf8.RuneError }):
		return "", refusal("number", "the number %q holds a character that cannot be printed", text)
	case roundedOff(text):
		return "", refusal("number", "a spreadsheet rounded the number to %s; show the column as text or as a whole number", text)
	}
	return text, nil
}

// unprotected takes away what people and programs write so that a spreadsheet leaves a number alone.
func unprotected(text string) string {
	text = strings.TrimSpace(strings.TrimPrefix(text, "'"))
	if rest, is := strings.CutPrefix(text, "="); is && strings.HasPrefix(rest, `"`) && strings.HasSuffix(rest, `"`) {
		text = strings.TrimSpace(strings.Trim(rest, `"`))
	}
	return text
}

// Plain is a number as the person means it who reads it: full-width characters as ASCII, 42.0 and 4.2E+01 as 42. Mangled says that a
// spreadsheet took it for an amount, so that zeros in front are lost.
func Plain(number string) (plain string, mangled bool) {
	plain = unprotected(strings.TrimSpace(norm.NFKC.String(number)))
	if whole, fraction, has := strings.Cut(plain, "."); has && whole != "" && fraction != "" && strings.Trim(fraction, "0") == "" && allDigits(whole) {
		return whole, true
	}
	if mantissa, exponent, is := scientific(plain); is {
		whole, fraction, _ := strings.Cut(mantissa, ".")
		if len(fraction) >= exponent && strings.Trim(fraction[exponent:], "0") == "" {
			return whole + fraction[:exponent], true
		}
	}
	return plain, false
}

// LookAlike is the same for two numbers that differ by width, case, zeros in front, or by what a spreadsheet made of them.
func LookAlike(number string) string {
	plain, _ := Plain(number)
	plain = strings.ToLower(plain)
	if short := strings.TrimLeft(plain, "0"); short != "" {
		return short
	}
	return "0"
}

// scientific takes 4.2E+01 apart, as a spreadsheet writes it: one digit before the point, a sign in the exponent.
func scientific(text string) (mantissa string, exponent int, is bool) {
	mantissa, power, has := strings.Cut(strings.ToUpper(text), "E+")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	exponent, err := strconv.Atoi(power)
	return mantissa, exponent, has && err == nil && exponent < badgeLimit && len(whole) == 1 && allDigits(whole) && (fraction == "" || allDigits(fraction))
}

// roundedOff says that digits of a number are lost for good.
func roundedOff(text string) bool {
	text = norm.NFKC.String(text)
	_, _, is := scientific(text)
	_, whole := Plain(text)
	return is && !whole
}

func allDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}
