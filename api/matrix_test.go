package api

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/domain"
)

// column is whose data a request is about.
type column string

const (
	self     column = "self"
	teammate column = "own department"
	stranger column = "other department"
	foreign  column = "other organization"
)

// within says that a reach takes in a column.
func within(r who.Reach, c column) bool {
	switch c {
	case self:
		return r >= who.Self
	case teammate:
		return r >= who.Team
	}
	return r == who.All
}

// probe is one cell's request.
type probe struct {
	method, path, body string
	// keyless probes send no Idempotency-Key worth the name, so that what is allowed is refused later and changes nothing.
	keyless bool
}

var pathParam = regexp.MustCompile(`\{([a-z]+)\}`)

// probeOf fills a route in for a target of a firm.
func (f *firm) probeOf(route string, p person) probe {
	method, path, _ := strings.Cut(route, " ")
	fill := map[string]string{"org": f.org.String(), "member": p.member.String(), "date": matrixDate(), "month": matrixDate()[:7], "group": f.groupOf(p).String(), "standing": f.requests[p.member].String()}
	if strings.Contains(path, "/requests/{request}") {
		fill["request"] = f.requests[p.member].String()
		if method != http.MethodGet {
			fill["request"] = f.request(p.member).String()
		}
	}
	path = pathParam.ReplaceAllStringFunc(path, func(name string) string {
		if v, known := fill[strings.Trim(name, "{}")]; known {
			return v
		}
		return uuid.NewString()
	})
	out := probe{method: method, path: path + queries[route], body: f.bodyOf(route, p)}
	if route == "POST "+v1+"/orgs/{org}/files" {
		out.path += "?member=" + p.member.String()
	}
	out.keyless = method != http.MethodGet && who.EntryOf(route).By != who.ByHandler
	return out
}

func (f *firm) groupOf(p person) domain.ID {
	if p == f.outside {
		return f.shop
	}
	return f.office
}

// queries are the parameters that routes insist on.
var queries = func() map[string]string {
	span := "?from=" + matrixDate() + "&to=" + matrixDate()
	const o = "GET " + v1 + "/orgs/{org}"
	return map[string]string{
		o + "/days": "?date=" + matrixDate(), o + "/dashboard": "?date=" + matrixDate(), o + "/days/export": span, o + "/anomalies": span, o + "/punches": span, o + "/roster": span, o + "/calendar": span,
		o + "/members/{member}/days": span,
	}
}()

// bodyOf is a body that the route takes, about a target.
func (f *firm) bodyOf(route string, p person) string {
	const o = v1 + "/orgs/{org}"
	switch route {
	case "POST " + o + "/punches":
		return `{"member":"` + p.member.String() + `"}`
	case "POST " + o + "/punches/batch":
		return `{"punches":[{"member":"` + p.member.String() + `","claimed_at":"` + time.Now().UTC().Format(time.RFC3339) + `"}]}`
	case "POST " + o + "/requests":
		at := time.Now().UTC().AddDate(0, 0, 5)
		return `{"type":"trip","member":"` + p.member.String() + `","from":"` + at.Format(time.RFC3339) + `","to":"` + at.Add(time.Hour).Format(time.RFC3339) + `","zone":"UTC"}`
	case "POST " + o + "/files":
		return "no picture"
	case "POST " + o + "/requests/{request}/comments":
		return `{"comment":"hm"}`
	}
	if method, _, _ := strings.Cut(route, " "); method == http.MethodGet || method == http.MethodDelete || who.EntryOf(route).By == who.ByHandler {
		return ""
	}
	return `{"name":"x"}`
}

// want is what the table says a cell answers.
type want int

const (
	notFound want = iota
	refusedToYou
	answered
	// leftOut is a list without the target.
	leftOut
)

func wanted(route string, r who.Role, c column) want {
	e := who.EntryOf(route)
	roles := []who.Role{r}
	if r != domain.RoleAuditor && r != domain.RoleDevice {
		roles = append(roles, domain.RoleEmployee)
	}
	reach := e.Best(roles)
	if c == teammate && strings.Contains(route, "/groups") {
		c = self // it is about the group, and they are in one
	}
	switch {
	case c == foreign:
		return notFound
	case reach == who.None, e.By == who.Whole && reach < who.All:
		return refusedToYou
	case e.By == who.Whole, within(reach, c), e.By == who.ByHandler && !measured(route):
		return answered
	case e.By == who.ByHandler && listsPeople[route]:
		return leftOut
	}
	return refusedToYou
}

// listsPeople are the routes that answer for many: what is beyond the reach is left out, not refused.
var listsPeople = func() map[string]bool {
	out := map[string]bool{}
	for _, route := range []string{"/members", "/groups", "/roster", "/requests", "/dashboard", "/days", "/days/export", "/months/{month}", "/anomalies", "/punches"} {
		out["GET "+v1+"/orgs/{org}"+route] = true
	}
	return out
}()

// measured says that the test knows how to name a target to a handler; of the others it asks who may enter at all.
func measured(route string) bool {
	const o = v1 + "/orgs/{org}"
	switch route {
	case "POST " + o + "/punches", "POST " + o + "/punches/batch", "POST " + o + "/requests", "POST " + o + "/files":
		return true
	}
	return listsPeople[route] || strings.Contains(route, o+"/requests/{request}")
}

// judged reads a cell's answer.
func judged(t *testing.T, route string, a answer, f *firm, p person) want {
	t.Helper()
	switch {
	case a.status == http.StatusForbidden && a.code(t) == "forbidden":
		return refusedToYou
	case a.status == http.StatusNotFound && a.code(t) == "organization_not_found":
		return notFound
	case listsPeople[route] && a.status == http.StatusOK:
		if f.tellsOf(a.body, route, p) {
			return answered
		}
		return leftOut
	}
	require.NotEqual(t, http.StatusUnauthorized, a.status, a.body)
	require.Less(t, a.status, 500, a.body)
	return answered
}

// tellsOf says that a list has something about a person: the id, the number, or the group.
func (f *firm) tellsOf(body, route string, p person) bool {
	if strings.HasSuffix(route, "/groups") {
		return strings.Contains(body, f.groupOf(p).String())
	}
	m, _ := f.w.service.Directory.Member(f.org, p.member)
	return strings.Contains(body, p.member.String()) || strings.Contains(body, m.Number)
}

// TestMatrix asks every route of an organization as every role about every column, and compares with the policy table.
func TestMatrix(t *testing.T) {
	w := newWalls(t, nil)
	ours, theirs := w.found("Ours"), w.found("Theirs")
	w.settled(ours, theirs)
	cells := 0
	for _, route := range w.server.router.Routes() {
		if !strings.Contains(route, "{org}") {
			continue
		}
		for _, r := range sixRoles {
			who := ours.people[r]
			for _, c := range []column{self, teammate, stranger, foreign} {
				f, target := ours, map[column]person{self: who, teammate: ours.teammate, stranger: ours.outside, foreign: theirs.people[r]}[c]
				if c == foreign {
					f = theirs
				}
				q := f.probeOf(route, target)
				a := w.try(who.caller(), q)
				got := judged(t, route, a, f, target)
				expect := wanted(route, r, c)
				require.Equal(t, expect, got, "%s as %s about %s: %s %s → %d %s", route, r, c, q.method, q.path, a.status, a.body)
				cells++
			}
		}
	}
	t.Logf("%d cells as declared", cells)
	require.Greater(t, cells, 1000)
}
