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
	"path/filepath"
	"time"

	"github.com/dakahq/daka/deploy/single/rig"
)

// torture holds what the scenarios share.
type torture struct {
	rig.Verdicts
	root, bin string
	kills     int
	perSecond int
	members   int
	events    int
	leaders   time.Duration
	fuzzing   time.Duration
	rand      *rand.Rand
	// hostileFor is how long the hostile organization attacks.
	hostileFor time.Duration
	weapons    string
}

func scenarios(t *torture) []rig.Section {
	return []rig.Section{
		{Name: "serve", Run: t.serveKills},
		{Name: "node", Run: t.nodeKills},
		{Name: "postgres", Run: t.postmasterKills},
		{Name: "answers", Run: t.lostAnswers},
		{Name: "damage", Run: t.damage},
		{Name: "full", Run: t.diskFull},
		{Name: "copies", Run: t.twoCopies},
		{Name: "hostile", Run: t.hostile},
		{Name: "leaders", Run: t.leaderChanges},
		{Name: "fuzz", Run: t.fuzz},
	}
}

func main() {
	t := &torture{Verdicts: rig.Verdicts{Out: os.Stdout}}
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
	fmt.Fprintf(t.Out, "seed %d, %d kills each, %d punches/s\n", *seed, t.kills, t.perSecond)
	os.Exit(rig.Main("torture", func(ctx context.Context) error { return t.main(ctx, *only, *keep) }))
}

func (t *torture) main(ctx context.Context, only string, keep bool) (err error) {
	if t.bin, err = rig.Binary(t.bin); err != nil {
		return err
	}
	if t.root, err = rig.Place("torture"); err != nil {
		return err
	}
	if keep {
		fmt.Fprintln(t.Out, "data stays in", t.root)
	} else {
		defer os.RemoveAll(t.root)
	}
	if err := rig.RunSections(ctx, t.Out, only, scenarios(t)); err != nil {
		return err
	}
	return t.Err()
}

func (t *torture) dir(name string) string { return filepath.Join(t.root, name) }

// pause waits a random time between the bounds.
func (t *torture) pause(least, most time.Duration) {
	time.Sleep(least + time.Duration(t.rand.Int64N(int64(most-least))))
}
