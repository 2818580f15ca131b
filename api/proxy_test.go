package api

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/readiness"
)

// TestCookiesByTLS: by TLS the cookie that another host can set is not taken.
func TestCookiesByTLS(t *testing.T) {
	s := newServer(t, nil, func(c *Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} }) // httptest's own
	answer := func(cookie string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", v1+"/me/sessions", nil)
		r.Header.Set("X-Forwarded-Proto", "https")
		r.Header.Set("Cookie", cookie)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	token := strings.Repeat("A", 43)
	require.Equal(t, 401, answer("daka_session="+token).Code, "by TLS the other cookie is not even looked at")
	require.Equal(t, 503, answer("__Host-daka="+token).Code, "this one is, and there is no store")
	administrators := s.guard.Admin.Session(time.Unix(2000, 0))
	require.Equal(t, 401, answer("daka_session="+administrators).Code, "by TLS the administrator's is not taken from the other cookie either")
	require.Equal(t, 503, answer("__Host-daka="+administrators).Code, "the administrator's is signed, and nobody can say whether it was given back")
}

// TestAProxyThatNobodyTrusts: the log says so once, and readiness from then on.
func TestAProxyThatNobodyTrusts(t *testing.T) {
	for name, row := range map[string]struct {
		proxies string
		header  string
		said    bool
	}{
		"none trusted":   {"", "X-Forwarded-For", true},
		"another header": {"", "X-Forwarded-Proto", true},
		"one trusted":    {"192.0.2.0/24", "X-Forwarded-For", false},
		"no proxy":       {"", "X-Other", false},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			s := newServer(t, nil, func(c *Config) {
				c.Log = slog.New(slog.NewTextHandler(&log, nil))
				if row.proxies != "" {
					c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix(row.proxies)}
				}
			})
			for range 3 {
				r := httptest.NewRequest("GET", "/healthz", nil)
				r.Header.Set(row.header, "203.0.113.9")
				s.ServeHTTP(httptest.NewRecorder(), r)
			}
			lines, reason := 0, ""
			if row.said {
				lines, reason = 1, "proxy_untrusted"
			}
			require.Equal(t, lines, strings.Count(log.String(), "--trusted-proxies"))
			found := s.health.lookAtProxy(t.Context())
			require.Equal(t, reason, found.Reason)
			require.Equal(t, readiness.OK, found.State, "anybody can send such a header")
		})
	}
}

// TestLinksGoToThePublicAddress: what a caller names as Host is in no link of anybody else.
func TestLinksGoToThePublicAddress(t *testing.T) {
	require.Equal(t, "http://evil.example/join/ABCDE12345", joinLink("", "http://evil.example", "ABCDE-12345"), "the caller's own answer")
	require.Equal(t, "https://daka.example.org/join/ABCDE12345", joinLink("https://daka.example.org", "http://evil.example", "ABCDE-12345"))
}
