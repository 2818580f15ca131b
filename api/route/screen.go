package route

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"mime/multipart"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/dakahq/daka/api/limit"
	"github.com/dakahq/daka/domain"
)

// Formats of texts in the schemas.
const (
	// Multiline marks a person's own words, the only texts with line feeds.
	Multiline = "multiline"
	// localDate is `date` in the document: huma would refuse the empty text, which stands for no date.
	localDate = "local-date"
)

// dateSchema stands for domain.Date in the schemas.
type dateSchema struct{}

// Schema is a local date.
func (dateSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: localDate, Examples: []any{"2026-03-02"}}
}

// idSchema stands for domain.ID in the schemas, so that one that is none is refused by its field's name.
type idSchema struct{}

// Schema is an id.
func (idSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "uuid"}
}

// describeTypes lets every date and id of a request be known as one.
func describeTypes(r huma.Registry) {
	r.RegisterTypeAlias(reflect.TypeFor[domain.ID](), reflect.TypeFor[idSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[domain.Date](), reflect.TypeFor[dateSchema]())
}

// screened looks at every text, date, instant and number of a typed route's request before anything reads it, so that no field of a route
// can be forgotten. The use cases check again by the fields' meaning.
func (s *Router) screened(hc huma.Context, next func(huma.Context)) {
	r, w := humachi.Unwrap(hc)
	err := screenAddress(r)
	var refused map[int]*domain.Refusal
	if err == nil && hc.Operation().RequestBody != nil {
		refused, err = s.screenBody(hc, r)
	}
	if err != nil {
		s.problems.Of(r.Context(), err).Write(w)
		return
	}
	if len(refused) > 0 {
		hc = huma.WithValue(hc, refusedItemsKey{}, refused)
	}
	next(hc)
}

// refusedItemsKey is where a handler finds the items of a body that were refused already, by their place.
type refusedItemsKey struct{}

// RefusedItems are the items of a body that were refused already, by their place; the handler answers them one by one.
func RefusedItems(ctx context.Context) map[int]*domain.Refusal {
	refused, _ := ctx.Value(refusedItemsKey{}).(map[int]*domain.Refusal)
	return refused
}

// screenBody looks at the body and puts it back for huma.
func (s *Router) screenBody(hc huma.Context, r *http.Request) (map[int]*domain.Refusal, error) {
	o := hc.Operation()
	body, err := io.ReadAll(r.Body) // it is here: the guard has read it within the route's limit
	if err != nil {
		return nil, limit.BodyProblem(err)
	}
	look := s.screening()
	look.items, _ = o.Metadata[ItemsOf].(string)
	if kind := o.RequestBody.Content["application/json"]; kind != nil {
		if body, err = look.body(kind.Schema, body); err != nil {
			return nil, err
		}
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return look.refused, nil
}

func (s *Router) screening() *screening {
	return &screening{schemas: s.api.OpenAPI().Components.Schemas, problems: domain.Problems{Today: domain.DateOf(s.now(), time.UTC)}}
}

// bodyScreened lets a plain route see a JSON body only once every text, date and number in it can be stored, as the document describes them.
func (s *Router) bodyScreened(method, path string, handle func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		kind := s.jsonOf(method, path)
		if kind == nil {
			return handle(w, r)
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit.DefaultBody))
		if err != nil {
			return limit.BodyProblem(err)
		}
		if body, err = s.screening().body(kind.Schema, body); err != nil {
			return err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		return handle(w, r)
	}
}

// jsonOf is the JSON body of a documented operation; nil where it takes none.
func (s *Router) jsonOf(method, path string) *huma.MediaType {
	item := s.api.OpenAPI().Paths[path]
	if item == nil {
		return nil
	}
	if o := operations(item)[method]; o != nil && o.RequestBody != nil {
		return o.RequestBody.Content["application/json"]
	}
	return nil
}

// screenAddress looks at a request's path and query. A path with a character that no text may hold names nothing that is there.
func screenAddress(r *http.Request) error {
	if domain.TextFault(r.URL.Path, false) != "" {
		return domain.Refuse("not_found", "there is no such address")
	}
	var p domain.Problems
	for name, values := range r.URL.Query() {
		for _, value := range append(values, name) {
			if fault := domain.TextFault(value, false); fault != "" {
				p.AddAs(domain.CodeText, "query."+strings.ToValidUTF8(name, "\ufffd"), fault)
			}
		}
	}
	return p.Err()
}

// ScreenPart looks at a part of a form: its name, that of its file, and the text of a field.
func ScreenPart(part *multipart.Part, text string) error {
	var p domain.Problems
	for _, value := range []string{part.FormName(), part.FileName(), text} {
		if fault := domain.TextFault(value, false); fault != "" {
			p.AddAs(domain.CodeText, "/"+strings.ToValidUTF8(part.FormName(), "\ufffd"), fault)
		}
	}
	return p.Err()
}

// ItemsOf names the list of a body whose items are answered one by one, in an operation's metadata.
const ItemsOf = "items"

// screening is one look at a JSON body.
type screening struct {
	dec      *jsontext.Decoder
	schemas  huma.Registry
	problems domain.Problems
	// items is the list whose items are refused one by one; refused are those that were, by their place.
	items   string
	refused map[int]*domain.Refusal
}

// body gives the body with its refused items emptied, or a refusal. A body that is no JSON is left to its decoder.
func (l *screening) body(schema *huma.Schema, body []byte) ([]byte, error) {
	l.dec = jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if l.items != "" {
		return l.itemised(schema, body)
	}
	if err := l.value(schema, ""); err != nil && l.problems.Empty() {
		return body, nil
	}
	return body, l.problems.Err()
}

// itemised looks at each item by itself. When none is left the request is refused as a whole.
func (l *screening) itemised(schema *huma.Schema, body []byte) ([]byte, error) {
	var parts map[string]json.RawMessage
	var items []json.RawMessage
	if json.Unmarshal(body, &parts) != nil || json.Unmarshal(parts[l.items], &items) != nil {
		return body, nil
	}
	schema = l.resolve(schema)
	all := domain.Problems{}
	l.refused = map[int]*domain.Refusal{}
	for i, item := range items {
		one := &screening{schemas: l.schemas, problems: domain.Problems{Today: l.problems.Today}}
		_, err := one.body(l.resolve(schema.Properties[l.items]).Items, item)
		var refusal *domain.Refusal
		if !errors.As(err, &refusal) {
			continue
		}
		l.refused[i], items[i] = refusal, json.RawMessage("{}")
		for _, f := range refusal.Fields {
			all.AddAs(refusal.Code, fmt.Sprintf("/%s/%d%s", l.items, i, f.Pointer), f.Text)
		}
	}
	switch len(l.refused) {
	case 0:
		return body, nil
	case len(items):
		return body, all.Err()
	}
	var err error
	if parts[l.items], err = json.Marshal(items); err != nil {
		return nil, fmt.Errorf("write the items that are left: %w", err)
	}
	return json.Marshal(parts)
}

func (l *screening) resolve(s *huma.Schema) *huma.Schema {
	for s != nil && s.Ref != "" {
		s = l.schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// among is the schema of a value that may have several: the one for its kind.
func (l *screening) among(s *huma.Schema, kind jsontext.Kind) *huma.Schema {
	s = l.resolve(s)
	if s == nil || len(s.OneOf) == 0 {
		return s
	}
	types := map[jsontext.Kind]string{'"': huma.TypeString, '{': huma.TypeObject, '[': huma.TypeArray}
	for _, each := range s.OneOf {
		if one := l.resolve(each); one != nil && one.Type == types[kind] {
			return one
		}
	}
	return nil
}

// value looks at the next value; name is that of its member. An error is broken JSON.
func (l *screening) value(s *huma.Schema, name string) error {
	kind := l.dec.PeekKind()
	s = l.among(s, kind)
	switch kind {
	case '"':
		quoted, err := l.dec.ReadValue()
		if err == nil {
			l.text(s, name, quoted)
		}
		return err
	case '0':
		digits, err := l.dec.ReadValue()
		if err == nil {
			l.number(s, string(digits))
		}
		return err
	case '{':
		return l.object(s)
	case '[':
		return l.list(s, name)
	}
	return l.dec.SkipValue()
}

func (l *screening) object(s *huma.Schema) error {
	if _, err := l.dec.ReadToken(); err != nil {
		return err
	}
	for l.dec.PeekKind() != '}' {
		quoted, err := l.dec.ReadValue()
		if err != nil {
			return err
		}
		if fault := domain.QuotedFault(quoted, false); fault != "" {
			l.problems.AddAs(domain.CodeText, l.pointer(), fault)
		}
		name, err := jsontext.AppendUnquote(nil, quoted)
		if err != nil && len(name) == 0 {
			name = quoted
		}
		if err := l.value(memberSchema(s, string(name)), string(name)); err != nil {
			return err
		}
	}
	_, err := l.dec.ReadToken()
	return err
}

func memberSchema(s *huma.Schema, name string) *huma.Schema {
	if s == nil {
		return nil
	}
	if named, is := s.Properties[name]; is {
		return named
	}
	other, _ := s.AdditionalProperties.(*huma.Schema)
	return other
}

func (l *screening) list(s *huma.Schema, name string) error {
	if _, err := l.dec.ReadToken(); err != nil {
		return err
	}
	var items *huma.Schema
	if s != nil {
		items = s.Items
	}
	for l.dec.PeekKind() != ']' {
		if err := l.value(items, name); err != nil {
			return err
		}
	}
	_, err := l.dec.ReadToken()
	return err
}

// text looks at a text, and at the range of a date or an instant; whether it is one, its reader says. Documents without a schema of
// their own, which rules are, have line feeds in their notes.
func (l *screening) text(s *huma.Schema, name string, quoted []byte) {
	long := s == nil && name == "note" || s != nil && s.Format == Multiline
	if fault := domain.QuotedFault(quoted, long); fault != "" {
		l.problems.AddAs(domain.CodeText, l.pointer(), fault)
		return
	}
	if s == nil || s.Format != localDate && s.Format != "date-time" {
		return
	}
	var value string
	if json.Unmarshal(quoted, &value) != nil {
		return
	}
	if at, err := time.Parse(time.RFC3339, value); err == nil && s.Format == "date-time" {
		l.problems.PunchInstant(l.pointer(), at)
	}
	if date, err := time.Parse(time.DateOnly, value); err == nil && s.Format == localDate {
		l.problems.Instant(l.pointer(), date)
	}
}

// number looks at a number's bounds: those of its schema, and what can be kept at all.
func (l *screening) number(s *huma.Schema, digits string) {
	low, high := -math.MaxFloat64, math.MaxFloat64
	if s != nil && s.Type == huma.TypeInteger {
		low, high = math.MinInt32, math.MaxInt32
	}
	if s != nil && s.Minimum != nil {
		low = *s.Minimum
	}
	if s != nil && s.Maximum != nil {
		high = *s.Maximum
	}
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil { // too large for a number of this size
		n = math.Inf(1)
	}
	l.problems.Within(l.pointer(), n, low, high)
}

// pointer names the last value that was read; half a character in a name is shown as U+FFFD.
func (l *screening) pointer() string {
	return strings.ToValidUTF8(string(l.dec.StackPointer()), "\ufffd")
}
