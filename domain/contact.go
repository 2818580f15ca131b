package domain

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Phone is a phone number as it is stored, E.164: `+` and 8 to 15 digits. Spaces, dots, dashes and brackets are taken off, full-width
// digits and 00 are read; a bare Chinese mobile number (11 digits, 13 to 19 at the front) gets +86.
func Phone(text string) (string, error) {
	digits := strings.Map(phoneLetter, norm.NFKC.String(strings.TrimSpace(text)))
	if rest, found := strings.CutPrefix(digits, "00"); found {
		digits = "+" + rest
	}
	if len(digits) == 11 && digits[0] == '1' && digits[1] >= '3' && digits[1] <= '9' {
		digits = "+86" + digits
	}
	number, international := strings.CutPrefix(digits, "+")
	if !international || len(number) < 8 || len(number) > 15 || number[0] == '0' || strings.Trim(number, "0123456789") != "" {
		return "", Refuse("phone_invalid", "the phone number cannot be read; write it with its country code, such as +86 138 0013 8000")
	}
	if mobile, chinese := strings.CutPrefix(number, "86"); chinese && (len(mobile) != 11 || mobile[0] != '1') {
		return "", Refuse("phone_invalid", "a mobile number of mainland China has 11 digits and begins with 1")
	}
	return digits, nil
}

// phoneLetter drops what people write between digits.
func phoneLetter(r rune) rune {
	if strings.ContainsRune(" \u00a0\t-\u2010\u2011\u2012\u2013.()/", r) {
		return -1
	}
	return r
}

// EmailLimit is how many bytes an e-mail address may have (RFC 5321).
const EmailLimit = 254

// Email is an e-mail address as it is stored: NFC, trimmed, lower case. It checks the form only; a code shows whether it is read.
func Email(text string) (string, error) {
	address := strings.ToLower(norm.NFC.String(strings.TrimSpace(text)))
	local, host, _ := strings.Cut(address, "@")
	bad := local == "" || len(address) > EmailLimit || !utf8.ValidString(address) ||
		strings.ContainsAny(local+host, "@ \t\r\n\"<>(),:;\\[]") ||
		!strings.Contains(host, ".") || strings.HasPrefix(host, ".") || strings.HasSuffix(host, ".") || strings.Contains(address, "..")
	if bad {
		return "", Refuse("email_invalid", "the e-mail address cannot be read; write it such as name@example.org")
	}
	return address, nil
}
