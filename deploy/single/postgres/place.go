package postgres

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// socketMax is the longest path of a unix socket on Linux, without the closing NUL.
const socketMax = 107

// socketName is the file Postgres makes for its default port.
const socketName = ".s.PGSQL.5432"

// place is where a cluster's files are. All paths are absolute.
type place struct {
	dir    string // the room we own
	data   string // PGDATA
	fresh  string // initdb writes here; renamed to data when whole
	socket string // folder of the unix socket
	log    string
	lock   string
}

func newPlace(dir string) (place, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return place{}, fmt.Errorf("postgres: resolve %s: %w", dir, err)
	}
	abs = resolve(abs)
	return place{
		dir:    abs,
		data:   filepath.Join(abs, "data"),
		fresh:  filepath.Join(abs, "data.init"),
		socket: socketDir(abs, os.Geteuid()),
		log:    filepath.Join(abs, "postgres.log"),
		lock:   filepath.Join(abs, "daka.lock"),
	}, nil
}

// resolve follows links in the part of an absolute path that exists.
func resolve(abs string) string {
	if real, err := filepath.EvalSymlinks(abs); err == nil || abs == filepath.Dir(abs) {
		return real
	}
	return filepath.Join(resolve(filepath.Dir(abs)), filepath.Base(abs))
}

// socketDir is the room's own folder, or a short one under /tmp named by a hash when the path would
// not fit into a socket address or holds a comma, which divides hosts in a connection string.
func socketDir(dir string, uid int) string {
	own := filepath.Join(dir, "socket")
	if len(filepath.Join(own, socketName)) <= socketMax && !strings.Contains(own, ",") {
		return own
	}
	sum := sha256.Sum256([]byte(dir))
	return filepath.Join("/tmp", fmt.Sprintf("daka-pg-%d-%s", uid, hex.EncodeToString(sum[:6])))
}

// makeRoom makes the room itself. As root it stays root's, passable but not writable, so that the
// server's user cannot plant a link where we write.
func (p place) makeRoom(o owner) error {
	mode := fs.FileMode(0o700)
	if o.drop {
		mode = 0o711
	}
	if err := os.MkdirAll(filepath.Dir(p.dir), 0o755); err != nil {
		return fmt.Errorf("postgres: make %s: %w", filepath.Dir(p.dir), err)
	}
	if err := os.Mkdir(p.dir, mode); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("postgres: make %s: %w", p.dir, err)
	}
	return nil
}

// makeSocketDir makes the socket folder. A folder under /tmp that somebody else made is refused.
func (p place) makeSocketDir(o owner) error {
	if strings.HasPrefix(p.socket, p.dir) {
		return o.makeDir(p.socket)
	}
	info, err := os.Lstat(p.socket)
	if errors.Is(err, fs.ErrNotExist) {
		return o.makeDir(p.socket)
	}
	if err != nil {
		return fmt.Errorf("postgres: look at %s: %w", p.socket, err)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || st.Uid != o.uid {
		return fmt.Errorf("postgres: %s is not a folder of user %q; remove it, or choose a data directory with a shorter path", p.socket, o.name)
	}
	return o.makeDir(p.socket)
}

// leaveSocketDir removes a socket folder under /tmp when it is empty.
func (p place) leaveSocketDir() {
	if !strings.HasPrefix(p.socket, p.dir) {
		_ = os.Remove(p.socket)
	}
}

// major reads the data directory's version, 0 when there is no data directory yet.
func (p place) major() (int, error) {
	raw, err := os.ReadFile(filepath.Join(p.data, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(p.data); err == nil {
			return 0, fmt.Errorf("postgres: %s has no PG_VERSION, so it is not a Postgres data directory; move it away or choose another --data", p.data)
		}
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("postgres: read the version of %s: %w", p.data, err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil {
		return 0, fmt.Errorf("postgres: %s names the version %q, not a number; restore the data directory from a backup", p.data, strings.TrimSpace(string(raw)))
	}
	return major, nil
}

// logTail is the end of the server's log, for an error message.
func (p place) logTail() string {
	raw, err := os.ReadFile(p.log)
	if err != nil {
		return "(no log: " + err.Error() + ")"
	}
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], " | ")
}
