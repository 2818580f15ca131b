package projections

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

var (
	errStalled = errors.New("the subscription is silent although the log went on")
	errNacked  = errors.New("the page was not applied")
)

// feed is a Watermill subscriber over the log: one message is one page of events, sent again from the
// durable checkpoint until it is acknowledged.
type feed struct {
	source     Source
	checkpoint func(context.Context) (eventlog.Position, error)
	// halted blocks the feed while the projector refuses to go on.
	halted func() bool
	// note hears what fail is told.
	note func(error)
	log  *slog.Logger
	// trouble is what keeps the feed from reading the log to its end, nil since it last did.
	trouble atomic.Pointer[trouble]
	stalls  atomic.Uint64
	closed  chan struct{}
}

// trouble is why the log cannot be read to its end, and since when.
type trouble struct {
	err   error
	since time.Time
}

// fail notes why the log could not be read on, which may last: an event can be gone from the store.
func (f *feed) fail(err error) {
	err = fmt.Errorf("read the log on: %w", err)
	since := time.Now()
	if before := f.trouble.Load(); before != nil {
		since = before.since
	}
	f.trouble.Store(&trouble{err, since})
	f.note(err)
}

type pageKey struct{}

// pageOf takes the page out of a message.
func pageOf(m *message.Message) *page {
	p, _ := m.Context().Value(pageKey{}).(*page)
	return p
}

// Subscribe starts the feed; the channel closes when ctx ends.
func (f *feed) Subscribe(ctx context.Context, _ string) (<-chan *message.Message, error) {
	ctx, cancel := context.WithCancel(ctx)
	out := make(chan *message.Message)
	go func() {
		select {
		case <-f.closed:
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
func (f *feed) Close() error {
	select {
	case <-f.closed:
	default:
		close(f.closed)
	}
	return nil
}

func (f *feed) run(ctx context.Context, out chan<- *message.Message) {
	wait := newBackoff()
	for ctx.Err() == nil {
		if f.halted() {
			pause(ctx, 200*time.Millisecond)
			continue
		}
		applied, err := f.follow(ctx, out)
		if applied > 0 {
			wait.reset()
		}
		if ctx.Err() != nil {
			return
		}
		if !errors.Is(err, errNacked) {
			f.fail(err)
			f.log.WarnContext(ctx, "feed interrupted, reading again from the checkpoint", slog.Any("error", err))
		}
		pause(ctx, wait.next())
	}
}

// follow emits pages from the durable checkpoint until something fails; it forgets everything it read ahead.
func (f *feed) follow(ctx context.Context, out chan<- *message.Message) (applied int, err error) {
	from, err := f.checkpoint(ctx)
	if err != nil {
		return 0, fmt.Errorf("read the checkpoint: %w", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	tail, err := f.source.Subscribe(ctx, from)
	if err != nil {
		return 0, fmt.Errorf("subscribe to the log: %w", err)
	}
	defer tail.Close()
	r := &reading{tail: tail, from: from, caughtUp: func() { f.trouble.Store(nil) }, items: make(chan eventlog.Item, itemBuffer), pages: make(chan *page)}
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

func emit(ctx context.Context, out chan<- *message.Message, p *page) error {
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
func (f *feed) probe(ctx context.Context, r *reading, cancel context.CancelCauseFunc) {
	suspicious := false
	var before eventlog.Position
	for pause(ctx, probeEvery) {
		head, ok, err := f.source.Head(ctx)
		if err != nil || !ok {
			continue
		}
		_, ours := domain.ParseStream(head.Stream)
		seen := r.seen()
		behind := ours && r.waiting.Load() && after(head.Position, seen)
		if behind && suspicious && seen == before {
			f.stalls.Add(1)
			cancel(errStalled)
			return
		}
		suspicious, before = behind, seen
	}
}
