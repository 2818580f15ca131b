package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// firm is an organization whose people signed up themselves; everything goes through HTTP as a person does it.
type firm struct {
	t                                                                           *testing.T
	base                                                                        string
	owner, partner, third, hr, manager, worker, other, auditor, outsider, token *person
	ids                                                                         map[*person]string
	sales, works, group                                                         string
	photo                                                                       string
}

// made sends a command that has to work, and gives the receipt's id and position.
func (p *person) made(method, path, body string) (id, position string) {
	p.t.Helper()
	a := p.do(method, path, body)
	require.Equal(p.t, http.StatusCreated, a.status, "%s %s: %s", method, path, a.body)
	var receipt struct{ ID, Position string }
	a.json(p.t, &receipt)
	return receipt.ID, receipt.Position
}

// read waits for a position and gives what the path answers.
func (p *person) read(path, position string, into any) {
	p.t.Helper()
	a := settled(p.t, func() reply { return p.do("GET", path+"?min_position="+position, "") })
	require.Equal(p.t, http.StatusOK, a.status, a.body)
	a.json(p.t, into)
}

// TestPeopleFromSignUpToTheLastDay goes the whole way with real sign-in: found, invite, search, ask, approve, roles, rule, photo, punch,
// read as everybody, lose a session, leave.
func TestPeopleFromSignUpToTheLastDay(t *testing.T) {
	r, post := withPeople(t, func(c *serveCmd) { c.RateLimits = true })
	f := &firm{t: t, ids: map[*person]string{}}
	for i, p := range []**person{&f.owner, &f.partner, &f.third, &f.hr, &f.manager, &f.worker, &f.other, &f.auditor, &f.outsider} {
		*p = r.visitor(post)
		(*p).register(fmt.Sprintf("+86138001380%02d", i), fmt.Sprintf("Person %d", i))
	}
	f.found()
	f.comeIn()
	f.takeRoles()
	f.punch()
	f.readAsEverybody()
	f.writeAsEverybody()
	f.whoLooked()
	f.loseASession()
	f.leave()
}

// found makes the organization, its second department, its rule, and turns attendance on.
func (f *firm) found() {
	org, at := f.owner.made("POST", "/orgs", `{"name":"Acme Hangzhou","industry":"tools","address":"1 West Lake","department":"Sales","position":"CEO"}`)
	f.base = "/orgs/" + org
	var tree struct{ Items []struct{ ID string } }
	f.owner.read(f.base+"/departments", at, &tree)
	f.sales = tree.Items[0].ID
	f.works, _ = f.owner.made("POST", f.base+"/departments", `{"name":"Works"}`)
	f.group, _ = f.owner.made("POST", f.base+"/groups", `{"name":"Office","rule":{"name":"Office","time_zone":"Asia/Shanghai","effective_from":"2026-01-01","shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}]}}}}`)
	f.owner.made("PUT", f.base+"/attendance", `{"enabled":true}`)
	f.outsider.made("POST", "/orgs", `{"name":"Elsewhere"}`)
	f.ids[f.owner] = f.owner.member(f.base)
}

// member is who the person is in the organization.
func (p *person) member(base string) string {
	p.t.Helper()
	var me struct {
		Memberships []struct{ Org, Member string }
	}
	p.do("GET", "/me", "").json(p.t, &me)
	for _, m := range me.Memberships {
		if strings.HasSuffix(base, m.Org) {
			return m.Member
		}
	}
	p.t.Fatalf("%s is no organization of %v", base, me)
	return ""
}

