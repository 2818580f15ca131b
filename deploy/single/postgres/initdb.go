package postgres

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// superuser is the cluster's own administrator. Nobody but this package signs in as it.
const superuser = "postgres"

// settings are appended to postgresql.conf once; an operator may edit them there. What must hold
// whatever the file says (no TCP, the socket's folder) is given on the command line at every start.
// synchronous_commit stays on: identity and the ledger index need it; read models turn it off per connection.
const settings = `
# daka: settings for this machine. Edit freely; daka does not write here again.
max_connections = 100
work_mem = 8MB
maintenance_work_mem = 64MB
max_wal_size = 3GB
wal_compression = off
# No server follows this one, and a rebuild's tables are written once instead of twice. To archive WAL, set wal_level = replica.
wal_level = minimal
max_wal_senders = 0
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %u@%d '
log_checkpoints = off
`

// access trusts whoever can enter the socket's folder, which is 0700 and belongs to the server's user.
const access = "local all all trust\n"

// initialize makes a cluster in data.init and renames it to data when it is whole, so that a crash
// half way leaves nothing that looks like a data directory.
func initialize(ctx context.Context, bin Binaries, o owner, p place) error {
	if err := os.RemoveAll(p.fresh); err != nil {
		return fmt.Errorf("postgres: clear the unfinished %s: %w", p.fresh, err)
	}
	if err := o.makeDir(p.fresh); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin.Dir, "initdb"), "-D", p.fresh, "-U", superuser,
		"-A", "trust", "-E", "UTF8", "--locale=C", "--data-checksums")
	cmd.Dir, cmd.Env, cmd.SysProcAttr = p.dir, environment(), o.attributes()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("postgres: initdb of %s as %q: %w: %s", p.fresh, o.name, err, lastLines(out))
	}
	if err := configure(p.fresh); err != nil {
		return err
	}
	if err := os.Rename(p.fresh, p.data); err != nil {
		return fmt.Errorf("postgres: move the new cluster into place: %w", err)
	}
	return syncDir(p.dir)
}

// configure writes our settings and access rules; the files keep the owner initdb gave them.
func configure(data string) error {
	conf := filepath.Join(data, "postgresql.conf")
	if err := write(conf, os.O_APPEND, settings+sizing(machineMB())); err != nil {
		return err
	}
	return write(filepath.Join(data, "pg_hba.conf"), os.O_TRUNC, access)
}

func write(path string, how int, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NOFOLLOW|how, 0)
	if err != nil {
		return fmt.Errorf("postgres: open %s: %w", path, err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		return fmt.Errorf("postgres: write %s: %w", path, err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("postgres: sync %s: %w", path, err)
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("postgres: open %s: %w", dir, err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("postgres: sync %s: %w", dir, err)
	}
	return nil
}

// environment is ours without PG* variables, which would redirect the server to another cluster.
func environment() []string {
	env := []string{"LC_ALL=C"}
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "PG") && !strings.HasPrefix(kv, "LC_") && !strings.HasPrefix(kv, "LANG") {
			env = append(env, kv)
		}
	}
	return env
}

func lastLines(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], " | ")
}
