package requestid

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTake(t *testing.T) {
	for name, row := range map[string]struct {
		given string
		kept  bool
	}{
		"a proxy's":           {"4bf92f3577b34da6a3ce929d0e0e4736", true},
		"a UUID":              {"018f3b1c-2b7a-7c11-9d55-0242ac120002", true},
		"none":                {"", false},
		"a line of a log":     {"a\nlevel=ERROR", false},
		"a script":            {"<script>", false},
		"a space":             {"a b", false},
		"the longest":         {strings.Repeat("a", 64), true},
		"one byte longer":     {strings.Repeat("a", 65), false},
		"beyond ASCII":        {"请求", false},
		"a hyphen and a line": {"a-b_c.d", true},
	} {
		t.Run(name, func(t *testing.T) {
			w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
			r.Header.Set(Header, row.given)
			id := Of(Take(w, r).Context())
			require.Equal(t, id, w.Header().Get(Header))
			if row.kept {
				require.Equal(t, row.given, id)
				return
			}
			require.Len(t, id, 26)
			require.NotEqual(t, id, Of(Take(httptest.NewRecorder(), r).Context()), "each request has its own")
		})
	}
}

// TestLogs: a line of a request has its id, also of a logger with attributes; others have none.
func TestLogs(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(Logs(slog.NewTextHandler(&out, nil))).With(slog.String("room", "ledger"))
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set(Header, "abc")
	log.InfoContext(Take(httptest.NewRecorder(), r).Context(), "within")
	log.InfoContext(t.Context(), "without")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 2)
	require.Contains(t, lines[0], "room=ledger request_id=abc")
	require.NotContains(t, lines[1], "request_id")
}
