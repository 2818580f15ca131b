package postgres

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// spawn starts a postmaster as a child of this process and returns its pid. Its output goes straight
// to the log file, so it loses nothing when we die.
func spawn(bin Binaries, o owner, p place, extra map[string]string) (int, error) {
	log, err := openLog(p)
	if err != nil {
		return 0, err
	}
	defer log.Close()
	args := []string{"-D", p.data, "-c", "listen_addresses=", "-c", "port=5432",
		"-c", "unix_socket_directories=" + quoted(p.socket), "-c", "unix_socket_permissions=0700"}
	for name, value := range extra {
		args = append(args, "-c", name+"="+value)
	}
	cmd := exec.Command(filepath.Join(bin.Dir, "postgres"), args...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = p.dir, environment(), o.attributes()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("postgres: start %s: %w", cmd.Path, err)
	}
	pid := cmd.Process.Pid
	_ = cmd.Process.Release() // Waited for by pid, see alive: an adopted one has no handle either.
	return pid, nil
}

// logMax is the size in bytes at which the log is set aside as postgres.log.1 and begun anew.
const logMax = 16 << 20

func openLog(p place) (*os.File, error) {
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("postgres: open the log: %w", err)
	}
	return log, nil
}

// trimLog copies a long log aside and empties it. The server appends, so it writes on at the start;
// a line written between the copy and the cut is lost.
func (p place) trimLog(most int64) error {
	info, err := os.Stat(p.log)
	if err != nil || info.Size() <= most {
		return nil // No log yet, or a short one.
	}
	raw, err := os.ReadFile(p.log)
	if err != nil {
		return fmt.Errorf("postgres: read the long log: %w", err)
	}
	if err := os.WriteFile(p.log+".1", raw, 0o600); err != nil {
		return fmt.Errorf("postgres: set the long log aside: %w", err)
	}
	if err := os.Truncate(p.log, 0); err != nil {
		return fmt.Errorf("postgres: begin the log anew: %w", err)
	}
	return nil
}

// quoted protects a path inside a Postgres list setting, where a comma would divide it.
func quoted(path string) string { return `"` + strings.ReplaceAll(path, `"`, `""`) + `"` }

// recordedPID reads the first line of postmaster.pid, 0 when there is none. The process may be dead.
func (p place) recordedPID() (int, error) {
	raw, err := os.ReadFile(filepath.Join(p.data, "postmaster.pid"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("postgres: read postmaster.pid: %w", err)
	}
	first, _, _ := strings.Cut(string(raw), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid <= 1 {
		return 0, nil // Being written just now; Postgres itself judges a broken one.
	}
	return pid, nil
}

// alive tells whether a process still runs. It reaps our own child; a zombie counts as dead.
func alive(pid int) bool {
	if got, err := syscall.Wait4(pid, nil, syscall.WNOHANG, nil); err == nil && got == pid {
		return false
	}
	if err := syscall.Kill(pid, 0); err != nil && !errors.Is(err, syscall.EPERM) {
		return false
	}
	return !zombie(pid)
}

// zombie tells whether a process has ended but still holds its pid, because its parent has not reaped it.
func zombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	// The state follows the name, which is in parentheses and may hold anything.
	after := stat[bytes.LastIndexByte(stat, ')')+1:]
	return bytes.HasPrefix(after, []byte(" Z")) || bytes.HasPrefix(after, []byte(" X"))
}

// release lets Postgres start over a postmaster that is a zombie. Postgres takes its pid for a living
// process and refuses, in a container whose first process never reaps for ever. We put our own pid in
// its place, the one of the new postmaster's parent, which Postgres does not count. Its check that no
// backend is left in the old shared memory stays in force.
func (p place) release(pid int) error {
	for _, path := range []string{filepath.Join(p.data, "postmaster.pid"), filepath.Join(p.socket, socketName+".lock")} {
		if err := renameHolder(path, pid, os.Getpid()); err != nil {
			return fmt.Errorf("postgres: release %s from the dead process %d: %w", path, pid, err)
		}
	}
	return nil
}

// renameHolder replaces the pid in a lock file's first line if it is the old one.
func renameHolder(path string, old, new int) error {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	first, rest, _ := strings.Cut(string(raw), "\n")
	if strings.TrimSpace(first) != strconv.Itoa(old) {
		return nil
	}
	// The file stays its owner's. A crash half way leaves a broken lock file, which Postgres names.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteString(strconv.Itoa(new) + "\n" + rest)
	return err
}
