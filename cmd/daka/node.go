package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"time"

	"github.com/dakahq/daka/deploy/single/node"
	"github.com/dakahq/daka/domain"
)

type nodeCmd struct {
	Data     string `env:"DAKA_NODE_DATA" help:"The node's data directory (default: <data>/events under ./var; as root under /var/lib/daka)." type:"path"`
	Listen   string `env:"DAKA_NODE_LISTEN" default:"127.0.0.1:2113" help:"host:port; port 0 takes a free one."`
	Insecure bool   `env:"DAKA_NODE_INSECURE" help:"No TLS and no password; for tests and other clients on loopback."`

	AllowDeletes bool `env:"DAKA_NODE_ALLOW_DELETES" help:"Take deletes, tombstones and metadata on every stream; without it they are refused on the ledger's streams. For a node that holds no ledger."`
	logFlags
}

// nodeMemory makes the collector work harder beyond it; SQLite's pages come on top.
const nodeMemory = 256 << 20

func (c nodeCmd) Run(w world) error {
	log := c.logger(w)
	if err := c.check(); err != nil {
		return err
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(nodeMemory)
	}
	raiseProcessors()
	n, err := node.Open(w.ctx, node.Config{Dir: c.Data, Listen: c.Listen, Insecure: c.Insecure, Guard: c.guard(), Log: log})
	if err != nil {
		return fmt.Errorf("start the event node: %w", err)
	}
	if c.AllowDeletes {
		log.Warn("the event node takes deletes and metadata on the ledger's streams: events can be taken out of sight")
	}
	fmt.Fprintf(w.stdout, "the event node listens on %s, its data is in %s\n", n.Addr(), c.Data)
	if c.Insecure {
		fmt.Fprintf(w.stdout, "connect with %s\n", n.ConnectionString())
	} else {
		fmt.Fprintf(w.stdout, "connect with esdb://admin:PASSWORD@%s?tls=true&tlsCAFile=%s/ca.crt; the password is in %s/node.password\n", n.Addr(), c.Data, c.Data)
	}
	return c.wait(w, n, log)
}

// guard names the categories of the ledger, as the node inside `daka serve` has them.
func (c nodeCmd) guard() []string {
	if c.AllowDeletes {
		return nil
	}
	return domain.Categories()
}

func (c *nodeCmd) check() error {
	if c.Data == "" {
		c.Data = eventsDir(defaultData())
	}
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("--listen %q is not host:port such as 127.0.0.1:2113", c.Listen)
	}
	if ip := net.ParseIP(host); c.Insecure && (ip == nil || !ip.IsLoopback()) && host != "localhost" {
		return fmt.Errorf("--insecure listens on loopback only; %q is not loopback", host)
	}
	return nil
}

func (c nodeCmd) wait(w world, n *node.Node, log *slog.Logger) error {
	select {
	case <-w.ctx.Done():
		log.Info("the event node stops")
		return n.Close()
	case <-n.Done():
		return errors.Join(n.Err(), n.Close())
	}
}

// graceful bounds how long a stopping server waits for what is under way.
const graceful = 8 * time.Second

func detached() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), graceful)
}
