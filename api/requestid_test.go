package api

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/api/requestid"
)

// TestEveryAnswerHasARequestID: in its header, in a problem's body, and on the lines that the request wrote into the log.
func TestEveryAnswerHasARequestID(t *testing.T) {
	for name, row := range map[string]struct {
		method, path, token string
		status              int
		logged              bool
	}{
		"well":                         {"GET", "/healthz", "", 200, false},
		"nothing there":                {"GET", v1 + "/nothing", "", 401, false},
		"nothing there, signed in":     {"GET", v1 + "/nothing", strings.Repeat("a", 64), 404, false},
		"nobody":                       {"GET", v1 + "/me", "", 401, false},
		"a parameter that is unknown":  {"GET", v1 + "/orgs?bogus=1", strings.Repeat("a", 64), 422, false},
		"a refusal of a typed route":   {"POST", v1 + "/auth/login", "", 400, false},
		"a refusal of a plain route":   {"PUT", v1 + "/me/avatar", strings.Repeat("a", 64), 403, false},
		"a method that is not taken":   {"DELETE", v1 + "/orgs", strings.Repeat("a", 64), 405, false},
		"a store that does not answer": {"GET", v1 + "/orgs", strings.Repeat("a", 64), 503, true},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			s := newServer(t, nil, func(c *Config) { c.Log = slog.New(requestid.Logs(slog.NewTextHandler(&log, nil))) })
			defer s.Drain()
			r := httptest.NewRequest(row.method, row.path, nil)
			if row.token != "" {
				r.Header.Set("Authorization", "Bearer "+row.token)
			}
			r.Header.Set(requestid.Header, "proxy-1")
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			require.Equal(t, row.status, w.Code, w.Body.String())
			require.Equal(t, []string{"proxy-1"}, w.Header()[requestid.Header])
			if row.status >= 400 {
				var p problem.Problem
				require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p), w.Body.String())
				require.Equal(t, "proxy-1", p.RequestID, w.Body.String())
			}
			if row.logged {
				require.Contains(t, log.String(), "request_id=proxy-1")
			}
		})
	}
}

// TestARequestThatPanicsIsFoundByItsID: the answer says nothing more than that the log does.
func TestARequestThatPanicsIsFoundByItsID(t *testing.T) {
	var log bytes.Buffer
	s := newServer(t, nil, func(c *Config) { c.Log = slog.New(requestid.Logs(slog.NewTextHandler(&log, nil))) })
	w := httptest.NewRecorder()
	recoverer(s.log)(nil).ServeHTTP(w, requestid.Take(w, httptest.NewRequest("GET", "/", nil)))
	var p problem.Problem
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p))
	require.Equal(t, "internal", p.Code)
	require.NotEmpty(t, p.RequestID)
	require.Contains(t, log.String(), "request_id="+p.RequestID)
}
