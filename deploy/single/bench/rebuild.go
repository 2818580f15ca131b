package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/deploy/single/node"
)

// rebuilds measures rebuilding everything and reading the same events alone, in turns, since the machine's speed changes from one minute
// to the next. What is read is a copy of the store, by a node and a client of their own.
func (b *bench) rebuilds(ctx context.Context) error {
	s, err := b.company(ctx)
	if err != nil {
		return err
	}
	if err := b.copyStore(ctx, s); err != nil {
		return err
	}
	quiet := slog.New(slog.DiscardHandler)
	n, err := node.Open(ctx, node.Config{Dir: b.dir("copy"), Listen: "127.0.0.1:0", Insecure: true, Log: quiet})
	if err != nil {
		return fmt.Errorf("opening the copied store: %w", err)
	}
	defer n.Close()
	log, err := eventlog.Dial(n.ConnectionString(), quiet)
	if err != nil {
		return err
	}
	defer log.Close()
	peak := s.watchRSS()
	var read series
	var rebuilt []float64
	for range b.rounds {
		rate, err := b.rebuild(ctx, s)
		if err != nil {
			return err
		}
		rebuilt = append(rebuilt, rate)
		time.Sleep(afterRebuild)
		if err := readRound(ctx, log, &read, b.events); err != nil {
			return err
		}
	}
	b.goal(goal{name: fmt.Sprintf("peak RSS of daka while rebuilding %d events", b.events), value: float64(peak()) / megabyte, atMost: 500, unit: "MB"})
	b.figures.add("rebuild of all read models, events per second", median(rebuilt), "")
	b.say("rebuild of all read models: %.0f events/s; reading them through the client: %.0f events/s", median(rebuilt), median(read.rate))
	b.goal(goal{name: "rebuild of all read models ÷ reading the events", value: ratio(rebuilt, read.rate), atLeast: 0.35, detail: "aim 0.6"})
	return nil
}

// afterRebuild lets the old read models go, so that reading does not pay for them.
const afterRebuild = 5 * time.Second

// copyStore copies the events of a stopped server, and starts it again.
func (b *bench) copyStore(ctx context.Context, s *server) error {
	if err := s.process.Stop(); err != nil {
		return err
	}
	if err := os.CopyFS(b.dir("copy"), os.DirFS(b.dir("big")+"/events")); err != nil {
		return fmt.Errorf("copying the store: %w", err)
	}
	if err := s.process.Start(); err != nil {
		return err
	}
	if _, err := s.process.WaitReady(ctx, time.Minute); err != nil {
		return err
	}
	return s.settle(ctx)
}

// watchRSS samples the server's memory until peak is asked for, in bytes.
func (s *server) watchRSS() (peak func() int64) {
	var most atomic.Int64
	done := make(chan struct{})
	go func() {
		for {
			if rss, err := s.process.RSS(); err == nil && rss > most.Load() {
				most.Store(rss)
			}
			select {
			case <-done:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	return func() int64 {
		close(done)
		return most.Load()
	}
}

// rebuild rebuilds once and gives events per second.
func (b *bench) rebuild(ctx context.Context, s *server) (float64, error) {
	s.client.HTTP.Timeout = 20 * time.Minute
	var report struct {
		Events int64 `json:"events"`
		TookMS int64 `json:"took_ms"`
	}
	if err := s.client.Write(ctx, "POST", "/api/v1/admin/rebuild", map[string]any{}, &report); err != nil {
		return 0, fmt.Errorf("rebuilding: %w", err)
	}
	if report.Events < int64(b.events) || report.TookMS <= 0 {
		return 0, fmt.Errorf("a rebuild reports %d events in %d ms", report.Events, report.TookMS)
	}
	return float64(report.Events) / (float64(report.TookMS) / 1000), nil
}
