package node

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"
)

const (
	metaPrefix = "$$"
	maxSeconds = 922_337_203_685 // what a .NET TimeSpan holds: EventStoreDB refuses more
	byteOrder  = "\xef\xbb\xbf"
)

func isMeta(name string) bool { return strings.HasPrefix(name, metaPrefix) }

func metaOf(name string) string { return metaPrefix + name }

// retention is what a stream's metadata hides: revisions below before, all but the newest maxCount, older than maxAge.
type retention struct {
	before   int64
	maxCount int64
	maxAge   time.Duration
}

// parseRetention reads the system keys as EventStoreDB does: metadata counts only as JSON; keys are case-sensitive; one
// system key of the wrong form, also of those that hide nothing, makes all of it count for nothing; values below 1 do not count.
func parseRetention(data []byte, isJSON bool) retention {
	if !isJSON {
		return retention{}
	}
	r, err := systemKeys(data)
	if err != nil {
		return retention{}
	}
	return r
}

var errForm = errors.New("a system key has the wrong form")

func systemKeys(data []byte) (r retention, err error) {
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte(byteOrder))))
	d.UseNumber()
	err = object(d, func(key string) error {
		switch key {
		case "$maxCount":
			r.maxCount, err = positive(d)
		case "$tb":
			r.before, err = positive(d)
		case "$maxAge":
			r.maxAge, err = age(d)
		case "$cacheControl":
			_, err = age(d)
		case "$tmp":
			err = token[bool](d)
		case "$acl":
			err = accessList(d)
		default:
			err = skip(d)
		}
		return err
	})
	return r, err
}

// object walks the keys of one JSON object; what follows behind its end is left alone, as EventStoreDB does.
func object(d *json.Decoder, value func(key string) error) error {
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return errors.Join(err, errForm)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		name, ok := key.(string)
		if !ok {
			return errForm
		}
		if err := value(name); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

func skip(d *json.Decoder) error {
	var any json.RawMessage
	return d.Decode(&any)
}

func token[T any](d *json.Decoder) error {
	t, err := d.Token()
	if _, ok := t.(T); err == nil && !ok {
		return errForm
	}
	return err
}

// positive is a whole number of 64 bits, 0 for one below 1.
func positive(d *json.Decoder) (int64, error) {
	t, err := d.Token()
	if err != nil {
		return 0, err
	}
	text, ok := t.(json.Number)
	if !ok {
		return 0, errForm
	}
	n, err := strconv.ParseInt(text.String(), 10, 64)
	return max(n, 0), err
}

// age is a number of whole seconds; beyond a century nothing is that old.
func age(d *json.Decoder) (time.Duration, error) {
	n, err := positive(d)
	if err != nil || n > maxSeconds {
		return 0, errors.Join(err, errForm)
	}
	return time.Duration(min(n, 100*365*24*3600)) * time.Second, nil
}

// accessList checks an access list: each of its keys has one role, or an array of roles. Lists are kept and not enforced.
func accessList(d *json.Decoder) error {
	return object(d, func(key string) error {
		switch key {
		case "$r", "$w", "$d", "$mr", "$mw":
			return roles(d)
		}
		return errForm
	})
}

func roles(d *json.Decoder) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	if _, one := t.(string); one {
		return nil
	}
	if t != json.Delim('[') {
		return errForm
	}
	for d.More() {
		if err := token[string](d); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

// first is the lowest revision that retention leaves visible of a stream with this head.
func (r retention) first(head int64) int64 {
	first := max(r.before, 0)
	if r.maxCount > 0 {
		first = max(first, head-r.maxCount+1)
	}
	return first
}

// withBefore is the metadata with $tb set and every other key kept in its place; ok is false when it is not one JSON object.
func withBefore(data []byte, before int64) (out []byte, ok bool) {
	if !json.Valid(data) {
		return nil, false
	}
	var keys []string
	values := map[string]json.RawMessage{}
	d := json.NewDecoder(bytes.NewReader(data))
	err := object(d, func(key string) error {
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		if _, twice := values[key]; !twice {
			keys = append(keys, key)
		}
		values[key] = value
		return nil
	})
	if err != nil {
		return nil, false
	}
	if _, there := values["$tb"]; !there {
		keys = append(keys, "$tb")
	}
	values["$tb"] = strconv.AppendInt(nil, before, 10)
	return joined(keys, values)
}

func joined(keys []string, values map[string]json.RawMessage) (out []byte, ok bool) {
	for i, key := range keys {
		name, err := json.Marshal(key)
		if err != nil {
			return nil, false
		}
		sep := byte(',')
		if i == 0 {
			sep = '{'
		}
		out = append(append(append(append(out, sep), name...), ':'), values[key]...)
	}
	return append(out, '}'), true
}
