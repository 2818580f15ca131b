package attendance

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// caseFile is one case: a document of rules §6, the sentence it comes from, and what must be in the answer or the refusal.
type caseFile struct {
	ID     string          `json:"id"`
	Source string          `json:"source"`
	In     json.RawMessage `json:"in"`
	Want   any             `json:"want"`
	Error  string          `json:"error"`
}

func readCases(t *testing.T) []caseFile {
	t.Helper()
	paths, err := filepath.Glob("testdata/cases/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	var all []caseFile
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		require.NoError(t, err)
		var cases []caseFile
		require.NoError(t, json.Unmarshal(raw, &cases), path)
		all = append(all, cases...)
	}
	return all
}

// TestCases holds Assess to every case; an object in want may name fewer fields than the answer has, a list must be whole.
func TestCases(t *testing.T) {
	cases := readCases(t)
	require.GreaterOrEqual(t, len(cases), 300)
	for _, c := range cases {
		t.Run(c.ID, func(t *testing.T) {
			require.NotEmpty(t, c.Source)
			out, err := AssessJSON(c.In)
			if c.Error != "" {
				require.EqualError(t, err, c.Error)
				return
			}
			require.NoError(t, err)
			var got any
			require.NoError(t, json.Unmarshal(out, &got))
			holds(t, "", c.Want, got)
		})
	}
}

// holds requires that got says everything that want says.
func holds(t *testing.T, path string, want, got any) {
	t.Helper()
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		require.True(t, ok, "%s is %v", path, got)
		for name, value := range want {
			inner, there := object[name]
			require.True(t, there, "%s.%s is not in the answer", path, name)
			holds(t, path+"."+name, value, inner)
		}
	case []any:
		list, ok := got.([]any)
		require.True(t, ok, "%s is %v", path, got)
		require.Len(t, list, len(want), path)
		for i := range want {
			holds(t, fmt.Sprintf("%s[%d]", path, i), want[i], list[i])
		}
	default:
		require.Equal(t, want, got, path)
	}
}
