package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/deploy/single/logtest"
)

func TestPunchToDayToDashboard(t *testing.T) {
	r := serve(t, nil).ready()
	org := r.company(strings.Replace(ruleKolkata, "Asia/Kolkata", "Asia/Shanghai", 1))
	base := "/orgs/" + org
	var groups struct{ Items []struct{ ID string } }
	require.Eventually(t, func() bool {
		r.get("/api/v1"+base+"/groups").json(t, &groups)
		return len(groups.Items) == 1
	}, waitLong, tick)
	member, _ := r.id("POST", base+"/members", fmt.Sprintf(`{"number":"007","name":"张三","group":%q,"joined":"2026-11-01"}`, groups.Items[0].ID))

	key := newKey(t)
	punch := ask{method: "POST", path: "/api/v1" + base + "/punches", body: `{"number":"007","lat":31.23,"lng":121.47,"note":"在门口"}`, header: map[string]string{"Idempotency-Key": key}}
	first := r.send(punch)
	require.Equal(t, http.StatusCreated, first.status, first.body)
	require.Empty(t, first.header.Get("Idempotent-Replay"))
	again := r.send(punch)
	require.Equal(t, http.StatusOK, again.status)
	require.Equal(t, "true", again.header.Get("Idempotent-Replay"))
	require.Equal(t, first.body, again.body)
	punch.body = `{"number":"007"}`
	require.Equal(t, 422, r.send(punch).status)

	var receipt struct{ Position, Stream string }
	first.json(t, &receipt)
	punches := r.fresh("/api/v1" + base + "/members/" + member + "/punches?min_position=" + receipt.Position)
	require.Equal(t, http.StatusOK, punches.status, punches.body)
	require.Equal(t, receipt.Position, punches.header.Get("Daka-As-Of"))
	require.Empty(t, punches.header.Get("Daka-Stale"))
	var list struct {
		Items []struct {
			Detail map[string]any `json:"detail"`
		}
	}
	punches.json(t, &list)
	require.Len(t, list.Items, 1)
	require.Equal(t, "在门口", list.Items[0].Detail["note"], "personal values are opened")
	require.Equal(t, 31.23, list.Items[0].Detail["lat"])

	var board struct {
		Tally  struct{ Members, Punched, RestPunched int }
		Latest []struct{ Number, Name string }
	}
	r.fresh("/api/v1"+base+"/dashboard?min_position="+receipt.Position).json(t, &board)
	require.Equal(t, 1, board.Tally.Members)
	require.Equal(t, "张三", board.Latest[0].Name)
	var today struct{ Next map[string]any }
	r.get("/api/v1"+base+"/members/"+member+"/today").json(t, &today)
	require.NotNil(t, today.Next)
}

func TestStalePositionAnswersWithItsRealPosition(t *testing.T) {
	r := serve(t, nil).ready()
	org := r.company(ruleKolkata)
	stream := "org-" + org
	a := r.get("/api/v1/orgs/" + org + "?min_position=" + stream + "@99")
	require.Equal(t, http.StatusOK, a.status, a.body)
	require.Equal(t, "true", a.header.Get("Daka-Stale"))
	require.Equal(t, stream+"@2", a.header.Get("Daka-As-Of"), "founded, its handle, attendance")
}

