package wire

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/dakahq/daka/domain"
)

// decodeFunc reads one JSON value into v, strictly.
type decodeFunc func(dec *jsontext.Decoder, v reflect.Value) error

// plan is how one struct is read: which names there are, which must be there, and how each is read.
//
// A field without omitempty or omitzero is required; a required text is not empty; null is only good
// for a required pointer that is not sealed.
type plan struct {
	fields   []field
	byName   map[string]int // keyed by the quoted name, as it stands in the bytes
	required uint64
	sealed   []sealedField
}

type field struct {
	name   string
	quoted string
	index  int
	decode decodeFunc
}

type sealedField struct {
	index   int
	pointer string
}

var sealableType = reflect.TypeFor[domain.Sealable]()

func planOf(t reflect.Type) *plan {
	p := &plan{byName: make(map[string]int, t.NumField())}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		required := !strings.Contains(options, "omit")
		if required {
			p.required |= 1 << i
		}
		if f.Type.Implements(sealableType) {
			p.sealed = append(p.sealed, sealedField{i, "/" + name})
		}
		p.byName[`"`+name+`"`] = len(p.fields)
		p.fields = append(p.fields, field{name, `"` + name + `"`, i, fieldDecoder(f, required)})
	}
	return p
}

func fieldDecoder(f reflect.StructField, required bool) decodeFunc {
	r := readerOf(f.Type, f.Tag)
	switch {
	case required && f.Type.Kind() == reflect.Pointer && !f.Type.Implements(sealableType):
		return nullable(r)
	case required && f.Type.Kind() == reflect.String && f.Tag.Get("enum") == "":
		return notEmpty(r)
	}
	return r
}

