package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/dakahq/daka/api"
	"github.com/dakahq/daka/api/readiness"
	"github.com/dakahq/daka/api/web"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/commands/files"
	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/deploy/single/node"
	"github.com/dakahq/daka/deploy/single/postgres"
	"github.com/dakahq/daka/domain"
)

// machine is everything that one `daka serve` runs; close ends it in reverse.
type machine struct {
	config   serveCmd
	log      *slog.Logger
	ctx      context.Context
	cancel   context.CancelFunc
	fatal    chan error
	ready    chan struct{} // closed when event log and API stand, which the read side needs
	tasks    sync.WaitGroup
	closers  []func() error
	registry *prometheus.Registry
	// board knows how each part is; a part joins it by Watch.
	board *readiness.Board

	node     *node.Node
	eventlog *eventlog.Log
	// following is a connection of its own for the directory and the projector: behind the calls of commands they would be late, and commands
	// wait for the directory.
	following *eventlog.Log
	keys      *keys.Store
	files     *files.Store
	service   *commands.Service
	api       *api.Server
	// hold keeps writes back while it is not sure that they go to the right ledger, with the right keys.
	hold *ledger.Hold
	// compared ends the hold of the start, once.
	compared sync.Once

	// opsAddr is where operators are answered, empty where they have no address of their own.
	opsAddr string

	mu       sync.Mutex
	postgres *postgres.Server
}

// boot starts what commands need, and lets the read side come up behind: a dead Postgres stops no punch.
func boot(w world, c serveCmd) (*machine, error) {
	m := newMachine(w, c)
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if left := c.without.names(); len(left) > 0 {
		m.log.WarnContext(w.ctx, "for a measurement, this process does without what makes it fast", slog.Any("without", left))
	}
	err := m.start()
	if err != nil {
		m.cancel()
	}
	close(m.ready)
	if err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

// newMachine is a machine of which nothing runs.
func newMachine(w world, c serveCmd) *machine {
	m := &machine{config: c, log: c.logger(w), fatal: make(chan error, 4), ready: make(chan struct{}), registry: prometheus.NewRegistry(), board: readiness.New(time.Now), hold: &ledger.Hold{}}
	m.ctx, m.cancel = context.WithCancel(context.WithoutCancel(w.ctx))
	return m
}

func (m *machine) start() error {
	m.spawn(m.reads)
	if err := m.openLog(); err != nil {
		return err
	}
	if err := m.openCommands(); err != nil {
		return err
	}
	if err := m.openAPI(); err != nil {
		return err
	}
	m.spawn(m.look)
	m.spawn(m.clock)
	m.spawn(m.messages)
	m.spawn(m.security)
	m.spawn(m.sample)
	return nil
}

// look keeps readiness up to date.
func (m *machine) look(ctx context.Context) error {
	m.board.Watch(readiness.Part{Name: "disk", Look: m.lookAtDisk})
	m.board.Run(ctx)
	return nil
}

// clock tells the ledger that time has passed; every copy does, and one of them wins (events §4).
func (m *machine) clock(ctx context.Context) error {
	m.service.Clock.Run(ctx, clockStep, m.log)
	return nil
}

// clockStep is how often the clock looks whether a window has closed.
const clockStep = 15 * time.Second

// spawn runs a task until close; its error is the machine's end.
func (m *machine) spawn(task func(context.Context) error) {
	m.tasks.Go(func() {
		if err := task(m.ctx); err != nil && m.ctx.Err() == nil {
			m.fatal <- err
		}
	})
}

func (m *machine) openLog() error {
	url, options := m.config.EventStore, []eventlog.Option(nil)
	if url == "" {
		n, err := node.Open(m.ctx, node.Config{Dir: eventsDir(m.config.Data), Listen: m.config.NodeListen, Guard: domain.Categories(), Log: m.log})
		if err != nil {
			return fmt.Errorf("start the embedded event node: %w", err)
		}
		m.node = n
		m.closers = append(m.closers, n.Close)
		m.spawn(m.watchNode)
		url = n.ConnectionString()
		if !m.config.without["local"] {
			options = []eventlog.Option{eventlog.WithLocal(localNode{n})}
		}
	}
	for _, lane := range []**eventlog.Log{&m.eventlog, &m.following} {
		log, err := eventlog.Dial(url, m.log, options...)
		if err != nil {
			return fmt.Errorf("DAKA_EVENTSTORE: %w", err)
		}
		*lane = log
		m.closers = append(m.closers, func() error { log.Close(); return nil })
	}
	return nil
}

func (m *machine) watchNode(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-m.node.Done():
		return fmt.Errorf("the embedded event node stopped: %w", m.node.Err())
	}
}

