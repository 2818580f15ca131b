// Command bench prints daka's speed as ratios to limits that are measured in the same run (`make bench`).
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// bench holds what the sections share.
type bench struct {
	root    string
	binary  string
	clients int
	rounds  int
	length  time.Duration
	members int
	idle    time.Duration
	goals   []goal
	// big is the server of many members, once a section needed it; events is how many punches it was filled with.
	big    *server
	events int
	// filling is when the company began to be filled.
	filling time.Time
}

type section struct {
	name string
	run  func(*bench, context.Context) error
}

func sections() []section {
	return []section{
		{"append", (*bench).appends},
		{"read", (*bench).reads},
		{"punches", (*bench).punches},
		{"cold", (*bench).cold},
		{"overload", (*bench).overload},
		{"assess", (*bench).assess},
		{"queries", (*bench).queries},
		{"known_at", (*bench).knownAt},
		{"reassess", (*bench).reassess},
		{"rebuild", (*bench).rebuilds},
	}
}

func main() {
	b := &bench{}
	only := flag.String("only", "", "sections to run, separated by commas; empty for all")
	flag.StringVar(&b.binary, "binary", "bin/daka", "the daka binary to measure")
	flag.IntVar(&b.clients, "clients", 64, "clients at once")
	flag.IntVar(&b.rounds, "rounds", 5, "rounds; the median is printed")
	flag.IntVar(&b.members, "members", 10_000, "members with 90 days each, for queries, re-assessing and rebuilding")
	flag.DurationVar(&b.idle, "idle", time.Minute, "how long the sample rests before its memory is read")
	cpuProfile := flag.String("cpuprofile", "", "write a CPU profile of the run to this file")
	flag.DurationVar(&b.length, "length", 2*time.Second, "length of a round")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	finish, err := profile(*cpuProfile)
	if err == nil {
		err = b.main(ctx, *only)
		finish()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	if slices.ContainsFunc(b.goals, func(g goal) bool { return !g.held() }) {
		os.Exit(1)
	}
}

// main runs the chosen sections in a directory of its own and prints the goals.
func (b *bench) main(ctx context.Context, only string) error {
	root, err := os.MkdirTemp("", "daka-bench-")
	if err != nil {
		return fmt.Errorf("making a place for the data: %w", err)
	}
	defer os.RemoveAll(root)
	if err := os.Chmod(root, 0o755); err != nil {
		return fmt.Errorf("opening %s to Postgres's user: %w", root, err)
	}
	b.root = root
	defer func() {
		if b.big != nil {
			_ = b.big.process.Kill()
		}
	}()
	defer b.verdicts()
	b.say("%d cores, %s, %d rounds of %s, medians; CPU-µs are of client and server together", runtime.NumCPU(), runtime.Version(), b.rounds, b.length)
	for _, s := range sections() {
		if only != "" && !slices.Contains(strings.Split(only, ","), s.name) {
			continue
		}
		b.say("\n%s", s.name)
		if err := s.run(b, ctx); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

// verdicts prints the goals, also those that were reached before something failed.
func (b *bench) verdicts() {
	b.say("")
	for _, g := range b.goals {
		g.print(os.Stdout)
	}
}

func (b *bench) say(format string, args ...any) { fmt.Printf(format+"\n", args...) }

func (b *bench) goal(g goal) { b.goals = append(b.goals, g) }

func (b *bench) dir(name string) string { return filepath.Join(b.root, name) }
