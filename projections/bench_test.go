package projections

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/query"
)

// punchesFor seeds two punches a day, in appends of one member's month.
func (l *testLedger) punchesFor(days int) {
	l.t.Helper()
	for i, m := range l.members {
		stream := domain.TimesheetStream(l.org, m, "202603")
		var batch []eventlog.Raw
		for day := range days {
			for _, hour := range []string{"08", "18"} {
				at := instant("2026-03-01T"+hour+":00:00+08:00").AddDate(0, 0, day).Add(time.Duration((i*7+day*13)%90) * time.Minute)
				batch = append(batch, l.raw(stream, m, l.punchEvent(m, at.In(time.FixedZone("", 8*3600)).Format("2006-01-02T15:04:05"))))
				if len(batch) == 100 {
					l.append(stream, batch...)
					batch = nil
				}
			}
		}
		if len(batch) > 0 {
			l.append(stream, batch...)
		}
	}
}

func size(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// TestRebuildRate prints the ratio of a rebuild to reading; DAKA_BENCH_MEMBERS and DAKA_BENCH_DAYS set its size.
func TestRebuildRate(t *testing.T) {
	if os.Getenv("DAKA_BENCH") == "" {
		t.Skip("a measurement: set DAKA_BENCH=1")
	}
	l := newTestLedger(t)
	l.found(size("DAKA_BENCH_MEMBERS", 1000))
	begun := time.Now()
	l.punchesFor(size("DAKA_BENCH_DAYS", 90))
	last := l.advance("2026-07-01T00:00:00Z")
	t.Logf("seeded in %s", time.Since(begun))
	events := 0
	require.NoError(t, l.log.ReadAll(context.Background(), eventlog.Position{}, 0, func(eventlog.Raw) error { events++; return nil }))
	reading := l.timed("read", events, func() {
		require.NoError(t, l.log.ReadAll(context.Background(), eventlog.Position{}, 0, func(eventlog.Raw) error { return nil }))
	})
	l.timed("first projection", events, func() {
		l.run()
		for {
			if _, stale, err := l.engine.Wait(context.Background(), last, EveryDay()); err == nil && !stale {
				return
			}
		}
	})
	runtime.GC()
	profile, err := os.Create(os.Getenv("DAKA_BENCH_PROFILE"))
	if err == nil {
		require.NoError(t, pprof.StartCPUProfile(profile))
	}
	rebuilding := l.timed("rebuild", events, func() { _, err := l.engine.Rebuild(context.Background(), nil); require.NoError(t, err) })
	pprof.StopCPUProfile()
	t.Logf("rebuild ÷ read %.2f, %s", reading/rebuilding, rss())
	l.timed("diff", events, func() {
		d, err := l.engine.Diff(context.Background(), nil)
		require.NoError(t, err)
		require.True(t, d.Clean())
	})
}

func rss() string {
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return ""
	}
	var out string
	for _, line := range splitLines(string(raw)) {
		var kb int
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kb); n == 1 {
			out = fmt.Sprintf("peak RSS %d MB", kb/1024)
		}
	}
	return out
}

func splitLines(text string) (lines []string) {
	for len(text) > 0 {
		i := 0
		for i < len(text) && text[i] != '\n' {
			i++
		}
		lines = append(lines, text[:i])
		text = text[min(i+1, len(text)):]
	}
	return lines
}

// TestRebuildPhases prints what each part of a rebuild costs.
func TestRebuildPhases(t *testing.T) {
	if os.Getenv("DAKA_BENCH") == "" {
		t.Skip("a measurement: set DAKA_BENCH=1")
	}
	ctx := context.Background()
	l := newTestLedger(t)
	l.found(size("DAKA_BENCH_MEMBERS", 200))
	l.punchesFor(size("DAKA_BENCH_DAYS", 90))
	l.advance("2026-06-01T00:00:00Z")
	events := 0
	var last eventlog.Position
	require.NoError(t, l.log.ReadAll(ctx, eventlog.Position{}, 0, func(r eventlog.Raw) error { events++; last = r.Position; return nil }))
	l.timed("read", events, func() {
		require.NoError(t, l.log.ReadAll(ctx, eventlog.Position{}, 0, func(eventlog.Raw) error { return nil }))
	})
	l.timed("read and decode", events, func() {
		pages := make(chan *feed.Page)
		go func() {
			defer close(pages)
			_ = feed.ReadPages(ctx, l.log, feed.Run{Until: last}, pages)
		}()
		for range pages {
		}
	})
	profile, err := os.Create(os.Getenv("DAKA_BENCH_PROFILE"))
	if err == nil {
		require.NoError(t, pprof.StartCPUProfile(profile))
	}
	defer pprof.StopCPUProfile()
	l.engine.rebuilder.Log = slog.New(slog.NewTextHandler(os.Stderr, nil)) // its last word tells the parts
	l.timed("rebuild", events, func() {
		_, err := l.engine.Rebuild(ctx, nil)
		require.NoError(t, err)
	})
	t.Log(l.rows(`SELECT relname || ' ' || pg_size_pretty(pg_total_relation_size(c.oid)) || ' ' || reltuples FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'rm_2' AND relkind = 'r' AND pg_total_relation_size(c.oid) > 1e6`))
}

