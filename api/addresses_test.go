package api

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
)

// TestThePagesAddresses: every address in the page's own tables of routes is answered by the page.
func TestThePagesAddresses(t *testing.T) {
	route := regexp.MustCompile("[\"\x60]((?:\\$\\{base\\})?/?[a-z:*/]*)[\"\x60]\\]?: (?:\\(|inside)")
	found := map[string]bool{}
	require.NoError(t, filepath.WalkDir("web/src", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".tsx") {
			return err
		}
		source, err := os.ReadFile(name)
		if err != nil || !strings.Contains(string(source), "useRoutes") {
			return err
		}
		for _, m := range route.FindAllStringSubmatch(string(source), -1) {
			base := "/o/7"
			if strings.Contains(name, "console") {
				base = "/o/7/manage"
			}
			found[strings.ReplaceAll(m[1], "${base}", base)] = true
		}
		return nil
	}))
	require.Contains(t, found, "/signin")
	require.Contains(t, found, "/o/7/records")
	require.Contains(t, found, "/o/7/manage/tokens")
	for address := range found {
		path := strings.NewReplacer(":org", "7", ":code", "ABC", "/*", "").Replace(address)
		if strings.HasPrefix(path, "/") {
			require.True(t, isAddress(path), "%s is no address of the page", address)
		}
	}
	for _, path := range []string{"/o", "/o/", "/o/7/nothing", "/wp-login.php", "/members/7", "/me2", "/signin/x", "/join", "/join/"} {
		require.False(t, isAddress(path), path)
	}
}

func TestWhatIsNotThere(t *testing.T) {
	s, err := New(Config{AdminToken: "t", Service: commands.NewService(nil, nil), Web: fstest.MapFS{"index.html": {Data: []byte("<p>page</p>")}, "assets/a-1.js": {Data: []byte("1")}}})
	require.NoError(t, err)
	send := func(method, path, accept string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(method, path, nil)
		r.Header.Set("Accept", accept)
		r.Header.Set("Authorization", "Bearer t")
		s.ServeHTTP(w, r)
		return w
	}
	for _, x := range []struct {
		method, path, accept string
		status               int
		allow, kind          string
	}{
		{"GET", "/o/7/day", "text/html", 200, "", "text/html"},
		{"GET", "/nothing", "text/html,*/*", 404, "", "text/html"},
		{"GET", "/nothing", "*/*", 404, "", "application/problem+json"},
		{"GET", "/assets/b.js", "*/*", 404, "", "application/problem+json"},
		{"GET", "/.env", "*/*", 404, "", "application/problem+json"},
		{"HEAD", "/", "*/*", 200, "", "text/html"},
		{"HEAD", "/healthz", "*/*", 200, "", "application/json"},
		{"HEAD", "/nothing", "*/*", 404, "", "application/problem+json"},
		{"HEAD", "/api/v1/nothing", "*/*", 404, "", "application/problem+json"},
		{"HEAD", v1 + "/me", "*/*", 200, "", "application/json"},
		{"POST", "/healthz", "*/*", 405, "GET, HEAD", "application/problem+json"},
		{"POST", "/signin", "*/*", 405, "GET, HEAD", "application/problem+json"},
		{"DELETE", "/assets/a-1.js", "*/*", 405, "GET, HEAD", "application/problem+json"},
		{"POST", "/nothing", "*/*", 404, "", "application/problem+json"},
		{"PUT", v1 + "/orgs", "*/*", 405, "GET, HEAD, POST", "application/problem+json"},
		{"OPTIONS", v1 + "/auth/login", "*/*", 405, "POST", "application/problem+json"},
		{"BREW", v1 + "/orgs", "*/*", 405, "GET, HEAD, POST", "application/problem+json"},
		{"BREW", "/nothing", "*/*", 404, "", "application/problem+json"},
	} {
		a := send(x.method, x.path, x.accept)
		require.Equal(t, x.status, a.Code, "%s %s: %s", x.method, x.path, a.Body)
		require.Equal(t, x.allow, a.Header().Get("Allow"), "%s %s", x.method, x.path)
		require.True(t, strings.HasPrefix(a.Header().Get("Content-Type"), x.kind), "%s %s: %s", x.method, x.path, a.Header().Get("Content-Type"))
	}
}

// TestOperationsHaveTheirOwnAddress: with one, the main address has neither metrics nor profiles, not even for the administrator.
func TestOperationsHaveTheirOwnAddress(t *testing.T) {
	get := func(h http.Handler, path, token string) int {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", path, nil)
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		h.ServeHTTP(w, r)
		return w.Code
	}
	here, err := New(Config{AdminToken: "t", Service: commands.NewService(nil, nil)})
	require.NoError(t, err)
	elsewhere, err := New(Config{AdminToken: "t", Service: commands.NewService(nil, nil), OpsElsewhere: true})
	require.NoError(t, err)
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/cmdline"} {
		require.Equal(t, 401, get(here, path, ""), path)
		require.Equal(t, 401, get(here, path, "wrong"), path)
		require.Equal(t, 200, get(here, path, "t"), path)
		require.Equal(t, 404, get(elsewhere, path, "t"), path)
		require.Equal(t, 200, get(elsewhere.Operations(), path, ""), path)
	}
	require.Equal(t, 200, get(elsewhere.Operations(), "/healthz", ""))
	require.Equal(t, 404, get(elsewhere.Operations(), v1+"/me", "t"))
}
