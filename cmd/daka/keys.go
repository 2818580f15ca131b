package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/commands/ledger"
)

// The parts of a server that may hold writes back, as commands.Hold names them.
const (
	holdKeys = "keys"
	holdLog  = "log"
)

// bindPatience is how long a start waits for an event store before it goes on without the answer, writes held.
const bindPatience = 2 * time.Second

// keyBinding holds writes until the key store is known to be the ledger's.
type keyBinding struct{ m *machine }

// bind compares the key store with the ledger's. Another one ends the start; while the log cannot be asked, writes are held.
func (b keyBinding) bind() error {
	ctx, cancel := context.WithTimeout(b.m.ctx, bindPatience)
	defer cancel()
	err := b.m.installation().Check(ctx)
	if err == nil {
		return nil
	}
	if b.isRefused(err) {
		return b.refuse(err)
	}
	b.hold(err)
	b.m.spawn(b.later)
	return nil
}

func (m *machine) installation() ledger.Installation {
	return ledger.Installation{Ledger: m.service.Ledger, Log: m.eventlog, KeysPath: m.config.Keys, Logger: m.log}
}

func (keyBinding) isRefused(err error) bool {
	_, refused := errors.AsType[*ledger.KeyStoreError](err)
	return refused
}

// refuse takes away a key store that this start made in the wrong place.
func (b keyBinding) refuse(err error) error {
	if !b.m.keys.Made() {
		return err
	}
	return errors.Join(err, b.m.keys.Discard())
}

// hold holds writes until the keys are compared. A full disk holds nothing: it could be read, and only the founding waits for room.
func (b keyBinding) hold(err error) {
	if errors.Is(err, ledger.ErrFull) {
		b.m.hold.Set(holdKeys, nil)
		return
	}
	b.m.hold.Set(holdKeys, &ledger.HeldError{Code: "starting", Text: "the event store could not be asked yet whose keys its ledger was written with; nothing was written; send the same request again in a moment"})
}

// later asks again until the log answers.
func (b keyBinding) later(ctx context.Context) error {
	for said := false; sleep(ctx, retryWait) == nil; {
		attempt, cancel := context.WithTimeout(ctx, 2*bindPatience)
		err := b.m.installation().Check(attempt)
		cancel()
		switch {
		case err == nil:
			b.m.hold.Set(holdKeys, nil)
			return nil
		case b.isRefused(err):
			return b.refuse(err)
		}
		b.hold(err)
		if !said {
			b.m.log.WarnContext(ctx, "the key store could not be compared with the ledger yet; nothing is written meanwhile", slog.Any("error", err))
			said = true
		}
	}
	return nil
}

// keysCmd speaks of the key store as a whole.
type keysCmd struct {
	Replace keysReplaceCmd `cmd:"" help:"Declare the key store lost for good, while the server does not run; what only it opens stays shut for ever."`
}

// keysReplaceCmd needs the log without a server, because a server with the wrong keys does not start.
type keysReplaceCmd struct {
	storeFlags
	Reason string `required:"" help:"Why; it is written to the ledger in clear, so name nobody."`
}

func (c keysReplaceCmd) Run(w world) error {
	m, err := c.openStores(w)
	if err != nil {
		return err
	}
	defer m.close()
	r, err := m.installation().Replace(w.ctx, c.Reason)
	if err != nil {
		return errors.Join(err, m.discardMade())
	}
	if len(r.Events) == 0 {
		_, err = fmt.Fprintln(w.stdout, "this key store is the ledger's already; nothing was written")
		return err
	}
	_, err = fmt.Fprintf(w.stdout, "declared: %s is the ledger's key store from here on; keep a backup of it and of its master key\n", m.config.Keys)
	return err
}

func (m *machine) discardMade() error {
	if !m.keys.Made() {
		return nil
	}
	return m.keys.Discard()
}

// storeFlags are the settings of serve that say where its stores are, for verbs that open them without a server.
type storeFlags struct {
	Data       string `env:"DAKA_DATA" help:"The data directory (default: ./var; as root /var/lib/daka)." type:"path"`
	EventStore string `name:"eventstore" env:"DAKA_EVENTSTORE" help:"As for serve."`
	Keys       string `env:"DAKA_KEYS" help:"As for serve." type:"path"`
	MasterKey  string `env:"DAKA_MASTER_KEY_FILE" help:"As for serve." type:"path"`
	logFlags
}

// serve are the settings of a server with these stores.
func (f storeFlags) serve() (serveCmd, error) {
	c := serveCmd{Data: f.Data, EventStore: f.EventStore, Keys: f.Keys, MasterKey: f.MasterKey, Listen: "127.0.0.1:0", NodeListen: "127.0.0.1:0", CodesPerIP: 20, logFlags: f.logFlags}
	return c, c.check()
}

// openStores opens the event log and the keys as a server would, and nothing else.
func (f storeFlags) openStores(w world) (*machine, error) {
	c, err := f.serve()
	if err != nil {
		return nil, err
	}
	m := newMachine(w, c)
	if err := m.openStores(); err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

// openStores opens the event log, the keys, and the ledger over both.
func (m *machine) openStores() error {
	if err := m.openLog(); err != nil {
		return err
	}
	store, err := keys.Open(m.ctx, keys.Config{Path: m.config.Keys, MasterFile: m.config.MasterKey})
	if err != nil {
		return fmt.Errorf("open the key store: %w", err)
	}
	m.keys = store
	m.closers = append(m.closers, store.Close)
	m.service = commands.NewService(ledger.New(m.eventlog, store, m.config.clock, ledger.WithLogger(m.log)), nil)
	return nil
}
