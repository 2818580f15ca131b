package api

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/domain"
)

// badQuoted are JSON texts that no command may write.
func badQuoted() []string {
	return []string{`"a\u0000b"`, `"a\u0001b"`, `"\u001fb"`, `"a\tb"`, `"a\rb"`, `"a\u007f"`, "\"a\u0085b\"", `"a\u009fb"`, `"\ud800"`, `"a\udc00b"`, `"\ud83d\u0041"`,
		`"a\u202eb"`, "\"a\u202ab\"", `"a\u2066b"`, "\"\u2069\"", "\"a\xffb\"", "\"\xed\xa0\x80\""}
}

// badFor are the values that a leaf must refuse.
func badFor(s schema) []string {
	switch {
	case s.is("integer"), s.is("number"):
		out := []string{"1e400", "-1e400"}
		if s.is("integer") {
			out = append(out, "1e30", "-9223372036854775809", "99999999999")
		}
		if s.Minimum != nil {
			out = append(out, mustJSON(*s.Minimum-1))
		}
		if s.Maximum != nil {
			out = append(out, mustJSON(*s.Maximum+1))
		}
		return out
	case s.Format == "date":
		return append(badQuoted(), `"0000-01-01"`, `"0001-01-01"`, `"1969-12-31"`, `"9999-12-31"`, `"`+time.Now().AddDate(10, 0, 2).Format(time.DateOnly)+`"`)
	case s.Format == "date-time":
		return append(badQuoted(), `"0000-01-01T00:00:00Z"`, `"0001-01-01T00:00:00Z"`, `"1969-12-31T23:59:59Z"`, `"2200-01-01T00:00:00Z"`, `"9999-12-31T23:59:59Z"`)
	case s.Format == route.Multiline:
		return badQuoted()
	}
	return append(badQuoted(), `"a\nb"`)
}

func mustJSON(v any) string {
	raw, _ := json.Marshal(v)
	return string(raw)
}

// TestEveryFieldRefusesWhatNoCommandWrites is made from the OpenAPI document: it sends each bad text, date and number to every place of
// every operation's body, query, path and key. Each is refused, by the field's name where it is the body's or the query's.
func TestEveryFieldRefusesWhatNoCommandWrites(t *testing.T) {
	w := newWalls(t, nil)
	w.withPeople()
	f := w.found("Ours")
	w.settled(f)
	d, sent := documentOf(t, f), 0
	for path, item := range d.Paths {
		for method, o := range item {
			method = strings.ToUpper(method)
			q := request{method: method, path: f.addressOf(method, path), key: newKey()}
			if strings.HasSuffix(path, "/live") {
				continue // its answer has no end; it takes nothing but ids
			}
			q.who = w.answeredBy(f, request{method: method, path: q.path, key: "none"})
			sent += badBodies(t, w, d, o, q) + badQueries(t, w, o, q) + badPaths(t, w, path, o, q)
		}
	}
	t.Logf("%d requests, each refused", sent)
	require.Greater(t, sent, 3000)
}

func badBodies(t *testing.T, w *walls, d *document, o operation, q request) (sent int) {
	body, takes := o.RequestBody.Content["application/json"]
	if !takes {
		return 0
	}
	sample := d.sample(body.Schema, "", func(name string) bool { return name == "rule" })
	for _, l := range d.leaves(body.Schema) {
		for _, raw := range badFor(l.schema) {
			q.body, q.key = []byte(with(sample, l, raw)), newKey()
			a := w.fire(q)
			sent++
			where := []any{"%s %s %s = %s: %d %s", q.method, q.path, l.pointer(), raw, a.status, a.body}
			require.GreaterOrEqual(t, a.status, 400, where...)
			require.Less(t, a.status, 500, where...)
			require.True(t, names(a, l), where...)
		}
	}
	return sent
}

// names says that an answer names the field; the name of a member that is wrong itself is shown with its container.
func names(a answer, l leaf) bool {
	var p problem.Problem
	if json.Unmarshal([]byte(a.body), &p) != nil {
		return false
	}
	want := l.pointer()
	for _, e := range p.Errors {
		plain := strings.NewReplacer(".", "/", "[", "/", "]", "").Replace(e.Pointer) // rules are read with dots
		if l.name && strings.Contains(e.Pointer, l.path[len(l.path)-2].(string)) {
			return true
		}
		if e.Pointer == want || strings.HasSuffix(want, "/"+strings.TrimPrefix(plain, "/")) {
			return true
		}
	}
	return false
}

