package api

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/readiness"
)

func TestArrivals(t *testing.T) {
	for _, row := range []struct {
		name, peer, list, proto string
		address                 string
		secure                  bool
	}{
		{"a browser", "203.0.113.9:1", "", "", "203.0.113.9", false},
		{"a browser that lies", "203.0.113.9:1", "198.51.100.1", "https", "203.0.113.9", false},
		{"behind a proxy", "10.0.0.1:1", "203.0.113.9", "https", "203.0.113.9", true},
		{"behind two", "10.0.0.1:1", "203.0.113.9, 10.0.0.2", "http", "203.0.113.9", false},
		{"behind a proxy, lying", "10.0.0.1:1", "198.51.100.1, 203.0.113.9", "https", "203.0.113.9", true},
		{"a proxy that says nothing", "10.0.0.1:1", "", "https", "10.0.0.1", true},
		{"a proxy that says nonsense", "10.0.0.1:1", "unknown", "", "10.0.0.1", false},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:1", "::ffff:203.0.113.9", "HTTPS", "203.0.113.9", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newServer(t, nil)
			s.config.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = row.peer
			if row.list != "" {
				r.Header.Set("X-Forwarded-For", row.list)
			}
			r.Header.Set("X-Forwarded-Proto", row.proto)
			var got arrival
			s.arrive(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				got, _ = r.Context().Value(arrivalKey{}).(arrival)
			})).ServeHTTP(httptest.NewRecorder(), r)
			require.Equal(t, row.address, got.address.String())
			require.Equal(t, row.secure, got.secure)
		})
	}
}

func TestAgentsAreAFewWords(t *testing.T) {
	for header, want := range map[string]string{
		"": "program", "curl/8": "program",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1":                      "Safari, iPhone",
		"Mozilla/5.0 (Linux; Android 15; Secret Phone) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0 Language/zh_CN": "WeChat, Android",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0":                                    "Edge, Windows",
	} {
		require.Equal(t, want, agentLabel(header))
	}
}

// TestCookies: by TLS a session travels in a cookie that no other host can set.
func TestCookies(t *testing.T) {
	ctx := func(secure bool) context.Context {
		return context.WithValue(t.Context(), arrivalKey{}, arrival{secure: secure})
	}
	by := sessionName.cookies(ctx(true), "x", 60)
	require.Len(t, by, 2)
	require.Equal(t, "__Host-daka=x; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax", by[0].String())
	require.Equal(t, "daka_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax", by[1].String())
	plain := sessionName.cookies(ctx(false), "x", 60)
	require.Len(t, plain, 1)
	require.Equal(t, "daka_session=x; Path=/; Max-Age=60; HttpOnly; SameSite=Lax", plain[0].String())

	s := newServer(t, nil)
	s.config.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} // httptest's own
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
	administrators := s.session(time.Unix(2000, 0))
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
			s := newServer(t, nil)
			s.log = slog.New(slog.NewTextHandler(&log, nil))
			if row.proxies != "" {
				s.config.TrustedProxies = []netip.Prefix{netip.MustParsePrefix(row.proxies)}
			}
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
			found := s.lookAtProxy(t.Context())
			require.Equal(t, reason, found.Reason)
			require.Equal(t, readiness.OK, found.State, "anybody can send such a header")
		})
	}
}

// TestLinksGoToThePublicAddress: what a caller names as Host is in no link of anybody else.
func TestLinksGoToThePublicAddress(t *testing.T) {
	s := newServer(t, nil)
	require.Equal(t, "http://evil.example/join/ABCDE12345", s.joinLink("http://evil.example", "ABCDE-12345"), "the caller's own answer")
	s.config.PublicURL = "https://daka.example.org"
	require.Equal(t, "https://daka.example.org/join/ABCDE12345", s.joinLink("http://evil.example", "ABCDE-12345"))
}
