package postgrestest

import (
	"context"
	"fmt"
	"os/exec"
	"syscall"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/deploy/single/postgres"
)

// reaper waits until no process holds the users' lock, gives the next one 20 s to come, and then
// stops the cluster while nobody can join it. One at a time runs.
const reaper = `cd "$1" || exit 0
while :; do
	flock -x users.lock true
	sleep 20
	flock start.lock flock -n -x users.lock sh -c 'kill -INT "$(head -n 1 data/postmaster.pid)"; exit 0' && exit
done`

// reap leaves the reaper behind. Without flock(1) the cluster simply stays for the next run.
func reap(dir string) error {
	if _, err := exec.LookPath("flock"); err != nil {
		return nil
	}
	cmd := exec.Command("flock", "-w", "5", "reaper.lock", "sh", "-c", reaper, "sh", dir)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the reaper of the test cluster: %w", err)
	}
	return cmd.Process.Release()
}

// sweep drops databases that killed tests left. Only the sole user may do it; a failure only costs room.
func sweep(ctx context.Context, s *postgres.Server) {
	conn, err := pgx.Connect(ctx, s.AdminURL("postgres"))
	if err != nil {
		return
	}
	defer conn.Close(context.WithoutCancel(ctx))
	rows, err := conn.Query(ctx, "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", prefix)
	if err != nil {
		return
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return
	}
	for _, name := range names {
		_, _ = conn.Exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)")
	}
}