func badQueries(t *testing.T, w *walls, o operation, q request) (sent int) {
	good := url.Values{}
	for _, p := range o.Parameters {
		if p.In == "query" && p.Schema.Format == "date" {
			good.Set(p.Name, matrixDate())
		}
	}
	for _, p := range o.Parameters {
		if p.In != "query" {
			continue
		}
		bad := []string{"a\x00b", "a\x01b", "a\nb", "a\x7fb", "a\u0085b", "a\u202eb", "a\u2066b", "\xed\xa0\x80", "a\xffb"}
		switch {
		case p.Schema.is("integer"):
			bad = append(bad, "-1", "501", "1e400", "99999999999999999999")
		case p.Schema.Format == "date":
			bad = append(bad, "0000-01-01", "0001-01-01", "9999-12-31", "2200-01-01")
		case p.Name == "known_at":
			bad = append(bad, "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z")
		}
		for _, value := range bad {
			values := url.Values{}
			for name, list := range good {
				values[name] = list
			}
			values.Set(p.Name, value)
			q.query, q.key = values.Encode(), newKey()
			a := w.fire(q)
			sent++
			require.GreaterOrEqual(t, a.status, 400, "%s %s?%s: %s", q.method, q.path, q.query, a.body)
			require.Less(t, a.status, 500, "%s %s?%s: %s", q.method, q.path, q.query, a.body)
			require.Contains(t, a.body, "query."+p.Name, "%s %s?%s", q.method, q.path, q.query)
		}
	}
	return sent
}

// badPaths sends bad texts in the place of every part of the path, and of the key.
func badPaths(t *testing.T, w *walls, path string, o operation, q request) (sent int) {
	parts, filled := strings.Split(path, "/"), strings.Split(q.path, "/")
	for _, p := range o.Parameters {
		for _, value := range []string{"a\x00b", "a\x1fb", "a\x7f", "a\u0085", "a\u202eb", "\xed\xa0\x80", "0000-01-01", "0001-01", "9999-12", "0000-00"} {
			one := q
			one.query = "" // what else is wrong does not matter here
			switch p.In {
			case "path":
				at := append([]string{}, filled...)
				for i, part := range parts {
					if part == "{"+p.Name+"}" {
						at[i] = url.PathEscape(value)
					}
				}
				one.path = strings.Join(at, "/")
			case "header":
				if strings.HasPrefix(path, "/api/v1/admin/") {
					continue // takes the header, and does not need it
				}
				one.key = value
			default:
				continue
			}
			a := w.fire(one)
			sent++
			require.GreaterOrEqual(t, a.status, 400, "%s %s %q: %s", one.method, one.path, one.key, a.body)
			require.Less(t, a.status, 500, "%s %s %q: %s", one.method, one.path, one.key, a.body)
		}
	}
	return sent
}

// TestABatchRefusesItsItemsOneByOne: what is wrong with one item does not stop the others, and nothing is left of a batch without a good one.
func TestABatchRefusesItsItemsOneByOne(t *testing.T) {
	w := newWalls(t, nil)
	f := w.found("Ours")
	hr := f.people[domain.RoleHR].caller()
	punch := func(more string) string {
		return `{"id":"` + newKey() + `","member":"` + f.teammate.member.String() + `"` + more + `}`
	}
	a := w.ask(hr, "POST", v1+f.path("/punches/batch"), `{"punches":[`+punch(`,"note":"\ud800"`)+","+punch("")+","+punch(`,"lat":91,"lng":0`)+`]}`)
	require.Equal(t, http.StatusCreated, a.status, a.body)
	var out struct{ Items []BatchItem }
	require.NoError(t, json.Unmarshal([]byte(a.body), &out))
	require.Len(t, out.Items, 3)
	require.Equal(t, []int{422, 201, 422}, []int{out.Items[0].Status, out.Items[1].Status, out.Items[2].Status})
	require.Equal(t, domain.CodeText, out.Items[0].Problem.Code)
	require.Equal(t, "/note", out.Items[0].Problem.Errors[0].Pointer)
	require.Equal(t, domain.CodeNumber, out.Items[2].Problem.Code)
	a = w.ask(hr, "POST", v1+f.path("/punches/batch"), `{"punches":[`+punch(`,"device_id":"a\u0000b"`)+`]}`)
	require.Equal(t, http.StatusUnprocessableEntity, a.status, a.body)
	require.Contains(t, a.body, `"/punches/0/device_id"`)
}