// decode reads an object: every name known, none twice, none of the required missing, no null.
func (p *plan) decode(dec *jsontext.Decoder, v reflect.Value) error {
	if err := open(dec, '{', "an object"); err != nil {
		return err
	}
	var seen uint64
	for expected := 0; dec.PeekKind() != '}'; expected++ {
		name, err := dec.ReadValue()
		if err != nil {
			return err
		}
		at, known := p.find(name, expected)
		if !known {
			return &fieldError{string(dec.StackPointer()), "unknown field"}
		}
		expected = at
		f := &p.fields[at]
		if seen&(1<<f.index) != 0 {
			return errTwice(dec)
		}
		seen |= 1 << f.index
		if err := f.decode(dec, v.Field(f.index)); err != nil {
			return err
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	if missing := p.required &^ seen; missing != 0 {
		return &fieldError{string(dec.StackPointer()), "missing " + p.names(missing)}
	}
	return nil
}

// find looks a quoted name up; the ledger writes fields in their order, so the next few are tried first.
func (p *plan) find(name []byte, expected int) (int, bool) {
	for at := expected; at < min(expected+3, len(p.fields)); at++ {
		if p.fields[at].quoted == string(name) {
			return at, true
		}
	}
	at, known := p.byName[string(name)]
	return at, known
}

func errTwice(dec *jsontext.Decoder) error {
	return &fieldError{string(dec.StackPointer()), "appears twice"}
}

func (p *plan) names(bits uint64) string {
	var names []string
	for _, f := range p.fields {
		if bits&(1<<f.index) != 0 {
			names = append(names, f.name)
		}
	}
	return strings.Join(names, ", ")
}

// open reads the start of an object or array.
func open(dec *jsontext.Decoder, kind jsontext.Kind, what string) error {
	switch dec.PeekKind() {
	case kind:
		_, err := dec.ReadToken()
		return err
	case 0:
		_, err := dec.ReadToken()
		return err
	}
	return mismatch(dec, what)
}

func mismatch(dec *jsontext.Decoder, what string) error {
	kind := dec.PeekKind()
	if err := dec.SkipValue(); err != nil {
		return err
	}
	if kind == 'n' {
		return &fieldError{string(dec.StackPointer()), "must not be null"}
	}
	return &fieldError{string(dec.StackPointer()), "must be " + what}
}

func nullable(next decodeFunc) decodeFunc {
	return func(dec *jsontext.Decoder, v reflect.Value) error {
		if dec.PeekKind() != 'n' {
			return next(dec, v)
		}
		v.SetZero()
		return dec.SkipValue()
	}
}

func notEmpty(next decodeFunc) decodeFunc {
	return func(dec *jsontext.Decoder, v reflect.Value) error {
		if err := next(dec, v); err != nil {
			return err
		}
		if v.Len() == 0 {
			return &fieldError{string(dec.StackPointer()), "must not be empty"}
		}
		return nil
	}
}

// readerOf chooses how a Go type is read. It is called while the registry is built, so an unknown type stops the program at once.
func readerOf(t reflect.Type, tag reflect.StructTag) decodeFunc {
	switch {
	case t == reflect.TypeFor[domain.ID]():
		return readID
	case t == reflect.TypeFor[domain.Instant]():
		return readInstant
	case t == reflect.TypeFor[domain.Date]():
		return readDate
	case t == reflect.TypeFor[domain.RawRule]():
		return readObject
	case t.Implements(sealableType):
		return readSealed
	}
	switch t.Kind() {
	case reflect.String:
		return readText(tag.Get("enum"))
	case reflect.Bool:
		return readBool
	case reflect.Int, reflect.Int64:
		return readInteger(tag.Get("min"))
	case reflect.Pointer:
		return readPointer(t.Elem(), readerOf(t.Elem(), tag))
	case reflect.Slice:
		return readSlice(t.Elem(), readerOf(t.Elem(), tag))
	case reflect.Map:
		return readMap(t)
	case reflect.Struct:
		return planOf(t).decode
	}
	panic(fmt.Sprintf("wire: no reader for %v", t))
}

func readPointer(elem reflect.Type, next decodeFunc) decodeFunc {
	return func(dec *jsontext.Decoder, v reflect.Value) error {
		v.Set(reflect.New(elem))
		return next(dec, v.Elem())
	}
}

func readSlice(elem reflect.Type, next decodeFunc) decodeFunc {
	return func(dec *jsontext.Decoder, v reflect.Value) error {
		if err := open(dec, '[', "an array"); err != nil {
			return err
		}
		out := reflect.MakeSlice(reflect.SliceOf(elem), 0, 2)
		for dec.PeekKind() != ']' {
			item := reflect.New(elem).Elem()
			if err := next(dec, item); err != nil {
				return err
			}
			out = reflect.Append(out, item)
		}
		v.Set(out.Convert(v.Type()))
		_, err := dec.ReadToken()
		return err
	}
}

// readMap reads an object whose names are dates; a pointer value may be null.
func readMap(t reflect.Type) decodeFunc {
	next := readerOf(t.Elem(), "")
	if t.Elem().Kind() == reflect.Pointer {
		next = nullable(next)
	}
	return func(dec *jsontext.Decoder, v reflect.Value) error {
		if err := open(dec, '{', "an object"); err != nil {
			return err
		}
		v.Set(reflect.MakeMap(t))
		for dec.PeekKind() != '}' {
			key := reflect.New(t.Key()).Elem()
			if err := readDate(dec, key); err != nil {
				return err
			}
			if v.MapIndex(key).IsValid() {
				return errTwice(dec)
			}
			item := reflect.New(t.Elem()).Elem()
			if err := next(dec, item); err != nil {
				return err
			}
			v.SetMapIndex(key, item)
		}
		_, err := dec.ReadToken()
		return err
	}
}

func readInteger(minText string) decodeFunc {
	least, _ := strconv.ParseInt(minText, 10, 64)
	return func(dec *jsontext.Decoder, v reflect.Value) error {
		if dec.PeekKind() != '0' {
			return mismatch(dec, "an integer")
		}
		raw, err := dec.ReadValue()
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(string(raw), 10, 64)
		if err != nil {
			return &fieldError{string(dec.StackPointer()), "must be an integer"}
		}
		if n < least {
			return &fieldError{string(dec.StackPointer()), fmt.Sprintf("must be at least %d", least)}
		}
		v.SetInt(n)
		return nil
	}
}
