package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/messages"
	"github.com/dakahq/daka/commands/people"
	"github.com/dakahq/daka/deploy/single/postgres/postgrestest"
)

// post is a receiver of messages that checks their signature.
type post struct {
	*httptest.Server
	t    *testing.T
	mu   sync.Mutex
	got  []people.Message
	down bool
}

const postSecret = "a secret of the test"

func newPost(t *testing.T) *post {
	p := &post{t: t}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *post) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down || r.Header.Get("Daka-Signature") != "v1="+messages.Sign([]byte(postSecret), r.Header.Get("Daka-Timestamp"), body) {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	var m people.Message
	if json.Unmarshal(body, &m) == nil {
		p.got = append(p.got, m)
	}
}

func (p *post) breakDown(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
}

// messages are what came for a receiver and a purpose.
func (p *post) messages(to, purpose string) (out []people.Message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.got {
		if m.To == to && m.Purpose == purpose {
			out = append(out, m)
		}
	}
	return out
}

// withPeople is a server that sends its messages to a post.
func withPeople(t *testing.T, change func(*serveCmd)) (*rig, *post) {
	return peopleTo(t, t.Output(), change)
}

func peopleTo(t *testing.T, log io.Writer, change func(*serveCmd)) (*rig, *post) {
	p := newPost(t)
	r := serveTo(t, log, func(c *serveCmd) {
		c.SMSWebhook, c.SMSSecret, c.SMSNumbers = p.URL, postSecret, "+86"
		c.CodesPerIP = 1000
		if change != nil {
			change(c)
		}
	})
	r.ready()
	require.Eventually(t, func() bool { _, err := r.m.service.Identity.Store(); return err == nil }, waitLong, tick)
	return r, p
}

// person is a browser with one cookie, or a program with a token.
type person struct {
	*rig
	post           *post
	cookie, bearer string
}

func (r *rig) visitor(p *post) *person { return &person{rig: r, post: p} }

// do sends a request as this browser and keeps the cookie that it gets.
func (p *person) do(method, path, body string) reply {
	p.t.Helper()
	a := p.send(ask{method: method, path: "/api/v1" + path, body: body, header: map[string]string{"Authorization": p.bearer, "Cookie": p.cookie, "Idempotency-Key": newKey(p.t)}})
	for _, c := range a.header.Values("Set-Cookie") {
		value, attributes, _ := strings.Cut(c, ";")
		p.cookie = value
		if strings.Contains(attributes, "Max-Age=0") {
			p.cookie = ""
		}
	}
	return a
}

// code asks for a code and reads it from the post.
func (p *person) code(field, to, purpose string) string {
	p.t.Helper()
	before := len(p.post.messages(to, purpose))
	a := p.do("POST", "/auth/codes", fmt.Sprintf(`{%q:%q,"purpose":%q}`, field, to, purpose))
	require.Equal(p.t, http.StatusAccepted, a.status, a.body)
	require.Eventually(p.t, func() bool { return len(p.post.messages(to, purpose)) > before }, waitLong, tick)
	m := p.post.messages(to, purpose)
	return m[len(m)-1].Code
}

const goodPassword = "four green horses"

// register makes an account and stays signed in; it gives the account's id.
func (p *person) register(phone, name string) string {
	p.t.Helper()
	code := p.code("phone", phone, "register")
	a := p.do("POST", "/auth/register", fmt.Sprintf(`{"phone":%q,"code":%q,"name":%q,"password":%q}`, phone, code, name, goodPassword))
	require.Equal(p.t, http.StatusCreated, a.status, a.body)
	var receipt struct{ ID string }
	a.json(p.t, &receipt)
	return receipt.ID
}

const zhang, li = "+8613800138001", "+8613800138002"

