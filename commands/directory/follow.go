package directory

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
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

// errStalled is a subscription that says nothing while the log's end shows events that it should have delivered.
var errStalled = errors.New("the subscription stalled")

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

func (d *Directory) run(ctx context.Context) {
	defer d.closeCache()
	pause := firstPause
	for ctx.Err() == nil {
		began := time.Now()
		err := d.follow(ctx)
		if ctx.Err() != nil {
			return
		}
		if errors.Is(err, errGap) || errors.Is(err, errAgain) {
			d.startOver(ctx)
		}
		if time.Since(began) > longPause {
			pause = firstPause
		}
		d.logger.WarnContext(ctx, "directory subscribes again", slog.Any("error", err), slog.Duration("pause", pause))
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
		pause = min(2*pause, longPause)
	}
}

// farApart is how far the checkpoints of a directory that catches up lie apart, in 32 events: they are messages, too.
const farApart = 256

// follow catches up, then applies one subscription until it fails.
func (d *Directory) follow(ctx context.Context) (err error) {
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
	if err := d.recall(ctx); err != nil {
		return err
	}
	generation := d.folding()
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
func (d *Directory) take(ctx context.Context, apart int, caughtUp func() bool) error {
	sub, err := d.log.Subscribe(ctx, d.appliedTo(), eventlog.Filter{Prefixes: prefixes(), Apart: apart})
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
			if err = d.Apply(*item.Event); err == nil {
				d.keep(ctx, *item.Event)
			}
		case item.Checkpoint != nil:
			d.saw(*item.Checkpoint)
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
func (d *Directory) end(ctx context.Context) (eventlog.Position, error) {
	ctx, cancel := context.WithTimeout(ctx, endTimeout)
	defer cancel()
	return d.log.End(ctx)
}

func (d *Directory) appliedTo() eventlog.Position {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.position
}

func (d *Directory) saw(p eventlog.Position) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.scanned.Less(p) {
		d.scanned = p
	}
}

// reset forgets everything; it is folded again from the start.
func (d *Directory) reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forgetLocked()
	d.position, d.scanned = eventlog.Position{}, eventlog.Position{}
	d.caughtUp, d.freshAt = false, time.Time{}
	d.generation++
}

// probe looks at the log's end again and again: whatever the directory should hold of it must have been applied.
func (d *Directory) probe(ctx context.Context, generation int, verified eventlog.Position, fail context.CancelCauseFunc) {
	good := time.Now()
	for ctx.Err() == nil {
		began := time.Now()
		at, err := d.verify(ctx, verified)
		switch {
		case err == nil:
			verified, good = at, began
			d.fresh(generation, began)
		case time.Since(good) > giveUp:
			fail(fmt.Errorf("%w: %w", errStalled, err))
			return
		}
		select {
		case <-time.After(max(shortest, probeEvery-time.Since(began))):
		case <-ctx.Done():
		}
	}
}

func (d *Directory) folding() int {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.generation
}

// fresh takes a probe's word, unless the fold has started over since.
func (d *Directory) fresh(generation int, at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.generation != generation {
		return
	}
	d.caughtUp, d.freshAt = true, at
	d.wakeLocked(freshness)
}

// verify reads backwards to a position known to be applied, and waits for what is missing.
func (d *Directory) verify(ctx context.Context, verified eventlog.Position) (eventlog.Position, error) {
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
		if oldest := events[len(events)-1].Position; len(events) == count && d.known(verified).Less(oldest) {
			continue
		}
		return events[0].Position, d.holds(ctx, events)
	}
	return verified, fmt.Errorf("more than %d events behind", 4096)
}

// verifyLocal asks a store in this process for nothing but what the directory should hold. Reading all that was written since the last probe would take
// the longer the more is written, and longest when commands that wait for it keep every place.
func (d *Directory) verifyLocal(ctx context.Context, verified eventlog.Position) (at eventlog.Position, local bool, err error) {
	events, upTo, local, err := d.log.Since(ctx, categories(), d.known(verified))
	if err != nil || !local {
		d.failing.Store(err != nil)
		return verified, local, err
	}
	d.failing.Store(false)
	d.answered()
	return upTo, true, d.holds(ctx, events)
}

func (d *Directory) known(verified eventlog.Position) eventlog.Position {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if verified.Less(d.scanned) {
		return d.scanned
	}
	return verified
}

func (d *Directory) holds(ctx context.Context, events []eventlog.Raw) error {
	for _, e := range events {
		name, ok := domain.ParseStream(e.Stream)
		if !ok || !folded(name.Category) || eventlog.IsTombstone(e) {
			continue
		}
		if err := d.WaitFor(ctx, e.Stream, e.Revision); err != nil {
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
