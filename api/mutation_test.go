package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/domain"
)

// mutator makes requests that are nearly good; the same seed makes the same ones.
type mutator struct {
	*rand.Rand
	d       *document
	f       *firm
	routes  []mutant
	callers []caller
}

// mutant is an operation with an address at which something is.
type mutant struct {
	operation
	method, template, path string
}

func newMutator(t *testing.T, f *firm) *mutator {
	m := &mutator{Rand: rand.New(rand.NewPCG(14, 1)), d: documentOf(t, f), f: f, callers: []caller{nobody, theAdmin, allScopes}}
	for _, r := range sixRoles {
		m.callers = append(m.callers, f.people[r].caller())
	}
	for _, path := range slices.Sorted(maps.Keys(m.d.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(m.d.Paths[path])) {
			method, o := strings.ToUpper(method), m.d.Paths[path][method]
			if !strings.HasSuffix(path, "/live") { // its answer has no end
				m.routes = append(m.routes, mutant{o, method, path, f.addressOf(method, path)})
			}
		}
	}
	return m
}

func pick[T any](m *mutator, list []T) T { return list[m.IntN(len(list))] }

// odd are texts that stand where others belong.
func (m *mutator) odd() string {
	long := strings.Repeat("x", 1<<m.IntN(17))
	return pick(m, []string{"", "me", "x", long, "a\x00b", "a\nb", "\u202e", "a\xff", "\xed\xa0\x80", "-1", "0", "501", "1e400", "99999999999999999999", "NaN", "true", "null", "%", "'", `"`, "{}",
		"0000-01-01", "0001-01-01", "9999-12-31", "2026-02-30", "2026-13-01", matrixDate(), "2026-01", "0000-00", "24:61", "UTC", "../../etc/passwd", "Asia/Shanghai",
		uuid.Nil.String(), uuid.Max.String(), m.f.org.String(), m.f.teammate.member.String(), m.f.outside.member.String(), m.f.office.String(), m.f.sales.String(),
		"0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", time.Now().UTC().Format(time.RFC3339), "2026-01-01T00:00:00+99:99",
		domain.OrgStream(m.f.org) + "@9223372036854775807", domain.OrgStream(m.f.org) + "@-1", "@1", "timesheet-x@0", m.cursor(), m.cursor(), m.cursor(), m.cursor()})
}

// cursor is a changed sort key.
func (m *mutator) cursor() string {
	parts := pick(m, [][]string{{"1", m.f.org.String()}, {"2026-01-01T00:00:00Z", m.f.org.String()}, {"2026-01-01", m.f.org.String(), "1"}, {"7"}})
	parts = slices.Clone(parts)
	parts[m.IntN(len(parts))] = pick(m, []string{"", "\x00", "x", "0000-01-01", "9999999999999", "-1", "294277-01-01T00:00:00Z", "\xff", "infinity"})
	text := []byte(cursor(parts...))
	if m.IntN(3) == 0 && len(text) > 0 {
		text[m.IntN(len(text))] = byte('A' + m.IntN(26))
	}
	return string(text)
}

// raw is a JSON value that stands where another belongs.
func (m *mutator) raw() string {
	if m.IntN(2) == 0 {
		quoted, _ := json.Marshal(m.odd())
		return string(quoted)
	}
	return pick(m, append(badQuoted(), "null", "true", "[]", "{}", "[[{}]]", "-1", "0", "1.5", "1e308", "1e400", "99999999999", `{"a":{"b":[]}}`, "[null]", strings.Repeat("[", 20000)))
}

func (m *mutator) next() (request, mutant) {
	o := pick(m, m.routes)
	q := request{who: pick(m, m.callers), method: o.method, path: o.path, key: newKey()}
	for kind, content := range o.RequestBody.Content {
		q.kind, q.body = m.content(kind, m.d.resolve(content.Schema))
		break
	}
	query := url.Values{}
	for _, p := range o.Parameters {
		switch {
		case p.In == "query" && m.IntN(3) == 0:
			query.Set(p.Name, m.odd())
		case p.In == "query" && p.Schema.Format == "date":
			query.Set(p.Name, matrixDate())
		case p.In == "path" && m.IntN(8) == 0:
			q.path = m.elsewhere(o, p.Name)
		case p.In == "header" && m.IntN(6) == 0:
			q.key = m.odd()
		}
	}
	q.query = query.Encode()
	switch m.IntN(20) {
	case 0:
		q.query = m.odd()
	case 1:
		q.kind = pick(m, []string{"", "text/plain", "application/json; charset=latin1", "multipart/form-data", "multipart/form-data; boundary=x", "\x00", "image/png"})
	}
	return q, o
}

