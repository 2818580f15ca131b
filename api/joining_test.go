package api

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

func asAccount(id domain.ID) caller { return caller(byAccount + id.String()) }

func (a answer) into(t *testing.T, v any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(a.body), v), a.body)
}

// made sends a command that must be written, and gives its answer.
func (w *walls) made(by caller, method, path, body string) (out struct {
	ledger.Receipt
	Org        domain.ID
	State      string
	Invitation InvitationView
	Secret     string
}) {
	w.t.Helper()
	a := w.ask(by, method, v1+path, body)
	require.Equal(w.t, http.StatusCreated, a.status, a.body)
	a.into(w.t, &out)
	return out
}

// founded is an organization that a person with an account founded.
func (w *walls) founded(name string) (org string, founder person) {
	org, founder, _ = w.foundedAt(name)
	return org, founder
}

func (w *walls) foundedAt(name string) (org string, founder person, position string) {
	w.t.Helper()
	founder.account = uuid.New()
	r := w.made(asAccount(founder.account), "POST", "/orgs", fmt.Sprintf(`{"name":%q,"department":"R&D","member_name":"Li Si","position":"director"}`, name))
	founder.org, founder.member = r.ID, domain.JoinedMemberID(r.ID, founder.account)
	return "/orgs/" + r.ID.String(), founder, r.Position
}

func TestFromFoundingToTheFirstColleagues(t *testing.T) {
	w := newWalls(t, nil)
	org, boss, position := w.foundedAt("Acme Works")
	var me MemberView
	w.ask(boss.caller(), "GET", v1+org+"/members/me?min_position="+position, "").into(t, &me)
	require.Equal(t, "Li Si", me.Name)
	require.Equal(t, &boss.account, me.Account)
	require.Equal(t, http.StatusForbidden, w.ask(theAdmin, "POST", v1+"/orgs", `{"name":"X","position":"director"}`).status)

	issued := w.made(boss.caller(), "POST", org+"/invitations", `{"uses":5,"expires_in_hours":48}`)
	require.Regexp(t, `^http://example.com/join/[0-9A-Z]{10}$`, issued.Invitation.Link)
	requireSVG(t, issued.Invitation.QR)
	guest := uuid.New()
	var seen Invited
	w.ask(asAccount(guest), "GET", v1+"/invitations/"+strings.ToLower(issued.Invitation.Code), "").into(t, &seen)
	require.Equal(t, Invited{Org: FoundOrganization{ID: boss.org, Name: "Acme Works"}, State: "open", ExpiresAt: issued.Invitation.ExpiresAt}, seen)
	joined := w.made(asAccount(guest), "POST", "/join-requests", fmt.Sprintf(`{"code":%q,"name":"Wang Fang","number":"7"}`, issued.Invitation.Code))
	require.Equal(t, "joined", joined.State)
	require.Equal(t, boss.org, joined.Org)
	require.Equal(t, http.StatusOK, w.ask(asAccount(guest), "GET", v1+org+"/members/me?min_position="+joined.Position, "").status)

	asker := asAccount(uuid.New())
	found := w.ask(asker, "GET", v1+"/orgs?query=acme", "").body
	require.JSONEq(t, fmt.Sprintf(`{"items":[{"id":%q,"name":"Acme Works","industry":""}],"next":""}`, boss.org), found, "nothing but what people may find")
	var all read.List[OrganizationHit]
	w.ask(theAdmin, "GET", v1+"/orgs?query=acme", "").into(t, &all)
	require.Equal(t, boss.org, all.Items[0].Organization.ID, "the administrator sees the rest, too")
	asked := w.made(asker, "POST", "/join-requests", fmt.Sprintf(`{"org":%q,"name":"Zhao","message":"from sales"}`, boss.org))
	require.Equal(t, "pending", asked.State)
	require.Equal(t, http.StatusNotFound, w.ask(asker, "GET", v1+org, "").status, "who waits is nobody yet")
	var waiting read.List[JoinRequestView]
	w.ask(boss.caller(), "GET", v1+org+"/join-requests?state=pending&min_position="+asked.Position, "").into(t, &waiting)
	require.Len(t, waiting.Items, 1)
	require.Equal(t, "Zhao", waiting.Items[0].Name)
	require.Equal(t, "from sales", waiting.Items[0].Message)
	request := org + "/join-requests/" + waiting.Items[0].ID.String()
	require.Equal(t, http.StatusForbidden, w.ask(asAccount(guest), "POST", v1+request+"/approve", "").status, "an employee approves nobody")
	approved := w.made(boss.caller(), "POST", request+"/approve", `{"number":"8"}`)
	require.Equal(t, http.StatusOK, w.ask(asker, "GET", v1+org+"/members/me?min_position="+approved.Position, "").status)

	w.made(boss.caller(), "PUT", org+"/members/"+approved.ID.String()+"/roles", `{"roles":["hr"]}`)
	department := me.Department.String()
	w.made(boss.caller(), "PUT", org+"/members/"+joined.ID.String()+"/roles", fmt.Sprintf(`{"roles":[{"role":"manager","department":%q}]}`, department))
	require.Equal(t, http.StatusCreated, w.ask(asker, "PUT", v1+org+"/attendance", `{"enabled":true}`).status, "HR switches attendance on")
	var own read.List[OwnJoinRequest]
	w.ask(asker, "GET", v1+"/join-requests", "").into(t, &own)
	require.Equal(t, "approved", own.Items[0].State)
}

