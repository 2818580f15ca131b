package wire

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/dakahq/daka/domain"
)

// rawText reads a JSON string and gives the bytes between its quotes, unescaped; they are good until the next read.
func rawText(dec *jsontext.Decoder, what string) ([]byte, error) {
	if kind := dec.PeekKind(); kind != '"' && kind != 0 {
		return nil, mismatch(dec, what)
	}
	raw, err := dec.ReadValue()
	if err != nil {
		return nil, err
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1], nil
	}
	return jsontext.AppendUnquote(nil, raw)
}

func readText(enum string) decodeFunc {
	if enum == "" {
		return func(dec *jsontext.Decoder, v reflect.Value) error {
			text, err := rawText(dec, "a text")
			if err == nil {
				v.SetString(string(text))
			}
			return err
		}
	}
	allowed := strings.Split(enum, ",")
	return func(dec *jsontext.Decoder, v reflect.Value) error {
		text, err := rawText(dec, "a text")
		if err != nil {
			return err
		}
		at := slices.Index(allowed, string(text))
		if at < 0 {
			return &fieldError{string(dec.StackPointer()), "must be one of " + strings.Join(allowed, ", ")}
		}
		v.SetString(allowed[at])
		return nil
	}
}

func readID(dec *jsontext.Decoder, v reflect.Value) error {
	text, err := rawText(dec, "an id")
	if err != nil {
		return err
	}
	id := v.Addr().Interface().(*domain.ID)
	if !parseID(text, id) || *id == uuid.Nil {
		return &fieldError{string(dec.StackPointer()), "must be a UUID in canonical lower case, not the nil one"}
	}
	return nil
}

// parseID reads only the canonical form: 36 characters, lower case.
func parseID(text []byte, id *domain.ID) bool {
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return false
	}
	at := 0
	for i := range id {
		if at == 8 || at == 13 || at == 18 || at == 23 { // the signs between its parts; anywhere else one is no digit
			at++
		}
		high, low := hexDigit(text[at]), hexDigit(text[at+1])
		if high > 15 || low > 15 {
			return false
		}
		id[i] = high<<4 | low
		at += 2
	}
	return true
}

func hexDigit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return 255
}

func readDate(dec *jsontext.Decoder, v reflect.Value) error {
	text, err := rawText(dec, "a date")
	if err != nil {
		return err
	}
	// Which dates a command may name is not asked here: what was written once can always be read.
	if _, err := time.Parse(time.DateOnly, string(text)); err != nil {
		return &fieldError{string(dec.StackPointer()), "must be a date such as 2026-03-02"}
	}
	v.SetString(string(text))
	return nil
}

func readInstant(dec *jsontext.Decoder, v reflect.Value) error {
	text, err := rawText(dec, "an instant")
	if err != nil {
		return err
	}
	t, ok := parseInstant(text)
	if !ok {
		return &fieldError{string(dec.StackPointer()), "must be an instant such as 2026-03-02T01:06:00.000000Z"}
	}
	*v.Addr().Interface().(*domain.Instant) = domain.At(t)
	return nil
}

// parseInstant reads only the ledger's form, 2006-01-02T15:04:05.000000Z.
func parseInstant(b []byte) (time.Time, bool) {
	const layout = "0000-00-00T00:00:00.000000Z"
	if len(b) != len(layout) {
		return time.Time{}, false
	}
	for i := range b {
		digit := b[i] >= '0' && b[i] <= '9'
		if layout[i] == '0' && !digit || layout[i] != '0' && b[i] != layout[i] {
			return time.Time{}, false
		}
	}
	year, month, day := number(b[:4]), number(b[5:7]), number(b[8:10])
	hour, minute, second := number(b[11:13]), number(b[14:16]), number(b[17:19])
	if hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, number(b[20:26])*1000, time.UTC)
	return t, t.Day() == day && int(t.Month()) == month
}

func number(digits []byte) int {
	n := 0
	for _, d := range digits {
		n = n*10 + int(d-'0')
	}
	return n
}

func readBool(dec *jsontext.Decoder, v reflect.Value) error {
	kind := dec.PeekKind()
	if kind != 't' && kind != 'f' {
		return mismatch(dec, "true or false")
	}
	v.SetBool(kind == 't')
	return dec.SkipValue()
}

func readObject(dec *jsontext.Decoder, v reflect.Value) error {
	if kind := dec.PeekKind(); kind != '{' && kind != 0 {
		return mismatch(dec, "an object")
	}
	raw, err := dec.ReadValue()
	if err != nil {
		return err
	}
	v.SetBytes(bytes.Clone(raw))
	_, err = jsontext.NewDecoder(bytes.NewReader(raw)).ReadValue()
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) && errors.Is(err, jsontext.ErrDuplicateName) {
		return &fieldError{string(dec.StackPointer()) + string(syntax.JSONPointer), "appears twice"}
	}
	return err
}

// readSealed keeps the sealed text; a clear personal value in the ledger is an error.
func readSealed(dec *jsontext.Decoder, v reflect.Value) error {
	text, err := rawText(dec, "a sealed text")
	if err != nil {
		return err
	}
	if !isSealedText(text) {
		return &fieldError{string(dec.StackPointer()), `must be sealed: "s1." and base64url`}
	}
	none := v.Interface().(domain.Sealable)
	v.Set(reflect.ValueOf(none.WithText(string(text))))
	return nil
}

// sealedLeast is the length of "s1." and of nonce and tag without any ciphertext, 28 bytes in base64url.
const sealedLeast = 3 + 38

func isSealedText(text []byte) bool {
	body, ok := bytes.CutPrefix(text, []byte(domain.SealPrefix))
	if !ok || len(text) < sealedLeast {
		return false
	}
	for _, c := range body {
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}
