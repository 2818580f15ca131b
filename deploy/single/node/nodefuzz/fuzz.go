// Package nodefuzz throws calls of every kind at an event node: valid, invalid, half-sent and out of order. Afterwards it
// feeds what was accepted to a second node, one operation after another, and compares what both hold.
package nodefuzz

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/gossip"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/persistent"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/serverfeatures"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

const (
	workers    = 8
	pause      = 12 * time.Millisecond // between two actions of a worker, so that the second node can be fed in reasonable time
	callTime   = 5 * time.Second
	poolGrowth = 40 // actions after which a worker may use one more stream
)

// Config names the node: an insecure one that guards nothing.
type Config struct {
	Address string
	Seed    uint64
}

// Record is what a run did.
type Record struct {
	mu      sync.Mutex
	ops     []op
	seq     atomic.Int64
	actions atomic.Int64
	streams atomic.Int64
	codes   sync.Map // codes.Code to *atomic.Int64
}

// Actions is how many actions were taken, and how many operations the node accepted.
func (r *Record) Actions() (taken int64, accepted int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.actions.Load(), len(r.ops)
}

// Codes counts the statuses that calls ended with.
func (r *Record) Codes() map[string]int64 {
	out := map[string]int64{}
	r.codes.Range(func(code, n any) bool {
		out[code.(codes.Code).String()] = n.(*atomic.Int64).Load()
		return true
	})
	return out
}

func (r *Record) note(err error) {
	if errors.Is(err, context.Canceled) || err == nil {
		return
	}
	n, _ := r.codes.LoadOrStore(status.Code(err), new(atomic.Int64))
	n.(*atomic.Int64).Add(1)
}

// worker acts for itself, over its own connections.
type worker struct {
	*Record
	cfg     Config
	rand    *rand.Rand
	conn    *grpc.ClientConn
	streams streams.StreamsClient
	groups  persistent.PersistentSubscriptionsClient
	mine    []op // the newest of its own that were accepted, to be sent again
	open    []func()
}

// Run acts until ctx ends. The error says that the node no longer answers.
func Run(ctx context.Context, cfg Config) (*Record, error) {
	r := &Record{}
	r.streams.Store(4)
	errs := make(chan error, workers)
	var group sync.WaitGroup
	for i := range workers {
		group.Go(func() { errs <- r.work(ctx, cfg, uint64(i)) })
	}
	group.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return r, err
		}
	}
	return r, alive(cfg)
}

func dial(address string) (*grpc.ClientConn, error) {
	return grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(17<<20)))
}

func (r *Record) work(ctx context.Context, cfg Config, number uint64) error {
	conn, err := dial(cfg.Address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	w := &worker{Record: r, cfg: cfg, rand: rand.New(rand.NewPCG(cfg.Seed, number)), conn: conn,
		streams: streams.NewStreamsClient(conn), groups: persistent.NewPersistentSubscriptionsClient(conn)}
	defer w.letGo(0)
	for ctx.Err() == nil {
		call, cancel := context.WithTimeout(ctx, callTime)
		w.act(call)
		cancel()
		if n := r.actions.Add(1); n%poolGrowth == 0 {
			r.streams.Add(1)
		}
		if r.actions.Load()%200 == 0 {
			if err := alive(cfg); err != nil {
				return err
			}
		}
		time.Sleep(pause)
	}
	return nil
}

// act takes one action; the numbers are shares of a hundred.
func (w *worker) act(ctx context.Context) {
	writes, reads, noise := mutator{w}, asker{w}, garbler{w}
	shares := []struct {
		share int
		do    func(context.Context)
	}{
		{30, writes.appendSome}, {8, writes.appendAgain}, {7, writes.deleteSome}, {2, writes.endSome}, {10, writes.batch}, {14, reads.read},
		{5, reads.subscribe}, {10, reads.group}, {6, noise.garble}, {4, noise.leaveHalf}, {3, noise.babble}, {1, w.ask},
	}
	at := w.rand.IntN(100)
	for _, s := range shares {
		if at -= s.share; at < 0 {
			s.do(ctx)
			return
		}
	}
}

func (w *worker) ask(ctx context.Context) {
	_, err := gossip.NewGossipClient(w.conn).Read(ctx, &shared.Empty{})
	w.note(err)
	_, err = serverfeatures.NewServerFeaturesClient(w.conn).GetSupportedMethods(ctx, &shared.Empty{})
	w.note(err)
}

// alive proves that the node still answers, over a connection of its own.
func alive(cfg Config) error {
	conn, err := dial(cfg.Address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if _, err := serverfeatures.NewServerFeaturesClient(conn).GetSupportedMethods(ctx, &shared.Empty{}, grpc.WaitForReady(true)); err != nil {
		return fmt.Errorf("the node no longer answers: %w", err)
	}
	return nil
}

// hold keeps something open until letGo; the oldest goes when there are many.
func (w *worker) hold(release func()) {
	w.open = append(w.open, release)
	w.letGo(12)
}

func (w *worker) letGo(keep int) {
	for len(w.open) > keep {
		w.open[0]()
		w.open = w.open[1:]
	}
}