// cpu is the CPU seconds of this process and of the Postgres backends of this test's database.
func (l *testLedger) cpu() (own, postgres float64) {
	name := l.url[strings.LastIndexByte(l.url[:strings.IndexByte(l.url, '?')], '/')+1 : strings.IndexByte(l.url, '?')]
	dirs, _ := os.ReadDir("/proc")
	for _, d := range dirs {
		pid, err := strconv.Atoi(d.Name())
		if err != nil {
			continue
		}
		cmdline, _ := os.ReadFile("/proc/" + d.Name() + "/cmdline")
		mine := pid == os.Getpid()
		if !mine && !strings.Contains(string(cmdline), name) {
			continue
		}
		stat, _ := os.ReadFile("/proc/" + d.Name() + "/stat")
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(fields) < 14 {
			continue
		}
		user, _ := strconv.Atoi(fields[11])
		system, _ := strconv.Atoi(fields[12])
		if mine {
			own += float64(user+system) / 100
		} else {
			postgres += float64(user+system) / 100
		}
	}
	return own, postgres
}

// timed logs what a phase cost.
func (l *testLedger) timed(what string, events int, do func()) (seconds float64) {
	own, pg := l.cpu()
	begun := time.Now()
	do()
	seconds = time.Since(begun).Seconds()
	own2, pg2 := l.cpu()
	l.t.Logf("%s: %.1f s wall (%.0f events/s), CPU µs per event: own %.1f, Postgres %.1f", what, seconds, float64(events)/seconds, (own2-own)*1e6/float64(events), (pg2-pg)*1e6/float64(events))
	return seconds
}

// TestLiveLag prints how old a punch is when its page is committed, at 300 punches a second, while every day is assessed again.
func TestLiveLag(t *testing.T) {
	if os.Getenv("DAKA_BENCH") == "" {
		t.Skip("a measurement: set DAKA_BENCH=1")
	}
	ctx := context.Background()
	l := newTestLedger(t)
	l.found(size("DAKA_BENCH_MEMBERS", 300))
	l.run()
	l.settled(l.advance("2026-03-31T00:00:00Z"))
	go func() {
		time.Sleep(5 * time.Second)
		_, _ = l.pool.Exec(ctx, `INSERT INTO rm.dirty SELECT org, member, '2026-03-01', '2026-03-31' FROM rm.members`)
	}()
	var mu sync.Mutex
	sent := map[string]time.Time{}
	var lags []time.Duration
	done := make(chan struct{})
	go func() {
		defer close(done)
		changes := l.engine.Changes(ctx)
		deadline := time.After(13 * time.Second)
		for {
			select {
			case <-changes:
			case <-deadline:
				return
			}
			now := time.Now()
			heads, err := query.List(ctx, l.engine.Across(), "heads", pgx.RowTo[string], "SELECT stream || '@' || revision FROM rm.stream_heads")
			if err != nil {
				continue
			}
			mu.Lock()
			for _, h := range heads {
				if at, ok := sent[h]; ok {
					lags = append(lags, now.Sub(at))
					delete(sent, h)
				}
			}
			mu.Unlock()
		}
	}()
	tick := time.NewTicker(time.Second / 300)
	own, pg := l.cpu()
	defer func() {
		own2, pg2 := l.cpu()
		l.engine.state.stats.mu.Lock()
		t.Logf("CPU ms per punch: own %.2f, Postgres %.2f; %d pages, %.1f ms wall each", (own2-own)/3, (pg2-pg)/3, l.engine.state.stats.pages, l.engine.state.stats.took.Seconds()*1000/float64(l.engine.state.stats.pages))
		l.engine.state.stats.mu.Unlock()
	}()
	for i := range 3000 {
		<-tick.C
		m := l.members[i%len(l.members)]
		e := l.punchEvent(m, "2026-03-31T08:00:00")
		e.At = domain.At(e.At.Time().Add(time.Duration(i) * time.Second))
		position := l.write(domain.TimesheetStream(l.org, m, "202603"), m, e)
		mu.Lock()
		sent[position] = time.Now()
		mu.Unlock()
	}
	<-done
	slices.Sort(lags)
	t.Logf("%d seen: p50 %s p99 %s max %s", len(lags), lags[len(lags)/2], lags[len(lags)*99/100], lags[len(lags)-1])
}
