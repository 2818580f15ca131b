package attendance

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// expected is a case whose right answers are paths, as in "2026-03-02.on_at".
type expected struct {
	ID     string          `json:"id"`
	Source string          `json:"source"`
	Input  json.RawMessage `json:"input"`
	Expect [][2]any        `json:"expect"`
}

// TestSharedCases runs the cases that stand beside the contract, where they are here.
func TestSharedCases(t *testing.T) {
	root := os.Getenv("DAKA_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	raw, err := os.ReadFile(filepath.Join(root, "cases", "assess-v2.json"))
	if err != nil {
		t.Skipf("the cases of the contract are not here; set DAKA_SHARED to the folder that holds cases/")
	}
	runExpected(t, raw)
}

// TestCasesOfVersion2 holds Assess to the cases of rules version 2, each with the sentence that it comes from.
func TestCasesOfVersion2(t *testing.T) {
	paths, err := filepath.Glob("testdata/v2/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		require.NoError(t, err)
		runExpected(t, raw)
	}
}

func runExpected(t *testing.T, raw []byte) {
	t.Helper()
	var cases []expected
	require.NoError(t, json.Unmarshal(raw, &cases))
	for _, c := range cases {
		t.Run(c.ID, func(t *testing.T) {
			out, err := AssessJSON(c.Input)
			for _, pair := range c.Expect {
				path := pair[0].(string)
				if path == "exit" {
					var invalid *Invalid
					require.True(t, errors.As(err, &invalid), "%s: not refused", c.Source)
					continue
				}
				require.NoError(t, err, c.Source)
				var answer map[string]any
				require.NoError(t, json.Unmarshal(out, &answer))
				require.Equal(t, pair[1], valueAt(t, answer, path), "%s: %s", path, c.Source)
			}
		})
	}
}

// valueAt reads one path of an answer.
func valueAt(t *testing.T, answer map[string]any, path string) any {
	t.Helper()
	head, rest, _ := strings.Cut(path, ".")
	if head == "totals" {
		value := answer["totals"]
		for _, name := range strings.Split(rest, ".") {
			value = value.(map[string]any)[name]
		}
		if value == nil {
			return float64(0)
		}
		return value
	}
	for _, item := range answer["days"].([]any) {
		if day := item.(map[string]any); day["date"] == head {
			return dayValue(t, day, rest)
		}
	}
	t.Fatalf("%s is not in the answer", head)
	return nil
}

func dayValue(t *testing.T, day map[string]any, name string) any {
	t.Helper()
	slots := day["slots"].([]any)
	unused := day["unused_punches"].([]any)
	switch name {
	case "slot_count":
		return float64(len(slots))
	case "unused":
		return float64(len(unused))
	case "reasons":
		list := []any{}
		for _, item := range unused {
			punch := item.(map[string]any)
			list = append(list, punch["at"].(string)[11:16]+" "+punch["reason"].(string))
		}
		return list
	case "anomalies":
		list := day["anomalies"].([]any)
		sort.Slice(list, func(i, j int) bool { return list[i].(string) < list[j].(string) })
		return list
	case "overtime":
		list := []any{}
		for _, item := range day["overtime"].([]any) {
			part := item.(map[string]any)
			list = append(list, []any{part["date"], part["day_type"], part["minutes"]})
		}
		return list
	}
	if value, there := day[name]; there {
		return value
	}
	word, what, _ := strings.Cut(name, "_")
	section := 1
	side := strings.TrimRight(word, "0123456789")
	if number := strings.TrimPrefix(word, side); number != "" {
		_, err := fmt.Sscan(number, &section)
		require.NoError(t, err)
	}
	for _, item := range slots {
		slot := item.(map[string]any)
		if slot["section"] == float64(section) && (slot["check_type"] == "OnDuty") == (side == "on") {
			return slotValue(slot, what)
		}
	}
	t.Fatalf("%s is not in the answer", name)
	return nil
}

func slotValue(slot map[string]any, what string) any {
	clock := func(value any) any {
		if value == nil {
			return nil
		}
		return value.(string)[11:16]
	}
	switch what {
	case "at":
		return clock(slot["punch_at"])
	case "plan":
		return clock(slot["plan_at"])
	case "min":
		return slot["minutes"]
	case "loc":
		return slot["location_result"]
	case "src":
		return slot["source_type"]
	}
	return slot["time_result"]
}
