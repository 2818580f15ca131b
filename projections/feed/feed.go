package feed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
)

// Source is the log as the feed needs it.
type Source interface {
	// Subscribe follows $all behind a position, the ledger's streams only.
	Subscribe(ctx context.Context, after eventlog.Position) (Tail, error)
	// Head is the last event that is not the store's own.
	Head(ctx context.Context) (eventlog.Raw, bool, error)
}

// Tail is a running subscription.
type Tail interface {
	Next(ctx context.Context) (eventlog.Item, error)
	Close()
}

const (
	livePage    = 5_000
	catchUpPage = 20_000
	liveDelay   = 20 * time.Millisecond
	// fewEvents wait at most restFew for the projector to rest; restMost bounds how far the read models fall behind while commands
	// take all of the machine.
	fewEvents = 500
	restFew   = 40 * time.Millisecond
	restMost  = 1500 * time.Millisecond
	// catchUpBytes bounds a page's memory while catching up.
	catchUpBytes = 12 << 20
	probeEvery   = 2 * time.Second
	itemBuffer   = 4096
)

var errNacked = errors.New("the page was not applied")

// Feed is a Watermill subscriber over the log: one message is one page of events, sent again from the
// durable checkpoint until it is acknowledged.
type Feed struct {
	Source     Source
	Checkpoint func(context.Context) (eventlog.Position, error)
	// halted blocks the feed while the projector refuses to go on.
	Halted func() bool
	// note hears what fail is told.
	Note func(error)
	Log  *slog.Logger
	// trouble is what keeps the feed from reading the log to its end, nil since it last did.
	Trouble atomic.Pointer[Trouble]
	Stalls  atomic.Uint64
	Closed  chan struct{}
	// Plain decodes punches as any event, without the short way; for measurements.
	Plain bool
}

// Trouble is why the log cannot be read to its end, and since when.
type Trouble struct {
	Err   error
	Since time.Time
}

// fail notes why the log could not be read on, which may last: an event can be gone from the store.
func (f *Feed) fail(err error) {
	err = fmt.Errorf("read the log on: %w", err)
	since := time.Now()
	if before := f.Trouble.Load(); before != nil {
		since = before.Since
	}
	f.Trouble.Store(&Trouble{err, since})
	f.Note(err)
}

type pageKey struct{}

// PageOf takes the page out of a message.
func PageOf(m *message.Message) *Page {
	p, _ := m.Context().Value(pageKey{}).(*Page)
	return p
}

// Subscribe starts the feed; the channel closes when ctx ends.
func (f *Feed) Subscribe(ctx context.Context, _ string) (<-chan *message.Message, error) {
	ctx, cancel := context.WithCancel(ctx)
	out := make(chan *message.Message)
	go func() {
		select {
		case <-f.Closed:
			cancel()
		case <-ctx.Done():
		}
	}()
	go func() {
		defer close(out)
		defer cancel()
		f.run(ctx, out)
	}()
	return out, nil
}

// Close ends every subscription; a second call does nothing.
func (f *Feed) Close() error {
	select {
	case <-f.Closed:
	default:
		close(f.Closed)
	}
	return nil
}

func (f *Feed) run(ctx context.Context, out chan<- *message.Message) {
	eventlog.Follower{
		Pauses: NewPauses(),
		Read: func(ctx context.Context) (bool, error) {
			for f.Halted() && eventlog.Pause(ctx, 200*time.Millisecond) {
			}
			applied, err := f.follow(ctx, out)
			return applied > 0, err
		},
		Failed: func(ctx context.Context, err error, _ time.Duration) {
			if !errors.Is(err, errNacked) {
				f.fail(err)
				f.Log.WarnContext(ctx, "feed interrupted, reading again from the checkpoint", slog.Any("error", err))
			}
		},
	}.Run(ctx)
}

// NewPauses are the waits of whatever reads for the read models: from about 100 ms to 30 s.
func NewPauses() *eventlog.Pauses { return eventlog.NewPauses(100*time.Millisecond, 30*time.Second) }

// follow emits pages from the durable checkpoint until something fails; it forgets everything it read ahead.
func (f *Feed) follow(ctx context.Context, out chan<- *message.Message) (applied int, err error) {
	from, err := f.Checkpoint(ctx)
	if err != nil {
		return 0, fmt.Errorf("read the checkpoint: %w", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	tail, err := f.Source.Subscribe(ctx, from)
	if err != nil {
		return 0, fmt.Errorf("subscribe to the log: %w", err)
	}
	defer tail.Close()
	r := &reading{tail: tail, from: from, plain: f.Plain, caughtUp: func() { f.Trouble.Store(nil) }, items: make(chan eventlog.Item, itemBuffer), pages: make(chan *Page)}
	go r.pull(ctx, cancel)
	go r.assemble(ctx)
	go f.probe(ctx, r, cancel)
	for {
		select {
		case p := <-r.pages:
			r.begin()
			if err := emit(ctx, out, p); err != nil {
				return applied, err
			}
			r.end()
			applied++
		case <-ctx.Done():
			return applied, context.Cause(ctx)
		}
	}
}

func emit(ctx context.Context, out chan<- *message.Message, p *Page) error {
	msg := message.NewMessageWithContext(context.WithValue(ctx, pageKey{}, p), watermill.NewUUID(), nil)
	select {
	case out <- msg:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case <-msg.Acked():
		return nil
	case <-msg.Nacked():
		return errNacked
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// probe compares the log's head with what arrived: two silent looks in a row mean a dead subscription.
func (f *Feed) probe(ctx context.Context, r *reading, cancel context.CancelCauseFunc) {
	var before *eventlog.Position
	if !eventlog.Pause(ctx, probeEvery) {
		return
	}
	eventlog.Probe{Every: probeEvery, Least: probeEvery, Look: func(ctx context.Context) error {
		head, ok, err := f.Source.Head(ctx)
		if err != nil || !ok {
			return nil
		}
		_, ours := domain.ParseStream(head.Stream)
		seen := r.seen()
		same := before != nil && seen == *before
		before = nil
		if !ours || !r.waiting.Load() || !After(head.Position, seen) {
			return nil
		}
		if before = &seen; !same {
			return nil
		}
		f.Stalls.Add(1)
		return fmt.Errorf("the log's head is at %d, the subscription at %d", head.Position.Commit, seen.Commit)
	}}.Run(ctx, cancel)
}
