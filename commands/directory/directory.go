package directory

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain/facts"
)

// ErrStale is a directory that could not be shown to be at most a second old.
var ErrStale = errors.New("the directory does not follow the event log at the moment")

// ErrBehind is a directory that is more than a second old though the event store answers: this process has more to do than it can.
var ErrBehind = errors.New("the directory is behind an event log that answers")

// MaxAge is how old the directory may be when a command decides by it (events §3).
const MaxAge = time.Second

// Directory is what commands know of organizations. Its methods may be called from many goroutines; what they return must not be changed.
type Directory struct {
	Invitations Invitations
	Tokens      Tokens
	Joins       Joins
	Rules       Rules
	Badges      Badges
	Teams       Teams

	state    *state
	follower *follower
}

// New makes a directory of the log; Start sets it going.
func New(log *eventlog.Log, logger *slog.Logger) *Directory {
	st := &state{logger: logger, compiled: &facts.Cache{}}
	st.forgetLocked()
	d := &Directory{Invitations: Invitations{st}, Tokens: Tokens{st}, Joins: Joins{st}, Rules: Rules{st}, Badges: Badges{st}, Teams: Teams{st}, state: st}
	d.follower = &follower{directory: d, state: st, log: log, again: make(chan struct{}, 1)}
	return d
}

// UseCache makes the directory keep what it reads in a file, so that the next start asks the log only for what is new; it comes before Start. A
// file that cannot be used is told in the log, and the directory does without.
func (d *Directory) UseCache(path string) { d.follower.keepAt = path }

// Start follows the log in the background until ctx ends.
func (d *Directory) Start(ctx context.Context) {
	d.follower.following.Go(func() { d.follower.run(ctx) })
}

// Again forgets everything and reads the log from its beginning: it is another one than it was.
func (d *Directory) Again() {
	select {
	case d.follower.again <- struct{}{}:
	default:
	}
}

// Wait waits until what Start began has ended, and let go of the file.
func (d *Directory) Wait() { d.follower.following.Wait() }

// Ready says that everything recorded before the start was applied, and that the directory is fresh.
func (d *Directory) Ready() bool {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	return d.state.caughtUp && time.Since(d.state.freshAt) <= MaxAge
}

// Complete says that everything recorded before the start was applied, however long ago.
func (d *Directory) Complete() bool {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	return d.state.caughtUp
}

// Fresh waits until the directory is at most MaxAge old; ErrStale when ctx ends first, ErrBehind when the store is not to blame.
func (d *Directory) Fresh(ctx context.Context) error {
	if err := d.state.await(ctx, freshness, func() bool { return d.state.caughtUp && time.Since(d.state.freshAt) <= MaxAge }); err != nil {
		return fmt.Errorf("%w: %w", d.follower.whyOld(), err)
	}
	return nil
}

// WaitFor waits until a revision of a stream was applied, or ctx ends.
func (d *Directory) WaitFor(ctx context.Context, stream string, revision uint64) error {
	applied := func() bool { last, ok := d.state.revisions[stream]; return ok && last >= revision }
	if err := d.state.await(ctx, stream, applied); err != nil {
		return fmt.Errorf("waiting for %s@%d: %w", stream, revision, err)
	}
	return nil
}

// Applied is the last revision of a stream in the directory; false for a stream that it does not hold.
func (d *Directory) Applied(stream string) (uint64, bool) {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	revision, ok := d.state.revisions[stream]
	return revision, ok
}
