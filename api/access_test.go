package api

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/domain"
)

func TestRolesOfAMember(t *testing.T) {
	id := uuid.New()
	for name, c := range map[string]struct {
		granted []domain.Role
		org     directory.Organization
		want    []Role
	}{
		"nothing granted":         {nil, directory.Organization{}, []Role{domain.RoleEmployee}},
		"hr is an employee too":   {[]domain.Role{domain.RoleHR}, directory.Organization{}, []Role{domain.RoleHR, domain.RoleEmployee}},
		"an auditor alone is not": {[]domain.Role{domain.RoleAuditor}, directory.Organization{}, []Role{domain.RoleAuditor}},
		"a device is not":         {[]domain.Role{domain.RoleDevice}, directory.Organization{}, []Role{domain.RoleDevice}},
		"twice counts once":       {[]domain.Role{domain.RoleManager, domain.RoleManager}, directory.Organization{}, []Role{domain.RoleManager, domain.RoleEmployee}},
		"an owner":                {nil, directory.Organization{Owners: []domain.ID{id}}, []Role{domain.RoleOwner, domain.RoleEmployee}},
		"a named approver":        {nil, directory.Organization{Approvers: []domain.ID{id}}, []Role{domain.RoleEmployee, approver}},
	} {
		t.Run(name, func(t *testing.T) {
			m := directory.Member{ID: id}
			for _, r := range c.granted {
				m.Roles = append(m.Roles, domain.RoleGranted{Role: r})
			}
			require.Equal(t, c.want, rolesOf(c.org, m))
		})
	}
}

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
