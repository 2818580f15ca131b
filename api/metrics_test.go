package api

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
)

// closedLabels is every label that daka's own metrics have, with the list that its values come from.
func closedLabels(s *Server) map[string]func(string) bool {
	routes := map[string]bool{otherLabel: true}
	for _, route := range s.router.Routes() {
		_, pattern, _ := strings.Cut(route, " ")
		routes[pattern] = true
	}
	in := func(words ...string) func(string) bool {
		return func(v string) bool { return strings.Contains(" "+strings.Join(words, " ")+" ", " "+v+" ") }
	}
	return map[string]func(string) bool{
		"route":  func(v string) bool { return routes[v] },
		"method": in("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", otherLabel),
		"status": func(v string) bool {
			n, err := strconv.Atoi(v)
			return v == otherLabel || err == nil && http.StatusText(n) != ""
		},
		"holder": in("person", "staff", "machine"),
		"lane":   in("punches", "writes", "strangers", "large", "pictures", "uploads", "imports", "exports"),
		"class":  in("punch", "read", "write", "export", "file"),
	}
}

// TestNonsenseBecomesNoLabel sends methods, paths, tokens, hosts and headers that nobody has seen before; a new series for each would fill the memory.
func TestNonsenseBecomesNoLabel(t *testing.T) {
	registry := prometheus.NewRegistry()
	s, err := New(Config{Service: commands.NewService(nil, nil), AdminToken: strings.Repeat("a", 64), Version: "test", Registry: registry, Limits: true})
	require.NoError(t, err)
	before := 0
	for i := range 1200 {
		method, path := fmt.Sprintf("NONSENSE%d", i), fmt.Sprintf("/api/v1/orgs/%d/nothing", i)
		switch i % 4 {
		case 1:
			method, path = http.MethodGet, fmt.Sprintf("/nothing/%d?x=%d", i, i)
		case 2:
			path = "/api/v1/orgs"
		case 3:
			method, path = "get", fmt.Sprintf("/%d%%00", i)
		}
		r := httptest.NewRequest(method, path, strings.NewReader("nonsense"))
		r.Header.Set("Authorization", fmt.Sprintf("Bearer %d", i))
		r.Header.Set("User-Agent", fmt.Sprintf("agent %d", i))
		r.Header.Set("X-Forwarded-For", fmt.Sprintf("10.0.%d.%d", i/256, i%256))
		r.Host = fmt.Sprintf("host%d", i)
		s.ServeHTTP(httptest.NewRecorder(), r)
		if i == 200 {
			before = len(series(t, registry))
		}
	}
	closed := closedLabels(s)
	after := series(t, registry)
	require.NotEmpty(t, after)
	require.Equal(t, before, len(after), "a thousand requests more make no series more")
	for _, labels := range after {
		for _, l := range labels {
			require.Contains(t, closed, l.GetName(), "the test does not know this label's list")
			require.True(t, closed[l.GetName()](l.GetValue()), "%s=%q is on no list", l.GetName(), l.GetValue())
		}
	}
	require.Equal(t, "404", statusLabel(404))
	require.Equal(t, otherLabel, statusLabel(0))
	require.Equal(t, otherLabel, statusLabel(799))
}

func series(t *testing.T, g prometheus.Gatherer) [][]*dto.LabelPair {
	t.Helper()
	families, err := g.Gather()
	require.NoError(t, err)
	var all [][]*dto.LabelPair
	for _, f := range families {
		for _, m := range f.GetMetric() {
			all = append(all, m.GetLabel())
		}
	}
	return all
}
