package postgres_test

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/deploy/single/postgres"
)

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can try what root meets")
	}
}

func TestUnreachableParentIsNamed(t *testing.T) {
	needRoot(t)
	closed := filepath.Dir(room(t))
	require.NoError(t, os.Chmod(closed, 0o700))
	dir := filepath.Join(closed, "inside", "postgres")
	_, err := postgres.Start(t.Context(), config(t, dir))
	name := "postgres"
	if _, missing := user.Lookup(name); missing != nil {
		name = "nobody"
	}
	require.EqualError(t, err, `postgres: user "`+name+`" cannot enter `+closed+` (mode 0700), which holds the data directory `+
		dir+"/data; let it pass (`chmod o+x "+closed+"`) or choose another place, as with `--data /var/lib/daka`")
	require.NoDirExists(t, dir, "nothing was made")
}

func TestRootOwnsTheRoomAndTheServerItsData(t *testing.T) {
	needRoot(t)
	dir := room(t)
	start(t, dir)
	require.Equal(t, uint32(0), ownerOf(t, dir), "else the server's user could plant links where root writes")
	require.NotEqual(t, uint32(0), ownerOf(t, filepath.Join(dir, "data")))
}

func ownerOf(t *testing.T, path string) uint32 {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	st, ok := info.Sys().(*syscall.Stat_t)
	require.True(t, ok)
	return st.Uid
}

// TestAsAnOrdinaryUser runs the cluster's tests again as nobody.
func TestAsAnOrdinaryUser(t *testing.T) {
	needRoot(t)
	nobody, err := user.Lookup("nobody")
	require.NoError(t, err)
	uid, err := strconv.Atoi(nobody.Uid)
	require.NoError(t, err)
	gid, err := strconv.Atoi(nobody.Gid)
	require.NoError(t, err)

	home := filepath.Dir(room(t))
	program := filepath.Join(home, "postgres.test")
	raw, err := os.ReadFile(os.Args[0])
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(program, raw, 0o755))

	child := exec.Command(program, "-test.v", "-test.run=^(TestLifeOfACluster|TestPostmasterComesBackAfterKill|TestAdopts.*)$")
	child.Dir = home
	child.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}
	child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	out, err := child.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "--- PASS: TestLifeOfACluster")
	require.Contains(t, string(out), "--- PASS: TestAdoptsAClusterWhoseParentWasKilled")
}
