// Command torture kills, cuts and tears a running daka while punches arrive, then counts what is left (`make torture`).
//
// What was acknowledged is kept by the load generator in a file of its own. After each scenario every acknowledged
// punch must stand in the ledger exactly once, where its receipt says, every stream must be gapless, and the read
// models must equal a fresh replay.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// torture holds what the scenarios share.
type torture struct {
	root, bin string
	kills     int
	perSecond int
	members   int
	events    int
	leaders   time.Duration
	fuzzing   time.Duration
	rand      *rand.Rand
	failed    []string
	// hostileFor is how long the hostile organization attacks.
	hostileFor time.Duration
	weapons    string
}

type scenario struct {
	name string
	run  func(*torture, context.Context) error
}

func scenarios() []scenario {
	return []scenario{
		{"serve", (*torture).serveKills},
		{"node", (*torture).nodeKills},
		{"postgres", (*torture).postmasterKills},
		{"answers", (*torture).lostAnswers},
		{"damage", (*torture).damage},
		{"full", (*torture).diskFull},
		{"copies", (*torture).twoCopies},
		{"hostile", (*torture).hostile},
		{"leaders", (*torture).leaderChanges},
		{"fuzz", (*torture).fuzz},
	}
}

func main() {
	t := &torture{}
	only := flag.String("only", "", "scenarios to run, separated by commas; empty for all")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "seed of the random moments")
	flag.IntVar(&t.kills, "kills", 20, "kills per scenario")
	flag.IntVar(&t.perSecond, "rate", 300, "punches per second")
	flag.IntVar(&t.members, "members", 2000, "members who punch")
	flag.IntVar(&t.events, "events", 1_000_000, "punches in the store before the first kill of serve and node")
	flag.DurationVar(&t.leaders, "leaders", 10*time.Minute, "how long the leader of the event store changes")
	flag.DurationVar(&t.fuzzing, "fuzzing", 10*time.Minute, "how long every call of the event node is fuzzed")
	flag.DurationVar(&t.hostileFor, "hostile", 2*time.Minute, "how long the hostile organization attacks")
	flag.StringVar(&t.weapons, "weapons", "", "what the hostile organization uses, of texts,dates,bodies,logins,methods,bombs; empty for all")
	flag.StringVar(&t.bin, "binary", "bin/daka", "the daka binary to torture")
	keep := flag.Bool("keep", false, "keep the data")
	flag.Parse()
	t.rand = rand.New(rand.NewPCG(*seed, 1))
	fmt.Printf("seed %d, %d kills each, %d punches/s\n", *seed, t.kills, t.perSecond)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := t.main(ctx, *only, *keep)
	if err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err)
		os.Exit(2)
	}
	if len(t.failed) > 0 {
		fmt.Println("\nFAILED:\n ", strings.Join(t.failed, "\n  "))
		os.Exit(1)
	}
	fmt.Println("\nall held")
}

func (t *torture) main(ctx context.Context, only string, keep bool) (err error) {
	if t.root, err = os.MkdirTemp("", "daka-torture-"); err != nil {
		return fmt.Errorf("making a place for the data: %w", err)
	}
	if keep {
		fmt.Println("data stays in", t.root)
	} else {
		defer os.RemoveAll(t.root)
	}
	if err := os.Chmod(t.root, 0o755); err != nil {
		return fmt.Errorf("opening %s to Postgres's user: %w", t.root, err)
	}
	if t.bin, err = filepath.Abs(t.bin); err != nil {
		return err
	}
	for _, s := range scenarios() {
		if only != "" && !slices.Contains(strings.Split(only, ","), s.name) {
			continue
		}
		fmt.Printf("\n== %s\n", s.name)
		if err := s.run(t, ctx); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

// expect notes a failure and goes on, so that one run shows everything that is wrong.
func (t *torture) expect(held bool, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	word := "ok    "
	if !held {
		word = "FAILED"
		t.failed = append(t.failed, text)
	}
	fmt.Printf("  %s %s\n", word, text)
}

func (t *torture) dir(name string) string { return filepath.Join(t.root, name) }

// pause waits a random time between the bounds.
func (t *torture) pause(least, most time.Duration) {
	time.Sleep(least + time.Duration(t.rand.Int64N(int64(most-least))))
}
