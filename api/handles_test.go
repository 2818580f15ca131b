package api

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

// TestHandlesOverHTTP: proposed, taken at founding, changed by the owner alone.
func TestHandlesOverHTTP(t *testing.T) {
	w := newWalls(t, nil)
	someone := asAccount(uuid.New())
	look := func(query string) (out HandleAnswer) {
		w.ask(someone, "GET", v1+"/handles?"+query, "").into(t, &out)
		return out
	}
	require.Equal(t, HandleAnswer{"qingsong", true}, look("name=%E9%9D%92%E6%9D%BE"))
	org, boss := w.founded("青松")
	require.Equal(t, HandleAnswer{"qingsong-2", true}, look("name=%E9%9D%92%E6%9D%BE"))
	require.Equal(t, HandleAnswer{"qingsong", false}, look("handle=qingsong"))
	for _, query := range []string{"", "handle=Q", "name=x&handle=abc"} {
		require.Equal(t, http.StatusUnprocessableEntity, w.ask(someone, "GET", v1+"/handles?"+query, "").status, query)
	}
	require.Equal(t, http.StatusForbidden, w.ask(nobody, "GET", v1+"/handles?name=x", "").status)

	_, second := w.founded("青松")
	o, _ := w.service.Directory.Organization(second.org)
	require.Equal(t, "qingsong-2", o.Handle)
	a := w.ask(someone, "POST", v1+"/orgs", `{"name":"X","member_name":"Y","handle":"qingsong"}`)
	require.Equal(t, http.StatusConflict, a.status, a.body)
	require.Equal(t, "handle_taken", a.code(t))

	hr := w.join(boss.org, "2", nil, role(domain.RoleHR))
	a = w.ask(hr.caller(), "PATCH", v1+org, `{"handle":"songs"}`)
	require.Equal(t, http.StatusForbidden, a.status)
	require.Equal(t, "handle_owner", a.code(t))
	require.Equal(t, http.StatusUnprocessableEntity, w.ask(boss.caller(), "PATCH", v1+org, `{"handle":"SONGS"}`).status)
	changed := w.made(boss.caller(), "PATCH", org, `{"handle":"songs","name":"Songs"}`)
	var view OrganizationView
	w.ask(boss.caller(), "GET", v1+org+"?min_position="+changed.Position, "").into(t, &view)
	require.Equal(t, "songs", view.Handle)
	require.Equal(t, "Songs", view.Name)
	require.True(t, look("handle=qingsong").Free)
	require.Equal(t, "songs", (&accounts{directory: w.service.Directory, guard: w.server.guard, now: time.Now}).memberships(boss.account)[0].Handle)
}

// TestAnOldOrganizationHasNoHandle until its owner sets one; setup says so, and how to sign in until then.
func TestAnOldOrganizationHasNoHandle(t *testing.T) {
	w := newWalls(t, nil)
	org := uuid.New()
	w.write(org, domain.OrgStream(org), org, domain.OrganizationCreated{Name: "Old"})
	setup := func() (out Setup) {
		w.ask(theAdmin, "GET", v1+"/orgs/"+org.String()+"/setup", "").into(t, &out)
		return out
	}
	require.Contains(t, setup().Missing, "handle")
	last := setup().Steps[4]
	require.Contains(t, last.Text.English, "number@"+org.String())
	require.Contains(t, last.Text.Chinese, "工号@"+org.String())
	require.Equal(t, http.StatusCreated, w.ask(theAdmin, last.Method, last.Path, `{"handle":"old-one"}`).status)
	require.NotContains(t, setup().Missing, "handle")
}
