package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/domain"
)

// program is a token that a member issued, and the way to ask with it.
func (w *walls) program(tokens map[string]*who.ProgramToken, issuer person, name string, scopes ...string) (caller, domain.ID) {
	w.t.Helper()
	org := "/orgs/" + issuer.org.String()
	issued := w.made(issuer.caller(), "POST", org+"/tokens", fmt.Sprintf(`{"name":%q,"scopes":["%s"]}`, name, strings.Join(scopes, `","`)))
	require.NotEmpty(w.t, issued.Secret)
	tokens[name] = &who.ProgramToken{Org: issuer.org, ID: issued.ID, Scopes: scopes}
	return caller(name), issued.ID
}

// TestATokenDoesWhatItsIssuerMay at the moment, and never more.
func TestATokenDoesWhatItsIssuerMay(t *testing.T) {
	tokens := map[string]*who.ProgramToken{}
	w := newWalls(t, tokens)
	f := w.found("Firm")
	hr, owner := f.people[domain.RoleHR], f.people[domain.RoleOwner]
	token, _ := w.program(tokens, hr, "hr's", "punching:write", "members:read", "members:write", "groups:write")
	of, _ := w.program(tokens, owner, "owner's", "punching:write", "punching:read")
	about := func(p person) string { return `{"member":"` + p.member.String() + `","source_type":"ATM"}` }
	require.Equal(t, http.StatusCreated, w.ask(token, "POST", v1+f.path("/punches"), about(f.teammate)).status)
	require.Equal(t, http.StatusForbidden, w.ask(of, "POST", v1+f.path("/punches"), about(f.teammate)).status, "an owner punches for nobody else")
	require.Equal(t, http.StatusForbidden, w.ask(of, "POST", v1+f.path("/members/"+owner.member.String()+"/corrections"), correction()).status)
	w.settled(f)
	secret := "/members/" + f.teammate.member.String() + "/punches"
	require.NotContains(t, w.ask(of, "GET", v1+f.path(secret), "").body, "Secret street", "an owner sees no places")

	w.write(f.org, domain.MemberStream(f.org, hr.member), hr.member, domain.RoleRevoked{Role: domain.RoleHR}, domain.RoleGranted{Role: domain.RoleManager, Department: &f.sales})
	a := w.ask(token, "POST", v1+f.path("/groups"), `{"name":"X"}`)
	require.Equal(t, http.StatusForbidden, a.status)
	require.Equal(t, "token_beyond_issuer", a.code(t))
	members := w.ask(token, "GET", v1+f.path("/members"), "")
	require.Equal(t, http.StatusOK, members.status, members.body)
	require.Contains(t, members.body, f.teammate.member.String(), "the manager's own department")
	require.NotContains(t, members.body, f.outside.member.String())
}

func correction() string {
	return `{"date":"` + matrixDate() + `","check_type":"OnDuty","at":"` + matrixDate() + `T09:00:00Z","reason":"forgot"}`
}

// TestARepeatOfATokensIssueIsForItsIssuer: somebody else who sends the same key and body learns that it was written, and no secret.
func TestARepeatOfATokensIssueIsForItsIssuer(t *testing.T) {
	w := newWalls(t, nil)
	f := w.found("Firm")
	key, body := uuid.Must(uuid.NewV7()).String(), `{"name":"machine","scopes":["punching:write"]}`
	issue := func(issuer person) (status int, issued IssuedToken) {
		a := w.send(w.ctx, issuer.caller(), key, "POST", v1+f.path("/tokens"), body)
		a.into(t, &issued)
		return a.status, issued
	}
	hr, owner := f.people[domain.RoleHR], f.people[domain.RoleOwner]
	status, first := issue(hr)
	require.Equal(t, http.StatusCreated, status)
	require.NotEmpty(t, first.Secret)
	status, again := issue(hr)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, first.Secret, again.Secret, "the answer may have been lost")
	status, other := issue(owner)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, first.ID, other.ID)
	require.Empty(t, other.Secret)
}

