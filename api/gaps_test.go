package api

import (
	"fmt"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands/files"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/query"
)

func TestProposalsAreSeenByOwners(t *testing.T) {
	w := newWalls(t, nil)
	org, boss := w.founded("Acme")
	second, clerk := w.join(boss.org, "2", nil), w.join(boss.org, "3", nil)
	roles := func(p person) string { return org + "/members/" + p.member.String() + "/roles" }
	w.made(boss.caller(), "PUT", roles(second), `{"owner":true}`)
	list := func(p person, position string) (out read.List[ProposalView]) {
		a := w.ask(p.caller(), "GET", v1+org+"/role-proposals?min_position="+position, "")
		require.Equal(t, http.StatusOK, a.status, a.body)
		a.into(t, &out)
		return out
	}
	require.Equal(t, http.StatusForbidden, w.ask(clerk.caller(), "GET", v1+org+"/role-proposals", "").status)
	first := w.made(boss.caller(), "PUT", roles(clerk), `{"roles":["auditor"]}`)
	last := w.made(boss.caller(), "PUT", roles(clerk), `{"owner":true}`)
	seen := list(second, last.Position)
	require.Len(t, seen.Items, 2)
	for i, role := range []who.Role{domain.RoleAuditor, domain.RoleOwner} {
		p := seen.Items[i]
		require.Equal(t, []any{clerk.member, "3", "Person 3", role, "Li Si", false}, []any{p.Member, p.Number, p.Name, p.Role, p.ByName, p.Mine})
		require.Equal(t, v1+roles(clerk), p.Path)
		require.NotEmpty(t, p.Text.English)
		require.NotEmpty(t, p.Text.Chinese)
	}
	require.True(t, list(boss, first.Position).Items[0].Mine, "who proposed it knows that the word of another is missing")
	w.made(second.caller(), "PUT", roles(clerk), `{"roles":["auditor"]}`)
	require.Len(t, list(boss, "").Items, 1)
	w.made(second.caller(), "PUT", roles(clerk), `{"owner":false}`)
	require.Empty(t, list(boss, "").Items)
	w.made(boss.caller(), "PUT", roles(clerk), `{"owner":true}`)
	w.made(boss.caller(), "DELETE", org+"/members/"+clerk.member.String(), "")
	require.Empty(t, list(boss, "").Items, "who has left is proposed for nothing")
}

func TestARequestToJoinIsWithdrawn(t *testing.T) {
	w := newWalls(t, nil)
	org, boss := w.founded("Acme")
	asker := asAccount(uuid.New())
	body := fmt.Sprintf(`{"org":%q,"name":"Wang","message":"hello"}`, boss.org)
	asked := w.made(asker, "POST", "/join-requests", body)
	path := "/join-requests/" + asked.ID.String()
	require.Equal(t, "join_request_not_found", w.ask(asAccount(uuid.New()), "DELETE", v1+path, "").code(t), "it is another's")
	require.Equal(t, "join_request_not_found", w.ask(asker, "DELETE", v1+"/join-requests/x", "").code(t))
	gone := w.made(asker, "DELETE", path, "")
	require.Equal(t, "join_decided", w.ask(asker, "DELETE", v1+path, "").code(t))
	require.Equal(t, "join_decided", w.ask(boss.caller(), "POST", v1+org+path+"/approve", "").code(t))
	var own read.List[OwnJoinRequest]
	w.ask(asker, "GET", v1+"/join-requests", "").into(t, &own)
	require.Equal(t, []string{"withdrawn", ""}, []string{own.Items[0].State, own.Items[0].Reason})
	var there read.List[JoinRequestView]
	w.ask(boss.caller(), "GET", v1+org+"/join-requests?state=withdrawn&min_position="+gone.Position, "").into(t, &there)
	require.Len(t, there.Items, 1)
	require.Equal(t, domain.ActorAccount, there.Items[0].AnsweredBy.Kind)
	w.made(asker, "POST", "/join-requests", body)
}

