package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/dakahq/daka/deploy/single/node"
	"github.com/dakahq/daka/deploy/single/node/nodefuzz"
	"github.com/dakahq/daka/deploy/single/rig"
)

const fuzzMemory = 500 << 20

// fuzz throws calls of every kind at an event node that runs alone, then looks through its store and feeds what it accepted
// to a second one.
func (t *torture) fuzz(ctx context.Context) error {
	first, err := freeNode(ctx, t, "fuzz-first")
	if err != nil {
		return err
	}
	defer func() { _ = first.Kill() }()
	run, cancel := context.WithTimeout(ctx, t.fuzzing)
	defer cancel()
	seed := t.rand.Uint64()
	record, err := nodefuzz.Run(run, nodefuzz.Config{Address: first.Addr, Seed: seed})
	taken, accepted := record.Actions()
	fmt.Fprintf(t.Out, "  seed %d: %d actions, %d operations accepted, statuses %v\n", seed, taken, accepted, record.Codes())
	lives := errors.Join(err, syscall.Kill(first.PID(), 0)) == nil
	t.Expect(lives, "the node lives after %s of every kind of call (%v)", t.fuzzing, err)
	if !lives {
		fmt.Fprintln(t.Out, first.LastWords())
		return nil
	}
	most, err := peakMemory(first.PID())
	if err != nil {
		return err
	}
	t.Expect(most <= fuzzMemory, "it took at most %d MB of memory (≤ %d MB)", most>>20, fuzzMemory>>20)
	return t.fuzzed(ctx, first, record)
}

// fuzzed looks at what the first node is left with, and holds a second one against it.
func (t *torture) fuzzed(ctx context.Context, first *rig.Process, record *nodefuzz.Record) error {
	if err := first.Stop(); err != nil {
		return err
	}
	said := first.Errors()
	t.Expect(len(said) == 0, "its log has no errors %v", said)
	report, err := node.Verify(ctx, first.Data)
	if err != nil {
		return err
	}
	t.Expect(report.Clean(), "the look-through of %d events and %d pages finds nothing %v", report.Events, report.Pages, report.Findings)
	if err := first.Start(); err != nil {
		return err
	}
	if _, err := answers(ctx, "esdb://"+first.Addr+"?tls=false"); err != nil {
		return err
	}
	second, err := freeNode(ctx, t, "fuzz-second")
	if err != nil {
		return err
	}
	defer func() { _ = second.Kill() }()
	ops, events, err := record.Replay(ctx, first.Addr, second.Addr)
	t.Expect(err == nil, "a second node, fed %d accepted operations one by one, has the same %d events (%v)", ops, events, err)
	return nil
}

// freeNode is an event node that guards nothing.
func freeNode(ctx context.Context, t *torture, dir string) (*rig.Process, error) {
	return t.startNode(ctx, dir, "--allow-deletes")
}

// peakMemory is the most that the process has held, in bytes.
func peakMemory(pid int) (int64, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("reading its memory: %w", err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if text, found := strings.CutPrefix(lines.Text(), "VmHWM:"); found {
			kilobytes, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(text, "kB")), 10, 64)
			return kilobytes << 10, err
		}
	}
	return 0, errors.New("/proc does not tell the peak of its memory")
}
