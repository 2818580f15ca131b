// Package single_test tries the scripts of this folder; the folder itself holds no Go.
package single_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// run runs a script of this folder with a PATH of its own, and returns its output and exit code.
func run(t *testing.T, path string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.Command("/bin/sh", args...)
	cmd.Env = []string{"PATH=" + path, "HOME=" + t.TempDir()}
	out, err := cmd.CombinedOutput()
	if _, ended := errors.AsType[*exec.ExitError](err); !ended {
		require.NoError(t, err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func TestQuietKeepsTheCode(t *testing.T) {
	out, code := run(t, "/usr/bin:/bin", "quiet.sh", "good", "echo", "silent")
	require.Equal(t, "ok  \tgood\n", out)
	require.Zero(t, code)

	out, code = run(t, "/usr/bin:/bin", "quiet.sh", "bad", "sh", "-c", "echo why; exit 7")
	require.Equal(t, "why\nFAIL\tbad\n", out)
	require.Equal(t, 7, code)
}

// programs makes a PATH with the programs that setup.sh itself uses, and scripts in the place of others.
func programs(t *testing.T, scripts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"sh", "sed", "uname", "dirname", "sort", "head", "tail", "mkdir", "readlink", "cat"} {
		real, err := exec.LookPath(name)
		require.NoError(t, err)
		require.NoError(t, os.Symlink(real, filepath.Join(dir, name)))
	}
	scripts["id"] = "echo 1000"
	for name, body := range scripts {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+body+"\n"), 0o755))
	}
	return dir
}

// TestSetupSaysWhatToRun copies the script to a bare tree, where no tools were brought before.
func TestSetupSaysWhatToRun(t *testing.T) {
	script, err := os.ReadFile("setup.sh")
	require.NoError(t, err)
	tree := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(tree, "deploy", "single"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(tree, "deploy", "single", "setup.sh"), script, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(tree, "go.mod"), []byte("module x\n\ngo 1.26.0\n"), 0o600))

	const missing = "setup: something is missing that only you can bring. Run this, then try again:\n\n"
	for _, row := range []struct {
		name, want string
		has        map[string]string
		need       []string
		code       int
	}{
		{name: "all there", need: []string{"go", "node"},
			has: map[string]string{"go": "echo go1.26.8", "npm": "", "node": "echo 22.1.0"}},
		{name: "Go newer than asked", need: []string{"go"}, has: map[string]string{"go": "echo go1.100"}},
		{name: "old Go", need: []string{"go"}, code: 2, has: map[string]string{"go": "echo go1.19.8"},
			want: missing + "    install Go 1.26.0 or newer from https://go.dev/dl/ (PATH/go is 1.19.8); Go 1.21 and later can also fetch it: export GOTOOLCHAIN=auto\n"},
		{name: "no Node, no compiler", need: []string{"cc", "node"}, code: 2, has: map[string]string{"go": "echo none-such-cc"},
			want: missing + "    sudo apt-get install -y --no-install-recommends gcc libc6-dev nodejs npm    # the race detector, the web page\n"},
		{name: "unknown name", need: []string{"luck"}, code: 2, want: "setup: does not know luck\n", has: map[string]string{}},
		{name: "nothing asked", code: 2, has: map[string]string{},
			want: "usage: sh deploy/single/setup.sh need go|cc|postgres|node|browser|office|golangci-lint|govulncheck …\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := programs(t, row.has)
			out, code := run(t, path, append([]string{filepath.Join(tree, "deploy", "single", "setup.sh"), "need"}, row.need...)...)
			require.Equal(t, row.code, code, out)
			require.Equal(t, strings.Replace(row.want, "(PATH/", "("+path+"/", 1), out)
		})
	}
}