// directoryFile keeps what commands judge by across starts; it may be deleted while nothing runs.
const directoryFile = "directory.cache"

func (m *machine) openCommands() error {
	store, err := keys.Open(m.ctx, keys.Config{Path: m.config.Keys, MasterFile: m.config.MasterKey})
	if err != nil {
		return fmt.Errorf("open the key store: %w", err)
	}
	m.keys = store
	m.closers = append(m.closers, store.Close)
	d := directory.New(m.following, m.log)
	if !m.config.without["recall"] {
		d.UseCache(filepath.Join(m.config.Data, directoryFile))
	}
	d.Start(m.ctx)
	m.closers = append(m.closers, func() error { d.Wait(); return nil })
	options := []ledger.Option{ledger.WithLogger(m.log), ledger.WithRecorded(d.Recorded), ledger.WithHold(m.hold)}
	if m.node != nil {
		options = append(options, ledger.WithSoleWriter())
	}
	if m.config.without["heads"] {
		options = append(options, ledger.WithCache(0))
	}
	ledger := ledger.New(m.eventlog, store, m.config.clock, options...)
	m.service = commands.NewService(ledger, d)
	if err := (keyBinding{m}).bind(); err != nil {
		return err
	}
	logHold{m}.untilCompared()
	if m.files, err = files.Open(m.config.Files, store, m.config.clock); err != nil {
		return err
	}
	m.service.Punches.Photos = m.files
	m.service.Codes.Numbers, m.service.Codes.PerAddress = m.config.numbers(), m.config.CodesPerIP
	m.service.Outbox.Sender, err = m.config.sender(m.log)
	return err
}

// uploadsDir keeps files while they are imported; nothing in it outlives its request.
const uploadsDir = "uploads"

func (m *machine) openAPI() error {
	token, made, err := m.config.AdminToken, false, error(nil)
	if token == "" {
		token, made, err = adminToken(m.config.Data)
	}
	if err != nil {
		return err
	}
	if made {
		m.log.Info("a new administrator token was made", slog.String("data", m.config.Data))
	}
	m.api, err = api.New(api.Config{
		Service: m.service, Directory: m.service.Directory, Keys: m.keys, Files: m.files, TempDir: filepath.Join(m.config.Data, uploadsDir), Limits: m.config.RateLimits, AdminToken: token, Version: version(),
		Web: web.Files(), Board: m.board, OpsElsewhere: m.config.OpsListen != "", Registry: m.registry, Log: m.log, EventLog: m.eventlog, TrustedProxies: m.config.proxies, PublicURL: m.config.PublicURL, Now: m.config.clock,
	})
	return err
}

// close ends the tasks, then the parts in reverse.
func (m *machine) close() {
	m.cancel()
	m.tasks.Wait()
	var errs []error
	for i := len(m.closers) - 1; i >= 0; i-- {
		errs = append(errs, m.closers[i]())
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.postgres != nil {
		bounded, cancel := detached()
		defer cancel()
		errs = append(errs, m.postgres.Stop(bounded))
	}
	if err := errors.Join(errs...); err != nil {
		m.log.Warn("not everything closed cleanly", slog.Any("error", err))
	}
}