// TestErrors asks what is wrong and expects the exact answer.
func TestErrors(t *testing.T) {
	r := serve(t, nil).ready()
	org := r.company(ruleKolkata)
	o := "/api/v1/orgs/" + org
	other := "/api/v1/orgs/0a5b80eb-aa4a-80b4-83d2-7d7a59d608fe"
	key := map[string]string{"Idempotency-Key": newKey(t)}
	old := map[string]string{"Idempotency-Key": "018f0000-0000-7000-8000-000000000000"}
	zh := map[string]string{"Idempotency-Key": "abc", "Accept-Language": "zh-CN,en;q=0.5"}
	cases := []struct {
		name string
		ask
		status int
		want   string
	}{
		{"no token", ask{"GET", o, "", map[string]string{"Authorization": ""}}, 401,
			`{"type":"about:blank","title":"Unauthorized","status":401,"detail":"sign in first, or send a token as ` + "`Authorization: Bearer …`" + `","code":"unauthenticated"}`},
		{"wrong token", ask{"GET", o, "", map[string]string{"Authorization": "Bearer x"}}, 401,
			`{"type":"about:blank","title":"Unauthorized","status":401,"detail":"the token is unknown, was revoked, or has expired; the administrator's is in <data>/admin.token, a program's was shown once when it was made","code":"token_wrong"}`},
		{"no key", ask{"POST", o + "/punches", `{"number":"1"}`, nil}, 422,
			`{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"send a UUIDv7, made before the first try, as Idempotency-Key; \"\" is none","code":"command_id_invalid"}`},
		{"key in Chinese", ask{"POST", o + "/punches", `{"number":"1"}`, zh}, 422,
			`{"type":"about:blank","title":"无法处理","status":422,"detail":"Idempotency-Key 必须是首次发送前生成的 UUIDv7","code":"command_id_invalid"}`},
		{"unknown organization", ask{"POST", other + "/punches", `{"number":"1"}`, key}, 404,
			`{"type":"about:blank","title":"Not Found","status":404,"detail":"there is no such organization","code":"organization_not_found"}`},
		{"unknown organization, read", ask{"GET", other + "/members", "", nil}, 404,
			`{"type":"about:blank","title":"Not Found","status":404,"detail":"there is no such organization","code":"organization_not_found"}`},
		{"no id", ask{"GET", "/api/v1/orgs/acme", "", nil}, 404, `{"type":"about:blank","title":"Not Found","status":404,"detail":"there is no such organization","code":"organization_not_found"}`},
		{"me", ask{"GET", o + "/members/me/today", "", nil}, 404,
			`{"type":"about:blank","title":"Not Found","status":404,"detail":"a token is no member of the organization; name one by id","code":"no_member_for_token"}`},
		{"unknown number", ask{"POST", o + "/punches", `{"number":"1"}`, key}, 404,
			`{"type":"about:blank","title":"Not Found","status":404,"detail":"no member has the number 1; provision the member first","code":"member_not_found"}`},
		{"unknown field", ask{"POST", o + "/punches", `{"numbr":"1"}`, key}, 422,
			`{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"/numbr: unexpected property","code":"invalid_request","errors":[{"pointer":"/numbr","text":"unexpected property"}]}`},
		{"broken JSON", ask{"POST", o + "/punches", `{"number":`, key}, 400,
			`{"type":"about:blank","title":"Bad Request","status":400,"detail":"body: unexpected end of JSON input","code":"malformed_body","errors":[{"pointer":"body","text":"unexpected end of JSON input"}]}`},
		{"no body", ask{"POST", o + "/punches", "", key}, 400, `{"type":"about:blank","title":"Bad Request","status":400,"detail":"request body is required","code":"malformed_body"}`},
		{"XML", ask{"POST", o + "/punches", "<punch/>", map[string]string{"Idempotency-Key": newKey(t), "Content-Type": "application/xml"}}, 415, ""},
		{"large body", ask{"POST", o + "/punches", `{"note":"` + strings.Repeat("x", 2<<20) + `"}`, key}, 413, ""},
		{"unknown parameter", ask{"GET", o + "/members?numbr=1", "", nil}, 422,
			`{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"query.numbr: unknown query parameter","code":"invalid_request","errors":[{"pointer":"query.numbr","text":"unknown query parameter"}]}`},
		{"bad date", ask{"GET", o + "/days?date=2026-02-30", "", nil}, 422,
			`{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"query.date: \"2026-02-30\" is not a date such as 2026-03-02","code":"invalid_request","errors":[{"pointer":"query.date","text":"\"2026-02-30\" is not a date such as 2026-03-02"}]}`},
		{"bad month", ask{"GET", o + "/months/2026-13", "", nil}, 422, `{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"\"2026-13\" is not a month; write it like 2026-03","code":"month_invalid"}`},
		{"bad cursor", ask{"GET", o + "/members?cursor=!", "", nil}, 422,
			`{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"cursor \"!\" was not given by this list; start again without it","code":"cursor_invalid"}`},
		{"bad position", ask{"GET", o + "/members?min_position=x", "", nil}, 422,
			`{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"min_position \"x\" is not a receipt's position; send the text <stream>@<revision> as the receipt has it","code":"position_invalid"}`},
		{"no such route", ask{"GET", "/api/v1/nothing", "", nil}, 404, `{"type":"about:blank","title":"Not Found","status":404,"detail":"there is nothing at /api/v1/nothing; /docs lists what there is","code":"not_found"}`},
		{"no such verb", ask{"PATCH", "/api/v1/orgs", "", nil}, 405, `{"type":"about:blank","title":"Method Not Allowed","status":405,"detail":"/api/v1/orgs does not take PATCH; it takes GET, HEAD, POST","code":"method_not_allowed"}`},
		{"another site", ask{"POST", o + "/punches", `{"number":"1"}`, map[string]string{"Sec-Fetch-Site": "cross-site"}}, 403,
			`{"type":"about:blank","title":"Forbidden","status":403,"detail":"a request from another site is refused","code":"cross_origin"}`},
		{"import without a form", ask{"POST", o + "/imports", `{}`, nil}, 415, `{"type":"about:blank","title":"Unsupported Media Type","status":415,"detail":"send the files as multipart/form-data","code":"unsupported_media_type"}`},
		{"old key", ask{"PUT", o + "/attendance", `{"enabled":false}`, old}, 422, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a := r.send(c.ask)
			require.Equal(t, c.status, a.status, a.body)
			require.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
			if c.want != "" {
				require.Equal(t, c.want, strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(a.body))
			}
		})
	}
	require.Equal(t, http.StatusCreated, r.write("PUT", "/orgs/"+org+"/attendance", `{"enabled":false}`).status)
	off := r.write("POST", "/orgs/"+org+"/members", `{"number":"1","joined":"2026-11-01"}`)
	require.Equal(t, http.StatusCreated, off.status, off.body)
	off = r.write("POST", "/orgs/"+org+"/punches", `{"number":"1"}`)
	require.Equal(t, `{"type":"about:blank","title":"Conflict","status":409,"detail":"attendance is switched off for this organization; an administrator can switch it on","code":"attendance_disabled"}`, off.body)
}

