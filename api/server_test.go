package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands"
)

func newServer(t *testing.T, web fstest.MapFS, with ...func(*Config)) *Server {
	t.Helper()
	c := Config{Service: commands.NewService(nil, nil), AdminToken: strings.Repeat("a", 64), Version: "test", Now: func() time.Time { return time.Unix(1000, 0) }}
	if web != nil {
		c.Web = web
	}
	for _, change := range with {
		change(&c)
	}
	s, err := New(c)
	require.NoError(t, err)
	return s
}

func TestEveryPolicyEntryIsARoute(t *testing.T) {
	s := newServer(t, nil)
	routes := map[string]bool{}
	for _, r := range s.router.Routes() {
		routes[r] = true
	}
	for entry := range who.Entries() {
		require.True(t, routes[entry], entry)
	}
}

func TestThePage(t *testing.T) {
	get := func(s *Server, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w
	}
	bare := get(newServer(t, nil), "/")
	require.Equal(t, 200, bare.Code)
	require.Contains(t, bare.Body.String(), "make web build")
	built := newServer(t, fstest.MapFS{"index.html": {Data: []byte("<p>page</p>")}, "assets/a-1.js": {Data: []byte("x")}})
	require.Equal(t, "<p>page</p>", get(built, "/").Body.String())
	require.Equal(t, "<p>page</p>", get(built, "/o/7/manage/members").Body.String(), "the page's own addresses")
	require.Equal(t, 404, get(built, "/members/7").Code)
	require.Equal(t, "public, max-age=31536000, immutable", get(built, "/assets/a-1.js").Header().Get("Cache-Control"))
	require.Equal(t, 404, get(built, "/assets/b.js").Code)
	require.Contains(t, get(built, "/").Header().Get("Content-Security-Policy"), "default-src 'self'")
}

// TestFilesComeInTheSmallestForm that the browser takes, are kept for good by their hash, and otherwise only when they are the same.
func TestFilesComeInTheSmallestForm(t *testing.T) {
	s := newServer(t, fstest.MapFS{
		"index.html": {Data: []byte("<p>page</p>")}, "assets/a-1.js": {Data: []byte("plain")}, "assets/a-1.js.br": {Data: []byte("brotli")},
		"assets/a-1.js.gz": {Data: []byte("gzip")}, "sw.js": {Data: []byte("worker")}, "manifest.webmanifest": {Data: []byte("{}")},
	})
	get := func(path string, header ...string) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", path, nil)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		s.ServeHTTP(w, r)
		return w
	}
	for accept, want := range map[string][2]string{
		"": {"", "plain"}, "gzip, deflate, br, zstd": {"br", "brotli"}, "gzip": {"gzip", "gzip"}, "br;q=0, gzip;q=0.5": {"gzip", "gzip"},
		"identity": {"", "plain"}, "BR;q=1.0": {"br", "brotli"}, "br; q=0.0": {"", "plain"},
	} {
		w := get("/assets/a-1.js", "Accept-Encoding", accept)
		require.Equal(t, want, [2]string{w.Header().Get("Content-Encoding"), w.Body.String()}, accept)
		require.Equal(t, "text/javascript; charset=utf-8", w.Header().Get("Content-Type"))
		require.Contains(t, w.Header().Values("Vary"), "Accept-Encoding")
	}
	require.Equal(t, 404, get("/assets/a-1.js.br").Code, "forms have no address of their own")
	for _, path := range []string{"/", "/sw.js", "/manifest.webmanifest"} {
		w := get(path, "Accept-Encoding", "br")
		require.Equal(t, 200, w.Code, path)
		require.Equal(t, "no-cache", w.Header().Get("Cache-Control"), path)
		require.Equal(t, 304, get(path, "If-None-Match", w.Header().Get("ETag")).Code, path)
	}
	require.Equal(t, "application/manifest+json", get("/manifest.webmanifest").Header().Get("Content-Type"))
}

func TestAPanicIsAProblem(t *testing.T) {
	s := newServer(t, nil)
	w := httptest.NewRecorder()
	recoverer(s.log)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("bug") })).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	require.Equal(t, 500, w.Code)
	require.Contains(t, w.Body.String(), `"code":"internal"`)
}
