package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/domain"
)

// callers of an organization: every role, a program with every scope, and an account that belongs nowhere.
func (f *firm) callers() map[string]caller {
	out := map[string]caller{"stranger": caller(byAccount + uuid.NewString()), "program": allScopes}
	for r, p := range f.people {
		out[string(r)] = p.caller()
	}
	return out
}

const allScopes caller = "program"

// issue gives the organization a token with every scope there is.
func (w *walls) issue(org domain.ID) *who.ProgramToken {
	scopes := map[string]bool{}
	for _, item := range w.server.router.OpenAPI().Paths {
		if item.Get != nil {
			scopes[who.ScopeOf("GET", item.Get.Tags[0])] = true
		}
		if item.Post != nil {
			scopes[who.ScopeOf("POST", item.Post.Tags[0])] = true
		}
	}
	t := &who.ProgramToken{Org: org, ID: uuid.New()}
	for scope := range scopes {
		t.Scopes = append(t.Scopes, scope)
	}
	w.write(org, domain.OrgStream(org), org, domain.TokenIssued{Token: t.ID, Name: "all", Scopes: t.Scopes, SHA256: strings.Repeat("ab", 32), By: commands.Administrator})
	return t
}

// unknown is the same probe about things that never were.
func unknown(q probe, ids ...domain.ID) probe {
	for _, id := range ids {
		q.path = strings.ReplaceAll(q.path, id.String(), uuid.NewString())
	}
	return q
}

// TestNobodyReachesAnotherOrganization asks every route about the ids of another organization, under its own path and under the
// caller's. Each answer must be that for an id that never was.
func TestNobodyReachesAnotherOrganization(t *testing.T) {
	tokens := map[string]*who.ProgramToken{}
	w := newWalls(t, tokens)
	ours, theirs := w.found("Ours"), w.found("Theirs")
	tokens[string(allScopes)] = w.issue(ours.org)
	w.settled(ours, theirs)
	probes := 0
	ask := func(who caller, q probe, ids ...domain.ID) {
		a := w.try(who, q)
		probes++
		require.GreaterOrEqual(t, a.status, 400, "%s as %s: %s %s", a.body, who, q.method, q.path)
		require.Less(t, a.status, 500, "%s as %s: %s %s", a.body, who, q.method, q.path)
		require.Equal(t, w.try(who, unknown(q, ids...)), a, "as %s: %s %s", who, q.method, q.path)
	}
	targets := []person{theirs.teammate, theirs.outside}
	for _, p := range theirs.people {
		targets = append(targets, p)
	}
	for _, route := range w.server.router.Routes() {
		if !strings.Contains(route, "{org}") {
			continue
		}
		for _, who := range ours.callers() {
			for _, p := range targets {
				ids := []domain.ID{theirs.org, p.member, theirs.requests[p.member], theirs.groupOf(p)}
				for _, keyless := range []bool{false, true} {
					q := theirs.standing(route, p)
					q.keyless = keyless
					ask(who, q, ids...)
					if q.path = strings.Replace(q.path, theirs.org.String(), ours.org.String(), 1); namesSomething(route) {
						ask(who, q, ids[1:]...)
					}
				}
			}
		}
	}
	t.Logf("%d probes, none answered", probes)
	require.Greater(t, probes, 5000)
	foreignBodies(t, w, ours, theirs)
}

// standing is a probe about what is there already.
func (f *firm) standing(route string, p person) probe {
	q := f.probeOf(strings.Replace(route, "{request}", "{standing}", 1), p)
	q.body = f.bodyOf(route, p)
	return q
}

// namesSomething says that a route names a thing of an organization in its path.
func namesSomething(route string) bool {
	for _, name := range pathParam.FindAllString(route, -1) {
		if name != "{org}" && name != "{month}" && name != "{date}" {
			return true
		}
	}
	return false
}

// foreignBodies names another organization's things in bodies and queries, as the one who may most.
func foreignBodies(t *testing.T, w *walls, ours, theirs *firm) {
	hr, member := ours.people[domain.RoleHR].caller(), theirs.outside.member.String()
	for _, q := range []probe{
		{method: "POST", path: "/punches", body: `{"member":"` + member + `"}`},
		{method: "POST", path: "/requests", body: theirs.bodyOf("POST "+v1+"/orgs/{org}/requests", theirs.outside)},
		{method: "PUT", path: "/roster", body: `{"entries":[{"member":"` + member + `","shifts":{"` + matrixDate() + `":"day"}}]}`},
		{method: "PUT", path: "/members/" + ours.teammate.member.String() + "/group", body: `{"group":"` + theirs.shop.String() + `"}`},
		{method: "PATCH", path: "/members/" + ours.teammate.member.String(), body: `{"department":"` + theirs.works.String() + `"}`},
		{method: "POST", path: "/members", body: `{"number":"999","department":"` + theirs.works.String() + `"}`},
		{method: "POST", path: "/members", body: `{"number":"998","group":"` + theirs.shop.String() + `"}`},
		{method: "POST", path: "/departments", body: `{"name":"x","parent":"` + theirs.works.String() + `"}`},
		{method: "PATCH", path: "/departments", body: `{"department":"` + theirs.works.String() + `","name":"x"}`},
		{method: "PUT", path: "/approvers", body: `{"approvers":["` + member + `"]}`},
		{method: "GET", path: "/members?min_position=" + domain.MemberStream(theirs.org, theirs.outside.member) + "@0"},
	} {
		q.path = v1 + ours.path(q.path)
		a := w.try(hr, q)
		require.GreaterOrEqual(t, a.status, 400, "%s %s %s: %s", q.method, q.path, q.body, a.body)
		require.Less(t, a.status, 500, a.body)
	}
	for _, query := range []string{"/roster" + queries["GET "+v1+"/orgs/{org}/roster"] + "&member=" + member, "/requests?member=" + member,
		"/months/" + matrixDate()[:7] + "?member=" + member, "/penalties?member=" + member, "/members?department=" + theirs.works.String(), "/members?group=" + theirs.shop.String(),
		"/days?date=" + matrixDate() + "&department=" + theirs.works.String(), "/days?date=" + matrixDate() + "&group=" + theirs.shop.String()} {
		a := w.ask(hr, "GET", v1+ours.path(query), "")
		if a.status == http.StatusOK {
			require.Contains(t, a.body, `"items":[]`, query)
		}
	}
}
