package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain/wire"
	"github.com/dakahq/daka/projections"
)

// doctorCmd asks a running server; without one it looks at the stores itself. It changes nothing.
type doctorCmd struct {
	storeFlags
	DatabaseURL string `name:"database-url" env:"DAKA_DATABASE_URL" help:"As for serve."`
	Server      string `env:"DAKA_SERVER" default:"http://127.0.0.1:8080" help:"The server's address."`
	Token       string `env:"DAKA_TOKEN" help:"The administrator's token (default: the one in <data>/admin.token)."`
}

// patient is what the checks look at: a server that answers, or the stores of one that does not run.
type patient struct {
	config serveCmd
	// server is nil where none answers.
	server *client
	ready  readyz
	// stores are open where no server runs; storeErr is why they are not.
	stores   *machine
	storeErr error
}

// readyz is the part of /readyz that the checks read.
type readyz struct {
	Status string    `json:"status"`
	Time   time.Time `json:"time"`
	Parts  []struct {
		Name, State, Reason, Text, Detail string
	} `json:"parts"`
}

// check is one thing that may be wrong: look gives a word for a part that is well, and an error that says what is wrong and its mend.
type check struct {
	name string
	look func(context.Context, *patient) (string, error)
}

// checks are all of them, in the order in which they are told. A new one is a line here.
func checks() []check {
	return []check{
		{"settings", checkSettings},
		{"store", checkStore},
		{"keys", checkKeys},
		{"checkpoint", checkCheckpoint},
		{"clock", checkClock},
	}
}

// errUnknown is a check that cannot say anything now; it is no fault.
var errUnknown = errors.New("not known")

func (c doctorCmd) Run(w world) error {
	config, err := c.serve()
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	config.DatabaseURL = c.DatabaseURL
	p := &patient{config: config}
	if !p.ask(w.ctx, c) {
		if p.stores, p.storeErr = c.openStores(w); p.storeErr == nil {
			defer p.stores.close()
			defer func() { _ = p.stores.discardMade() }()
		}
	}
	sick := false
	for _, k := range checks() {
		said, err := k.look(w.ctx, p)
		word := "ok     "
		switch {
		case errors.Is(err, errUnknown):
			word = "unknown"
		case err != nil:
			word, said, sick = "WRONG  ", err.Error(), true
		}
		fmt.Fprintf(w.stdout, "%s %-10s %s\n", word, k.name, said)
	}
	if sick {
		return errFound
	}
	return nil
}

// ask reads a running server's readiness; false where none answers.
func (p *patient) ask(ctx context.Context, c doctorCmd) bool {
	flags := clientFlags{Server: c.Server, Token: c.Token, Data: p.config.Data}
	server, err := flags.open()
	if err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.base+"/readyz", nil)
	if err != nil {
		return false
	}
	req.Header.Set("Authorization", "Bearer "+server.token)
	req.Header.Set("Accept-Language", "en")
	res, err := server.http.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	if json.NewDecoder(res.Body).Decode(&p.ready) != nil || p.ready.Status == "" {
		return false
	}
	p.server = server
	return true
}

// part is what the running server says of a part.
func (p *patient) part(name, mend string) (string, error) {
	for _, part := range p.ready.Parts {
		if part.Name != name {
			continue
		}
		if part.State == "ok" {
			return "the server says that it is well", nil
		}
		return "", fmt.Errorf("%s (%s): %s; %s", part.State, part.Reason, strings.TrimSpace(part.Text+" "+part.Detail), mend)
	}
	return "", fmt.Errorf("the server does not speak of its part %s; it is of another version", name)
}

