package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/deploy/single/postgres/postgrestest"
	"github.com/dakahq/daka/domain"
)

// document is the OpenAPI document as a caller reads it.
type document struct {
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]schema }
	// known are good values by the name of their field.
	known map[string]string
}

type operation struct {
	OperationID string
	Parameters  []struct {
		Name, In string
		Schema   schema
	}
	RequestBody struct {
		Content map[string]struct{ Schema schema }
	}
}

type schema struct {
	Ref                  string `json:"$ref"`
	Type                 any
	Format               string
	Enum                 []any
	Minimum, Maximum     *float64
	Properties           map[string]schema
	AdditionalProperties any
	Items                *schema
	OneOf                []schema
	Required             []string
}

func documentOf(t *testing.T, f *firm) *document {
	t.Helper()
	d := &document{known: map[string]string{
		"member": f.teammate.member.String(), "group": f.office.String(), "department": f.sales.String(), "approvers": f.teammate.member.String(), "zone": "UTC", "number": "7007",
		"country": "CN", "email": "a@example.org", "phone": "+8613800138000", "scopes": "punches:read", "wall": matrixDate() + "T09:00:00", "leave_type": "annual", "parent": f.works.String(),
	}}
	require.NoError(t, json.Unmarshal(f.w.server.spec, d))
	return d
}

func (d *document) resolve(s schema) schema {
	for s.Ref != "" {
		s = d.Components.Schemas[s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]]
	}
	return s
}

func (s schema) is(kind string) bool {
	if list, many := s.Type.([]any); many {
		return slices.Contains(list, any(kind))
	}
	return s.Type == kind
}

// leaf is a place in a body that takes a text, a date or a number.
type leaf struct {
	path   []any // names, and places in lists
	schema schema
	// name says that the place is the name of a member, as the dates of a roster are.
	name bool
}

func (l leaf) pointer() string {
	var out strings.Builder
	for _, part := range l.path {
		switch part := part.(type) {
		case int:
			out.WriteString("/" + strconv.Itoa(part))
		case string:
			out.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(part))
		}
	}
	return out.String()
}

// leaves are all of a schema's.
func (d *document) leaves(s schema, path ...any) (out []leaf) {
	s = d.resolve(s)
	here := slices.Clone(path)
	under := func(s schema, part any) { out = append(out, d.leaves(s, append(slices.Clone(here), part)...)...) }
	other, _ := s.AdditionalProperties.(map[string]any)
	switch {
	case len(s.OneOf) > 0:
		for _, one := range s.OneOf {
			out = append(out, d.leaves(one, path...)...)
		}
	case len(s.Properties) > 0:
		for name, each := range s.Properties {
			under(each, name)
		}
	case other != nil:
		raw, _ := json.Marshal(other)
		var each schema
		_ = json.Unmarshal(raw, &each)
		under(each, matrixDate())
		out = append(out, leaf{path: append(here, matrixDate()), schema: schema{Type: "string", Format: "date"}, name: true})
	case s.Items != nil:
		under(*s.Items, 0)
	case s.Type == nil: // a rule document
		out = append(out, ruleLeaves(path)...)
	case !s.is("boolean"):
		out = append(out, leaf{path: here, schema: s})
	}
	return out
}

// wholeRule has every part that a rule may have.
const wholeRule = `{"version":1,"name":"Office","kind":"fixed","time_zone":"UTC","effective_from":"2026-01-01","seconds":"truncate",
	"shifts":{"day":{"sections":[{"on":"09:00","off":"18:00","open_before_min":60,"close_after_min":60,"on_required":true,"off_required":true}],"breaks":[{"from":"12:00","to":"13:00"}],
		"permit_late_min":5,"permit_early_min":5,"serious_late_min":30,"absent_late_min":60,"absent_early_min":60,"flex_late_min":0,"flex_early_min":0,
		"late_out_late_in":[{"out_after_min":60,"in_later_min":30}],"half_day_below_min":240,"absent_below_min":120,"pairing":"first_last"}},
	"week":["day","day","day","day","day",null,null],"holidays":"none","special_days":{"2026-10-01":null,"2026-10-10":"day"},
	"places":[{"id":"hq","name":"HQ","lat":31.2,"lng":121.4,"datum":"wgs84","radius_m":300}],"networks":[{"id":"lan","ssid":"Office","bssid":"aa:bb","cidr":"203.0.113.0/24"}],
	"photo_required":false,"bound_device_required":false,"field_punch":"flag","offline_punch":{"mode":"accept","max_delay_min":1440},
	"makeup":{"per_month":3,"within_days":30,"kinds":["missing"]},"overtime":{"mode":"both","min_minutes":30,"step_minutes":30},
	"penalties":[{"when":"Late","from_count":1,"per_month":true,"note":"a word"}]}`

