package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/deploy/single/node"
	"github.com/dakahq/daka/deploy/single/rig"
)

// rebuilds fills a server through the import, then measures re-assessment under load, rebuilds, and reading alone.
func (b *bench) rebuilds(ctx context.Context) error {
	s, err := b.start(ctx, "big")
	if err != nil {
		return err
	}
	defer s.process.Kill()
	if err := s.found(ctx); err != nil {
		return err
	}
	if err := b.fill(ctx, s); err != nil {
		return err
	}
	if err := b.reassess(ctx, s); err != nil {
		return err
	}
	rate, err := b.rebuild(ctx, s)
	if err != nil {
		return err
	}
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

// fill imports punches of many members, as a file.
func (b *bench) fill(ctx context.Context, s *server) error {
	file := b.dir("fill.csv")
	if err := rig.WritePunches(file, b.events); err != nil {
		return err
	}
	began := time.Now()
	err := b.daka(ctx, s, "import", "punches", file, "--org", s.company.Org.String(), "--format", "csv", "--zone", "Asia/Shanghai", "--create-members")
	if err != nil {
		return err
	}
	imported := time.Since(began)
	if err := s.settle(ctx); err != nil {
		return err
	}
	b.say("import of %d punches of %d members: %.0f/s; read models there after %s more", b.events, b.events/100,
		float64(b.events)/imported.Seconds(), (time.Since(began) - imported).Round(time.Second))
	return nil
}

// reassess changes the rule of everybody for the last 31 days and measures how long the days take, and the lag of live punches meanwhile.
func (b *bench) reassess(ctx context.Context, s *server) error {
	from := time.Now().AddDate(0, 0, -30).Format(time.DateOnly)
	rule := strings.Replace(rig.Rule, `"effective_from":"2020-01-01"`, `"effective_from":"`+from+`"`, 1)
	rule = strings.Replace(rule, `"sections"`, `"permit_late_min":10,"sections"`, 1)
	path := fmt.Sprintf("/api/v1/orgs/%s/groups/%s/rule", s.company.Org, s.company.Group)
	began := time.Now()
	if err := s.client.Write(ctx, "PUT", path, json.RawMessage(rule), nil); err != nil {
		return fmt.Errorf("changing the rule: %w", err)
	}
	var took time.Duration
	done := make(chan error, 1)
	go func() {
		time.Sleep(500 * time.Millisecond)
		err := s.settleDirty(ctx)
		took = time.Since(began)
		done <- err
	}()
	lag, err := b.lag(ctx, s, 20*time.Second)
	if err != nil {
		return err
	}
	if err := <-done; err != nil {
		return err
	}
	members := b.events / 100
	b.say("re-assessment of %d members × 31 days: %.1f s, %.0f member-days/s; lag of live punches meanwhile p99 %d ms", members,
		took.Seconds(), float64(members*31)/took.Seconds(), percentile(lag, 0.99).Milliseconds())
	b.goal(goal{name: fmt.Sprintf("re-assessment of %d × 31 days", members), value: took.Seconds(), atMost: 60, unit: "s"})
	b.goal(goal{name: "lag p99 of live punches during re-assessment", value: float64(percentile(lag, 0.99).Milliseconds()), atMost: 1000, unit: "ms"})
	return nil
}

// settleDirty waits until no day waits for its assessment.
func (s *server) settleDirty(ctx context.Context) error {
	for began := time.Now(); time.Since(began) < 10*time.Minute; time.Sleep(50 * time.Millisecond) {
		if r, err := rig.Reached(ctx, s.client); err == nil && r.Dirty == 0 {
			return nil
		}
	}
	return fmt.Errorf("days are still dirty after 10 minutes")
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