func checkSettings(_ context.Context, p *patient) (string, error) {
	info, err := os.Stat(p.config.Data)
	if err != nil {
		return "", fmt.Errorf("the data directory: %w; name it with --data", err)
	}
	token := filepath.Join(p.config.Data, tokenFile)
	if t, err := os.Stat(token); err == nil && t.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("others can read the administrator's token (mode %04o): chmod 600 %s", t.Mode().Perm(), token)
	}
	probe, err := os.CreateTemp(p.config.Data, ".doctor-*")
	if err != nil {
		return "", fmt.Errorf("the data directory cannot be written (mode %04o): %w; run doctor as the server's user, or give it the right", info.Mode().Perm(), err)
	}
	return "data in " + p.config.Data, errors.Join(probe.Close(), os.Remove(probe.Name()))
}

func checkStore(ctx context.Context, p *patient) (string, error) {
	if p.server != nil {
		return p.part("event_store", "see its log, and DAKA_EVENTSTORE where it is not the embedded one")
	}
	if p.storeErr != nil {
		return "", fmt.Errorf("%w; if another daka holds it, give its address with --server", p.storeErr)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := p.stores.eventlog.Ping(ctx); err != nil {
		return "", fmt.Errorf("it does not answer: %w; start it, or correct DAKA_EVENTSTORE", err)
	}
	return "the server does not run; its event store can be read", nil
}

func checkKeys(ctx context.Context, p *patient) (string, error) {
	if p.server != nil {
		return "the server started with them", nil // with others it does not
	}
	if p.stores == nil {
		return "the stores cannot be opened", errUnknown
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := p.stores.installation().Look(ctx); err != nil {
		return "", err
	}
	return p.config.Keys + " is the ledger's", nil
}

func checkCheckpoint(ctx context.Context, p *patient) (string, error) {
	if p.server == nil {
		return p.compareStopped(ctx)
	}
	if _, err := p.part("ledger", "see cmd/daka's README, Restored from a backup"); err != nil {
		return "", err
	}
	var s projections.Status
	if err := p.server.get(ctx, "/admin/projections", nil, &s); err != nil {
		return "", fmt.Errorf("the read models do not answer: %w; see whether Postgres runs", err)
	}
	if s.Stopped() {
		return "", fmt.Errorf("the read models stand at %s: %s", s.Applied, s.Problem)
	}
	return fmt.Sprintf("the read models are at %s, %.0f s behind", s.Applied, max(s.LagSeconds, 0)), nil
}

// compareStopped compares the log with the read models of a server that does not run, where Postgres runs without it.
func (p *patient) compareStopped(ctx context.Context) (string, error) {
	if p.config.DatabaseURL == "" || p.stores == nil {
		return "the private Postgres does not run without its server; start the server and ask again", errUnknown
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	pool, err := openPool(ctx, p.config.DatabaseURL)
	if err != nil {
		return "", err
	}
	defer pool.Close()
	if err := projections.CompareLog(ctx, pool, p.stores.eventlog); err != nil {
		return "", err
	}
	return "the event store holds what was read from it", nil
}

// clockOff is how far clocks may be apart before it is told; the server's own bound on its clock is half a second (events §2).
const clockOff = 2 * time.Second

func checkClock(ctx context.Context, p *patient) (string, error) {
	if p.server != nil {
		if off := time.Since(p.ready.Time).Abs(); off > clockOff {
			return "", fmt.Errorf("the server's clock and this machine's are %s apart; let both follow NTP", off.Round(time.Second))
		}
		return "the server's clock agrees with this machine's", nil
	}
	if p.stores == nil {
		return "the stores cannot be opened", errUnknown
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	last, found, err := p.stores.eventlog.Head(ctx)
	if err != nil {
		return "", fmt.Errorf("read the last event: %w", err)
	}
	if ahead := received(last); found && ahead.After(time.Now().Add(clockOff)) {
		return "", fmt.Errorf("this machine's clock is behind what is recorded: the last event was received at %s; set the clock right, or new events keep that time", ahead.UTC().Format(time.RFC3339))
	}
	return "nothing was recorded later than now", nil
}

func received(e eventlog.Raw) time.Time {
	_, m, err := wire.Decode(e.Type, e.Data, e.Metadata)
	if err != nil {
		return time.Time{}
	}
	return m.ReceivedAt.Time()
}