// TestFormsAndTablesRefuseWhatNoCommandWrites: fields of forms and names of files are refused, lines of tables by their number.
func TestFormsAndTablesRefuseWhatNoCommandWrites(t *testing.T) {
	w := newWalls(t, nil)
	f := w.found("Ours")
	form := func(field, value, file string) request {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		for name, text := range map[string]string{"format": "csv", "zone": "UTC", "machine": "M1"} {
			if name == field {
				text = value
			}
			require.NoError(t, m.WriteField(name, text))
		}
		h := textproto.MIMEHeader{}
		h.Set("Content-Disposition", `form-data; name="file"; filename="`+file+`"`)
		part, err := m.CreatePart(h)
		require.NoError(t, err)
		_, _ = part.Write([]byte("number,at,state\n1,2026-02-02 09:00:00,in\n2,2026-02-02 09:00:00,a\u202eb\n3,0001-01-01 09:00:00,in\n"))
		require.NoError(t, m.Close())
		return request{who: theAdmin, method: "POST", path: v1 + f.path("/imports"), kind: m.FormDataContentType(), body: b.Bytes()}
	}
	for _, field := range []string{"format", "zone", "machine"} {
		for _, bad := range []string{"a\x00b", "a\nb", "a\u202eb", "a\xff"} {
			a := w.fire(form(field, bad, "a.csv"))
			require.Equal(t, http.StatusUnprocessableEntity, a.status, a.body)
			require.Contains(t, a.body, `"/`+field+`"`)
		}
	}
	a := w.fire(form("", "", "a\u202evsc.csv"))
	require.Equal(t, http.StatusUnprocessableEntity, a.status, a.body)
	require.Contains(t, a.body, `"/file"`)
	a = w.fire(form("", "", "a.csv"))
	require.Equal(t, http.StatusCreated, a.status, a.body)
	require.Contains(t, a.body, `"refused":3`, "a number that nobody has, and two lines that cannot be stored")
	require.Contains(t, a.body, `"code":"text"`)

	table := "number,name,joined\n71,Good,2026-01-01\n72,a\u202eb,2026-01-01\n73,Old,0001-01-01\n74,\"a\nb\",2026-01-01\n"
	a = w.fire(request{who: theAdmin, method: "POST", path: v1 + f.path("/members/import"), key: newKey(), kind: "text/csv", body: []byte(table)})
	require.Equal(t, http.StatusCreated, a.status, a.body)
	require.Contains(t, a.body, `"created":1`)
	require.Contains(t, a.body, `"refused":3`)
}

// TestWhatAStrangerMaySendIsNoFaultOfOurs keeps the requests that were answered 500.
func TestWhatAStrangerMaySendIsNoFaultOfOurs(t *testing.T) {
	w := newWalls(t, nil)
	f := w.found("Ours")
	w.settled(f)
	hr := f.people[domain.RoleHR].caller()
	for path, status := range map[string]int{
		"/dashboard?date=0000-01-01":                                        422,
		"/days?date=" + matrixDate() + "&status=a%00b":                      422,
		"/members?number=a%00b":                                             422,
		"/months/0000-01":                                                   422,
		"/months/nonsense/totals":                                           422,
		"/members?cursor=" + cursor("1\x00", "x"):                           422,
		"/members?cursor=" + cursor("1", "x"):                               422,
		"/requests?cursor=" + cursor("yesterday", "x"):                      422,
		"/requests?cursor=" + cursor("2026-01-01T00:00:00Z", "no-id"):       422,
		"/imports?cursor=" + cursor("0000-01-01T00:00:00Z", f.org.String()): 422,
		"/ledger/events?cursor=" + cursor("99999999999999999999"):           422,
		"/anomalies?from=2026-01-01&to=2026-01-02&cursor=" + cursor("2026-01-01", f.org.String(), "99999999999"): 422,
		"/anomalies?from=2026-01-01&to=2026-01-02&cursor=" + cursor("0000-01-01", f.org.String(), "1"):           422,
		"/punches?from=2026-01-01&to=2026-01-02&cursor=" + cursor("294277-01-01T00:00:00Z", f.org.String()):      422,
	} {
		as := hr
		if strings.HasPrefix(path, "/ledger") {
			as = f.people[domain.RoleAuditor].caller()
		}
		a := w.ask(as, "GET", v1+f.path(path), "")
		require.Equal(t, status, a.status, "%s: %s", path, a.body)
	}
}

// TestAChunkThatSaysTooMuchIsRefused: Go's server cuts the line of a chunk's length, and reading the body fails.
func TestAChunkThatSaysTooMuchIsRefused(t *testing.T) {
	w := newWalls(t, nil)
	web := httptest.NewServer(w.server)
	defer web.Close()
	for path, kind := range map[string]string{"/auth/login": "application/json", "/orgs": "application/json"} {
		conn, err := net.Dial("tcp", web.Listener.Addr().String())
		require.NoError(t, err)
		_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\n%s: admin\r\nContent-Type: %s\r\nIdempotency-Key: %s\r\nTransfer-Encoding: chunked\r\n\r\n2;x=%s\r\n{}\r\n0\r\n\r\n",
			v1+path, testCaller, kind, newKey(), strings.Repeat("e", 60<<10))
		require.NoError(t, err)
		a, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusBadRequest, a.StatusCode, path)
		_ = conn.Close()
	}
}

func cursor(parts ...string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join(parts, "\x1f")))
}
