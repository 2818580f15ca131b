package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/deploy/single/node"
	"github.com/dakahq/daka/deploy/single/rig"
)

// stage is a running server with a company that punches.
type stage struct {
	t       *torture
	server  *rig.Process
	client  *rig.Client
	company *rig.Company
	load    *rig.Load
}

// open starts a server in its own directory, founds a company and fills the store.
func (t *torture) open(ctx context.Context, name string, fill int, env []string) (*stage, error) {
	server, err := rig.Daka(t.bin, "serve", t.dir(name), env)
	if err != nil {
		return nil, err
	}
	if err := server.Start(); err != nil {
		return nil, err
	}
	s := &stage{t: t, server: server}
	if err := s.populate(ctx, name, fill); err != nil {
		return nil, errors.Join(err, server.Kill())
	}
	return s, nil
}

func (s *stage) populate(ctx context.Context, name string, fill int) error {
	if _, err := s.server.WaitReady(ctx, time.Minute); err != nil {
		return err
	}
	token, err := s.server.Token()
	if err != nil {
		return err
	}
	s.client = rig.NewClient(s.server.URL(), token)
	if s.company, err = rig.Found(ctx, s.client, "Torture "+name); err != nil {
		return err
	}
	if err := s.company.Hire(ctx, s.client, s.t.members); err != nil {
		return err
	}
	if fill == 0 {
		return nil
	}
	return s.fill(ctx, fill)
}

// fill imports that many punches of other members through the ordinary import.
func (s *stage) fill(ctx context.Context, n int) error {
	file := s.server.Data + ".csv"
	if err := rig.WritePunches(file, n); err != nil {
		return err
	}
	began := time.Now()
	if out, err := s.daka(ctx, "import", "punches", file, "--org", s.company.Org.String(), "--format", "csv",
		"--zone", "Asia/Shanghai", "--create-members"); err != nil {
		return fmt.Errorf("importing: %w\n%s", err, out)
	}
	fmt.Fprintf(s.t.Out, "  %d punches imported in %s\n", n, time.Since(began).Round(time.Second))
	return s.settle(ctx, 20*time.Minute)
}

// daka runs a client verb against the server.
func (s *stage) daka(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, s.t.bin, args...)
	cmd.Env = append(os.Environ(), "DAKA_SERVER="+s.server.URL(), "DAKA_TOKEN="+s.client.Token)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// punching starts the load.
func (s *stage) punching(ctx context.Context) error {
	s.load = &rig.Load{Client: s.client, Company: s.company, PerSecond: s.t.perSecond}
	return s.load.Begin(ctx, s.server.Data+".acks")
}

// settle waits until the read models have applied everything and nothing is dirty.
func (s *stage) settle(ctx context.Context, atMost time.Duration) error {
	deadline := time.Now().Add(atMost)
	for time.Now().Before(deadline) {
		done, err := rig.Settled(ctx, s.client)
		if err == nil && done {
			return nil
		}
		time.Sleep(200 * time.Millisecond)
	}
	return fmt.Errorf("the read models did not settle in %s", atMost)
}

// judge ends the load and compares acknowledgements, ledger and read models; ledger gives a connection to the store.
func (s *stage) judge(ctx context.Context, ledger func() (*eventlog.Log, func(), error)) error {
	acks, err := s.load.End()
	if err != nil {
		return err
	}
	return s.judgeAcks(ctx, acks, ledger)
}

func (s *stage) judgeAcks(ctx context.Context, acks []rig.Ack, ledger func() (*eventlog.Log, func(), error)) error {
	if err := s.settle(ctx, 5*time.Minute); err != nil {
		return err
	}
	out, err := s.daka(ctx, "diff")
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return err
	}
	s.t.Expect(err == nil, "read models equal a fresh replay (daka diff) %s", tail(out, err))
	log, done, err := ledger()
	if err != nil {
		return err
	}
	defer done()
	found, err := rig.ReadLedger(ctx, log)
	s.t.Expect(err == nil, "every stream is gapless %s", tail("", err))
	if err != nil {
		return nil
	}
	lost, doubled := found.Check(acks)
	var doubtful int64
	if s.load != nil {
		doubtful = s.load.Doubtful.Load()
	}
	s.t.Expect(lost == 0 && doubled == 0 && len(acks) > 0, "%d acknowledged (%d doubtful answers on the way), %d lost, %d doubled; %d events in the ledger",
		len(acks), doubtful, lost, doubled, found.Events)
	return nil
}

// embedded stops the server and opens its node's store alone.
func (s *stage) embedded(ctx context.Context) func() (*eventlog.Log, func(), error) {
	return func() (*eventlog.Log, func(), error) {
		if err := s.server.Stop(); err != nil {
			return nil, nil, err
		}
		return openStore(ctx, filepath.Join(s.server.Data, "events"))
	}
}

func openStore(ctx context.Context, dir string) (*eventlog.Log, func(), error) {
	quiet := slog.New(slog.DiscardHandler)
	n, err := node.Open(ctx, node.Config{Dir: dir, Listen: "127.0.0.1:0", Insecure: true, Log: quiet})
	if err != nil {
		return nil, nil, fmt.Errorf("opening the store in %s: %w", dir, err)
	}
	log, err := eventlog.Dial(n.ConnectionString(), quiet)
	if err != nil {
		n.Close()
		return nil, nil, err
	}
	return log, func() { log.Close(); n.Close() }, nil
}

func tail(out string, err error) string {
	if err == nil {
		return ""
	}
	return fmt.Sprintf("(%v) %s", err, out[max(0, len(out)-600):])
}

// slowest says the longest and the middle of the times.
func slowest(times []time.Duration) (longest, middle time.Duration) {
	s := slices.Sorted(slices.Values(times))
	return s[len(s)-1].Round(time.Millisecond), s[len(s)/2].Round(time.Millisecond)
}