func requireSVG(t *testing.T, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
	}
	require.True(t, strings.HasPrefix(text, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 `), text)
}

func TestARejectionIsReadAndOneMayAskAgain(t *testing.T) {
	w := newWalls(t, nil)
	org, boss := w.founded("Acme")
	asker := asAccount(uuid.New())
	ask := fmt.Sprintf(`{"org":%q,"name":"Zhao"}`, boss.org)
	first := w.made(asker, "POST", "/join-requests", ask)
	again := w.ask(asker, "POST", v1+"/join-requests", ask)
	require.Equal(t, http.StatusConflict, again.status)
	require.Equal(t, "join_pending", again.code(t))
	request := org + "/join-requests/" + first.ID.String()
	rejected := w.made(boss.caller(), "POST", request+"/reject", `{"reason":"who are you?"}`)
	require.Equal(t, "join_decided", w.ask(boss.caller(), "POST", v1+request+"/approve", "").code(t))
	var own read.List[OwnJoinRequest]
	w.ask(asker, "GET", v1+"/join-requests", "").into(t, &own)
	require.Equal(t, "rejected", own.Items[0].State)
	require.Equal(t, "who are you?", own.Items[0].Reason)
	w.made(asker, "POST", "/join-requests", ask)
	var all read.List[JoinRequestView]
	w.ask(boss.caller(), "GET", v1+org+"/join-requests?min_position="+rejected.Position, "").into(t, &all)
	require.Eventually(t, func() bool {
		w.ask(boss.caller(), "GET", v1+org+"/join-requests", "").into(t, &all)
		return len(all.Items) == 2
	}, time.Minute, 10*time.Millisecond)
	require.Equal(t, []string{"pending", "rejected"}, []string{all.Items[0].State, all.Items[1].State})
	require.Equal(t, "who are you?", all.Items[1].Reason)
}

func TestApprovingAsTheMemberWithTheNumber(t *testing.T) {
	w := newWalls(t, nil)
	org, boss := w.founded("Acme")
	known := w.made(boss.caller(), "POST", org+"/members", `{"number":"7","name":"Wang"}`)
	asker := asAccount(uuid.New())
	asked := w.made(asker, "POST", "/join-requests", fmt.Sprintf(`{"org":%q,"name":"Wang Fang","number":"7"}`, boss.org))
	var list read.List[JoinRequestView]
	w.ask(boss.caller(), "GET", v1+org+"/join-requests?min_position="+asked.Position, "").into(t, &list)
	require.Equal(t, &known.ID, list.Items[0].Match)
	got := w.made(boss.caller(), "POST", org+"/join-requests/"+asked.ID.String()+"/approve", fmt.Sprintf(`{"as":%q}`, known.ID))
	require.Equal(t, known.ID, got.ID)
	var me MemberView
	w.ask(asker, "GET", v1+org+"/members/me?min_position="+got.Position, "").into(t, &me)
	require.Equal(t, known.ID, me.ID)
	require.NotNil(t, me.Account)
}

func TestInvitationsEndOverHTTP(t *testing.T) {
	w := newWalls(t, nil)
	org, boss := w.founded("Acme")
	issued := w.made(boss.caller(), "POST", org+"/invitations", `{}`)
	w.made(boss.caller(), "DELETE", org+"/invitations/"+issued.ID.String(), "")
	var list read.List[InvitationView]
	w.ask(boss.caller(), "GET", v1+org+"/invitations", "").into(t, &list)
	require.Len(t, list.Items, 1)
	require.Equal(t, "revoked", list.Items[0].State)
	require.Equal(t, issued.Invitation.Code, list.Items[0].Code)
	late := w.ask(asAccount(uuid.New()), "POST", v1+"/join-requests", fmt.Sprintf(`{"code":%q,"name":"X"}`, issued.Invitation.Code))
	require.Equal(t, http.StatusGone, late.status)
	require.Equal(t, "invitation_revoked", late.code(t))
	require.Equal(t, http.StatusNotFound, w.ask(asAccount(uuid.New()), "GET", v1+"/invitations/AAAAAAAAAA", "").status)
	_, other := w.founded("Other")
	require.Equal(t, http.StatusNotFound, w.ask(other.caller(), "GET", v1+org+"/invitations", "").status)
}

func TestSearchingIsBounded(t *testing.T) {
	w := newWalls(t, nil)
	for i := range searchHits + 2 {
		w.must("POST", "/orgs", fmt.Sprintf(`{"name":"Shop %02d"}`, i))
	}
	hidden := w.must("POST", "/orgs", `{"name":"Shop hidden"}`)
	closed := w.made(theAdmin, "PATCH", "/orgs/"+hidden.String(), `{"searchable":false}`)
	view := w.ask(theAdmin, "GET", v1+"/orgs/"+hidden.String()+"?min_position="+closed.Position, "")
	require.Contains(t, view.body, `"searchable":false`)
	w.must("POST", "/orgs", `{"name":"The shop"}`)
	asker := asAccount(uuid.New())
	find := func(query string) (names []string) {
		var hits read.List[OrganizationHit]
		a := w.ask(asker, "GET", v1+"/orgs?query="+query, "")
		require.Equal(t, http.StatusOK, a.status, a.body)
		a.into(t, &hits)
		for _, o := range hits.Items {
			names = append(names, o.Name)
		}
		return names
	}
	require.Len(t, find("shop"), searchHits)
	require.Equal(t, []string{"The shop"}, find("the%20"))
	require.Empty(t, find("hidden"))
	require.Equal(t, "invalid_request", w.ask(asker, "GET", v1+"/orgs?query=s", "").code(t))
	hit := w.ask(asker, "POST", v1+"/join-requests", fmt.Sprintf(`{"org":%q,"name":"X"}`, hidden))
	require.Equal(t, "organization_not_found", hit.code(t))
	var last answer
	for range 20 + 1 {
		last = w.ask(asker, "GET", v1+"/invitations/AAAAAAAAAA", "")
	}
	require.Equal(t, http.StatusTooManyRequests, last.status)
	require.Equal(t, "rate_limited", last.code(t))
	require.Equal(t, http.StatusNotFound, w.ask(asAccount(uuid.New()), "GET", v1+"/invitations/AAAAAAAAAA", "").status, "another person is not held up")
}