// comeIn lets most in by a code, one into the other department, and one by a search and an approval.
func (f *firm) comeIn() {
	for department, guests := range map[string][]*person{f.sales: {f.partner, f.third, f.hr, f.manager, f.auditor}, f.works: {f.other}} {
		a := f.owner.do("POST", f.base+"/invitations", fmt.Sprintf(`{"uses":5,"department":%q,"group":%q}`, department, f.group))
		require.Equal(f.t, 201, a.status, a.body)
		var issued struct{ Invitation struct{ Code string } }
		a.json(f.t, &issued)
		for _, p := range guests {
			f.ids[p], _ = p.made("POST", "/join-requests", fmt.Sprintf(`{"code":%q}`, issued.Invitation.Code))
		}
	}
	var hits struct{ Items []struct{ ID, Name string } }
	f.worker.do("GET", "/orgs?query=hangzhou", "").json(f.t, &hits)
	require.Len(f.t, hits.Items, 1)
	asked, at := f.worker.made("POST", "/join-requests", fmt.Sprintf(`{"org":%q,"number":"007","message":"I am the new one"}`, hits.Items[0].ID))
	require.Equal(f.t, 404, f.worker.do("GET", f.base, "").status, "who waits is nobody yet")
	var requests struct {
		Items []struct{ ID, Message, State string }
	}
	f.owner.read(f.base+"/join-requests", at, &requests)
	require.Equal(f.t, struct{ ID, Message, State string }{asked, "I am the new one", "pending"}, requests.Items[0])
	f.owner.made("POST", f.base+"/join-requests/"+asked+"/approve", fmt.Sprintf(`{"department":%q,"group":%q,"number":"007"}`, f.sales, f.group))
	f.ids[f.worker] = f.worker.member(f.base)
}

// takeRoles makes HR and a manager by one owner, and the auditor and a third owner by two.
func (f *firm) takeRoles() {
	roles := func(p *person) string { return f.base + "/members/" + f.ids[p] + "/roles" }
	f.owner.made("PUT", roles(f.hr), `{"roles":["hr"]}`)
	f.owner.made("PUT", roles(f.manager), fmt.Sprintf(`{"roles":[{"role":"manager","department":%q}]}`, f.sales))
	f.owner.made("PUT", roles(f.partner), `{"owner":true}`)
	const ledger = "/ledger/events"
	for p, body := range map[*person]string{f.auditor: `{"roles":["auditor"]}`, f.third: `{"owner":true}`} {
		path := ledger
		if p == f.third {
			path = "/setup"
		}
		f.owner.made("PUT", roles(p), body)
		require.Equal(f.t, 403, p.do("GET", f.base+path, "").status, "one person's word is not enough")
		f.owner.do("PUT", roles(p), body)
		require.Equal(f.t, 403, p.do("GET", f.base+path, "").status, "nor is it when said twice")
		f.partner.made("PUT", roles(p), body)
		require.Eventually(f.t, func() bool { return p.do("GET", f.base+path, "").status == 200 }, waitLong, tick)
	}
	a := f.hr.do("POST", f.base+"/tokens", `{"name":"gate","scopes":["punching:write"]}`)
	require.Equal(f.t, 201, a.status, a.body)
	var issued struct{ Secret string }
	a.json(f.t, &issued)
	f.token = &person{rig: f.owner.rig, bearer: "Bearer " + issued.Secret}
}

// punch sends the picture first, and then the punch that names it.
func (f *firm) punch() {
	photo := f.worker.send(ask{"POST", "/api/v1" + f.base + "/files", snapshot(f.t, 3, "x"), map[string]string{"Authorization": "", "Cookie": f.worker.cookie, "Content-Type": "image/jpeg"}})
	require.Equal(f.t, 201, photo.status, photo.body)
	var sent struct{ File string }
	photo.json(f.t, &sent)
	f.photo = sent.File
	_, at := f.worker.made("POST", f.base+"/punches", fmt.Sprintf(`{"lat":30.2741,"lng":120.1551,"address":"Wensan Road","photo":%q}`, f.photo))
	var list struct {
		Items []struct{ Detail map[string]any }
	}
	f.worker.read(f.base+"/members/me/punches", at, &list)
	require.Equal(f.t, f.photo, list.Items[0].Detail["photo"])
	require.Equal(f.t, 30.2741, list.Items[0].Detail["lat"])
	_, at = f.other.made("POST", f.base+"/punches", `{"lat":30.3,"lng":120.2}`)
	f.other.read(f.base+"/members/me/punches", at, &list)
	require.Len(f.t, list.Items, 1)
}

