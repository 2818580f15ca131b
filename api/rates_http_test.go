package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestForgedWrites tries every writing route as another site's page would (reliability row 37).
func TestForgedWrites(t *testing.T) {
	s := newServer(t, nil)
	session := s.guard.Admin.Session(time.Unix(2000, 0))
	tried := 0
	for _, r := range s.router.Routes() {
		method, path, _ := strings.Cut(r, " ")
		if method == http.MethodGet {
			continue
		}
		path = strings.NewReplacer("{", "", "}", "").Replace(path)
		for name, change := range map[string]func(*http.Request){
			"another site": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
			"a sibling":    func(r *http.Request) { r.Header.Set("Origin", "http://evil.example.com") },
			"null":         func(r *http.Request) { r.Header.Set("Origin", "null") },
			"an old form":  func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") },
			"old text":     func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") },
			"old upload":   func(r *http.Request) { r.Header.Set("Content-Type", "multipart/form-data; boundary=x") },
		} {
			if strings.HasPrefix(name, "old") || name == "an old form" {
				if method != http.MethodPost { // a form sends nothing else
					continue
				}
			}
			req := httptest.NewRequest(method, path, strings.NewReader("a=b"))
			req.Header.Set("Content-Type", "application/json")
			req.AddCookie(&http.Cookie{Name: "daka_session", Value: session})
			change(req)
			w := httptest.NewRecorder()
			s.ServeHTTP(w, req)
			require.Equal(t, http.StatusForbidden, w.Code, "%s as %s", r, name)
			require.Contains(t, w.Body.String(), "cross_origin")
			tried++
		}
	}
	require.Greater(t, tried, 100)
	program := httptest.NewRequest("POST", v1+"/orgs", strings.NewReader("a=b"))
	program.Header.Set("Content-Type", "text/plain")
	program.AddCookie(&http.Cookie{Name: "daka_session", Value: session})
	program.Header.Set("X-Daka", "1")
	require.False(t, forged(program), "a form cannot set a header")
}

func TestHeadersThatMakeABrowserCareful(t *testing.T) {
	s := newServer(t, nil)
	for proto, want := range map[string]string{"": "", "tls": "max-age=31536000"} {
		r := httptest.NewRequest("GET", "/healthz", nil)
		if proto != "" {
			r = httptest.NewRequest("GET", "https://daka.example.com/healthz", nil)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		require.Equal(t, want, w.Header().Get("Strict-Transport-Security"))
		require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
		for _, rule := range []string{"default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} {
			require.Contains(t, w.Header().Get("Content-Security-Policy"), rule)
		}
		require.Equal(t, "same-origin", w.Header().Get("Cross-Origin-Opener-Policy"))
		require.Equal(t, "same-origin", w.Header().Get("Cross-Origin-Resource-Policy"))
		require.Equal(t, "no-referrer", w.Header().Get("Referrer-Policy"))
	}
}

// deadlines is a connection that remembers the deadlines it was given.
type deadlines struct {
	*httptest.ResponseRecorder
	read, write []time.Time
}

func (d *deadlines) SetReadDeadline(at time.Time) error  { d.read = append(d.read, at); return nil }
func (d *deadlines) SetWriteDeadline(at time.Time) error { d.write = append(d.write, at); return nil }

func TestDeadlinesEndWithWhatTheyAreFor(t *testing.T) {
	s := newServer(t, nil)
	r := httptest.NewRequest("POST", v1+"/orgs", strings.NewReader(`{"name":"Acme"}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+s.config.AdminToken)
	d := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	s.ServeHTTP(d, r)
	require.Equal(t, http.StatusUnprocessableEntity, d.Code, "there is no Idempotency-Key")
	require.False(t, d.read[0].IsZero(), "one for the body")
	require.True(t, d.read[len(d.read)-1].IsZero(), "a command may last longer than its body")

	d = &deadlines{ResponseRecorder: httptest.NewRecorder()}
	s.ServeHTTP(d, httptest.NewRequest("POST", v1+"/auth/logout", nil))
	require.Equal(t, http.StatusNoContent, d.Code)
	require.NotEmpty(t, d.write, "an answer without a body has a deadline of its own")
}

// TestTheGuardAsksTheBuckets goes through HTTP: one who hammers is told to wait, and the others behind the same address are not.
func TestTheGuardAsksTheBuckets(t *testing.T) {
	at := time.Now() // the clock stands still: a slow machine must not fill the buckets again
	w := newWalls(t, nil, func(c *Config) { c.Limits, c.Now = true, func() time.Time { return at } })
	org, boss := w.founded("Acme")
	other := w.join(boss.org, "2", nil)
	for _, path := range []string{org + "/members/me/today", org + "/departments", "/me"} {
		refused, asked := answer{}, 0
		for ; asked < 2000 && refused.status != http.StatusTooManyRequests; asked++ {
			refused = w.ask(boss.caller(), "GET", v1+path, "")
		}
		require.Equal(t, http.StatusTooManyRequests, refused.status, path)
		require.Equal(t, "rate_limited", refused.code(t))
		require.Equal(t, http.StatusOK, w.ask(other.caller(), "GET", v1+org+"/departments", "").status)
	}
	require.Equal(t, http.StatusCreated, w.ask(boss.caller(), "POST", v1+org+"/departments", `{"name":"Works"}`).status, "writing has a bucket of its own")
	for range 1000 {
		require.Equal(t, http.StatusOK, w.ask(theAdmin, "GET", v1+org+"/setup", "").status)
	}
}
