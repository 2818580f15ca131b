package feed

import (
	"bytes"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dakahq/daka/domain"
)

// Events are written for good, so rows must take whatever an event holds. Postgres has no NUL in a text and no date before year 1, and
// days are assessed within the years 1 to 9999; what lies beyond is replaced by the nearest that fits. The event itself stays as it is.

// replacement stands for what Postgres cannot hold of a text.
const replacement = "\uFFFD"

// The instants that rows take. They leave room for the days that a punch may touch, in any zone.
var (
	firstInstant = domain.At(time.Date(1, 1, 8, 0, 0, 0, 0, time.UTC))
	lastInstant  = domain.At(time.Date(9999, 12, 20, 0, 0, 0, 0, time.UTC))
)

var (
	dateType    = reflect.TypeFor[domain.Date]()
	instantType = reflect.TypeFor[domain.Instant]()
	rawType     = reflect.TypeFor[domain.RawRule]()
)

// storable gives an event whose every value a row can take.
func storable(e domain.Event) domain.Event {
	if e == nil {
		return nil
	}
	held := reflect.New(reflect.TypeOf(e)).Elem()
	held.Set(reflect.ValueOf(e))
	mend(held)
	mended, _ := held.Interface().(domain.Event)
	return mended
}

// storableMetadata is storable for what stands beside an event.
func storableMetadata(m *domain.Metadata) { mend(reflect.ValueOf(m).Elem()) }

// mend replaces what no row can take inside a value that was just decoded and belongs to nobody else.
func mend(v reflect.Value) {
	switch v.Type() {
	case dateType:
		v.SetString(string(storableDate(domain.Date(v.String()))))
		return
	case instantType:
		at, _ := v.Addr().Interface().(*domain.Instant)
		*at = storableInstant(*at)
		return
	case rawType:
		v.SetBytes(StorableJSON(v.Bytes()))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(StorableText(v.String()))
	case reflect.Int:
		v.SetInt(min(max(v.Int(), math.MinInt32), math.MaxInt32))
	case reflect.Pointer:
		if !v.IsNil() {
			mend(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				mend(f)
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 {
			for i := range v.Len() {
				mend(v.Index(i))
			}
		}
	case reflect.Map:
		mendMap(v)
	}
}

// mendMap makes the map again; of two keys that become one, the greater holds.
func mendMap(v reflect.Value) {
	if v.IsNil() {
		return
	}
	made := reflect.MakeMapWithSize(v.Type(), v.Len())
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	for _, key := range keys {
		k, value := reflect.New(key.Type()).Elem(), reflect.New(v.Type().Elem()).Elem()
		k.Set(key)
		value.Set(v.MapIndex(key))
		mend(k)
		mend(value)
		made.SetMapIndex(k, value)
	}
	v.Set(made)
}

// StorableText is a text without NUL and in whole characters.
func StorableText(text string) string {
	if strings.IndexByte(text, 0) < 0 && utf8.ValidString(text) {
		return text
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, replacement), "\x00", replacement)
}

// StorableJSON is a document whose texts hold no NUL: an escaped one becomes the escaped replacement.
func StorableJSON(document []byte) []byte {
	document = bytes.ToValidUTF8(document, []byte(replacement))
	nul := []byte(`\u0000`)
	for from := 0; ; {
		at := bytes.Index(document[from:], nul)
		if at < 0 {
			return document
		}
		at += from
		before := at
		for before > 0 && document[before-1] == '\\' {
			before--
		}
		if (at-before)%2 == 0 { // no backslash before it escapes its own
			copy(document[at:], `\ufffd`)
		}
		from = at + len(nul)
	}
}

// storableDate moves a date before the first to it; what is no date stays and cannot be applied.
func storableDate(d domain.Date) domain.Date {
	if strings.HasPrefix(string(d), "0000-") {
		return "0001-01-01"
	}
	return d
}

// storableInstant moves an instant to the nearest whose days can be assessed.
func storableInstant(at domain.Instant) domain.Instant {
	switch {
	case at.IsZero():
		return at
	case at.Time().Before(firstInstant.Time()):
		return firstInstant
	case at.Time().After(lastInstant.Time()):
		return lastInstant
	}
	return at
}
