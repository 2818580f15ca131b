package problem

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEmptyFieldsAreSaidInChinese reads every text about an empty field out of the sources: none is half English.
func TestEmptyFieldsAreSaidInChinese(t *testing.T) {
	texts := map[string]bool{}
	quoted := regexp.MustCompile(`"(is empty; [^"%]+)"`)
	for _, room := range []string{"../../domain", "../../commands"} {
		require.NoError(t, filepath.WalkDir(room, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			source, err := os.ReadFile(path)
			for _, found := range quoted.FindAllStringSubmatch(string(source), -1) {
				texts[found[1]] = true
			}
			return err
		}))
	}
	require.NotEmpty(t, texts)
	for text := range texts {
		chinese := fieldInChinese(text)
		require.True(t, strings.HasPrefix(chinese, "为空"), "%q is said as %q", text, chinese)
		require.NotRegexp(t, `[a-z]{3,} [a-z]{2,}`, chinese)
	}
}
