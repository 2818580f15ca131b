package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/deploy/single/logtest"
	"github.com/dakahq/daka/deploy/single/postgres/postgrestest"
)

type securityLine struct {
	Kind, Member, Actor, Subject, Route, Role, Detail, Agent string
	Count                                                    int
}

func (p *person) security(path string) (all []securityLine) {
	p.t.Helper()
	cursor := ""
	for {
		a := p.do("GET", path+"?limit=3"+cursor, "")
		require.Equal(p.t, 200, a.status, a.body)
		require.NotContains(p.t, a.body, "13800138")
		require.NotContains(p.t, a.body, "127.0.0.1")
		require.NotContains(p.t, a.body, "张三")
		var page struct {
			Items []securityLine
			Next  string
		}
		a.json(p.t, &page)
		all = append(all, page.Items...)
		if page.Next == "" {
			return all
		}
		cursor = "&cursor=" + page.Next
	}
}

// counted adds the entries of a kind and a detail up.
func counted(all []securityLine, kind, detail string) (n int) {
	for _, e := range all {
		if e.Kind == kind && e.Detail == detail {
			n += e.Count
		}
	}
	return n
}

// TestTheSecurityLog: what concerns an organization's safety stands in its log and in the server's, without anything personal.
func TestTheSecurityLog(t *testing.T) {
	log := &logtest.Log{}
	r, p := peopleTo(t, log, func(c *serveCmd) { c.LogLevel = "info" })
	owner, worker, thief := r.visitor(p), r.visitor(p), r.visitor(p)
	owner.register(zhang, "张三")
	worker.register(li, "李四")
	var founded struct{ ID string }
	a := owner.do("POST", "/orgs", `{"name":"Acme"}`)
	require.Equal(t, 201, a.status, a.body)
	a.json(t, &founded)
	base := "/orgs/" + founded.ID
	for range 11 {
		thief.do("POST", "/auth/login", fmt.Sprintf(`{"login":%q,"password":"wrong"}`, zhang))
	}
	hired := owner.do("POST", base+"/members", `{"number":"7","name":"王五","joined":"2026-01-01"}`)
	require.Equal(t, 201, hired.status, hired.body)
	var member struct{ ID string }
	hired.json(t, &member)
	a = owner.do("PUT", base+"/members/"+member.ID+"/roles", `{"roles":["hr"]}`)
	require.Equal(t, 201, a.status, a.body)
	a = owner.do("POST", base+"/tokens", `{"name":"clock","scopes":["members:read"]}`)
	require.Equal(t, 201, a.status, a.body)
	for range 2 {
		a = owner.do("GET", base+"/days/export?from=2026-01-01&to=2026-01-02", "")
		require.Equal(t, 200, a.status, a.body)
	}
	require.Equal(t, 404, worker.do("GET", base+"/security-log", "").status, "a stranger learns nothing")
	require.Equal(t, 403, owner.do("GET", base+"/ledger/events", "").status)

	all := owner.security(base + "/security-log")
	require.Equal(t, 10, counted(all, "sign_in_failed", "password"))
	require.Equal(t, 1, counted(all, "braked", "rate_limited"))
	require.Equal(t, 1, counted(all, "roles_changed", ""))
	require.Equal(t, 1, counted(all, "token_issued", ""))
	require.Equal(t, 2, counted(all, "exported", ""))
	require.Equal(t, 1, counted(all, "denied", "forbidden"))
	for _, e := range all {
		switch e.Kind {
		case "roles_changed":
			require.Equal(t, member.ID, e.Subject)
			require.True(t, strings.HasPrefix(e.Actor, "member:"), e.Actor)
		case "denied":
			require.Equal(t, "GET /api/v1/orgs/{org}/ledger/events", e.Route)
			require.Equal(t, "owner", e.Role)
		case "sign_in_failed":
			require.NotEmpty(t, e.Member)
			require.Empty(t, e.Actor)
		}
	}
	mine := worker.security("/me/security")
	require.Equal(t, 1, counted(mine, "registered", ""))
	require.Equal(t, 1, counted(mine, "denied", "organization_not_found"))
	require.Zero(t, counted(mine, "sign_in_failed", "password"), "what is about others is not mine")
	require.Positive(t, counted(owner.security("/me/security"), "registered", ""))
	require.Positive(t, log.Count("security.kind=sign_in_failed"))
	require.Positive(t, log.Count("security.kind=token_issued"))
	require.Zero(t, log.Count("13800138001"))
}