func TestSignUpSignInSignOut(t *testing.T) {
	r, post := withPeople(t, nil)
	p := r.visitor(post)
	require.Equal(t, 401, p.do("GET", "/me", "").status)
	account := p.register(zhang, "张三")
	require.Regexp(t, `^daka_session=[A-Za-z0-9_-]{43}$`, p.cookie)
	me := p.do("GET", "/me", "")
	require.Equal(t, 200, me.status, me.body)
	require.Equal(t, `{"kind":"account","account":"`+account+`","name":"张三","phone":"…8001","password":true,"roles":["account"],"memberships":[],"language":"en"}`, me.body)

	stolen := p.cookie
	require.Equal(t, 204, p.do("POST", "/auth/logout", "").status)
	require.Empty(t, p.cookie)
	p.cookie = stolen
	require.Equal(t, 401, p.do("GET", "/me", "").status, "a signed-out cookie opens nothing")
	p.cookie = ""

	for _, login := range []string{zhang, "138 0013 8001", "１３８００１３８００１"} {
		a := p.do("POST", "/auth/login", fmt.Sprintf(`{"login":%q,"password":%q}`, login, goodPassword))
		require.Equal(t, 204, a.status, a.body)
		require.Equal(t, 200, p.do("GET", "/me", "").status)
	}
	a := p.do("POST", "/auth/login", fmt.Sprintf(`{"login":%q,"code":%q}`, zhang, p.code("phone", zhang, "login")))
	require.Equal(t, 204, a.status, a.body)
}

func TestARegistrationIsOnce(t *testing.T) {
	r, post := withPeople(t, nil)
	p := r.visitor(post)
	body := fmt.Sprintf(`{"phone":%q,"code":%q}`, zhang, p.code("phone", zhang, "register"))
	q := ask{"POST", "/api/v1/auth/register", body, map[string]string{"Authorization": "", "Idempotency-Key": newKey(t)}}
	first, again := r.send(q), r.send(q)
	require.Equal(t, 201, first.status, first.body)
	require.Equal(t, 200, again.status, again.body)
	require.Equal(t, "true", again.header.Get("Idempotent-Replay"))
	require.Equal(t, first.body, again.body)
	require.NotEmpty(t, again.header.Get("Set-Cookie"), "the answer may have been lost with its cookie")
	q.header["Idempotency-Key"] = newKey(t)
	require.Contains(t, r.send(q).body, `"code_wrong"`, "another command cannot use the code again")
	q.body = strings.Replace(body, "}", `,"name":"x"}`, 1)
	q.header["Idempotency-Key"] = "x"
	require.Contains(t, r.send(q).body, `"command_id_invalid"`)
}

func TestProfileOverHTTP(t *testing.T) {
	r, post := withPeople(t, nil)
	p, other := r.visitor(post), r.visitor(post)
	account := p.register(zhang, "张三")
	a := p.do("PATCH", "/me", `{"name":"Zhang San","language":"zh"}`)
	require.Equal(t, 201, a.status, a.body)
	require.Equal(t, 401, other.do("PATCH", "/me", `{"name":"x"}`).status)
	require.Equal(t, 403, r.write("PATCH", "/me", `{"name":"x"}`).status, "the administrator's token is no person")
	require.Equal(t, 401, other.do("POST", "/auth/codes", `{"email":"z@example.org","purpose":"email"}`).status)
	a = p.do("PATCH", "/me", `{"email":"z@example.org","email_code":"000000"}`)
	require.Equal(t, 422, a.status)
	require.Contains(t, a.body, `"code":"code_wrong"`)
	code := p.code("email", "z@example.org", "email")
	require.Equal(t, 201, p.do("PATCH", "/me", fmt.Sprintf(`{"email":"z@example.org","email_code":%q}`, code)).status)
	require.Equal(t, `{"kind":"account","account":"`+account+`","name":"Zhang San","phone":"…8001","email":"z@example.org","password":true,"roles":["account"],"memberships":[],"language":"zh"}`, p.do("GET", "/me", "").body)
	require.Equal(t, 204, other.do("POST", "/auth/login", fmt.Sprintf(`{"login":"Z@example.org","password":%q}`, goodPassword)).status)

	require.Equal(t, 404, p.do("GET", "/me/avatar", "").status)
	key := newKey(t)
	put := ask{"PUT", "/api/v1/me/avatar", picture(t), map[string]string{"Authorization": "", "Cookie": p.cookie, "Content-Type": "image/png", "Idempotency-Key": key}}
	first, again := r.send(put), r.send(put)
	require.Equal(t, 201, first.status, first.body)
	require.Equal(t, 200, again.status, again.body)
	require.Equal(t, first.body, again.body)
	got := other.do("GET", "/me/avatar", "")
	require.Equal(t, 200, got.status)
	require.Equal(t, "image/jpeg", got.header.Get("Content-Type"))
	require.Equal(t, "nosniff", got.header.Get("X-Content-Type-Options"))
	put.body, put.header["Idempotency-Key"] = "<svg/>", newKey(t)
	require.Equal(t, 415, r.send(put).status)
	require.Equal(t, 201, p.do("DELETE", "/me/avatar", "").status)
	require.Equal(t, 404, p.do("GET", "/me/avatar", "").status)
}