// readAsEverybody compares every answer with what the policy says; the columns are the callers.
func (f *firm) readAsEverybody() {
	worker, other := f.base+"/members/"+f.ids[f.worker], f.base+"/members/"+f.ids[f.other]
	callers := []*person{f.owner, f.hr, f.manager, f.worker, f.other, f.auditor, f.token, f.outsider}
	for path, want := range map[string][]int{
		f.base:                       {200, 200, 200, 200, 200, 200, 403, 404},
		f.base + "/members":          {200, 200, 200, 403, 403, 200, 403, 404},
		f.base + "/dashboard":        {200, 200, 200, 403, 403, 200, 403, 404},
		f.base + "/join-requests":    {200, 200, 403, 403, 403, 200, 403, 404},
		f.base + "/invitations":      {200, 200, 403, 403, 403, 403, 403, 404},
		f.base + "/tokens":           {200, 200, 403, 403, 403, 200, 403, 404},
		f.base + "/ledger/events":    {403, 403, 403, 403, 403, 200, 403, 404},
		worker:                       {200, 200, 200, 200, 403, 200, 403, 404},
		worker + "/punches":          {200, 200, 200, 200, 403, 200, 403, 404},
		worker + "/today":            {200, 200, 200, 200, 403, 200, 403, 404},
		other + "/punches":           {200, 200, 403, 403, 200, 200, 403, 404},
		other:                        {200, 200, 403, 403, 200, 200, 403, 404},
		worker + "/access-log":       {403, 403, 403, 200, 403, 200, 403, 404},
		f.base + "/files/" + f.photo: {404, 200, 404, 200, 404, 200, 403, 404},
		"/orgs/" + newKey(f.t):       {404, 404, 404, 404, 404, 404, 404, 404},
		"/me":                        {200, 200, 200, 200, 200, 200, 200, 200},
	} {
		for i, p := range callers {
			a := p.do("GET", path, "")
			require.Equal(f.t, want[i], a.status, "%s as caller %d: %s", path, i, a.body)
			if path == worker+"/punches" && want[i] == 200 {
				seen := slices.Contains([]*person{f.hr, f.worker, f.auditor}, p)
				for _, value := range []string{"30.2741", "Wensan Road", f.photo, "127.0.0.1"} {
					require.Equal(f.t, seen, strings.Contains(a.body, value), "%s as caller %d", value, i)
				}
			}
		}
	}
	unknown, foreign := f.outsider.do("GET", "/orgs/"+newKey(f.t), ""), f.outsider.do("GET", f.base, "")
	require.Equal(f.t, unknown.body, foreign.body, "another organization is like none")
	var team struct{ Items []struct{ ID string } }
	f.manager.do("GET", f.base+"/members", "").json(f.t, &team)
	for _, m := range team.Items {
		require.NotEqual(f.t, f.ids[f.other], m.ID, "the other department is closed to the manager")
	}
	require.NotEmpty(f.t, team.Items)
}