// TestATokenEndsWithItsIssuer: owners see it seven days before, or at once, and one takes it over.
func TestATokenEndsWithItsIssuer(t *testing.T) {
	tokens := map[string]*who.ProgramToken{}
	w := newWalls(t, tokens)
	f := w.found("Firm")
	hr, owner := f.people[domain.RoleHR], f.people[domain.RoleOwner]
	token, id := w.program(tokens, hr, "payroll", "members:read")
	seen := func() TokenView {
		var list TokenList
		w.ask(owner.caller(), "GET", v1+f.path("/tokens"), "").into(t, &list)
		require.Len(t, list.Items, 1)
		return list.Items[0]
	}
	require.Equal(t, hr.member, *seen().ActsFor)
	require.False(t, seen().Ending)
	for days, ending := range map[int]bool{8: false, 7: true} {
		last := domain.DateOf(time.Now(), time.UTC).AddDays(days)
		w.write(f.org, domain.MemberStream(f.org, hr.member), hr.member, domain.MemberLeft{Left: last})
		require.Equal(t, last, *seen().EndsOn)
		require.Equal(t, ending, seen().Ending, days)
		require.Equal(t, "active", seen().State)
	}
	require.Equal(t, http.StatusOK, w.ask(token, "GET", v1+f.path("/members"), "").status)
	w.write(f.org, domain.MemberStream(f.org, hr.member), hr.member, domain.MemberLeft{Left: domain.DateOf(time.Now(), time.UTC).AddDays(-1)})
	a := w.ask(token, "GET", v1+f.path("/members"), "")
	require.Equal(t, http.StatusUnauthorized, a.status)
	require.Equal(t, "token_issuer_left", a.code(t))
	require.Equal(t, "ended", seen().State)
	require.True(t, seen().Ending)

	take := v1 + f.path("/tokens/"+id.String()+"/take-over")
	require.Equal(t, http.StatusForbidden, w.ask(f.people[domain.RoleManager].caller(), "POST", take, "").status)
	taken := w.ask(owner.caller(), "POST", take, "")
	require.Equal(t, http.StatusCreated, taken.status, taken.body)
	require.Equal(t, owner.member, *seen().ActsFor)
	require.Equal(t, "active", seen().State)
	require.Equal(t, http.StatusOK, w.ask(token, "GET", v1+f.path("/members"), "").status)
	w.made(owner.caller(), "DELETE", f.path("/tokens/"+id.String()), "")
	a = w.ask(owner.caller(), "POST", take, "")
	require.Equal(t, "token_revoked", a.code(t))
	require.Equal(t, "token_not_found", w.ask(owner.caller(), "POST", v1+f.path("/tokens/"+uuid.NewString()+"/take-over"), "").code(t))
}

// TestNobodyApprovesByTheirOwnToken, the fault that was seen: a request refused as self_approval, then approved by a token made a moment before.
func TestNobodyApprovesByTheirOwnToken(t *testing.T) {
	tokens := map[string]*who.ProgramToken{}
	w := newWalls(t, tokens)
	f := w.found("Firm")
	hr := f.people[domain.RoleHR]
	approve := v1 + f.path("/requests/"+f.requests[hr.member].String()+"/approve")
	require.Equal(t, "self_approval", w.ask(hr.caller(), "POST", approve, "").code(t))
	token, _ := w.program(tokens, hr, "mine", "requests:write", "punching:write")
	require.Equal(t, "self_approval", w.ask(token, "POST", approve, "").code(t))
	require.Equal(t, "self_correction", w.ask(token, "POST", v1+f.path("/members/"+hr.member.String()+"/corrections"), correction()).code(t))
	require.Equal(t, "self_correction", w.ask(hr.caller(), "POST", v1+f.path("/members/me/corrections"), correction()).code(t))
	at := time.Now().UTC().AddDate(0, 0, 9).Format(time.RFC3339)
	until := time.Now().UTC().AddDate(0, 0, 9).Add(time.Hour).Format(time.RFC3339)
	filed := w.made(token, "POST", f.path("/requests"), `{"type":"out","member":"`+f.teammate.member.String()+`","from":"`+at+`","to":"`+until+`"}`)
	require.Equal(t, "filed_by_you", w.ask(token, "POST", v1+f.path("/requests/"+filed.ID.String()+"/approve"), "").code(t))
	require.Equal(t, "filed_by_you", w.ask(hr.caller(), "POST", v1+f.path("/requests/"+filed.ID.String()+"/approve"), "").code(t))
	require.Equal(t, http.StatusCreated, w.ask(f.people[domain.RoleOwner].caller(), "POST", v1+f.path("/requests/"+filed.ID.String()+"/approve"), "").status)
	require.Equal(t, http.StatusCreated, w.ask(f.people[domain.RoleOwner].caller(), "POST", approve, "").status)
}

