// Command bench prints daka's speed as ratios to limits that are measured in the same run (`make bench`).
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/dakahq/daka/deploy/single/rig"
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
	figures figures
	// env are settings of every server that is started.
	env []string
	// big is the server of many members, once a section needed it; events is how many punches it was filled with.
	big    *server
	events int
	// filling is when the company began to be filled.
	filling time.Time
}

func sections(b *bench) []rig.Section {
	return []rig.Section{
		{Name: "append", Run: b.appends},
		{Name: "read", Run: b.reads},
		{Name: "punches", Run: b.punches},
		{Name: "cold", Run: b.cold},
		{Name: "overload", Run: b.overload},
		{Name: "assess", Run: b.assess},
		{Name: "queries", Run: b.queries},
		{Name: "known_at", Run: b.knownAt},
		{Name: "reassess", Run: b.reassess},
		{Name: "rebuild", Run: b.rebuilds},
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
	without := flag.String("without", "", "a trick, measured with and without it")
	cpuProfile := flag.String("cpuprofile", "", "write a CPU profile of the run to this file")
	flag.DurationVar(&b.length, "length", 2*time.Second, "length of a round")
	flag.Parse()
	os.Exit(rig.Main("bench", func(ctx context.Context) error {
		finish, err := profile(*cpuProfile)
		if err != nil {
			return err
		}
		defer finish()
		return b.main(ctx, *only, *without)
	}))
}

// main runs the chosen sections in a directory of its own and prints the goals; or it measures what a trick gives.
func (b *bench) main(ctx context.Context, only, without string) (err error) {
	if b.binary, err = rig.Binary(b.binary); err != nil {
		return err
	}
	if b.root, err = rig.Place("bench"); err != nil {
		return err
	}
	defer os.RemoveAll(b.root)
	defer func() {
		if b.big != nil {
			_ = b.big.process.Kill()
		}
	}()
	b.say("%d cores, %s, %d rounds of %s, medians; CPU-µs are of client and server together", runtime.NumCPU(), runtime.Version(), b.rounds, b.length)
	if without != "" {
		return receiptOf(ctx, b, without)
	}
	defer b.verdicts()
	if err := rig.RunSections(ctx, os.Stdout, only, sections(b)); err != nil {
		return err
	}
	if slices.ContainsFunc(b.goals, func(g goal) bool { return !g.held() }) {
		return rig.ErrBroken
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

func (b *bench) goal(g goal) {
	b.goals = append(b.goals, g)
	b.figures.add(g.name, g.value, g.unit)
}

func (b *bench) dir(name string) string { return filepath.Join(b.root, name) }
