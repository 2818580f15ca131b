package directory

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
)

// ErrStale is a directory that could not be shown to be at most a second old.
var ErrStale = errors.New("the directory does not follow the event log at the moment")

// ErrBehind is a directory that is more than a second old though the event store answers: this process has more to do than it can.
var ErrBehind = errors.New("the directory is behind an event log that answers")

// MaxAge is how old the directory may be when a command judges by it (events §3).
const MaxAge = time.Second

// Directory follows the log. Its methods may be called from many goroutines; what they return must not be changed.
type Directory struct {
	log    *eventlog.Log
	logger *slog.Logger
	// keepAt is the file that holds what was read, empty for none. It and the cache belong to the goroutine that follows the log.
	keepAt string
	cache  *cache
	// following is the goroutine of Start.
	following sync.WaitGroup
	// answeredAt is when the store last answered a probe or took an append, in Unix nanoseconds.
	answeredAt atomic.Int64
	// askedAt is when the probe put the question that has no answer yet, 0 for none; failing says that its last question got none.
	askedAt atomic.Int64
	failing atomic.Bool
	// again asks it to start over.
	again chan struct{}

	// compiled keeps rules and zones; the same event gives the same, also when the fold starts over.
	compiled *facts.Cache

	mu        sync.RWMutex
	orgs      map[domain.ID]*organization
	revisions map[string]uint64 // stream → last revision applied
	accounts  map[domain.ID][]Membership
	asks      map[domain.ID][]Membership // by account, its requests to join
	secrets   map[string]secret          // by the SHA-256 of a code or a token
	handles   map[string]domain.ID       // organizations by their sign-in names
	// position is that of the last event applied from the subscription; local writes do not move it.
	position eventlog.Position
	// scanned is how far the store said it had looked; it serves the freshness probe and is never resumed from.
	scanned  eventlog.Position
	caughtUp bool
	// freshAt is when a probe that found nothing missing began.
	freshAt time.Time
	// generation counts how often the fold started over.
	generation int
	// waited are closed at the next event of a stream, or at the next good probe under freshness; only what somebody waits for is here.
	// A start in the middle of the morning has thousands waiting for freshness: they sleep while events are applied.
	waited map[string]chan struct{}
}

// New makes a directory of the log; Start sets it going.
func New(log *eventlog.Log, logger *slog.Logger) *Directory {
	d := &Directory{log: log, logger: logger, again: make(chan struct{}, 1), compiled: &facts.Cache{}}
	d.forgetLocked()
	return d
}

// Keep makes the directory keep what it reads in a file, so that the next start asks the log only for what is new; it comes before Start. A
// file that cannot be used is told in the log, and the directory does without.
func (d *Directory) Keep(path string) { d.keepAt = path }

// forgetLocked empties what was folded.
func (d *Directory) forgetLocked() {
	d.orgs, d.revisions = map[domain.ID]*organization{}, map[string]uint64{}
	d.accounts, d.asks = map[domain.ID][]Membership{}, map[domain.ID][]Membership{}
	d.secrets, d.handles = map[string]secret{}, map[string]domain.ID{}
	if d.waited == nil {
		d.waited = map[string]chan struct{}{}
	}
}

// Start follows the log in the background until ctx ends.
func (d *Directory) Start(ctx context.Context) { d.following.Go(func() { d.run(ctx) }) }

// Again forgets everything and reads the log from its beginning: it is another one than it was.
func (d *Directory) Again() {
	select {
	case d.again <- struct{}{}:
	default:
	}
}

// Wait waits until what Start began has ended, and let go of the file.
func (d *Directory) Wait() { d.following.Wait() }

// Ready says that everything recorded before the start was applied, and that the directory is fresh.
func (d *Directory) Ready() bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.caughtUp && time.Since(d.freshAt) <= MaxAge
}

// Complete says that everything recorded before the start was applied, however long ago.
func (d *Directory) Complete() bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.caughtUp
}

// Age is how old the directory may be at most.
func (d *Directory) Age() time.Duration {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return time.Since(d.freshAt)
}

// Fresh waits until the directory is at most MaxAge old; ErrStale when ctx ends first, ErrBehind when the store is not to blame.
func (d *Directory) Fresh(ctx context.Context) error {
	if err := d.await(ctx, freshness, func() bool { return d.caughtUp && time.Since(d.freshAt) <= MaxAge }); err != nil {
		return fmt.Errorf("%w: %w", d.whyOld(), err)
	}
	return nil
}

// whyOld tells a store that does not answer from a directory that has no time to ask: a store that takes appends is there.
func (d *Directory) whyOld() error {
	asked := d.askedAt.Load()
	doubtful := d.failing.Load() || asked != 0 && time.Since(time.Unix(0, asked)) > probeEvery
	if !d.Complete() || doubtful && time.Since(time.Unix(0, d.answeredAt.Load())) > MaxAge {
		return ErrStale
	}
	return ErrBehind
}

// ask reads the last events of the log, and keeps whether the store answered.
func (d *Directory) ask(ctx context.Context, count int) ([]eventlog.Raw, error) {
	d.askedAt.Store(time.Now().UnixNano())
	defer d.askedAt.Store(0)
	events, err := d.log.Tail(ctx, count)
	d.failing.Store(err != nil)
	if err == nil {
		d.answered()
	}
	return events, err
}

func (d *Directory) answered() { d.answeredAt.Store(time.Now().UnixNano()) }

// WaitFor waits until a revision of a stream was applied, or ctx ends.
func (d *Directory) WaitFor(ctx context.Context, stream string, revision uint64) error {
	applied := func() bool { last, ok := d.revisions[stream]; return ok && last >= revision }
	if err := d.await(ctx, stream, applied); err != nil {
		return fmt.Errorf("waiting for %s@%d: %w", stream, revision, err)
	}
	return nil
}

// Applied is the last revision of a stream in the directory; false for a stream that it does not hold.
func (d *Directory) Applied(stream string) (uint64, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	revision, ok := d.revisions[stream]
	return revision, ok
}

// freshness is no stream's name.
const freshness = ""

// await waits for a condition, which is asked under the lock, now and whenever what was told.
func (d *Directory) await(ctx context.Context, what string, done func() bool) error {
	for {
		d.mu.RLock()
		ok := done()
		d.mu.RUnlock()
		if ok {
			return nil
		}
		d.mu.Lock()
		if done() {
			d.mu.Unlock()
			return nil
		}
		changed := d.waited[what]
		if changed == nil {
			changed = make(chan struct{})
			d.waited[what] = changed
		}
		d.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// wakeLocked tells those who wait for it.
func (d *Directory) wakeLocked(what string) {
	if changed, ok := d.waited[what]; ok {
		close(changed)
		delete(d.waited, what)
	}
}
