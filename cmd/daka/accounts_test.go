package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/messages"
)

// post is a receiver of messages that checks their signature.
type post struct {
	*httptest.Server
	t    *testing.T
	mu   sync.Mutex
	got  []commands.Message
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
	var m commands.Message
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
func (p *post) messages(to, purpose string) (out []commands.Message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.got {
		if m.To == to && m.Purpose == purpose {
			out = append(out, m)
		}
	}
	return out
}

// people is a server that sends its messages to a post.
func people(t *testing.T, change func(*serveCmd)) (*rig, *post) {
	p := newPost(t)
	r := serve(t, func(c *serveCmd) {
		c.SMSWebhook, c.SMSSecret, c.SMSNumbers = p.URL, postSecret, "+86"
		c.CodesPerIP = 1000
		if change != nil {
			change(c)
		}
	})
	r.ready()
	require.Eventually(t, func() bool { _, err := r.m.service.Identity(); return err == nil }, waitLong, tick)
	return r, p
}

// person is a browser with one cookie.
type person struct {
	*rig
	post   *post
	cookie string
}

func (r *rig) visitor(p *post) *person { return &person{rig: r, post: p} }

// do sends a request as this browser and keeps the cookie that it gets.
func (p *person) do(method, path, body string) reply {
	p.t.Helper()
	a := p.send(ask{method: method, path: "/api/v1" + path, body: body, header: map[string]string{"Authorization": "", "Cookie": p.cookie, "Idempotency-Key": newKey(p.t)}})
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
	r, post := people(t, nil)
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
	r, post := people(t, nil)
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
