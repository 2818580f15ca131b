package postgres

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// owner is the system user that Postgres runs as. drop is true when this process is root and must step down.
type owner struct {
	name     string
	uid, gid uint32
	drop     bool
}

// chooseOwner keeps the present user unless that is root; then it takes the owner of an existing
// data directory, else `postgres`, else `nobody`, because Postgres refuses to run as root.
func chooseOwner(data string) (owner, error) {
	if os.Geteuid() != 0 {
		return owner{name: strconv.Itoa(os.Geteuid()), uid: uint32(os.Geteuid()), gid: uint32(os.Getegid())}, nil
	}
	names := []string{"postgres", "nobody"}
	if info, err := os.Stat(data); err == nil {
		if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid != 0 {
			return owner{name: userName(st.Uid), uid: st.Uid, gid: st.Gid, drop: true}, nil
		}
	}
	for _, name := range names {
		if u, err := user.Lookup(name); err == nil {
			return ownerOf(u)
		}
	}
	return owner{}, errors.New("postgres: this process is root, Postgres must not be, and there is no user `postgres` " +
		"or `nobody` to run it as; make one with `useradd --system postgres`")
}

func ownerOf(u *user.User) (owner, error) {
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return owner{}, fmt.Errorf("postgres: user %s has the strange id %q: %w", u.Username, u.Uid, err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return owner{}, fmt.Errorf("postgres: user %s has the strange group %q: %w", u.Username, u.Gid, err)
	}
	return owner{name: u.Username, uid: uint32(uid), gid: uint32(gid), drop: true}, nil
}

func userName(uid uint32) string {
	id := strconv.FormatUint(uint64(uid), 10)
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return id
}

// attributes start a child in its own session (a terminal's Ctrl-C must not reach it) and as the owner.
func (o owner) attributes() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setsid: true}
	if o.drop {
		attr.Credential = &syscall.Credential{Uid: o.uid, Gid: o.gid}
	}
	return attr
}

// makeDir makes a folder that only the owner (and root) can enter.
func (o owner) makeDir(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("postgres: make %s: %w", dir, err)
	}
	if !o.drop {
		return nil
	}
	if err := os.Lchown(dir, int(o.uid), int(o.gid)); err != nil {
		return fmt.Errorf("postgres: give %s to %s: %w", dir, o.name, err)
	}
	return nil
}

// canReach walks from the root to dir and names the first existing folder that the owner cannot
// enter. Without it a dropped child fails with a misleading "fork/exec initdb: permission denied".
func (o owner) canReach(dir, what, mend string) error {
	if !o.drop {
		return nil
	}
	for _, step := range ancestors(dir) {
		info, err := os.Stat(step)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("postgres: look at %s: %w", step, err)
		}
		if !o.canEnter(info) {
			return fmt.Errorf("postgres: user %q cannot enter %s (mode %04o), which holds %s %s; let it pass (`chmod o+x %s`) or %s",
				o.name, step, info.Mode().Perm(), what, dir, step, mend)
		}
	}
	return nil
}

// canEnter reads the plain mode bits; access control lists are not looked at.
func (o owner) canEnter(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return true
	}
	switch {
	case st.Uid == o.uid:
		return info.Mode().Perm()&0o100 != 0
	case st.Gid == o.gid:
		return info.Mode().Perm()&0o010 != 0
	}
	return info.Mode().Perm()&0o001 != 0
}

// ancestors lists the parents of an absolute path, outermost first, without the path itself.
func ancestors(dir string) []string {
	var steps []string
	for at := filepath.Dir(dir); ; at = filepath.Dir(at) {
		steps = append([]string{at}, steps...)
		if at == filepath.Dir(at) {
			return steps
		}
	}
}