func picture(t *testing.T) string {
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 32, 32))))
	return b.String()
}

// TestARevokedSessionEndsEverywhere has two servers on one database, one ledger and one key store.
func TestARevokedSessionEndsEverywhere(t *testing.T) {
	url := postgrestest.Database(t)
	one, post := withPeople(t, func(c *serveCmd) { c.DatabaseURL = url })
	two := serve(t, func(c *serveCmd) {
		c.DatabaseURL, c.EventStore, c.Keys, c.AdminToken = url, one.m.node.ConnectionString(), one.data+"/keys/keys.db", one.token
		c.SMSWebhook, c.SMSSecret = post.URL, postSecret
		require.NoError(t, os.WriteFile(filepath.Join(c.Data, tokenFile), []byte(one.token), 0o600))
	}).ready()
	require.Eventually(t, func() bool { _, err := two.m.service.Identity.Store(); return err == nil }, waitLong, tick)
	phone, desk := one.visitor(post), one.visitor(post)
	phone.register(zhang, "张三")
	login := fmt.Sprintf(`{"login":%q,"password":%q}`, zhang, goodPassword)
	require.Equal(t, 204, desk.do("POST", "/auth/login", login).status)
	there := func(cookie string) int {
		return two.send(ask{"GET", "/api/v1/me", "", map[string]string{"Authorization": "", "Cookie": cookie}}).status
	}
	require.Equal(t, 200, there(phone.cookie))
	require.Equal(t, 200, there(desk.cookie))
	var list struct {
		Items []struct {
			ID, Agent string
			Current   bool
		}
	}
	desk.do("GET", "/me/sessions", "").json(t, &list)
	require.Len(t, list.Items, 2)
	require.True(t, list.Items[0].Current)
	require.Equal(t, "program", list.Items[0].Agent)
	require.Equal(t, 404, desk.do("DELETE", "/me/sessions/"+newKey(t), "").status)
	require.Equal(t, 204, desk.do("DELETE", "/me/sessions/"+list.Items[1].ID, "").status)
	within := func(cookie string) {
		t.Helper()
		deadline := time.Now().Add(time.Second)
		for there(cookie) != 401 {
			require.True(t, time.Now().Before(deadline), "a revoked session lives longer than a second")
			time.Sleep(20 * time.Millisecond)
		}
	}
	within(phone.cookie)
	require.Equal(t, 200, there(desk.cookie))
	for range 3 {
		require.Equal(t, 204, one.visitor(post).do("POST", "/auth/login", login).status)
	}
	stolen := desk.cookie
	require.Equal(t, 204, desk.do("POST", "/auth/logout", `{"everywhere":true}`).status)
	within(stolen)
	var left int
	require.NoError(t, query(t, url, "SELECT count(*) FROM identity.sessions", &left))
	require.Zero(t, left)
}

// unused moves back when every session was used; within a second the server asks Postgres anew.
func unused(t *testing.T, url, since string) {
	t.Helper()
	var moved int
	require.NoError(t, query(t, url, "WITH moved AS (UPDATE identity.sessions SET seen = seen - interval '"+since+"' RETURNING 1) SELECT count(*) FROM moved", &moved))
	require.NotZero(t, moved)
	time.Sleep(time.Second)
}