// TestNothingAnswersWithoutAToken walks the published document: every route but the open ones answers 401.
func TestNothingAnswersWithoutAToken(t *testing.T) {
	r := serve(t, nil).ready()
	spec := r.send(ask{method: "GET", path: "/openapi.json", header: map[string]string{"Authorization": ""}})
	require.Equal(t, http.StatusOK, spec.status)
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct{ Security []any }
	}
	require.NoError(t, json.Unmarshal([]byte(spec.body), &doc))
	require.True(t, strings.HasPrefix(doc.OpenAPI, "3.1"))
	require.Greater(t, len(doc.Paths), 30)
	open := 0
	for path, verbs := range doc.Paths {
		for verb, o := range verbs {
			a := r.send(ask{method: strings.ToUpper(verb), path: path, header: map[string]string{"Authorization": ""}})
			if o.Security != nil {
				open++
				continue
			}
			require.Equal(t, http.StatusUnauthorized, a.status, "%s %s", verb, path)
		}
	}
	require.Equal(t, 5, open, "codes, register, login, password and logout")
	for _, path := range []string{"/healthz", "/readyz", "/docs", "/docs/docs.js", "/"} {
		require.Equal(t, http.StatusOK, r.send(ask{method: "GET", path: path, header: map[string]string{"Authorization": ""}}).status, path)
	}
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/heap"} {
		require.Equal(t, http.StatusUnauthorized, r.send(ask{method: "GET", path: path, header: map[string]string{"Authorization": ""}}).status, path)
		require.Equal(t, http.StatusOK, r.get(path).status, path)
	}
	docs := r.get("/docs").body + r.get("/docs/docs.js").body
	require.NotContains(t, docs, "https://", "the documents work without the internet")
	require.Contains(t, r.get("/metrics").body, "daka_http_requests_total")
}

