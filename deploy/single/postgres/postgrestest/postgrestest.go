// Package postgrestest gives each test a fresh database in a real Postgres.
//
// All test processes of one user on one machine share one cluster under the temporary folder. The
// first starts it, the others adopt it, and it shuts itself down when nobody has used it for a while.
// It skips nothing: a machine without Postgres fails the test and says what to install.
package postgrestest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/deploy/single/postgres"
)

// cluster is this process's part in the shared cluster; users stays open, and so locked, as long as
// the process lives.
type cluster struct {
	*postgres.Server
	users *os.File
}

// joined is the cluster of this process. It is never stopped: the reaper does that.
var joined = sync.OnceValues(join)

// timeout bounds starting the cluster, and making or dropping a database.
const timeout = time.Minute

// Database makes an empty database, drops it when the test ends, and returns its pgx connection
// string. The connection is daka_owner, who owns the database; the role daka_app exists too.
func Database(t testing.TB) string {
	t.Helper()
	server, err := joined()
	if err != nil {
		t.Fatalf("no Postgres for this test: %v", err)
	}
	name := prefix + suffix()
	if err := admin(server, fmt.Sprintf("CREATE DATABASE %s OWNER daka_owner", name)); err != nil {
		t.Fatalf("make the test's database: %v", err)
	}
	t.Cleanup(func() {
		if err := admin(server, fmt.Sprintf("DROP DATABASE IF EXISTS %s WITH (FORCE)", name)); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return server.URL(name)
}

// AsApp is the connection string of the same database for daka_app, who owns nothing.
func AsApp(database string) string {
	return strings.Replace(database, "//daka_owner@", "//daka_app@", 1)
}

// prefix marks databases that tests made, so that those of killed tests can be swept.
const prefix = "test_"

func suffix() string {
	raw := make([]byte, 8)
	_, _ = rand.Read(raw) // Never fails, see crypto/rand.
	return hex.EncodeToString(raw)
}

func admin(s *cluster, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.AdminURL("postgres"))
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, statement)
	return err
}

// join starts or adopts the cluster under an exclusive lock, and holds the users' lock for the life
// of this process; the kernel lets go of it, however the process ends.
func join() (*cluster, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	tools := []string{filepath.Join(repository(), ".tools")}
	found, err := postgres.FindBinaries(ctx, "", tools)
	if err != nil {
		return nil, err
	}
	dir, err := home(found[0].Major)
	if err != nil {
		return nil, err
	}
	start, err := hold(filepath.Join(dir, "start.lock"), syscall.LOCK_EX)
	if err != nil {
		return nil, err
	}
	defer start.Close()
	users, alone, err := enter(dir)
	if err != nil {
		return nil, err
	}
	server, err := postgres.Start(ctx, postgres.Config{Dir: dir, Tools: tools, Shared: true, Settings: fast()})
	if err != nil {
		return nil, err
	}
	server.Leave()
	if alone {
		sweep(ctx, server)
	}
	return &cluster{Server: server, users: users}, reap(dir)
}

// fast is safe only where losing everything is safe.
func fast() map[string]string {
	return map[string]string{"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_connections": "300"}
}

// home makes the shared folder and refuses one that another user planted.
func home(major int) (string, error) {
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("daka-test-%d-pg%d", os.Geteuid(), major))
	if err := os.Mkdir(dir, 0o711); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("make the shared test folder: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", fmt.Errorf("look at the shared test folder: %w", err)
	}
	if st, ok := info.Sys().(*syscall.Stat_t); !ok || !info.IsDir() || int(st.Uid) != os.Geteuid() {
		return "", fmt.Errorf("%s is not a folder of this user; remove it", dir)
	}
	return dir, nil
}

// enter takes the users' lock; alone is true when no other process held it.
func enter(dir string) (users *os.File, alone bool, err error) {
	users, err = hold(filepath.Join(dir, "users.lock"), syscall.LOCK_SH)
	if err != nil {
		return nil, false, err
	}
	alone = syscall.Flock(int(users.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
	// A failed upgrade may have let go of the shared lock, so take it again either way.
	if err := syscall.Flock(int(users.Fd()), syscall.LOCK_SH); err != nil {
		return nil, false, fmt.Errorf("hold the users' lock: %w", err)
	}
	return users, alone, nil
}

func hold(path string, how int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if err := syscall.Flock(int(f.Fd()), how); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return f, nil
}

// repository is the nearest parent that holds go.mod, or the working folder.
func repository() string {
	here, err := os.Getwd()
	if err != nil {
		return "."
	}
	for at := here; at != filepath.Dir(at); at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return at
		}
	}
	return here
}
