package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/deploy/single/node"
	"github.com/dakahq/daka/domain"
)

// typical is an event of the size of a punch: about 330 bytes of data and 300 of metadata.
func typical(i int) eventlog.Raw {
	data := fmt.Sprintf(`{"member":"0b1f1c3e-2a53-8d0e-9c1a-6f4b7f0a2f11","number":"%08d","at":"2026-03-02T01:06:00.000000Z","zone":"Asia/Shanghai",`+
		`"check_type":"OnDuty","source_type":"USER","place_id":"hq","distance_m":41,"accuracy_m":12,"rule_version":3,`+
		`"lat":"s1.3q2-7wEjRWeJq83v_2m1N0c8kq0l9vV0Xw","lng":"s1.3q2-7wEjRWeJq83v_2m1N0c8kq0l9vV0Xy"}`, i)
	meta := `{"command_id":"019a9f0e-8c4a-7d51-9b3a-5f0c7be21a44","request_hash":"9f2c7d0b7e1a4c6f9f2c7d0b7e1a4c6f9f2c7d0b7e1a4c6f9f2c7d0b7e1a4c6f",` +
		`"actor":{"kind":"token","id":"administrator"},"org":"4b0e0d2e-65b9-8f3a-9f53-6a0c2f9a7c11","subject":"0b1f1c3e-2a53-8d0e-9c1a-6f4b7f0a2f11",` +
		`"received_at":"2026-03-02T01:06:00.123456Z","schema":1}`
	return eventlog.Raw{ID: uuid.New(), Type: "PunchRecorded", JSON: true, Data: []byte(data), Metadata: []byte(meta)}
}

// appender writes single events to streams of its own, each at its exact revision; every client has its own connection.
type appender struct {
	logs      []*eventlog.Log
	org       domain.ID
	revisions [][]int64
}

const streamsPerClient = 80

func newAppender(connection string, n int) (*appender, error) {
	a := &appender{org: uuid.New(), revisions: make([][]int64, n)}
	for k := range a.revisions {
		a.revisions[k] = make([]int64, streamsPerClient)
		for i := range a.revisions[k] {
			a.revisions[k][i] = -1
		}
		log, err := eventlog.Dial(connection, slog.New(slog.DiscardHandler))
		if err != nil {
			return nil, errors.Join(err, a.close())
		}
		a.logs = append(a.logs, log)
	}
	return a, nil
}

func (a *appender) close() error {
	for _, log := range a.logs {
		log.Close()
	}
	return nil
}

func (a *appender) once(ctx context.Context, client, i int) error {
	s := i % streamsPerClient
	name := fmt.Sprintf("bench-%s.%d.%d", a.org, client, s)
	last, err := a.logs[client].Append(ctx, name, a.revisions[client][s], []eventlog.Raw{typical(i)})
	if err != nil {
		return err
	}
	a.revisions[client][s] = int64(last)
	return nil
}

// pinger makes empty gRPC calls to a server of the node's kind, each client over its own connection.
type pinger struct{ conns []*grpc.ClientConn }

func newPinger(addr string, n int) (*pinger, error) {
	p := &pinger{}
	for range n {
		conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			return nil, fmt.Errorf("connecting to %s: %w", addr, err)
		}
		p.conns = append(p.conns, conn)
	}
	return p, nil
}

func (p *pinger) once(ctx context.Context, client, _ int) error {
	return p.conns[client].Invoke(ctx, node.EmptyCall, &shared.Empty{}, &shared.Empty{})
}

func (p *pinger) close() error {
	var err error
	for _, conn := range p.conns {
		err = errors.Join(err, conn.Close())
	}
	return err
}

// appender is a node of its own in a directory, and who writes to it; done ends both.
func (b *bench) appender(ctx context.Context, dir string) (writer *appender, done func(), err error) {
	n, err := node.Open(ctx, node.Config{Dir: b.dir(dir), Listen: "127.0.0.1:0", Insecure: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, nil, fmt.Errorf("opening a node: %w", err)
	}
	if writer, err = newAppender(n.ConnectionString(), b.clients); err != nil {
		return nil, nil, errors.Join(err, n.Close())
	}
	return writer, func() { _, _ = writer.close(), n.Close() }, nil
}

// appends measures durable appends beside empty calls, interleaved, client and server in this process; in more rounds than other sections,
// because single ones scatter by a tenth.
func (b *bench) appends(ctx context.Context) error {
	writer, done, err := b.appender(ctx, "append")
	if err != nil {
		return err
	}
	defer done()
	empty, stop, err := node.ServeFixed(ctx, 1, nil, nil)
	if err != nil {
		return fmt.Errorf("serving empty calls: %w", err)
	}
	defer stop()
	address, err := url.Parse(empty)
	if err != nil {
		return fmt.Errorf("the address of the empty calls: %w", err)
	}
	ping, err := newPinger(address.Host, b.clients)
	if err != nil {
		return err
	}
	defer ping.close()
	var appended, pinged, alone series
	for range 2*b.rounds + 1 {
		if err := b.round(ctx, b.clients, ping.once, &pinged); err != nil {
			return fmt.Errorf("empty calls: %w", err)
		}
		if err := b.round(ctx, b.clients, writer.once, &appended); err != nil {
			return fmt.Errorf("appends: %w", err)
		}
		if err := b.round(ctx, 1, writer.once, &alone); err != nil {
			return fmt.Errorf("appends of one client: %w", err)
		}
	}
	b.say("empty gRPC call, %d clients: %.0f/s, %.0f CPU-µs", b.clients, median(pinged.rate), median(pinged.cpu))
	b.say("durable append, %d clients: %.0f/s, %.0f CPU-µs, p50 %.1f ms, p99 %.1f ms", b.clients,
		median(appended.rate), median(appended.cpu), median(appended.p50), median(appended.p99))
	b.say("durable append, 1 client: %.0f/s, p50 %.2f ms, p99 %.2f ms", median(alone.rate), median(alone.p50), median(alone.p99))
	b.goal(goal{name: "durable append ÷ empty gRPC call, 64 clients, by CPU", value: ratio(pinged.cpu, appended.cpu), atLeast: 0.40,
		detail: fmt.Sprintf("by wall %.2f", ratio(appended.rate, pinged.rate))})
	return nil
}

// round runs op once for the round's length and adds it to s.
func (b *bench) round(ctx context.Context, n int, op func(context.Context, int, int) error, s *series) error {
	return b.roundOf(ctx, n, b.length, op, s)
}

func (b *bench) roundOf(ctx context.Context, n int, length time.Duration, op func(context.Context, int, int) error, s *series) error {
	c, err := clients(ctx, n, length, op)
	if err != nil {
		return err
	}
	s.add(c)
	return nil
}
