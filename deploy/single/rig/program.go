package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
)

// Section is a part of a program that measures or breaks, such as one drill.
type Section struct {
	Name string
	Run  func(context.Context) error
}

// ErrBroken says that everything ran and that some promise was not kept.
var ErrBroken = errors.New("not every promise held")

// Main runs a program until it ends or is interrupted, and gives its exit code: 0 when all held, 1 for ErrBroken, 2 for trouble, which is said
// on stderr.
func Main(name string, run func(context.Context) error) (code int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, ErrBroken):
		return 1
	}
	fmt.Fprintf(os.Stderr, "%s: %s\n", name, err)
	return 2
}

// Place makes a folder for a program's data, which Postgres's user may enter.
func Place(name string) (root string, err error) {
	if root, err = os.MkdirTemp("", "daka-"+name+"-"); err != nil {
		return "", fmt.Errorf("making a place for the data: %w", err)
	}
	if err := os.Chmod(root, 0o755); err != nil { // Postgres runs as another user when we are root
		return "", fmt.Errorf("opening %s to Postgres's user: %w", root, err)
	}
	return root, nil
}

// Binary is the whole path of a program to run.
func Binary(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		return "", fmt.Errorf("finding the binary: %w (`make build` makes it)", err)
	}
	return path, nil
}

// RunSections runs those that only names, separated by commas, in their order, and all of them when it is empty. A name that none has is an error.
func RunSections(ctx context.Context, out io.Writer, only string, sections []Section) error {
	chosen, err := choose(only, sections)
	if err != nil {
		return err
	}
	for _, s := range chosen {
		fmt.Fprintf(out, "\n== %s\n", s.Name)
		if err := s.Run(ctx); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	return nil
}

func choose(only string, sections []Section) (chosen []Section, err error) {
	if only == "" {
		return sections, nil
	}
	wanted := strings.Split(only, ",")
	names := make([]string, len(sections))
	for i, s := range sections {
		names[i] = s.Name
		if slices.Contains(wanted, s.Name) {
			chosen = append(chosen, s)
		}
	}
	for _, name := range wanted {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("-only %q: there is no %q among %s", only, name, strings.Join(names, ", "))
		}
	}
	return chosen, nil
}

// Verdicts are the promises of a run, kept and broken, so that one run shows everything that is wrong. They belong to one goroutine.
type Verdicts struct {
	// Out is where they are written as they come.
	Out    io.Writer
	broken []string
}

// Expect writes a promise down, and goes on when it was broken.
func (v *Verdicts) Expect(held bool, format string, args ...any) {
	text, word := fmt.Sprintf(format, args...), "ok    "
	if !held {
		word, v.broken = "FAILED", append(v.broken, text)
	}
	fmt.Fprintf(v.Out, "  %s %s\n", word, text)
}

// Err repeats the broken promises and gives ErrBroken for them; nil when all held.
func (v *Verdicts) Err() error {
	if len(v.broken) == 0 {
		fmt.Fprintln(v.Out, "\nall held")
		return nil
	}
	fmt.Fprintf(v.Out, "\nFAILED:\n  %s\n", strings.Join(v.broken, "\n  "))
	return ErrBroken
}
