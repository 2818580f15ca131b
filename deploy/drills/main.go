// Command drills puts backups back as an operator would, wrongly, and looks what daka makes of it (`make torture`).
//
// Each drill ends with `daka diff` clean and every acknowledged punch shown, or with a refusal that names the way on.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// drill is one restore that goes wrong. A new one is a line in drills.
type drill struct {
	name string
	run  func(*stage, context.Context) error
}

func drills() []drill {
	return []drill{
		{"events-older", (*stage).eventsOlder},
		{"index-hole", (*stage).indexHole},
		{"keys", (*stage).otherKeys},
		{"tombstone", (*stage).tombstone},
		{"versions", (*stage).versions},
	}
}

func main() {
	bin := flag.String("binary", "bin/daka", "the daka binary")
	only := flag.String("only", "", "drills to run, separated by commas; empty for all")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	failed, err := drillAll(ctx, *bin, *only)
	if err != nil {
		fmt.Fprintln(os.Stderr, "drills:", err)
		os.Exit(2)
	}
	if failed > 0 {
		fmt.Printf("\n%d of the drills' promises were broken\n", failed)
		os.Exit(1)
	}
	fmt.Println("\nall drills held")
}

func drillAll(ctx context.Context, bin, only string) (failed int, err error) {
	root, err := os.MkdirTemp("", "daka-drills-")
	if err != nil {
		return 0, fmt.Errorf("making a place for the data: %w", err)
	}
	defer os.RemoveAll(root)
	if err := os.Chmod(root, 0o755); err != nil { // Postgres runs as another user when we are root
		return 0, err
	}
	if bin, err = filepath.Abs(bin); err != nil {
		return 0, err
	}
	for _, d := range drills() {
		if only != "" && !slices.Contains(strings.Split(only, ","), d.name) {
			continue
		}
		fmt.Printf("\n== %s\n", d.name)
		began := time.Now()
		s := &stage{bin: bin, data: filepath.Join(root, d.name)}
		err := d.run(s, ctx)
		s.end()
		failed += s.failed
		if err != nil {
			return failed, fmt.Errorf("%s: %w", d.name, err)
		}
		fmt.Printf("  %s\n", time.Since(began).Round(time.Second))
	}
	return failed, nil
}
