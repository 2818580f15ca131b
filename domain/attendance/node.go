package attendance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// node is one JSON value with its members in the order of the document, which encoding/json forgets.
type node struct {
	kind    nodeKind
	text    string // of a string or a number
	truth   bool
	items   []node
	members []member
}

type member struct {
	name  string
	value node
}

type nodeKind uint8

const (
	nullNode nodeKind = iota
	boolNode
	numberNode
	stringNode
	arrayNode
	objectNode
)

var kindNames = [...]string{"null", "true or false", "a number", "a text", "a list", "an object"}

// maxDepth is far beyond any document of rules §1 or §6.
const maxDepth = 32

var errTooDeep = errors.New("nested too deeply")

// parseNode reads exactly one JSON value.
func parseNode(raw []byte) (node, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	root, err := readNode(decoder, 0)
	if err != nil {
		return node{}, notJSON(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return node{}, notJSON(errors.New("more text after the end of the document"))
	}
	return root, nil
}

func notJSON(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the text ends too early")
	}
	return &Invalid{Problems: []Problem{{Message: fmt.Sprintf("not a JSON document: %v", err)}}}
}

func readNode(decoder *json.Decoder, depth int) (node, error) {
	if depth > maxDepth {
		return node{}, errTooDeep
	}
	token, err := decoder.Token()
	if err != nil {
		return node{}, err
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '[' {
			return readArray(decoder, depth)
		}
		return readObject(decoder, depth)
	case string:
		return node{kind: stringNode, text: token}, nil
	case json.Number:
		return node{kind: numberNode, text: token.String()}, nil
	case bool:
		return node{kind: boolNode, truth: token}, nil
	}
	return node{}, nil
}

func readArray(decoder *json.Decoder, depth int) (node, error) {
	list := node{kind: arrayNode}
	for decoder.More() {
		item, err := readNode(decoder, depth+1)
		if err != nil {
			return node{}, err
		}
		list.items = append(list.items, item)
	}
	_, err := decoder.Token()
	return list, err
}

func readObject(decoder *json.Decoder, depth int) (node, error) {
	object := node{kind: objectNode}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return node{}, err
		}
		name, _ := token.(string)
		value, err := readNode(decoder, depth+1)
		if err != nil {
			return node{}, err
		}
		object.members = append(object.members, member{name: name, value: value})
	}
	_, err := decoder.Token()
	return object, err
}

// reader takes an object apart field by field and reports what is missing, misplaced or unknown. A null member counts as absent.
type reader struct {
	path   string
	bad    *problems
	fields map[string]node
	order  []string
	known  []string
}

// open expects an object at path; anything else is a problem and reads as empty.
func open(bad *problems, path string, value node) *reader {
	r := &reader{path: path, bad: bad, fields: map[string]node{}}
	if value.kind != objectNode {
		bad.add(path, "is %s; write an object", kindNames[value.kind])
		return r
	}
	for _, m := range value.members {
		if _, twice := r.fields[m.name]; twice {
			bad.add(r.at(m.name), "is written twice; keep one")
			continue
		}
		r.fields[m.name] = m.value
		r.order = append(r.order, m.name)
	}
	return r
}

func (r *reader) at(name string) string {
	if r.path == "" {
		return name
	}
	return r.path + "." + name
}

// take fetches a member; null and absent are both "not there".
func (r *reader) take(name string) (node, bool) {
	r.known = append(r.known, name)
	value, ok := r.fields[name]
	return value, ok && value.kind != nullNode
}

// expect fetches a member of one kind.
func (r *reader) expect(name string, kind nodeKind) (node, bool) {
	value, ok := r.take(name)
	if !ok {
		return node{}, false
	}
	if value.kind != kind {
		r.bad.add(r.at(name), "is %s; write %s", kindNames[value.kind], kindNames[kind])
		return node{}, false
	}
	return value, true
}

// done reports members that nobody asked for.
func (r *reader) done() {
	known := map[string]bool{}
	for _, name := range r.known {
		known[name] = true
	}
	for _, name := range r.order {
		if !known[name] {
			r.bad.add(r.at(name), "is not a known field; remove it or write one of %s", strings.Join(r.known, ", "))
		}
	}
}

// pass lets fields through that a fact may carry and no verdict depends on, so that recorded facts can be fed as they are.
func (r *reader) pass(names ...string) {
	for _, name := range names {
		if _, there := r.fields[name]; there {
			r.known = append(r.known, name)
		}
	}
}

// hidden fetches a text that a recorded fact may carry, and that the list of known fields does not offer.
func (r *reader) hidden(name string) string {
	if _, there := r.fields[name]; !there {
		return ""
	}
	return r.text(name)
}

func (r *reader) text(name string) string {
	value, _ := r.expect(name, stringNode)
	return value.text
}