func ruleLeaves(path []any) (out []leaf) {
	var rule any
	_ = json.Unmarshal([]byte(wholeRule), &rule)
	var walk func(v any, path []any)
	walk = func(v any, path []any) {
		path = slices.Clone(path)
		switch v := v.(type) {
		case map[string]any:
			for name, each := range v {
				walk(each, append(path, name))
			}
		case []any:
			for i, each := range v {
				walk(each, append(path, i))
			}
		case string:
			s := schema{Type: "string"}
			if path[len(path)-1] == "effective_from" {
				s.Format = "date"
			}
			if path[len(path)-1] == "note" {
				s.Format = route.Multiline
			}
			out = append(out, leaf{path: slices.Clone(path), schema: s})
		case float64:
			out = append(out, leaf{path: slices.Clone(path), schema: schema{Type: "number"}})
		}
	}
	walk(rule, path)
	special := append(slices.Clone(path), "special_days", "2026-10-01")
	shift := append(slices.Clone(path), "shifts", "day")
	return append(out, leaf{path: special, schema: schema{Type: "string", Format: "date"}, name: true}, leaf{path: shift, schema: schema{Type: "string"}, name: true})
}

// sample is a value of a schema under a name; keep says which members that may be left out it has.
func (d *document) sample(s schema, name string, keep func(name string) bool) any {
	s = d.resolve(s)
	other, _ := s.AdditionalProperties.(map[string]any)
	switch {
	case len(s.OneOf) > 0:
		return d.sample(s.OneOf[0], name, keep)
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.Properties) > 0:
		out := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			if slices.Contains(s.Required, name) || keep(name) {
				out[name] = d.sample(s.Properties[name], name, keep)
			}
		}
		return out
	case other != nil:
		return map[string]any{matrixDate(): "day"}
	case s.Items != nil:
		return []any{d.sample(*s.Items, name, keep)}
	case s.is("boolean"):
		return true
	case s.is("integer"), s.is("number"):
		return 1
	case s.is("string"):
		return d.text(s, name)
	}
	var rule any
	_ = json.Unmarshal([]byte(wholeRule), &rule)
	return rule
}

func (d *document) text(s schema, name string) any {
	if value, known := d.known[name]; known {
		return value
	}
	switch s.Format {
	case "date":
		return matrixDate()
	case "date-time":
		return time.Now().UTC().Format(time.RFC3339)
	case "uuid":
		return uuid.NewString()
	}
	return "x"
}

// with puts raw JSON at a leaf of a sample, as text, since some of it no value of Go can hold.
func with(sample any, l leaf, raw string) string {
	const mark = "@@here@@"
	copied, _ := json.Marshal(sample)
	var v any
	_ = json.Unmarshal(copied, &v)
	v = put(v, l.path, mark, l.name)
	out, _ := json.Marshal(v)
	return strings.Replace(string(out), `"`+mark+`"`, raw, 1)
}

func put(v any, path []any, mark string, name bool) any {
	if len(path) == 0 {
		return mark
	}
	switch part := path[0].(type) {
	case string:
		object, is := v.(map[string]any)
		if !is {
			object = map[string]any{}
		}
		if name && len(path) == 1 {
			object[mark] = object[part]
			delete(object, part)
			return object
		}
		object[part] = put(object[part], path[1:], mark, name)
		return object
	case int:
		list, _ := v.([]any)
		for len(list) <= part {
			list = append(list, nil)
		}
		list[part] = put(list[part], path[1:], mark, name)
		return list
	}
	return v
}

// withPeople lets people sign in, so that those routes answer, too.
func (w *walls) withPeople() {
	w.t.Helper()
	pool, err := pgxpool.New(w.ctx, postgrestest.Database(w.t))
	require.NoError(w.t, err)
	w.t.Cleanup(pool.Close)
	store, err := identity.Open(w.ctx, pool, w.server.config.Keys, w.service.Directory, time.Now)
	require.NoError(w.t, err)
	w.service.Identity.Join(store)
}

// request is one that a test sends as it is.
type request struct {
	who                            caller
	method, path, query, key, kind string
	body                           []byte
}

// fire sends a request; an answer that broke off is a fault of the server.
func (w *walls) fire(q request) (a answer) {
	r := httptest.NewRequest(q.method, "/", bytes.NewReader(q.body))
	r.URL = &url.URL{Path: q.path, RawQuery: q.query}
	if raw, err := url.PathUnescape(q.path); err == nil {
		r.URL.Path, r.URL.RawPath = raw, q.path
	}
	r.Header.Set(testCaller, string(q.who))
	r.Header["Idempotency-Key"] = []string{q.key}
	if q.kind != "" {
		r.Header.Set("Content-Type", q.kind)
	}
	defer func() {
		if why := recover(); why != nil {
			a = answer{http.StatusInternalServerError, fmt.Sprint(why)}
		}
	}()
	out := httptest.NewRecorder()
	w.server.ServeHTTP(out, r)
	return answer{out.Code, out.Body.String()}
}

// addressOf is a path with the things of a firm in it.
func (f *firm) addressOf(method, path string) string {
	path, _, _ = strings.Cut(f.standing(method+" "+path, f.teammate).path, "?")
	return path
}

func newKey() string { return uuid.Must(uuid.NewV7()).String() }

// answeredBy finds a caller whom a route lets in.
func (w *walls) answeredBy(f *firm, q request) caller {
	for _, who := range []caller{f.people[domain.RoleOwner].caller(), theAdmin, f.people[domain.RoleHR].caller(), f.people[domain.RoleEmployee].caller()} {
		q.who = who
		if a := w.fire(q); a.status != http.StatusForbidden && a.status != http.StatusUnauthorized {
			return who
		}
	}
	return theAdmin
}
