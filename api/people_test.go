package api

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands"
)

func TestTokensOverHTTP(t *testing.T) {
	w := newWalls(t, nil)
	org, boss := w.founded("Acme")
	bad := w.ask(boss.caller(), "POST", v1+org+"/tokens", `{"name":"x","scopes":["tokens:write"]}`)
	require.Equal(t, "invalid_request", bad.code(t))
	require.Contains(t, bad.body, "the scopes are ")
	issued := w.made(boss.caller(), "POST", org+"/tokens", `{"name":"payroll","scopes":["members:read"]}`)
	require.True(t, strings.HasPrefix(issued.Secret, commands.TokenPrefix))
	r := httptest.NewRequest("GET", v1+org+"/members", nil)
	r.Header.Set("Authorization", "Bearer "+issued.Secret)
	p, err := w.server.guard.Principal(r)
	require.NoError(t, err)
	require.Equal(t, &who.ProgramToken{Org: boss.org, ID: issued.ID, Scopes: []string{"members:read"}}, p.Program)
	listed := w.ask(boss.caller(), "GET", v1+org+"/tokens", "")
	require.NotContains(t, listed.body, issued.Secret)
	require.Contains(t, listed.body, `"state":"active"`)
	require.Contains(t, listed.body, `"members:read","members:write"`, "the scopes to choose from")
	require.NotContains(t, listed.body, "tokens:write")
	w.made(boss.caller(), "DELETE", org+"/tokens/"+issued.ID.String(), "")
	_, err = w.server.guard.Principal(r)
	require.ErrorContains(t, err, "token_wrong")
}

func TestSetupSaysWhatIsMissing(t *testing.T) {
	w := newWalls(t, nil)
	org, boss := w.founded("Acme")
	setup := func() (out Setup) {
		w.ask(boss.caller(), "GET", v1+org+"/setup", "").into(t, &out)
		return out
	}
	require.Equal(t, []string{"rule", "groups", "attendance"}, setup().Missing)
	for _, step := range setup().Steps {
		require.NotEmpty(t, step.Text.English)
		require.NotEmpty(t, step.Text.Chinese)
		require.True(t, strings.HasPrefix(step.Path, v1+org), step.Path)
	}
	group := w.made(boss.caller(), "POST", org+"/groups", `{"name":"Office","rule":{"name":"Office","time_zone":"Asia/Shanghai","effective_from":"2026-01-01","shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}]}}}}`)
	w.made(boss.caller(), "PUT", org+"/members/me/group", fmt.Sprintf(`{"group":%q}`, group.ID))
	require.Equal(t, []string{"attendance"}, setup().Missing)
	w.made(boss.caller(), "PUT", org+"/attendance", `{"enabled":true}`)
	require.True(t, setup().Complete)
}

func TestProvisioningAndActivation(t *testing.T) {
	w := newWalls(t, nil)
	org, boss := w.founded("Acme")
	a := w.ask(boss.caller(), "POST", v1+org+"/members", `{"number":"7","name":"Wang","email":"w@example.com","activate":true}`)
	require.Equal(t, http.StatusCreated, a.status, a.body)
	var made Provisioned
	a.into(t, &made)
	require.Empty(t, made.Sent, "this server sends nothing, so the code is handed over")
	worker := asAccount(uuid.New())
	var seen Invited
	w.ask(worker, "GET", v1+"/invitations/"+made.Activation.Code, "").into(t, &seen)
	require.True(t, seen.Activation)
	joined := w.made(worker, "POST", "/join-requests", fmt.Sprintf(`{"code":%q}`, made.Activation.Code))
	require.Equal(t, made.ID, joined.ID)
	var me MemberView
	w.ask(worker, "GET", v1+org+"/members/me?min_position="+joined.Position, "").into(t, &me)
	require.Equal(t, "7", me.Number)
	require.NotNil(t, me.Account)

	w.made(worker, "DELETE", org+"/members/me", "")
	gone := w.ask(worker, "GET", v1+org+"/members/me", "")
	require.Equal(t, http.StatusUnauthorized, gone.status, "who left is nobody at once")
	last := w.ask(boss.caller(), "DELETE", v1+org+"/members/me", "")
	require.Equal(t, http.StatusConflict, last.status)
	require.Equal(t, "last_owner", last.code(t))
}

