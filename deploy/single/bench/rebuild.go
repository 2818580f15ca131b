package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/deploy/single/node"
)

// rebuilds measures rebuilding everything, and reading the same events alone.
func (b *bench) rebuilds(ctx context.Context) error {
	s, err := b.company(ctx)
	if err != nil {
		return err
	}
	rate, err := b.rebuild(ctx, s)
	if err != nil {
		return err
	}
	b.big = nil
	if err := s.process.Stop(); err != nil {
		return err
	}
	read, err := b.readStore(ctx, b.dir("big")+"/events")
	if err != nil {
		return err
	}
	b.say("rebuild of all read models: %.0f events/s; reading them through the client: %.0f events/s", rate, read)
	b.goal(goal{name: "rebuild of all read models ÷ reading the events", value: rate / read, atLeast: 0.35, detail: "aim 0.6"})
	return nil
}

// rebuild rebuilds some times and gives the median of events per second; memory is sampled meanwhile.
func (b *bench) rebuild(ctx context.Context, s *server) (float64, error) {
	watch, stop := context.WithCancel(ctx)
	var peak atomic.Int64
	go func() {
		for watch.Err() == nil {
			if rss, err := s.process.RSS(); err == nil && rss > peak.Load() {
				peak.Store(rss)
			}
			time.Sleep(50 * time.Millisecond)
		}
	}()
	defer stop()
	var rates []float64
	s.client.HTTP.Timeout = 20 * time.Minute
	for range b.rounds {
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
		rates = append(rates, float64(report.Events)/(float64(report.TookMS)/1000))
	}
	b.goal(goal{name: fmt.Sprintf("peak RSS of daka while rebuilding %d events", b.events), value: float64(peak.Load()) / megabyte, atMost: 500, unit: "MB"})
	return median(rates), nil
}

// readStore opens a stopped server's store and reads all of it through the client; events per second.
func (b *bench) readStore(ctx context.Context, dir string) (float64, error) {
	quiet := slog.New(slog.DiscardHandler)
	n, err := node.Open(ctx, node.Config{Dir: dir, Listen: "127.0.0.1:0", Insecure: true, Log: quiet})
	if err != nil {
		return 0, fmt.Errorf("opening the store: %w", err)
	}
	defer n.Close()
	log, err := eventlog.Dial(n.ConnectionString(), quiet)
	if err != nil {
		return 0, err
	}
	defer log.Close()
	var read series
	for range b.rounds {
		if err := readRound(ctx, log, &read, b.events); err != nil {
			return 0, err
		}
	}
	return median(read.rate), nil
}