// TestReadsOfPlacesStandInTheSecurityLog: who looks at where somebody was leaves a line with the reader, whom it was about and no place.
func TestReadsOfPlacesStandInTheSecurityLog(t *testing.T) {
	log := &logtest.Log{}
	r, p := peopleTo(t, log, func(c *serveCmd) { c.LogLevel = "info" })
	owner := r.visitor(p)
	owner.register(zhang, "张三")
	org, _ := owner.made("POST", "/orgs", `{"name":"Acme"}`)
	base := "/orgs/" + org
	member, _ := owner.made("POST", base+"/members", `{"number":"7","name":"王五","joined":"2026-01-01"}`)
	owner.made("POST", base+"/groups", `{"name":"Office","rule":`+ruleKolkata+`}`)
	owner.made("PUT", base+"/attendance", `{"enabled":true}`)
	_, at := r.id("POST", base+"/punches", fmt.Sprintf(`{"member":%q,"lat":31.7171234,"lng":121.7171234}`, member))
	placesRead := func() (read []securityLine) {
		for _, e := range owner.security(base + "/security-log") {
			if e.Kind == "places_read" {
				read = append(read, e)
			}
		}
		return read
	}
	require.NotContains(t, owner.do("GET", base+"/members/"+member+"/punches?min_position="+at, "").body, "31.717")
	require.Empty(t, placesRead(), "an owner alone sees no places, and leaves no line")
	require.Contains(t, r.fresh("/api/v1"+base+"/members/"+member+"/punches?min_position="+at).body, "31.717")
	read := placesRead()
	require.Len(t, read, 1)
	require.Equal(t, "token:admin", read[0].Actor)
	require.Equal(t, member, read[0].Subject)
	require.NotEmpty(t, read[0].Detail, "it says what for")
	require.Positive(t, log.Count("security.kind=places_read"))
	require.Zero(t, log.Count("31.717"))
}

// TestTheSecurityLogIsKeptSoManyDays: the setting says how long, and what is younger stays.
func TestTheSecurityLogIsKeptSoManyDays(t *testing.T) {
	for days, kept := range map[int][]string{0: {"old 2", "old 179"}, 30: {"old 2"}} {
		database := postgrestest.Database(t)
		once, p := withPeople(t, func(c *serveCmd) { c.DatabaseURL = database })
		account := once.visitor(p).register(zhang, "张三")
		pool, err := pgxpool.New(t.Context(), database)
		require.NoError(t, err)
		t.Cleanup(pool.Close)
		for _, age := range []int{2, 179, 181} {
			_, err = pool.Exec(t.Context(), `INSERT INTO identity.security (at, kind, account, orgs, actor, route, role, detail, agent, count)
				VALUES (now() - make_interval(days => $1), $2, $3, '{}', '', '', '', '', '', 1)`, age, fmt.Sprintf("old %d", age), account)
			require.NoError(t, err)
		}
		serve(t, func(c *serveCmd) { c.DatabaseURL, c.SecurityLog = database, days }) // another copy, which sweeps when it starts
		require.Eventually(t, func() bool {
			rows, err := pool.Query(t.Context(), "SELECT kind FROM identity.security WHERE kind LIKE 'old %' ORDER BY at DESC")
			require.NoError(t, err)
			left, err := pgx.CollectRows(rows, pgx.RowTo[string])
			require.NoError(t, err)
			return slices.Equal(left, kept)
		}, waitLong, tick, "%d days", days)
	}
}

// TestAStartIsQuiet: Postgres comes up after the commands, and nobody is warned of that.
func TestAStartIsQuiet(t *testing.T) {
	log := &logtest.Log{}
	r := serveTo(t, log, func(c *serveCmd) { c.LogLevel = "info" }).ready()
	require.Eventually(t, func() bool { _, err := r.m.service.Identity.Store(); return err == nil }, waitLong, tick)
	r.company(ruleKolkata)
	require.Empty(t, slices.DeleteFunc(log.Lines(), func(line string) bool {
		return !strings.Contains(line, "level=WARN") && !strings.Contains(line, "level=ERROR")
	}))
}
