package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/deploy/single/postgres"
	"github.com/dakahq/daka/deploy/single/rig"
)

// pair is two servers on one node, one Postgres and one key file.
type pair struct {
	connection    string
	first, second *stage
	close         []func()
}

func (p *pair) end() {
	for i := len(p.close) - 1; i >= 0; i-- {
		p.close[i]()
	}
}

// twoCopies runs two servers on one node, one Postgres and one key file, and kills the one that projects.
func (t *torture) twoCopies(ctx context.Context) error {
	p := &pair{}
	defer p.end()
	if err := t.openPair(ctx, p); err != nil {
		return err
	}
	if err := errors.Join(p.first.punching(ctx), p.second.punching(ctx)); err != nil {
		return err
	}
	t.pause(3*time.Second, 5*time.Second)
	t.Expect(p.first.load.Acked() > 0 && p.second.load.Acked() > 0, "both copies take commands: %d and %d", p.first.load.Acked(), p.second.load.Acked())
	if err := p.first.server.Kill(); err != nil {
		return err
	}
	took, err := movesOn(ctx, p.second.client)
	if err != nil {
		return err
	}
	t.Expect(took <= 5*time.Second, "the other copy projects after %s (≤ 5 s)", took.Round(time.Millisecond))
	if err := p.first.server.Start(); err != nil {
		return err
	}
	if _, err := p.first.server.WaitReady(ctx, time.Minute); err != nil {
		return err
	}
	acks, err := p.first.load.End()
	if err != nil {
		return err
	}
	more, err := p.second.load.End()
	if err != nil {
		return err
	}
	return p.second.judgeAcks(ctx, append(acks, more...), func() (*eventlog.Log, func(), error) {
		log, err := eventlog.Dial(p.connection, quiet())
		if err != nil {
			return nil, nil, err
		}
		return log, log.Close, nil
	})
}

// openPair starts the node, Postgres and both servers; what it started is ended by p.end, also after an error.
func (t *torture) openPair(ctx context.Context, p *pair) error {
	n, err := t.startNode(ctx, "copies-events")
	if err != nil {
		return err
	}
	p.close = append(p.close, func() { n.Kill() })
	p.connection = "esdb://" + n.Addr + "?tls=false"
	return t.openServers(ctx, p, "copies", p.connection, p.connection)
}

// openServers starts Postgres and two servers, each with its own connection to the event store.
func (t *torture) openServers(ctx context.Context, p *pair, name, first, second string) error {
	pg, err := postgres.Start(ctx, postgres.Config{Dir: t.dir(name + "-postgres"), Log: quiet()})
	if err != nil {
		return fmt.Errorf("starting Postgres: %w", err)
	}
	p.close = append(p.close, func() { pg.Stop(context.WithoutCancel(ctx)) })
	env := []string{"DAKA_DATABASE_URL=" + pg.URL("daka"), "DAKA_KEYS=" + filepath.Join(t.dir(name+"-a"), "keys", "keys.db")}
	if p.first, err = t.open(ctx, name+"-a", 0, append(env, "DAKA_EVENTSTORE="+first)); err != nil {
		return err
	}
	p.close = append(p.close, func() { p.first.server.Kill() })
	return t.openSecond(ctx, p, name+"-b", append(env, "DAKA_EVENTSTORE="+second))
}

func (t *torture) openSecond(ctx context.Context, p *pair, name string, env []string) error {
	second, err := rig.Daka(t.bin, "serve", t.dir(name), env)
	if err != nil {
		return err
	}
	if err := second.Start(); err != nil {
		return err
	}
	p.close = append(p.close, func() { second.Kill() })
	if _, err := second.WaitReady(ctx, time.Minute); err != nil {
		return err
	}
	token, err := second.Token()
	if err != nil {
		return err
	}
	p.second = &stage{t: t, server: second, client: rig.NewClient(second.URL(), token), company: p.first.company}
	return nil
}

// movesOn waits until the checkpoint moves again after its leader died, and says how long that took.
func movesOn(ctx context.Context, c *rig.Client) (time.Duration, error) {
	began := time.Now()
	at, err := rig.Reached(ctx, c)
	if err != nil {
		return 0, err
	}
	for time.Since(began) < time.Minute {
		r, err := rig.Reached(ctx, c)
		if err == nil && r.Position() > at.Position() {
			return time.Since(began), nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return 0, fmt.Errorf("nobody projects a minute after the leader was killed")
}
