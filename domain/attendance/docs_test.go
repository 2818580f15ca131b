package attendance

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// example is one of the public page on rules: what it tells people, and the same for daka assess.
type example struct {
	text string
	json string
}

// examplesOf reads the sections of a page that hold an example.
func examplesOf(t *testing.T, language string) []example {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "rules."+language+".md"))
	require.NoError(t, err)
	var list []example
	for _, section := range strings.Split(string(page), "\n### ")[1:] {
		text, rest, found := strings.Cut(section, "<details>")
		require.True(t, found, section)
		_, rest, _ = strings.Cut(rest, "```json\n")
		code, _, found := strings.Cut(rest, "\n```")
		require.True(t, found, section)
		list = append(list, example{text, code})
	}
	return list
}

// TestThePageOnRules works out every example of docs/rules.zh.md and docs/rules.en.md, and holds the words to the figures.
func TestThePageOnRules(t *testing.T) {
	chinese, english := examplesOf(t, "zh"), examplesOf(t, "en")
	require.GreaterOrEqual(t, len(chinese), 15)
	require.Len(t, english, len(chinese))
	for i, e := range chinese {
		require.Equal(t, e.json, english[i].json, "both pages show the same")
		runExpected(t, []byte("["+e.json+"]"))
		for _, text := range []string{e.text, english[i].text} {
			for _, word := range saidBy(t, e.json) {
				require.Regexp(t, `(^|\D)`+regexp.QuoteMeta(word)+`(\D|$)`, text)
			}
		}
	}
}

// saidBy are the times of an example's punches and the figures of its result, which its words have to name.
func saidBy(t *testing.T, code string) []string {
	t.Helper()
	var e struct {
		Input struct {
			Punches []struct{ At string } `json:"punches"`
		} `json:"input"`
		Expect [][2]any `json:"expect"`
	}
	require.NoError(t, json.Unmarshal([]byte(code), &e))
	var words []string
	for _, p := range e.Input.Punches {
		words = append(words, p.At[11:16])
	}
	for _, pair := range e.Expect {
		if figure, is := pair[1].(float64); is && figure > 0 {
			words = append(words, fmt.Sprint(figure))
		}
	}
	return words
}