// writeAsEverybody tries what changes something; refused first, so that nothing has to be undone.
func (f *firm) writeAsEverybody() {
	worker := f.base + "/members/" + f.ids[f.worker]
	punch := fmt.Sprintf(`{"member":%q}`, f.ids[f.worker])
	callers := []*person{f.owner, f.hr, f.manager, f.other, f.auditor, f.token, f.outsider}
	for _, c := range []struct {
		method, path, body string
		want               []int
	}{
		{"POST", f.base + "/punches", punch, []int{403, 201, 403, 403, 403, 201, 404}},
		{"PATCH", worker, `{"position":"clerk"}`, []int{201, 201, 403, 403, 403, 403, 404}},
		{"PUT", worker + "/roles", `{"roles":[]}`, []int{200, 403, 403, 403, 403, 403, 404}},
		{"PATCH", f.base, `{"industry":"tools"}`, []int{200, 200, 403, 403, 403, 403, 404}},
		{"POST", worker + "/corrections", `{}`, []int{422, 422, 403, 403, 403, 422, 404}},
		{"POST", f.base + "/invitations", `{}`, []int{201, 201, 403, 403, 403, 403, 404}},
		{"DELETE", f.base + "/members/" + f.ids[f.third], "", []int{0, 0, 403, 403, 403, 403, 404}},
	} {
		for i, p := range callers {
			if c.want[i] == 0 {
				continue
			}
			a := p.do(c.method, c.path, c.body)
			if a.status == 200 && c.want[i] == 201 || a.status == 201 && c.want[i] == 200 { // what is so already is answered with 200
				continue
			}
			require.Equal(f.t, c.want[i], a.status, "%s %s as caller %d: %s", c.method, c.path, i, a.body)
		}
	}
}

// whoLooked reads what the worker sees of HR's and the auditor's reading.
func (f *firm) whoLooked() {
	var log struct {
		Items []struct {
			Actor  struct{ ID string }
			Fields []string
		}
	}
	var readers []string
	require.Eventually(f.t, func() bool {
		f.worker.do("GET", f.base+"/members/me/access-log", "").json(f.t, &log)
		readers = nil
		for _, seen := range log.Items {
			readers = append(readers, seen.Actor.ID)
		}
		return len(readers) == 4
	}, waitLong, tick)
	slices.Sort(readers)
	want := []string{f.ids[f.hr], f.ids[f.hr], f.ids[f.auditor], f.ids[f.auditor]}
	slices.Sort(want)
	require.Equal(f.t, want, readers, "both read the places and the photo")
}

// loseASession ends another device's session, and that device is out within a second.
func (f *firm) loseASession() {
	phone := f.worker.rig.visitor(f.worker.post)
	require.Equal(f.t, 204, phone.do("POST", "/auth/login", fmt.Sprintf(`{"login":"+8613800138005","password":%q}`, goodPassword)).status)
	require.Equal(f.t, 200, phone.do("GET", f.base+"/members/me/today", "").status)
	var list struct {
		Items []struct {
			ID      string
			Current bool
		}
	}
	f.worker.do("GET", "/me/sessions", "").json(f.t, &list)
	for _, s := range list.Items {
		if !s.Current {
			require.Equal(f.t, 204, f.worker.do("DELETE", "/me/sessions/"+s.ID, "").status)
		}
	}
	phone.outWithinASecond(f.base)
	require.Equal(f.t, 200, f.worker.do("GET", f.base+"/members/me/today", "").status)
}

// leave ends the worker's membership; the account stays, and so does what the organization has of it.
func (f *firm) leave() {
	_, at := f.hr.made("DELETE", f.base+"/members/"+f.ids[f.worker], "")
	f.worker.outWithinASecond(f.base)
	require.Equal(f.t, 401, f.worker.do("POST", f.base+"/punches", "{}").status)
	require.Equal(f.t, 200, f.worker.do("GET", "/me", "").status)
	var list struct{ Items []struct{ ID string } }
	f.hr.read(f.base+"/members/"+f.ids[f.worker]+"/punches", at, &list)
	require.Len(f.t, list.Items, 3, "the history stays")
}

// outWithinASecond is the bound of the contract, not a measurement.
func (p *person) outWithinASecond(base string) {
	p.t.Helper()
	deadline := time.Now().Add(time.Second)
	for p.do("GET", base+"/members/me/today", "").status != 401 {
		require.True(p.t, time.Now().Before(deadline), "a right that ended lives longer than a second")
		time.Sleep(tick)
	}
}
