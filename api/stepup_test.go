package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/domain"
)

// TestStepUp asks every route that the table guards as a person whose session is all that was shown, as one who showed more, and as the
// administrator, who cannot be asked.
func TestStepUp(t *testing.T) {
	w := newWalls(t, nil)
	ours := w.found("Ours")
	owner, employee := ours.people[domain.RoleOwner], ours.people[domain.RoleEmployee]
	guarded := 0
	for route, e := range who.Entries() {
		if !e.StepUp || !strings.Contains(route, "{org}") {
			continue
		}
		guarded++
		q := ours.probeOf(route, employee)
		a := w.try(caller(bySession+owner.account.String()), q)
		require.Equal(t, http.StatusForbidden, a.status, "%s: %s", route, a.body)
		require.Equal(t, "step_up_required", a.code(t), route)
		require.NotContains(t, w.try(owner.caller(), q).body, "step_up_required", route)
		require.NotContains(t, w.try(theAdmin, q).body, "step_up_required", route)
		require.Equal(t, "forbidden", w.try(caller(bySession+employee.account.String()), q).code(t), "%s: who may not at all is not asked for a password", route)
	}
	require.GreaterOrEqual(t, guarded, 2)
	for _, route := range []string{"PUT " + v1 + "/orgs/{org}/members/{member}/roles", "POST " + v1 + "/orgs/{org}/tokens"} {
		require.True(t, who.EntryOf(route).StepUp, route)
	}
}
