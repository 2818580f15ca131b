package api

import (
	"bytes"
	"flag"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the OpenAPI document anew")

// TestTheDocumentIsTheCommittedOne: what callers are promised changes only where a diff shows it. `go test ./api -run
// TheDocumentIsTheCommittedOne -update` writes it; the page's client follows with `make generate`.
func TestTheDocumentIsTheCommittedOne(t *testing.T) {
	s := newServer(t, nil)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("GET", "/openapi.json", nil))
	require.Equal(t, 200, w.Code)
	file := filepath.Join("testdata", "openapi.json")
	if *update {
		require.NoError(t, os.WriteFile(file, w.Body.Bytes(), 0o600))
	}
	committed, err := os.ReadFile(file)
	require.NoError(t, err)
	require.True(t, bytes.Equal(committed, w.Body.Bytes()), "the served document is not %s; run this test with -update and look at the diff", file)
}
