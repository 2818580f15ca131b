// Command daka is the attendance ledger: the server, its embedded event node, and the clients of both.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // verdicts must not depend on the host's zone files

	"github.com/alecthomas/kong"
)

// Exit codes (design §7).
const (
	exitClean = 0 // nothing to report
	exitFound = 1 // a difference, or refused lines
	exitFault = 2 // could not look
)

// errFound ends a verb with exit code 1 after it printed what it found.
var errFound = errors.New("found")

// cli is every verb, flag and environment variable; README.md's reference is made from it.
type cli struct {
	Serve    serveCmd    `cmd:"" help:"Run the server: on one machine everything, or on your event store and Postgres."`
	Node     nodeCmd     `cmd:"" help:"Run the embedded event node alone; it speaks EventStoreDB's protocol."`
	Assess   assessCmd   `cmd:"" help:"Assess days from a document of rules and punches, without a server (rules §6)."`
	Org      orgCmd      `cmd:"" help:"Found an organization."`
	Calendar calendarCmd `cmd:"" help:"Load holidays."`
	Import   importCmd   `cmd:"" help:"Import punches from files."`
	Export   exportCmd   `cmd:"" help:"Export days."`
	Replay   replayCmd   `cmd:"" help:"Tell the history of a member's day as a person reads it."`
	Diff     diffCmd     `cmd:"" help:"Rebuild the read models beside the live ones and compare."`
	Rebuild  rebuildCmd  `cmd:"" help:"Rebuild the read models and replace the live ones; readers are undisturbed."`
	Unpark   unparkCmd   `cmd:"" help:"Try what is parked again; a projector that halted goes on."`
	Doctor   doctorCmd   `cmd:"" help:"Say what is wrong with settings, store, keys, checkpoint and clock, and how to mend it; with or without a running server."`
	Rollback rollbackCmd `cmd:"" help:"Declare that the event store was put back to an older copy."`
	Keys     keysCmd     `cmd:"" help:"Declare what became of the key store."`
	Version  versionCmd  `cmd:"" help:"Print the version."`
}

// world is what a verb may touch.
type world struct {
	ctx    context.Context
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(world{ctx: ctx, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}, os.Args[1:])
	stop()
	os.Exit(code)
}

// run parses the arguments, runs the verb and gives the exit code.
func run(w world, args []string) int {
	exited := -1
	parser, err := newParser(w, &exited)
	if err != nil {
		fmt.Fprintln(w.stderr, "daka:", err)
		return exitFault
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited // --help
	}
	if err == nil {
		err = parsed.Run(w)
	}
	switch {
	case err == nil:
		return exitClean
	case errors.Is(err, errFound):
		return exitFound
	}
	fmt.Fprintln(w.stderr, "daka:", err)
	return exitFault
}

func newParser(w world, exited *int) (*kong.Kong, error) {
	return kong.New(&cli{}, kong.Name("daka"),
		kong.Description("daka (打卡) is an attendance ledger: every punch an immutable event, every figure a fold of them."),
		kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Writers(w.stdout, w.stderr), kong.Exit(func(code int) { *exited = code }),
		kong.Bind(w))
}
