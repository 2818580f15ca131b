package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dakahq/daka/deploy/single/rig"
)

// receipt is where a trick shows: sections of this program, which run as daka is and again without it, or a benchmark of a package that has both
// ways side by side.
type receipt struct {
	sections  string
	of, bench string
}

// receipts are the tricks of `make bench WITHOUT=name`.
var receipts = map[string]receipt{
	"heads":    {sections: "punches"},
	"heap":     {sections: "punches"},
	"local":    {sections: "punches"},
	"cache":    {sections: "punches"},
	"copy":     {sections: "queries"}, // filling the company is what it is for
	"analyze":  {sections: "queries"},
	"heldback": {sections: "rebuild"},
	"fastread": {sections: "rebuild"},
	"recall":   {sections: "cold"},
	"lite":     {of: "./deploy/single/node/lite", bench: "Rows"},
	"protobuf": {of: "./deploy/single/node", bench: "EncodeEvent"},
}

// receiptOf measures a trick: both ways in turn, then each figure beside the other.
func receiptOf(ctx context.Context, b *bench, name string) error {
	r, known := receipts[name]
	if !known {
		return fmt.Errorf("there is no trick %q; there are %s", name, strings.Join(slices.Sorted(maps.Keys(receipts)), ", "))
	}
	if r.of != "" {
		cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", r.bench, "-count", fmt.Sprint(b.rounds), r.of)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		return cmd.Run()
	}
	with, err := turn(ctx, b, "with", nil, r.sections)
	if err != nil {
		return err
	}
	without, err := turn(ctx, b, "without", []string{"DAKA_WITHOUT=" + name}, r.sections)
	if err != nil {
		return err
	}
	b.say("")
	b.say("%-66s %12s %12s %8s", "", "with", "without", "ratio")
	for _, f := range with {
		for _, g := range without {
			if f.name == g.name {
				b.say("%-66s %12.2f %12.2f %8.2f %s", f.name, f.value, g.value, g.value/f.value, f.unit)
			}
		}
	}
	return nil
}

// turn runs sections once in a folder of their own.
func turn(ctx context.Context, b *bench, name string, env []string, only string) (figures, error) {
	one := &bench{root: filepath.Join(b.root, name), binary: b.binary, clients: b.clients, rounds: b.rounds, length: b.length, members: b.members, idle: b.idle, env: env}
	// The private Postgres runs as another user, who must pass.
	if err := os.MkdirAll(one.root, 0o755); err != nil {
		return nil, err
	}
	defer func() {
		if one.big != nil {
			_ = one.big.process.Kill()
		}
	}()
	b.say("\n# %s", name)
	if err := rig.RunSections(ctx, os.Stdout, only, sections(one)); err != nil {
		return nil, err
	}
	return one.figures, nil
}

// figure is a measured number with its name.
type figure struct {
	name  string
	value float64
	unit  string
}

// figures are what the sections measured, for a receipt.
type figures []figure

func (f *figures) add(name string, value float64, unit string) {
	*f = append(*f, figure{name, value, unit})
}
