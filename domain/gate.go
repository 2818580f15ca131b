package domain

import (
	"reflect"
	"strconv"
	"time"
)

// CheckEvent is the last gate before the ledger: it refuses an event with a text, date or instant that no command may write, whatever
// its use case forgot to check. received is the event's received_at. A field with the tag `text:"lines"` may hold line feeds, and one with
// `text:"kept"` repeats what the ledger holds already, maybe from before this gate.
//
// It takes the day before FirstDate, which is the last day of what begins on FirstDate.
func CheckEvent(e Event, received Instant) error {
	if good(reflect.ValueOf(e)) {
		return nil
	}
	c := eventCheck{problems: Problems{Today: DateOf(received.Time(), time.UTC)}}
	c.value(reflect.ValueOf(e), "", false)
	return c.problems.Err()
}

type eventCheck struct{ problems Problems }

// good says that nothing of v can be wrong, without a look at names: most events are clean, and the gate stands before each of them.
func good(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String:
		return v.Type() != reflect.TypeFor[Date]() && plain(v.String()) || v.Len() == 0
	case reflect.Pointer:
		return v.IsNil() || good(v.Elem())
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[Instant]() {
			at := v.Interface().(Instant)
			return at.IsZero() || at.Time().Year() >= FirstDate.Time().Year() && at.Time().Year() <= LastDate.Time().Year()
		}
		for i := range v.NumField() {
			if !good(v.Field(i)) {
				return false
			}
		}
	}
	return true
}

func (c *eventCheck) value(v reflect.Value, pointer string, lines bool) {
	switch kind := v.Kind(); {
	case v.Type() == reflect.TypeFor[Date]():
		c.date(Date(v.String()), pointer)
	case v.Type() == reflect.TypeFor[Instant]():
		if at := v.Interface().(Instant); !at.IsZero() {
			c.problems.PunchInstant(pointer, at.Time())
		}
	case v.Type() == reflect.TypeFor[RawRule]():
		NormalJSON(&c.problems, pointer, v.Bytes(), RuleLines)
	case kind == reflect.String:
		if fault := TextFault(v.String(), lines); fault != "" {
			c.problems.AddAs(CodeText, pointer, fault)
		}
	case kind == reflect.Pointer && !v.IsNil():
		c.value(v.Elem(), pointer, lines)
	case kind == reflect.Struct:
		c.fields(v, pointer, lines)
	case kind == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8:
		for i := range v.Len() {
			c.value(v.Index(i), pointer+"/"+strconv.Itoa(i), lines)
		}
	case kind == reflect.Map:
		for each := v.MapRange(); each.Next(); {
			c.value(each.Key(), pointer, false)
			c.value(each.Value(), pointer, lines)
		}
	}
}

// fields walks a struct; the clear value of a personal field has the field's own name.
func (c *eventCheck) fields(v reflect.Value, pointer string, lines bool) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() || f.Tag.Get("text") == "kept" {
			continue
		}
		if name := nameOf(f); name != "" {
			c.value(v.Field(i), pointer+"/"+name, f.Tag.Get("text") == "lines")
			continue
		}
		c.value(v.Field(i), pointer, lines)
	}
}

// nameOf is a field's name in JSON, empty where it has none.
func nameOf(f reflect.StructField) string {
	tag := f.Tag.Get("json")
	for i := range len(tag) {
		if tag[i] == ',' {
			return tag[:i]
		}
	}
	return tag
}

func (c *eventCheck) date(d Date, pointer string) {
	last := c.problems.Latest()
	if d != "" && (d < FirstDate.AddDays(-1) || d > last) {
		c.problems.AddAs(CodeDate, pointer, RangeText(FirstDate, last))
	}
}
