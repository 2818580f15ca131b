package api

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

func TestWhoIsNobodySeesNoOrganization(t *testing.T) {
	w := newWalls(t, nil)
	a, b := w.must("POST", "/orgs", `{"name":"A"}`), w.must("POST", "/orgs", `{"name":"B"}`)
	one, other := w.join(a, "1", nil), w.join(b, "1", nil)
	path := func(org domain.ID) string {
		return v1 + "/orgs/" + org.String() + "/members/me/days?from=2026-01-01&to=2026-01-02"
	}

	require.Equal(t, http.StatusOK, w.ask(one.caller(), "GET", path(a), "").status)
	require.Equal(t, http.StatusOK, w.ask(other.caller(), "GET", path(b), "").status)
	foreign, unknown := w.ask(one.caller(), "GET", path(b), ""), w.ask(one.caller(), "GET", path(uuid.New()), "")
	require.Equal(t, http.StatusNotFound, foreign.status)
	require.Equal(t, unknown, foreign, "another's organization answers like one that never was")
	require.Equal(t, unknown, w.ask(one.caller(), "GET", v1+"/orgs/nonsense/members/me/days?from=2026-01-01&to=2026-01-02", ""))
	require.Equal(t, "no_member_for_token", w.ask(theAdmin, "GET", path(a), "").code(t))
}

func TestAMembershipThatEndedIsNobodyAtOnce(t *testing.T) {
	w := newWalls(t, nil)
	org := w.must("POST", "/orgs", `{"name":"A"}`)
	p, later := w.join(org, "1", nil), w.join(org, "2", nil)
	me := v1 + "/orgs/" + org.String() + "/members/me/days?from=2026-01-01&to=2026-01-02"
	require.Equal(t, http.StatusOK, w.ask(p.caller(), "GET", me, "").status)
	w.must("DELETE", "/orgs/"+org.String()+"/members/"+p.member.String(), "")
	gone := w.ask(p.caller(), "GET", me, "")
	require.Equal(t, http.StatusUnauthorized, gone.status)
	require.Equal(t, "membership_ended", gone.code(t))
	w.must("DELETE", "/orgs/"+org.String()+"/members/"+later.member.String(), `{"left":"`+time.Now().AddDate(1, 0, 0).Format(time.DateOnly)+`"}`)
	require.Equal(t, http.StatusOK, w.ask(later.caller(), "GET", me, "").status, "the last day is ahead")
}
