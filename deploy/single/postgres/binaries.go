package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
)

// ErrNoBinaries reports that no usable Postgres was found on this machine.
var ErrNoBinaries = errors.New("no Postgres binaries found")

// Binaries is one installed Postgres: a folder that holds initdb, pg_ctl and postgres, and its major version.
type Binaries struct {
	Dir   string
	Major int
}

// debianBins is where Debian and Ubuntu keep every installed major version.
const debianBins = "/usr/lib/postgresql/*/bin"

// probeTimeout bounds one `postgres --version`, so that a stray program cannot hang the start.
const probeTimeout = 5 * time.Second

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// FindBinaries lists the usable Postgres installations, best first. An explicit folder is the only
// candidate when given; else Debian's folders (highest version first), PATH, and npm's
// @embedded-postgres under the tools folders. The error wraps ErrNoBinaries and says how to install one.
func FindBinaries(ctx context.Context, explicit string, tools []string) ([]Binaries, error) {
	if explicit != "" {
		found, err := probe(ctx, explicit)
		if err != nil {
			return nil, fmt.Errorf("postgres: %s is not a Postgres bin folder: %w", explicit, err)
		}
		return []Binaries{found}, nil
	}
	var found []Binaries
	seen := map[string]bool{}
	for _, dir := range candidates(debianBins, os.Getenv("PATH"), tools) {
		if b, err := probe(ctx, dir); err == nil && !seen[b.Dir] {
			seen[b.Dir] = true
			found = append(found, b)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("postgres: %w; run `sh deploy/single/setup.sh need postgres`, or `apt-get install postgresql` "+
			"as root, or name their folder with --postgres-bin", ErrNoBinaries)
	}
	return found, nil
}

// candidates lists folders to probe, in order of preference.
func candidates(debian, path string, tools []string) []string {
	dirs, _ := filepath.Glob(debian)
	sort.Slice(dirs, func(i, j int) bool { return debianMajor(dirs[i]) > debianMajor(dirs[j]) })
	dirs = append(dirs, filepath.SplitList(path)...)
	for _, t := range tools {
		npm, _ := filepath.Glob(filepath.Join(t, "node_modules", "@embedded-postgres", "*", "native", "bin"))
		dirs = append(dirs, npm...)
	}
	return dirs
}

// debianMajor reads 15 out of /usr/lib/postgresql/15/bin, 0 if there is no number.
func debianMajor(bin string) int {
	major, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	return major
}

// probe accepts a folder only if postgres, initdb and pg_ctl stand side by side (behind links, too)
// and the first two say the same major version: a lone program called postgres is not a Postgres.
func probe(ctx context.Context, dir string) (Binaries, error) {
	dir, err := filepath.Abs(dir) // The server runs in another folder.
	if err != nil {
		return Binaries{}, fmt.Errorf("resolve %s: %w", dir, err)
	}
	server, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres"))
	if err != nil {
		return Binaries{}, fmt.Errorf("find postgres: %w", err)
	}
	real := filepath.Dir(server)
	if _, err := os.Stat(filepath.Join(real, "pg_ctl")); err != nil {
		return Binaries{}, fmt.Errorf("find pg_ctl beside postgres: %w", err)
	}
	major, err := majorOf(ctx, server)
	if err != nil {
		return Binaries{}, err
	}
	initdb, err := majorOf(ctx, filepath.Join(real, "initdb"))
	if err != nil {
		return Binaries{}, err
	}
	if initdb != major {
		return Binaries{}, fmt.Errorf("initdb is version %d and postgres is version %d", initdb, major)
	}
	return Binaries{Dir: real, Major: major}, nil
}

// majorOf asks a Postgres program for its major version.
func majorOf(ctx context.Context, program string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, "--version").Output()
	if err != nil {
		return 0, fmt.Errorf("run %s --version: %w", program, err)
	}
	match := versionPattern.FindSubmatch(out)
	if match == nil {
		return 0, fmt.Errorf("%s --version answered %q", program, strings.TrimSpace(string(out)))
	}
	return strconv.Atoi(string(match[1]))
}

// choose picks the installation for a data directory of the given major version (0: none yet, so the best).
func choose(found []Binaries, major int, data string) (Binaries, error) {
	var have []string
	for _, b := range found {
		if major == 0 || b.Major == major {
			return b, nil
		}
		have = append(have, fmt.Sprintf("%d (%s)", b.Major, b.Dir))
	}
	return Binaries{}, fmt.Errorf("postgres: %s was made by Postgres %d, but this machine has Postgres %s; "+
		"install it (`apt-get install postgresql-%d`) or name its folder with --postgres-bin; nothing was changed",
		data, major, strings.Join(have, ", "), major)
}