func TestCookieSession(t *testing.T) {
	r := serve(t, nil).ready()
	wrong := r.send(ask{"POST", "/api/v1/auth/login", `{"token":"x"}`, map[string]string{"Authorization": ""}})
	require.Equal(t, 401, wrong.status)
	in := r.send(ask{"POST", "/api/v1/auth/login", fmt.Sprintf(`{"token":%q}`, r.token), map[string]string{"Authorization": ""}})
	require.Equal(t, 204, in.status, in.body)
	cookie := in.header.Get("Set-Cookie")
	require.Contains(t, cookie, "HttpOnly")
	require.Contains(t, cookie, "SameSite=Lax")
	value, _, _ := strings.Cut(cookie, ";")
	me := r.send(ask{"GET", "/api/v1/me", "", map[string]string{"Authorization": "", "Cookie": value}})
	require.Equal(t, `{"kind":"administrator","roles":["administrator"],"memberships":[],"language":"en"}`, me.body)
	forged := r.send(ask{"GET", "/api/v1/me", "", map[string]string{"Authorization": "", "Cookie": value + "0"}})
	require.Equal(t, 401, forged.status)
	out := r.send(ask{"POST", "/api/v1/auth/logout", "", map[string]string{"Authorization": "", "Cookie": value}})
	require.Equal(t, 204, out.status, out.body)
	require.Equal(t, `"cache"`, out.header.Get("Clear-Site-Data"))
	after := r.send(ask{"GET", "/api/v1/me", "", map[string]string{"Authorization": "", "Cookie": value}})
	require.Equal(t, 401, after.status, "who kept the cookie has nothing")
	again := r.send(ask{"POST", "/api/v1/auth/login", fmt.Sprintf(`{"token":%q}`, r.token), map[string]string{"Authorization": ""}})
	value, _, _ = strings.Cut(again.header.Get("Set-Cookie"), ";")
	require.Equal(t, 200, r.send(ask{"GET", "/api/v1/me", "", map[string]string{"Authorization": "", "Cookie": value}}).status, "other browsers of the administrator stay in")
}

// TestCommandsWithoutPostgres: a punch is acknowledged while the read models cannot be reached; reads say so.
func TestCommandsWithoutPostgres(t *testing.T) {
	r := serve(t, func(c *serveCmd) { c.DatabaseURL = "postgres://daka@127.0.0.1:1/daka?connect_timeout=1" })
	require.Eventually(t, func() bool { return strings.Contains(r.get("/readyz").body, `"directory":"ok"`) }, waitLong, tick)
	org := r.company(ruleKolkata)
	r.id("POST", "/orgs/"+org+"/members", `{"number":"1","joined":"2026-11-01"}`)
	r.id("POST", "/orgs/"+org+"/punches", `{"number":"1"}`)
	a := r.get("/api/v1/orgs/" + org + "/members")
	require.Equal(t, 503, a.status)
	require.Equal(t, `{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"the read models cannot be reached; commands are still taken; try again in a moment","code":"read_model_unavailable"}`, a.body)
	require.Equal(t, "2", a.header.Get("Retry-After"))
}

func TestAdminTokenIsSecretAndKept(t *testing.T) {
	dir := t.TempDir()
	token, made, err := adminToken(dir)
	require.NoError(t, err)
	require.True(t, made)
	require.Len(t, token, 64)
	info, err := os.Stat(dir + "/" + tokenFile)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	again, made, err := adminToken(dir)
	require.NoError(t, err)
	require.False(t, made)
	require.Equal(t, token, again)
	require.NoError(t, os.WriteFile(dir+"/"+tokenFile, []byte("short"), 0o600))
	_, _, err = adminToken(dir)
	require.EqualError(t, err, dir+"/admin.token holds no token: it needs at least 32 characters; remove it and a new one is made")
}

// TestTheFirstStartFoundsTheSample: a start compares its stores before it writes, and the sample company waits for that.
func TestTheFirstStartFoundsTheSample(t *testing.T) {
	if testing.Short() {
		t.Skip("founds the sample company")
	}
	var log logtest.Log
	r := serveTo(t, &log, func(c *serveCmd) { c.Sample, c.LogLevel = true, "info" })
	require.Eventually(t, func() bool { return strings.Contains(log.String(), "the sample company is ") }, waitLong, tick)
	require.Contains(t, log.String(), "the sample company is there")
	require.Less(t, r.send(ask{method: "POST", path: "/api/v1/auth/login", body: `{"login":"1001@dawn","password":"dawn-and-dusk-2026"}`, header: map[string]string{"Authorization": ""}}).status, 300)
}