func TestAnOwnersSessionExpires(t *testing.T) {
	url := postgrestest.Database(t)
	r, post := withPeople(t, func(c *serveCmd) { c.DatabaseURL = url })
	member, owner := r.visitor(post), r.visitor(post)
	member.register(li, "李四")
	owner.register(zhang, "张三")
	a := owner.do("POST", "/orgs", `{"name":"Acme"}`)
	require.Equal(t, 201, a.status, a.body)
	var org struct{ ID string }
	a.json(t, &org)
	stream := owner.listen(org.ID)
	unused(t, url, "20 minutes")
	idle := map[string]string{"Authorization": "", "Cookie": owner.cookie, "Daka-Idle": "1200"}
	require.Equal(t, 200, r.send(ask{"GET", "/api/v1/me", "", idle}).status)
	unused(t, url, "11 minutes")
	require.Equal(t, 200, member.do("GET", "/me", "").status)
	for _, path := range []string{"/me", "/orgs", "/me"} {
		a := owner.do("GET", path, "")
		require.Equal(t, 401, a.status, a.body)
		require.Contains(t, a.body, `"code":"session_expired"`, "it stays told, and what the page asked by itself was no use")
	}
	_, err := io.Copy(io.Discard, stream)
	require.NoError(t, err, "an open stream ends, too")
	require.Equal(t, 204, owner.do("POST", "/auth/login", fmt.Sprintf(`{"login":%q,"password":%q}`, zhang, goodPassword)).status)
	require.Equal(t, 200, owner.do("GET", "/me", "").status)
}

// TestAPressIsItsOwnAccounts: a browser's pages share a cookie, so a page that kept somebody's punch names the account, and another's session
// writes nothing.
func TestAPressIsItsOwnAccounts(t *testing.T) {
	r, post := withPeople(t, nil)
	owner, other := r.visitor(post), r.visitor(post)
	owner.register(zhang, "张三")
	other.register(li, "李四")
	var org struct{ ID string }
	owner.do("POST", "/orgs", `{"name":"Acme"}`).json(t, &org)
	enabled := owner.do("PUT", "/orgs/"+org.ID+"/attendance", `{"enabled":true}`)
	require.Equal(t, 201, enabled.status, enabled.body)
	var receipt struct{ Position string }
	enabled.json(t, &receipt)
	var me, them struct{ Account string }
	owner.do("GET", "/me", "").json(t, &me)
	other.do("GET", "/me", "").json(t, &them)
	punch := func(account string) reply {
		return r.send(ask{"POST", "/api/v1/orgs/" + org.ID + "/punches", `{}`,
			map[string]string{"Authorization": "", "Cookie": owner.cookie, "Idempotency-Key": uuid.Must(uuid.NewV7()).String(), "Daka-Account": account}})
	}
	settled(t, func() reply { return owner.do("GET", "/orgs/"+org.ID+"/members?min_position="+receipt.Position, "") })
	before := ledgerSize(t, r, org.ID)
	for _, account := range []string{them.Account, "nobody"} {
		a := punch(account)
		require.Equal(t, 401, a.status, a.body)
		require.Contains(t, a.body, `"code":"other_account"`)
	}
	require.Equal(t, before, ledgerSize(t, r, org.ID), "nothing is written")
	require.Equal(t, 201, punch(me.Account).status)
	a := r.send(ask{"GET", "/api/v1/me", "", map[string]string{"Daka-Account": me.Account}})
	require.Equal(t, 401, a.status, "a token is nobody's account")
}

// listen opens the organization's stream of changes as this browser, for a minute at most.
func (p *person) listen(org string) io.Reader {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), waitLong)
	p.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, "GET", p.base+"/api/v1/orgs/"+org+"/live", nil)
	require.NoError(p.t, err)
	req.Header.Set("Cookie", p.cookie)
	res, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(p.t, err)
	p.t.Cleanup(func() { _ = res.Body.Close() })
	require.Equal(p.t, http.StatusOK, res.StatusCode)
	return res.Body
}

func query(t *testing.T, url, statement string, into any) error {
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	return conn.QueryRow(t.Context(), statement).Scan(into)
}

