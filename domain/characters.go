package domain

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/text/unicode/norm"
)

// TextFault says which character no command may write, and the mend; empty for a good text. Control characters and those that turn the
// direction of writing are refused; lines says that line feeds belong into the text. Every text of every command passes here.
func TextFault(text string, lines bool) string {
	if plain(text) {
		return ""
	}
	if !utf8.ValidString(text) {
		return "is not valid UTF-8; send it as UTF-8"
	}
	for _, r := range text {
		switch {
		case r == '\n' && lines:
		case r == '\n':
			return "holds a line break; write it on one line"
		case r < 0x20, r >= 0x7f && r <= 0x9f:
			return fmt.Sprintf("holds the control character U+%04X; leave it out", r)
		case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return fmt.Sprintf("holds U+%04X, which turns the direction of writing; leave it out", r)
		}
	}
	return ""
}

// plain says that a text is printable ASCII, as most are.
func plain[T string | []byte](text T) bool {
	for i := range len(text) {
		if text[i] < 0x20 || text[i] > 0x7e {
			return false
		}
	}
	return true
}

// NormalText is a text as it is stored: NFC, and CRLF as LF where lines belong into it.
func NormalText(text string, lines bool) string {
	if plain(text) {
		return text
	}
	if lines {
		text = strings.ReplaceAll(text, "\r\n", "\n")
	}
	return norm.NFC.String(text)
}

// QuotedFault is TextFault of a JSON text with its quotes. It reads the bytes as they came, because a decoder replaces half a surrogate
// pair and broken UTF-8 without a word.
func QuotedFault(quoted []byte, lines bool) string {
	if bytes.IndexByte(quoted, '\\') < 0 && plain(quoted) {
		return ""
	}
	if !utf8.Valid(quoted) {
		return "is not valid UTF-8; send it as UTF-8"
	}
	if loneSurrogate(quoted) {
		return "holds half of a surrogate pair; send the whole character"
	}
	text, err := jsontext.AppendUnquote(nil, quoted)
	if err != nil {
		return "cannot be read: " + err.Error()
	}
	return TextFault(NormalText(string(text), lines), lines)
}

// loneSurrogate finds an escape such as \ud800 without its other half.
func loneSurrogate(quoted []byte) bool {
	for i := 0; i+1 < len(quoted); i++ {
		if quoted[i] != '\\' {
			continue
		}
		high, escape := unit(quoted[i:])
		switch {
		case !escape:
			i++
		case !utf16.IsSurrogate(high):
			i += 5
		default:
			low, follows := unit(quoted[i+6:])
			if !follows || utf16.DecodeRune(high, low) == utf8.RuneError {
				return true
			}
			i += 11
		}
	}
	return false
}

// unit reads an escape of four hex digits at the start of b.
func unit(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return rune(n), err == nil
}

// NormalJSON is a document that is kept as it was sent, such as a rule, with every text in NFC; p is told which texts hold what no command
// may write. lines says by its JSON pointer where line feeds belong. What is no JSON comes back as it is: its reader says what is wrong.
func NormalJSON(p *Problems, at string, raw []byte, lines func(pointer string) bool) []byte {
	dec := jsontext.NewDecoder(bytes.NewReader(raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	var out []byte
	kept := int64(0)
	for {
		kind := dec.PeekKind()
		if kind != '"' {
			if _, err := dec.ReadToken(); err != nil {
				return append(out, raw[kept:]...)
			}
			continue
		}
		quoted, err := dec.ReadValue()
		if err != nil {
			return append(out, raw[kept:]...)
		}
		pointer := string(dec.StackPointer())
		long := lines(pointer)
		if fault := QuotedFault(quoted, long); fault != "" {
			p.AddAs(CodeText, at+pointer, fault)
			continue
		}
		if normal, changed := normalQuoted(quoted, long); changed {
			out = append(append(out, raw[kept:dec.InputOffset()-int64(len(quoted))]...), normal...)
			kept = dec.InputOffset()
		}
	}
}

func normalQuoted(quoted []byte, lines bool) ([]byte, bool) {
	if bytes.IndexByte(quoted, '\\') < 0 && plain(quoted) {
		return nil, false
	}
	text, err := jsontext.AppendUnquote(nil, quoted)
	if err != nil {
		return nil, false
	}
	normal := NormalText(string(text), lines)
	if normal == string(text) {
		return nil, false
	}
	again, err := jsontext.AppendQuote(nil, normal)
	return again, err == nil
}
