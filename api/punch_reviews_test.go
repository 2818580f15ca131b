package api

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// TestNobodyReviewsTheirOwnPunch, whatever the role; the manager does the team's, HR everybody's.
func TestNobodyReviewsTheirOwnPunch(t *testing.T) {
	w := newWalls(t, nil)
	f := w.found("Firm")
	punches := map[domain.ID]domain.ID{}
	for _, p := range []person{f.people[domain.RoleHR], f.people[domain.RoleManager], f.people[domain.RoleOwner], f.teammate, f.outside} {
		punches[p.member] = w.must("POST", f.path("/punches"), `{"member":"`+p.member.String()+`","claimed_at":"`+time.Now().UTC().Format(time.RFC3339)+`"}`)
	}
	w.settled(f)
	for _, c := range []struct {
		name       string
		who, whose person
		status     int
		code       string
	}{
		{"HR, the own", f.people[domain.RoleHR], f.people[domain.RoleHR], http.StatusForbidden, "self_review"},
		{"a manager, the own", f.people[domain.RoleManager], f.people[domain.RoleManager], http.StatusForbidden, "self_review"},
		{"the owner, the own", f.people[domain.RoleOwner], f.people[domain.RoleOwner], http.StatusForbidden, "self_review"},
		{"an employee, the own", f.teammate, f.teammate, http.StatusForbidden, "forbidden"},
		{"a manager, another team's", f.people[domain.RoleManager], f.outside, http.StatusForbidden, "forbidden"},
		{"an auditor", f.people[domain.RoleAuditor], f.teammate, http.StatusForbidden, "forbidden"},
		{"a manager, the team's", f.people[domain.RoleManager], f.teammate, http.StatusCreated, ""},
		{"HR, anybody's", f.people[domain.RoleHR], f.outside, http.StatusCreated, ""},
		{"the owner, HR's", f.people[domain.RoleOwner], f.people[domain.RoleHR], http.StatusCreated, ""},
	} {
		a := w.ask(c.who.caller(), "POST", v1+f.path("/members/"+c.whose.member.String()+"/punches/"+punches[c.whose.member].String()+"/review"), `{"review":"approved"}`)
		require.Equal(t, c.status, a.status, "%s: %s", c.name, a.body)
		if c.code != "" {
			require.Equal(t, c.code, a.code(t), c.name)
			continue
		}
		var r ledger.Receipt
		require.NoError(t, json.Unmarshal([]byte(a.body), &r))
		require.Len(t, r.Events, 1, c.name)
	}
}