func TestAnswersDoNotTellWhoHasAnAccount(t *testing.T) {
	r, post := withPeople(t, nil)
	p := r.visitor(post)
	p.register(zhang, "张三")
	p.cookie = ""
	for _, path := range []struct{ path, body string }{
		{"/auth/codes", `{"phone":%q,"purpose":"login"}`},
		{"/auth/codes", `{"phone":%q,"purpose":"login"}`}, // too soon
		{"/auth/codes", `{"phone":%q,"purpose":"reset"}`},
		{"/auth/login", `{"login":%q,"password":"wrong"}`},
		{"/auth/login", `{"login":%q,"code":"000000"}`},
		{"/auth/password", `{"phone":%q,"code":"000000","password":"five blue whales"}`},
	} {
		p.cookie = ""
		known := p.do("POST", path.path, fmt.Sprintf(path.body, zhang))
		p.cookie = ""
		unknown := p.do("POST", path.path, fmt.Sprintf(path.body, li))
		require.Equal(t, known.status, unknown.status, path.path)
		require.Equal(t, known.body, unknown.body)
		known.header.Del("Date")
		unknown.header.Del("Date")
		require.NotEqual(t, known.header.Get("X-Request-Id"), unknown.header.Get("X-Request-Id"))
		known.header.Del("X-Request-Id")
		unknown.header.Del("X-Request-Id")
		require.Len(t, unknown.header.Values("Set-Cookie"), len(known.header.Values("Set-Cookie")), "a browser is remembered, whoever it asked for")
		known.header.Del("Set-Cookie")
		unknown.header.Del("Set-Cookie")
		require.Equal(t, known.header, unknown.header)
	}
	require.Empty(t, post.messages(li, "login"))
	zh := r.send(ask{"POST", "/api/v1/auth/codes", fmt.Sprintf(`{"phone":%q,"purpose":"login"}`, li), map[string]string{"Authorization": "", "Accept-Language": "zh-CN"}})
	require.Equal(t, 429, zh.status)
	require.NotEmpty(t, zh.header.Get("Retry-After"))
	require.Equal(t, "application/problem+json", zh.header.Get("Content-Type"))
	require.Equal(t, `{"type":"about:blank","title":"请求过多","status":429,"detail":"操作过于频繁，请按 Retry-After 等待后再试","code":"rate_limited"}`, zh.body)
}

// TestWithoutPostgresNobodySignsIn: tokens work, people are told.
func TestWithoutPostgresNobodySignsIn(t *testing.T) {
	r := serve(t, func(c *serveCmd) { c.DatabaseURL = "postgres://daka@127.0.0.1:1/daka?connect_timeout=1" })
	require.Eventually(t, func() bool { return strings.Contains(r.get("/readyz").body, `"directory":"ok"`) }, waitLong, tick)
	require.Equal(t, 200, r.get("/api/v1/me").status)
	a := r.send(ask{"POST", "/api/v1/auth/login", `{"login":"13800138001","password":"x"}`, map[string]string{"Authorization": ""}})
	require.Equal(t, 503, a.status)
	require.Equal(t, `{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"nobody can sign in at the moment, because the database does not answer; try again in a few seconds","code":"identity_unavailable"}`, a.body)
	require.Equal(t, "2", a.header.Get("Retry-After"))
}

func TestPeoplesSettings(t *testing.T) {
	for _, row := range []struct {
		change func(*serveCmd)
		want   string
	}{
		{func(c *serveCmd) { c.SMSWebhook = "sms.example.org" }, "DAKA_SMS_WEBHOOK, DAKA_SMS_SECRET: the webhook is no address such as https://sms.example.org/daka"},
		{func(c *serveCmd) { c.SMSWebhook = "https://sms.example.org" }, "DAKA_SMS_WEBHOOK, DAKA_SMS_SECRET: the webhook's secret needs at least 16 characters"},
		{func(c *serveCmd) { c.Proxies = "10.0.0.0/8, here" }, `DAKA_TRUSTED_PROXIES: "here" is no address or network such as 10.0.0.0/8`},
	} {
		c := serveCmd{Data: t.TempDir(), Listen: "127.0.0.1:0"}
		row.change(&c)
		require.EqualError(t, c.check(), row.want)
	}
	c := serveCmd{SMSNumbers: "+86, +852"}
	require.Equal(t, []string{"+86", "+852"}, c.numbers())
	c.SMSNumbers = "all"
	require.Empty(t, c.numbers())
}