func (r *reader) flag(name string, absent bool) bool {
	if value, ok := r.expect(name, boolNode); ok {
		return value.truth
	}
	return absent
}

func (r *reader) optionalFlag(name string) *bool {
	if value, ok := r.expect(name, boolNode); ok {
		return &value.truth
	}
	return nil
}

// choice fetches a text of a closed list whose first entry is the default.
func (r *reader) choice(name string, list ...string) string {
	value, ok := r.expect(name, stringNode)
	if !ok {
		return list[0]
	}
	for _, entry := range list {
		if value.text == entry {
			return entry
		}
	}
	r.bad.add(r.at(name), "%q is unknown; write one of %s", value.text, strings.Join(spoken(list), ", "))
	return list[0]
}

// spoken leaves the empty default out of a closed list.
func spoken(list []string) []string {
	if list[0] == "" {
		return list[1:]
	}
	return list
}

// maxCount bounds every whole number of a document: a year in minutes.
const maxCount = 366 * 24 * 60

// count fetches a whole number from low to a year of minutes.
func (r *reader) count(name string, absent, low int) int {
	value, ok := r.expect(name, numberNode)
	if !ok {
		return absent
	}
	n, err := strconv.ParseFloat(value.text, 64)
	if err != nil || n != math.Trunc(n) || n < float64(low) || n > maxCount {
		r.bad.add(r.at(name), "%s is not usable; write a whole number from %d to %d", value.text, low, maxCount)
		return absent
	}
	return int(n)
}

func (r *reader) optionalCount(name string) *int {
	if _, ok := r.take(name); !ok {
		return nil
	}
	n := r.count(name, -1, 0)
	if n < 0 {
		return nil
	}
	return &n
}

// decimal fetches a number from low to high.
func (r *reader) decimal(name string, low, high float64) (float64, bool) {
	value, ok := r.expect(name, numberNode)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseFloat(value.text, 64)
	if err != nil || n < low || n > high {
		r.bad.add(r.at(name), "%s is out of range; write a number from %v to %v", value.text, low, high)
		return 0, false
	}
	return n, true
}

func (r *reader) date(name string) Date {
	value, ok := r.expect(name, stringNode)
	if !ok {
		return 0
	}
	d, err := ParseDate(value.text)
	if err != nil {
		r.bad.add(r.at(name), "%v", err)
	}
	return d
}

func (r *reader) clock(name string) (Clock, bool) {
	value, ok := r.expect(name, stringNode)
	if !ok {
		return 0, false
	}
	c, err := ParseClock(value.text)
	if err != nil {
		r.bad.add(r.at(name), "%v", err)
		return 0, false
	}
	return c, true
}

func (r *reader) instant(name string) time.Time {
	value, ok := r.expect(name, stringNode)
	if !ok {
		return time.Time{}
	}
	t, err := parseInstant(value.text)
	if err != nil {
		r.bad.add(r.at(name), "%v", err)
	}
	return t
}

// parseInstant reads RFC 3339; a leap second is the last microsecond of its minute, because Go refuses :60.
func parseInstant(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil && len(text) > 19 && text[16:19] == ":60" {
		t, err = time.Parse(time.RFC3339, text[:16]+":59"+strings.TrimLeft(text[19:], ".0123456789"))
		t = t.Add(999999 * time.Microsecond)
	}
	if err != nil || t.Year() < 1 {
		return time.Time{}, fmt.Errorf("%q is not an instant; write it with its offset, like 2026-03-02T09:06:00+08:00", text)
	}
	return t, nil
}

// list fetches the items of an array.
func (r *reader) list(name string) ([]node, bool) {
	value, ok := r.expect(name, arrayNode)
	return value.items, ok
}

// item names one entry of a list.
func (r *reader) item(name string, i int) string { return fmt.Sprintf("%s[%d]", r.at(name), i) }

// texts fetches a list of texts.
func (r *reader) texts(name string) ([]string, bool) {
	items, ok := r.list(name)
	if !ok {
		return nil, false
	}
	var out []string
	for i, item := range items {
		if item.kind != stringNode {
			r.bad.add(r.item(name, i), "is %s; write a text", kindNames[item.kind])
			continue
		}
		out = append(out, item.text)
	}
	return out, true
}

// dated walks the members of an object whose names are dates, in the order of the document.
func (r *reader) dated(name string, each func(path string, d Date, value node)) {
	value, ok := r.expect(name, objectNode)
	if !ok {
		return
	}
	inner := open(r.bad, r.at(name), value)
	for _, key := range inner.order {
		d, err := ParseDate(key)
		if err != nil {
			r.bad.add(inner.at(key), "%v", err)
			continue
		}
		each(inner.at(key), d, inner.fields[key])
	}
}
