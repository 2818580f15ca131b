package who

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
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
			a := NewArrivals([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, slog.New(slog.DiscardHandler))
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = row.peer
			if row.list != "" {
				r.Header.Set("X-Forwarded-For", row.list)
			}
			r.Header.Set("X-Forwarded-Proto", row.proto)
			var got Arrival
			a.Arrive(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				got = ArrivalOf(r.Context())
			})).ServeHTTP(httptest.NewRecorder(), r)
			require.Equal(t, row.address, got.address.String())
			require.Equal(t, row.secure, got.Secure)
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
		return context.WithValue(t.Context(), arrivalKey{}, Arrival{Secure: secure})
	}
	by := SessionName.Cookies(ctx(true), "x", 60)
	require.Len(t, by, 2)
	require.Equal(t, "__Host-daka=x; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax", by[0].String())
	require.Equal(t, "daka_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax", by[1].String())
	plain := SessionName.Cookies(ctx(false), "x", 60)
	require.Len(t, plain, 1)
	require.Equal(t, "daka_session=x; Path=/; Max-Age=60; HttpOnly; SameSite=Lax", plain[0].String())
}