func TestADepartmentMovesBackToTheTop(t *testing.T) {
	w := newWalls(t, nil)
	org, boss := w.founded("Acme")
	top := w.made(boss.caller(), "POST", org+"/departments", `{"name":"Works"}`)
	child := w.made(boss.caller(), "POST", org+"/departments", fmt.Sprintf(`{"name":"Paint","parent":%q}`, top.ID))
	parent := func(position string) *domain.ID {
		var tree read.List[query.Department]
		w.ask(boss.caller(), "GET", v1+org+"/departments?min_position="+position, "").into(t, &tree)
		for _, d := range tree.Items {
			if d.ID == child.ID {
				return d.Parent
			}
		}
		t.Fatal("the department is gone")
		return nil
	}
	change := func(body string) string {
		return w.made(boss.caller(), "PATCH", org+"/departments", fmt.Sprintf(`{"department":%q,%s}`, child.ID, body)).Position
	}
	require.Equal(t, &top.ID, parent(change(`"name":"Paint shop"`)), "a parent that is left out stays")
	require.Nil(t, parent(change(`"parent":null`)))
	o, _ := w.server.config.Directory.Organization(boss.org)
	require.Nil(t, o.Departments[child.ID].Parent)
	require.Equal(t, &top.ID, parent(change(fmt.Sprintf(`"parent":%q`, top.ID))))
	require.Equal(t, "invalid_request", w.ask(boss.caller(), "PATCH", v1+org+"/departments", fmt.Sprintf(`{"department":%q,"parent":"top"}`, child.ID)).code(t))
}

func TestMeInABodyIsTheCaller(t *testing.T) {
	w := newWalls(t, nil)
	f := w.found("acme")
	clerk := f.people[domain.RoleEmployee]
	punched := w.made(clerk.caller(), "POST", f.path("/punches"), `{"member":"me"}`)
	require.Contains(t, punched.Stream, clerk.member.String())
	batch := w.ask(clerk.caller(), "POST", v1+f.path("/punches/batch"), `{"punches":[{"member":"me","claimed_at":"`+time.Now().UTC().Format(time.RFC3339)+`"}]}`)
	require.Equal(t, http.StatusCreated, batch.status, batch.body)
	require.Contains(t, batch.body, clerk.member.String())
	at := `"from":"2026-03-02T09:00:00Z","to":"2026-03-02T10:00:00Z","zone":"UTC"`
	asked := w.made(clerk.caller(), "POST", f.path("/requests"), `{"type":"trip","member":"me",`+at+`}`)
	var request struct{ Member domain.ID }
	w.ask(clerk.caller(), "GET", v1+f.path("/requests/"+asked.ID.String()+"?min_position="+asked.Position), "").into(t, &request)
	require.Equal(t, clerk.member, request.Member)
	for path, body := range map[string]string{"/punches": `{"member":"me"}`, "/requests": `{"type":"trip","member":"me",` + at + `}`} {
		require.Equal(t, "no_member_for_token", w.ask(theAdmin, "POST", v1+f.path(path), body).code(t))
		bad := w.ask(clerk.caller(), "POST", v1+f.path(path), strings.Replace(body, `"me"`, `"you"`, 1))
		require.Equal(t, http.StatusUnprocessableEntity, bad.status)
		require.Contains(t, bad.body, "an id, or me")
	}
}

func TestColleaguesSeeAMembersPicture(t *testing.T) {
	w := newWalls(t, nil)
	f := w.found("acme")
	clerk := f.people[domain.RoleEmployee]
	path := v1 + f.path("/members/"+clerk.member.String()+"/avatar")
	hr := f.people[domain.RoleHR].caller()
	require.Equal(t, "file_not_found", w.ask(hr, "GET", path, "").code(t))
	var picture strings.Builder
	require.NoError(t, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8))))
	kept, err := w.server.config.Files.Put(w.ctx, files.Owner{Subject: clerk.account, Purpose: files.Avatar, Sender: domain.Actor{Kind: domain.ActorAccount, ID: clerk.account.String()}}, []byte(picture.String()))
	require.NoError(t, err)
	w.write(domain.ID{}, domain.AccountStream(clerk.account), clerk.account, domain.AccountRegistered{Account: clerk.account, Phone: domain.Private("+8613800138000")}, domain.AccountChanged{Avatar: &kept.ID})
	for who, status := range map[caller]int{hr: 200, f.people[domain.RoleOwner].caller(): 200, f.people[domain.RoleManager].caller(): 200, clerk.caller(): 200, f.teammate.caller(): 403, f.outside.caller(): 403} {
		a := w.ask(who, "GET", path, "")
		require.Equal(t, status, a.status, a.body)
		require.Equal(t, status == 200, strings.HasPrefix(a.body, "\xff\xd8\xff"))
	}
}
