// Command drills puts backups back as an operator would, wrongly, and looks what daka makes of it (`make torture`).
//
// Each drill ends with `daka diff` clean and every acknowledged punch shown, or with a refusal that names the way on.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/dakahq/daka/deploy/single/rig"
)

func main() {
	d := &drills{verdicts: rig.Verdicts{Out: os.Stdout}}
	flag.StringVar(&d.bin, "binary", "bin/daka", "the daka binary")
	only := flag.String("only", "", "drills to run, separated by commas; empty for all")
	flag.Parse()
	os.Exit(rig.Main("drills", func(ctx context.Context) error { return d.main(ctx, *only) }))
}

// drills are the restores that go wrong, and what became of them.
type drills struct {
	root, bin string
	verdicts  rig.Verdicts
}

// all lists the drills; a new one is a line.
func (d *drills) all() []rig.Section {
	return []rig.Section{
		d.drill("events-older", (*stage).eventsOlder),
		d.drill("index-hole", (*stage).indexHole),
		d.drill("keys", (*stage).otherKeys),
		d.drill("tombstone", (*stage).tombstone),
		d.drill("versions", (*stage).versions),
	}
}

func (d *drills) main(ctx context.Context, only string) (err error) {
	if d.bin, err = rig.Binary(d.bin); err != nil {
		return err
	}
	if d.root, err = rig.Place("drills"); err != nil {
		return err
	}
	defer os.RemoveAll(d.root)
	if err := rig.RunSections(ctx, d.verdicts.Out, only, d.all()); err != nil {
		return err
	}
	return d.verdicts.Err()
}

// drill gives each drill a stage of its own.
func (d *drills) drill(name string, run func(*stage, context.Context) error) rig.Section {
	return rig.Section{Name: name, Run: func(ctx context.Context) error {
		began := time.Now()
		s := &stage{Verdicts: &d.verdicts, bin: d.bin, data: filepath.Join(d.root, name)}
		defer s.end()
		err := run(s, ctx)
		fmt.Fprintf(s.Out, "  %s\n", time.Since(began).Round(time.Second))
		return err
	}}
}