// TestADeviceWritesItsOwnKindAlone, of now or of its queue, and one refused item stops no other.
func TestADeviceWritesItsOwnKindAlone(t *testing.T) {
	w := newWalls(t, nil)
	f := w.found("Firm")
	device := f.people[domain.RoleDevice]
	at := func(ago time.Duration) string { return time.Now().UTC().Add(-ago).Format(time.RFC3339) }
	punch := func(rest string) string { return `{"member":"` + f.teammate.member.String() + `"` + rest + `}` }
	for _, c := range []struct {
		name, body string
		status     int
		code       string
	}{
		{"now, as ATM by default", punch(""), http.StatusCreated, ""},
		{"AUTO_CHECK", punch(`,"source_type":"AUTO_CHECK","claimed_at":"` + at(0) + `"`), http.StatusCreated, ""},
		{"USER with coordinates", punch(`,"source_type":"USER","lat":31.2,"lng":121.4`), http.StatusForbidden, "device_kind"},
		{"IMPORT", punch(`,"source_type":"IMPORT"`), http.StatusForbidden, "device_kind"},
		{"BEACON", punch(`,"source_type":"BEACON"`), http.StatusForbidden, "device_kind"},
		{"an hour ago", punch(`,"claimed_at":"` + at(time.Hour) + `"`), http.StatusUnprocessableEntity, "device_time"},
		{"a wall clock of yesterday", punch(`,"zone":"UTC","wall":"` + time.Now().UTC().AddDate(0, 0, -1).Format(domain.WallLayout) + `"`), http.StatusUnprocessableEntity, "device_time"},
		{"ahead", punch(`,"claimed_at":"` + at(-time.Hour) + `"`), http.StatusUnprocessableEntity, "device_time"},
		{"an hour ago, of its queue", punch(`,"offline":true,"claimed_at":"` + at(time.Hour) + `"`), http.StatusCreated, ""},
		{"41 days ago, of its queue", punch(`,"offline":true,"claimed_at":"` + at(41*24*time.Hour) + `"`), http.StatusUnprocessableEntity, "device_time"},
	} {
		a := w.ask(device.caller(), "POST", v1+f.path("/punches"), c.body)
		require.Equal(t, c.status, a.status, "%s: %s", c.name, a.body)
		if c.code != "" {
			require.Equal(t, c.code, a.code(t), c.name)
		}
	}
	batch := w.ask(device.caller(), "POST", v1+f.path("/punches/batch"), `{"punches":[`+punch(`,"claimed_at":"`+at(time.Hour)+`"`)+`,`+punch(`,"claimed_at":"`+at(0)+`"`)+`]}`)
	var out struct{ Items []BatchItem }
	batch.into(t, &out)
	require.Equal(t, http.StatusUnprocessableEntity, out.Items[0].Status)
	require.Equal(t, "device_time", out.Items[0].Problem.Code)
	require.Equal(t, http.StatusCreated, out.Items[1].Status)
	own := w.ask(f.people[domain.RoleHR].caller(), "POST", v1+f.path("/punches"), punch(`,"source_type":"ATM","claimed_at":"`+at(time.Hour)+`"`))
	require.Equal(t, http.StatusCreated, own.status, "HR writes what happened")
}
