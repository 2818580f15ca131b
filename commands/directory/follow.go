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
)

const (
	probeEvery   = 400 * time.Millisecond
	probeTimeout = 900 * time.Millisecond
	// shortest is the pause after a probe that took long.
	shortest = 50 * time.Millisecond
	// giveUp is how long a subscription may lag behind what the log's end shows before it is opened again.
	giveUp     = 3 * time.Second
	firstPause = 50 * time.Millisecond
	endTimeout = 10 * time.Second
	longPause  = time.Second
)

// errGap is a stream of which an event is missing: the fold starts over.
var errGap = errors.New("an event is missing")

// errAgain is a log that is another one than it was.
var errAgain = errors.New("the log was put back to an older copy")

// follower keeps a directory's state up with the log: it reads it, subscribes, and shows by probes that nothing is missing.
type follower struct {
	directory *Directory
	state     *state
	log       *eventlog.Log
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
}

// categories are the streams that the directory folds.
func categories() []string {
	return []string{"org", "member", "badge", "invitation", "group", "calendar"}
}

func prefixes() []string {
	var out []string
	for _, c := range categories() {
		out = append(out, c+"-")
	}
	return out
}

func (d *follower) run(ctx context.Context) {
	defer d.closeCache()
	eventlog.Follower{
		Pauses: eventlog.NewPauses(firstPause, longPause),
		Read: func(ctx context.Context) (bool, error) {
			began := time.Now()
			err := d.follow(ctx)
			if errors.Is(err, errGap) || errors.Is(err, errAgain) {
				d.startOver(ctx)
			}
			return time.Since(began) > longPause, err
		},
		Failed: func(ctx context.Context, err error, pause time.Duration) {
			d.state.logger.WarnContext(ctx, "directory subscribes again", slog.Any("error", err), slog.Duration("pause", pause))
		},
	}.Run(ctx)
}

// farApart is how far the checkpoints of a directory that catches up lie apart, in 32 events: they are messages, too.
const farApart = 256

// follow catches up, then applies one subscription until it fails.
func (d *follower) follow(ctx context.Context) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-d.again:
			cancel(errAgain)
		case <-ctx.Done():
		}
	}()
	defer func() {
		if cause := context.Cause(ctx); errors.Is(cause, errAgain) {
			err = cause
		}
	}()
	if err := d.loadCache(ctx); err != nil {
		return err
	}
	generation := d.state.folding()
	base, err := d.end(ctx)
	if err != nil {
		return err
	}
	if err := d.take(ctx, farApart, func() bool { return true }); err != nil {
		return err
	}
	var probing sync.Once
	return d.take(ctx, 1, func() bool {
		probing.Do(func() { go d.probe(ctx, generation, base, cancel) })
		return false
	})
}

// take applies a subscription; caughtUp says whether that is enough.
func (d *follower) take(ctx context.Context, apart int, caughtUp func() bool) error {
	sub, err := d.log.Subscribe(ctx, d.state.appliedTo(), eventlog.Filter{Prefixes: prefixes(), Apart: apart})
	if err != nil {
		return err
	}
	defer sub.Close()
	for {
		item, err := sub.Next(ctx)
		if err != nil {
			return err
		}
		switch {
		case item.Event != nil:
			if err = d.directory.Apply(*item.Event); err == nil {
				d.keep(ctx, *item.Event)
			}
		case item.Checkpoint != nil:
			d.state.saw(*item.Checkpoint)
			d.flush(ctx)
		case item.CaughtUp && caughtUp():
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// end is the position of the log's last event.
func (d *follower) end(ctx context.Context) (eventlog.Position, error) {
	ctx, cancel := context.WithTimeout(ctx, endTimeout)
	defer cancel()
	return d.log.End(ctx)
}

// probe looks at the log's end again and again: whatever the directory should hold of it must have been applied.
func (d *follower) probe(ctx context.Context, generation int, verified eventlog.Position, cancel context.CancelCauseFunc) {
	eventlog.Probe{Every: probeEvery, Least: shortest, Patience: giveUp, Look: func(ctx context.Context) error {
		began := time.Now()
		at, err := d.verify(ctx, verified)
		if err == nil {
			verified = at
			d.state.verified(generation, began)
		}
		return err
	}}.Run(ctx, cancel)
}

// verify reads backwards to a position known to be applied, and waits for what is missing.
func (d *follower) verify(ctx context.Context, verified eventlog.Position) (eventlog.Position, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	if at, local, err := d.verifyLocal(ctx, verified); local {
		return at, err
	}
	for _, count := range []int{8, 64, 512, 4096} {
		events, err := d.ask(ctx, count)
		if err != nil {
			return verified, err
		}
		if len(events) == 0 {
			return verified, nil
		}
		if oldest := events[len(events)-1].Position; len(events) == count && d.state.known(verified).Less(oldest) {
			continue
		}
		return events[0].Position, d.holds(ctx, events)
	}
	return verified, fmt.Errorf("more than %d events behind", 4096)
}

// verifyLocal asks a store in this process for nothing but what the directory should hold. Reading all that was written since the last probe would take
// the longer the more is written, and longest when commands that wait for it keep every place.
func (d *follower) verifyLocal(ctx context.Context, verified eventlog.Position) (at eventlog.Position, local bool, err error) {
	events, upTo, local, err := d.log.Since(ctx, categories(), d.state.known(verified))
	if err != nil || !local {
		d.failing.Store(err != nil)
		return verified, local, err
	}
	d.failing.Store(false)
	d.answered()
	return upTo, true, d.holds(ctx, events)
}

func (d *follower) holds(ctx context.Context, events []eventlog.Raw) error {
	for _, e := range events {
		name, ok := domain.ParseStream(e.Stream)
		if !ok || !folded(name.Category) || eventlog.IsTombstone(e) {
			continue
		}
		if err := d.directory.WaitFor(ctx, e.Stream, e.Revision); err != nil {
			return err
		}
	}
	return nil
}

func folded(category string) bool {
	switch category {
	case "org", "member", "badge", "invitation", "group", "calendar":
		return true
	}
	return false
}

// whyOld tells a store that does not answer from a directory that has no time to ask: a store that takes appends is there.
func (d *follower) whyOld() error {
	asked := d.askedAt.Load()
	doubtful := d.failing.Load() || asked != 0 && time.Since(time.Unix(0, asked)) > probeEvery
	if !d.directory.Complete() || doubtful && time.Since(time.Unix(0, d.answeredAt.Load())) > MaxAge {
		return ErrStale
	}
	return ErrBehind
}

// ask reads the last events of the log, and keeps whether the store answered.
func (d *follower) ask(ctx context.Context, count int) ([]eventlog.Raw, error) {
	d.askedAt.Store(time.Now().UnixNano())
	defer d.askedAt.Store(0)
	events, err := d.log.Tail(ctx, count)
	d.failing.Store(err != nil)
	if err == nil {
		d.answered()
	}
	return events, err
}

func (d *follower) answered() { d.answeredAt.Store(time.Now().UnixNano()) }
