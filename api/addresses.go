package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/dakahq/daka/api/problem"
)

// pageAddresses are those that the web page draws; `*` stands for one part of a path, `**` at the end for any number. A test compares them with
// the page's own.
var pageAddresses = []string{
	"/", "/signup", "/signin", "/reset", "/token", "/join/*", "/start", "/start/found", "/start/join", "/me", "/me/**", "/o/*",
	"/o/*/records", "/o/*/access", "/o/*/day", "/o/*/month", "/o/*/manage", "/o/*/manage/**",
}

// isAddress says that the web page has something to show at a path.
func isAddress(path string) bool {
	return slices.ContainsFunc(pageAddresses, func(pattern string) bool { return matches(pattern, path) })
}

func matches(pattern, path string) bool {
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	for i, part := range want {
		switch {
		case part == "**":
			return len(have) > i
		case i >= len(have), part == "*" && have[i] == "", part != "*" && part != have[i]:
			return false
		}
	}
	return len(want) == len(have)
}

// allowed are the methods that a path takes, none where there is nothing.
func (s *pages) allowed(path string) (methods []string) {
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if !s.router.Takes(m, path) {
			continue
		}
		methods = append(methods, m)
		if m == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
	}
	return methods
}

// methodNotAllowed answers with what the path does take.
func (s *pages) methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	methods := s.allowed(r.URL.Path)
	if len(methods) == 0 && (isAddress(r.URL.Path) || s.isFile(r.URL.Path)) {
		methods = []string{http.MethodGet, http.MethodHead}
	}
	if len(methods) == 0 {
		nowhere(r).Write(w)
		return
	}
	w.Header().Set("Allow", strings.Join(methods, ", "))
	problem.New(r.Context(), "method_not_allowed", r.URL.Path+" does not take "+r.Method+"; it takes "+strings.Join(methods, ", ")).Write(w)
}

func nowhere(r *http.Request) *problem.Problem {
	return problem.New(r.Context(), "not_found", "there is nothing at "+r.URL.Path+"; /docs lists what there is")
}

// notFound answers the page and its files, and a problem for everything else.
func (s *pages) notFound(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasPrefix(r.URL.Path, "/api/"):
		nowhere(r).Write(w)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		s.methodNotAllowed(w, r)
	default:
		s.page(w, r)
	}
}