func TestImportingMembersOverHTTP(t *testing.T) {
	w := newWalls(t, nil)
	org, boss, position := w.foundedAt("Acme")
	language := "en"
	kind := "text/csv"
	send := func(query, table string) (out commands.MemberImport, status int) {
		r := httptest.NewRequestWithContext(w.ctx, "POST", v1+org+"/members/import"+query, strings.NewReader(table))
		r.Header.Set(testCaller, string(boss.caller()))
		r.Header.Set("Idempotency-Key", uuid.Must(uuid.NewV7()).String())
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Accept-Language", language)
		a := httptest.NewRecorder()
		w.server.ServeHTTP(a, r)
		answer{a.Code, a.Body.String()}.into(t, &out)
		return out, a.Code
	}
	language = "zh-CN"
	wrong, _ := send("?dry_run=true", "工号,部门,邮箱\n,,a@example.org\n8,Elsewhere,\n9,,not an address\n")
	require.Equal(t, []string{"工号为空或格式不对，请修改后再导入", "该企业没有这个部门", "邮箱为空或格式不对，请修改后再导入"},
		[]string{wrong.Items[0].Text, wrong.Items[1].Text, wrong.Items[2].Text})
	language = "en"
	const table = "number,name,department\n7,Wang,R&D\n8,Li,Elsewhere\n"
	trial, status := send("?dry_run=true", table)
	require.Equal(t, []int{http.StatusOK, 1, 1}, []int{status, trial.Created, trial.Refused})
	done, status := send("", table)
	require.Equal(t, []int{http.StatusCreated, 1, 1}, []int{status, done.Created, done.Refused})
	again, status := send("", table)
	require.Equal(t, []int{http.StatusOK, 0, 1}, []int{status, again.Created, again.Known})

	kind = "multipart/form-data; boundary=xx"
	form, status := send("?dry_run=true", "--xx\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nnew people\r\n--xx\r\n"+
		"Content-Disposition: form-data; name=\"file\"; filename=\"people.csv\"\r\n\r\n"+table+"\r\n--xx--\r\n")
	require.Equal(t, []int{http.StatusOK, 1, 1}, []int{status, form.Known, form.Refused}, "a form's file is the table, too")
	_, status = send("", "--xx--\r\n")
	require.Equal(t, http.StatusUnprocessableEntity, status)

	var tree read.List[struct {
		ID, Name       string
		Members, Total int
	}]
	w.ask(boss.caller(), "GET", v1+org+"/departments?min_position="+position, "").into(t, &tree)
	child := w.made(boss.caller(), "POST", org+"/departments", fmt.Sprintf(`{"name":"Lab","parent":%q}`, tree.Items[0].ID))
	moved := w.made(boss.caller(), "PATCH", org+"/members/"+done.Items[0].Member.String(), fmt.Sprintf(`{"department":%q}`, child.ID))
	w.ask(boss.caller(), "GET", v1+org+"/departments?min_position="+moved.Position, "").into(t, &tree)
	require.Equal(t, "Lab", tree.Items[0].Name)
	require.Equal(t, []int{1, 1}, []int{tree.Items[0].Members, tree.Items[0].Total})
	require.Equal(t, []int{1, 2}, []int{tree.Items[1].Members, tree.Items[1].Total}, "the founder, and the lab below")
	closing := w.ask(boss.caller(), "PATCH", v1+org+"/departments", fmt.Sprintf(`{"department":%q,"closed":true}`, child.ID))
	require.Equal(t, "department_not_empty", closing.code(t))
}
