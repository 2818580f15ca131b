package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/deploy/single/rig"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// cutter passes TCP through and, for a part of what the server sends, closes the connection instead of passing it on:
// the request has been worked on by then, only its answer is lost.
type cutter struct {
	target string
	// oneIn cuts one of so many chunks of the server's answers.
	oneIn int
	// least is how many bytes of answers pass before a connection may be cut, so that it can be set up.
	least int
	// armed cuts; before, everything passes.
	armed atomic.Bool
	cuts  atomic.Int64
	ln    net.Listener
	wg    sync.WaitGroup
}

func newCutter(target string, oneIn, least int) (*cutter, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening for the proxy: %w", err)
	}
	c := &cutter{target: target, oneIn: oneIn, least: least, ln: ln}
	c.wg.Go(c.accept)
	return c, nil
}

func (c *cutter) addr() string { return c.ln.Addr().String() }

func (c *cutter) close() {
	c.ln.Close()
	c.wg.Wait()
}

func (c *cutter) accept() {
	for {
		client, err := c.ln.Accept()
		if err != nil {
			return
		}
		c.wg.Go(func() { c.pass(client) })
	}
}

func (c *cutter) pass(client net.Conn) {
	defer client.Close()
	server, err := net.DialTimeout("tcp", c.target, time.Second)
	if err != nil {
		return
	}
	defer server.Close()
	c.wg.Go(func() {
		_, _ = io.Copy(server, client)
		server.Close()
	})
	passed := 0
	buffer := make([]byte, 64<<10)
	for {
		n, err := server.Read(buffer)
		if err != nil {
			return
		}
		if passed += n; c.armed.Load() && passed > c.least && rand.IntN(c.oneIn) == 0 {
			c.cuts.Add(1)
			return
		}
		if _, err := client.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// lostAnswers loses one answer in ten between the people and the server, and many between the server and its event store.
func (t *torture) lostAnswers(ctx context.Context) error {
	n, err := t.startNode(ctx, "answers-events")
	if err != nil {
		return err
	}
	defer n.Kill()
	direct := "esdb://" + n.Addr + "?tls=false"
	behind, err := newCutter(n.Addr, 200, 4096)
	if err != nil {
		return err
	}
	defer behind.close()
	s, err := t.open(ctx, "answers", 0, []string{"DAKA_EVENTSTORE=esdb://" + behind.addr() + "?tls=false"})
	if err != nil {
		return err
	}
	defer s.server.Kill()
	before, err := newCutter(s.server.Addr, 10, 0)
	if err != nil {
		return err
	}
	defer before.close()
	// The company is there; what is lost from now on are answers to punches.
	behind.armed.Store(true)
	before.armed.Store(true)
	straight := s.client
	s.client = rig.NewClient("http://"+before.addr(), straight.Token)
	if err := s.punching(ctx); err != nil {
		return err
	}
	time.Sleep(time.Duration(t.kills) * 2 * time.Second)
	fmt.Fprintf(t.Out, "  %d answers cut before the server, %d before its event store\n", before.cuts.Load(), behind.cuts.Load())
	t.Expect(before.cuts.Load() > 0 && behind.cuts.Load() > 0, "both proxies cut answers")
	acks, err := s.load.End()
	if err != nil {
		return err
	}
	// The counting goes over a whole wire.
	behind.armed.Store(false)
	before.armed.Store(false)
	s.client = straight
	return s.judgeAcks(ctx, acks, func() (*eventlog.Log, func(), error) {
		log, err := eventlog.Dial(direct, quiet())
		if err != nil {
			return nil, nil, err
		}
		return log, log.Close, nil
	})
}
