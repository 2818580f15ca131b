package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/deploy/single/rig"
)

// serveKills kills the whole server, with the event node inside it.
func (t *torture) serveKills(ctx context.Context) error {
	s, err := t.open(ctx, "serve", t.events, nil)
	if err != nil {
		return err
	}
	defer s.server.Kill()
	if err := s.punching(ctx); err != nil {
		return err
	}
	var ready []time.Duration
	for range t.kills {
		t.pause(300*time.Millisecond, 3*time.Second)
		if err := s.server.Kill(); err != nil {
			return err
		}
		if err := s.server.Start(); err != nil {
			return err
		}
		took, err := s.server.WaitReady(ctx, time.Minute)
		if err != nil {
			return err
		}
		ready = append(ready, took)
	}
	longest, middle := slowest(ready)
	t.Expect(longest <= 3*time.Second, "ready again after kill -9 of serve with %d+ events: longest %s, median %s (≤ 3 s)", t.events, longest, middle)
	return s.judge(ctx, s.embedded(ctx))
}

// nodeKills kills an event node that runs alone.
func (t *torture) nodeKills(ctx context.Context) error {
	n, err := t.startNode(ctx, "node-events")
	if err != nil {
		return err
	}
	defer n.Kill()
	connection := "esdb://" + n.Addr + "?tls=false"
	s, err := t.open(ctx, "node", t.events, []string{"DAKA_EVENTSTORE=" + connection})
	if err != nil {
		return err
	}
	defer s.server.Kill()
	if err := s.punching(ctx); err != nil {
		return err
	}
	var ready []time.Duration
	for range t.kills {
		t.pause(300*time.Millisecond, 3*time.Second)
		if err := n.Kill(); err != nil {
			return err
		}
		if err := n.Start(); err != nil {
			return err
		}
		took, err := answers(ctx, connection)
		if err != nil {
			return err
		}
		ready = append(ready, took)
	}
	longest, middle := slowest(ready)
	t.Expect(longest <= 3*time.Second, "node answers again after kill -9 with %d+ events: longest %s, median %s (≤ 3 s)", t.events, longest, middle)
	return s.judge(ctx, func() (*eventlog.Log, func(), error) {
		log, err := eventlog.Dial(connection, quiet())
		if err != nil {
			return nil, nil, err
		}
		return log, log.Close, nil
	})
}

// startNode runs an event node alone and waits until it answers.
func (t *torture) startNode(ctx context.Context, dir string, flags ...string) (*rig.Process, error) {
	n, err := rig.Daka(t.bin, "node", t.dir(dir), nil, append(flags, "--insecure")...)
	if err != nil {
		return nil, err
	}
	if err := n.Start(); err != nil {
		return nil, err
	}
	if _, err := answers(ctx, "esdb://"+n.Addr+"?tls=false"); err != nil {
		return nil, errors.Join(fmt.Errorf("%w\n%s", err, n.LastWords()), n.Kill())
	}
	return n, nil
}

// answers waits until the event store answers and says how long that took.
func answers(ctx context.Context, connection string) (time.Duration, error) {
	began := time.Now()
	for time.Since(began) < time.Minute {
		log, err := eventlog.Dial(connection, quiet())
		if err != nil {
			return 0, err
		}
		try, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
		_, err = log.Tail(try, 1)
		cancel()
		log.Close()
		if err == nil {
			return time.Since(began), nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return 0, fmt.Errorf("%s does not answer", connection)
}

// postmasterKills kills Postgres under the server; commands must go on meanwhile.
func (t *torture) postmasterKills(ctx context.Context) error {
	s, err := t.open(ctx, "postgres", 0, nil)
	if err != nil {
		return err
	}
	defer s.server.Kill()
	if err := s.punching(ctx); err != nil {
		return err
	}
	var back []time.Duration
	stalled := 0
	for range t.kills {
		t.pause(500*time.Millisecond, 3*time.Second)
		before := s.load.Acked()
		if err := killPostmaster(s.server.Data); err != nil {
			return err
		}
		took, err := s.readsBack(ctx)
		if err != nil {
			return err
		}
		back = append(back, took)
		if s.load.Acked() == before {
			stalled++
		}
	}
	longest, middle := slowest(back)
	t.Expect(longest <= 10*time.Second, "reads are back after kill -9 of the postmaster: longest %s, median %s (≤ 10 s)", longest, middle)
	t.Expect(stalled == 0, "commands were acknowledged during every outage (%d without)", stalled)
	return s.judge(ctx, s.embedded(ctx))
}

// readsBack waits until a query answers and says how long that took.
func (s *stage) readsBack(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	path := "/api/v1/orgs/" + s.company.Org.String() + "/members?limit=1"
	failedOnce := false
	for time.Since(began) < time.Minute {
		a, err := s.client.Do(ctx, "GET", path, "", nil)
		ok := err == nil && a.Status == 200
		if ok && (failedOnce || time.Since(began) > time.Second) {
			return time.Since(began), nil
		}
		failedOnce = failedOnce || !ok
		time.Sleep(10 * time.Millisecond)
	}
	return 0, fmt.Errorf("reads did not come back in a minute:\n%s", s.server.LastWords())
}

// killPostmaster finds the postmaster's number in its pid file and kills it.
func killPostmaster(data string) error {
	files, err := filepath.Glob(filepath.Join(data, "*", "postmaster.pid"))
	if more, _ := filepath.Glob(filepath.Join(data, "*", "*", "postmaster.pid")); err == nil {
		files = append(files, more...)
	}
	if err != nil || len(files) != 1 {
		return fmt.Errorf("looking for postmaster.pid below %s: %v, %w", data, files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		return fmt.Errorf("reading the postmaster's number: %w", err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil {
		return fmt.Errorf("%s: %w", files[0], err)
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}
