package web_test

import (
	"encoding/json"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPackagesArePermissive reads what the lock file says of every package: what is built into the page, and what only builds it.
func TestPackagesArePermissive(t *testing.T) {
	content, err := os.ReadFile("package-lock.json")
	require.NoError(t, err)
	var lock struct {
		Packages map[string]struct {
			License string
			Dev     bool
		}
	}
	require.NoError(t, json.Unmarshal(content, &lock))
	require.Greater(t, len(lock.Packages), 10)
	shipped := regexp.MustCompile(`^(MIT|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|MPL-2\.0)$`)
	tools := regexp.MustCompile(`^(MIT-0|\(MIT OR CC0-1\.0\)|BlueOak-1\.0\.0|Python-2\.0|CC0-1\.0)$`)
	for name, p := range lock.Packages {
		fine := shipped.MatchString(p.License) || p.Dev && tools.MatchString(p.License)
		require.True(t, fine, "%s has the licence %q; take a package under MIT, BSD, Apache or MPL", name, p.License)
	}
}