func (m *mutator) elsewhere(o mutant, name string) string {
	filled := strings.Split(o.path, "/")
	for i, part := range strings.Split(o.template, "/") {
		if part == "{"+name+"}" {
			filled[i] = url.PathEscape(m.odd())
		}
	}
	return strings.Join(filled, "/")
}

// content is a body with some of it changed.
func (m *mutator) content(kind string, s schema) (string, []byte) {
	var body []byte
	switch kind {
	case "application/json":
		sample := m.d.sample(s, "", func(string) bool { return m.IntN(2) == 0 })
		body, _ = json.Marshal(sample)
		if leaves := m.d.leaves(s); len(leaves) > 0 && m.IntN(4) > 0 {
			slices.SortFunc(leaves, func(a, b leaf) int { return strings.Compare(a.pointer(), b.pointer()) })
			body = []byte(with(sample, pick(m, leaves), m.raw()))
		}
	case "text/csv":
		body = []byte("number,name,email,phone,position,department,group,joined\n" + m.odd() + "," + m.odd() + ",,,,,," + m.odd() + "\n")
	case "multipart/form-data":
		kind = "multipart/form-data; boundary=edge"
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			value := pick(m, []string{m.odd(), "csv", "UTC", "attlog", "wide-csv", "dingtalk-xlsx", "1\t2026-02-02 09:00:00\n", "number,at\n" + m.odd() + "," + m.odd() + "\n"})
			file := ""
			if name == "file" {
				file = `; filename="` + pick(m, []string{"a.csv", "a\u202eb", "../x"}) + `"`
			}
			body = fmt.Appendf(body, "--edge\r\nContent-Disposition: form-data; name=%q%s\r\n\r\n%s\r\n", name, file, value)
		}
		body = append(body, "--edge--\r\n"...)
	default:
		body = []byte(m.odd())
	}
	switch {
	case m.IntN(8) == 0 && len(body) > 0:
		body = body[:m.IntN(len(body))]
	case m.IntN(8) == 0 && len(body) > 0:
		body[m.IntN(len(body))] ^= byte(1 << m.IntN(8))
	case m.IntN(20) == 0:
		body = append(body, body...)
	}
	return kind, body
}

// TestMutatedRequestsAreNoFaultOfOurs sends 5,000 requests over all operations, as everybody. Whatever they are answered, it is no fault of
// the server: only 503 and 507 are documented beyond 499, and a panic would be a 500.
func TestMutatedRequestsAreNoFaultOfOurs(t *testing.T) {
	tokens := map[string]*who.ProgramToken{}
	w := newWalls(t, tokens)
	w.withPeople()
	f := w.found("Ours")
	tokens[string(allScopes)] = w.issue(f.org)
	w.settled(f)
	m := newMutator(t, f)
	statuses, asked, faults := map[int]int{}, map[string]bool{}, map[string]string{}
	for range 5000 {
		q, o := m.next()
		a := w.fire(q)
		statuses[a.status]++
		asked[o.OperationID] = true
		if a.status >= 500 && a.status != 503 && a.status != 507 {
			faults[o.OperationID] = fmt.Sprintf("%d %s\n%s %s?%s as %s, key %.60q, %s: %.600q", a.status, a.body, q.method, q.path, q.query, q.who, q.key, q.kind, q.body)
		}
	}
	t.Logf("%d operations, by status: %v", len(asked), statuses)
	require.Len(t, asked, len(m.routes), "every operation was asked")
	require.Empty(t, faults)
	require.Greater(t, statuses[200]+statuses[201]+statuses[204], 100, "some of them are good")
}
