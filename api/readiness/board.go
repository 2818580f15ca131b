// Package readiness knows how each part of one running copy is, so that whoever asks is answered at once.
//
// Parts are looked at in the background. A part that hangs makes its own line old, and delays no answer.
package readiness

import (
	"context"
	"sync"
	"time"
)

// State is how a part is.
type State string

// The states of a part.
const (
	OK State = "ok"
	// Starting parts are not up yet, and will be without anybody's doing.
	Starting State = "starting"
	// Building parts are being made for the first time, while copies of another version answer: nothing is to be sent here yet.
	Building State = "building"
	// Degraded parts stop no punch: something else is away or late.
	Degraded State = "degraded"
	// Stalled parts stop punches, and may come back by themselves.
	Stalled State = "stalled"
	// Down parts stop punches until somebody mends them.
	Down State = "down"
)

// Finding is what a look at a part showed.
type Finding struct {
	State State
	// Reason is a stable code with a text in texts.go; empty where the part is well.
	Reason string
	// Detail is for the administrator alone: it may name hosts, users and SQL.
	Detail string
}

// Fine is a part that is well.
func Fine() Finding { return Finding{State: OK} }

// Part is something that a copy consists of, or leans on.
type Part struct {
	// Name is the part's in the answer, such as key_store.
	Name string
	// Needed parts take part in every punch: while one does not answer, none is taken.
	Needed bool
	// Look says how the part is. It is called in the background, again and again, and should end with its context.
	Look func(context.Context) Finding
}

// The times of the board.
const (
	lookEvery   = 500 * time.Millisecond
	lookTimeout = 2 * time.Second
	// slow is how long a look may take before the part counts as silent.
	slow = time.Second
	// grace is how long a copy that has been up may stall before it says so with 503.
	grace = 5 * time.Second
	// startPatience is how long a start waits for parts that no punch needs.
	startPatience = 10 * time.Second
)

// Board holds the last finding of each part. It is safe for many goroutines.
type Board struct {
	now func() time.Time

	mu       sync.RWMutex
	parts    []*watched
	run      context.Context // nil until Run
	looking  sync.WaitGroup
	began    time.Time
	up       bool
	stopping bool
}

type watched struct {
	Part
	found Finding
	// since is when the part came into its state, asked when the look that is still out began; the zero time where there is none.
	since, asked time.Time
}

// New makes a board without parts; now is time.Now outside of tests.
func New(now func() time.Time) *Board { return &Board{now: now, began: now()} }

// Watch adds a part. Until its first look ends it is starting.
func (b *Board) Watch(p Part) {
	b.mu.Lock()
	defer b.mu.Unlock()
	w := &watched{Part: p, found: Finding{State: Starting, Reason: "starting"}, since: b.now()}
	b.parts = append(b.parts, w)
	if b.run != nil {
		ctx := b.run
		b.looking.Go(func() { b.watch(ctx, w) })
	}
}

// Run looks at all parts until ctx ends.
func (b *Board) Run(ctx context.Context) {
	b.mu.Lock()
	b.run = ctx
	for _, w := range b.parts {
		b.looking.Go(func() { b.watch(ctx, w) })
	}
	b.mu.Unlock()
	<-ctx.Done()
	b.looking.Wait()
}

// Stop makes the copy say that it is going away, while it still takes what comes.
func (b *Board) Stop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stopping = true
}

func (b *Board) watch(ctx context.Context, w *watched) {
	for ctx.Err() == nil {
		b.look(ctx, w)
		select {
		case <-time.After(lookEvery):
		case <-ctx.Done():
		}
	}
}

func (b *Board) look(ctx context.Context, w *watched) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	b.mu.Lock()
	w.asked = b.now()
	b.mu.Unlock()
	found := w.Look(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.take(w, found)
}

// take writes a finding down; the lock is held.
func (b *Board) take(w *watched, found Finding) {
	now := b.now()
	before, since := w.current(now)
	if before.State != found.State {
		since = now
	}
	w.found, w.since, w.asked = found, since, time.Time{}
	b.up = b.up || b.takesPunches()
}

// takesPunches says that every needed part is up; the lock is held.
func (b *Board) takesPunches() bool {
	for _, w := range b.parts {
		if w.Needed && w.found.State != OK && w.found.State != Degraded {
			return false
		}
	}
	return true
}

// current is the last finding and its age, or that the part does not answer; the board's lock is held.
func (w *watched) current(now time.Time) (Finding, time.Time) {
	if w.asked.IsZero() || now.Sub(w.asked) < slow || w.found.State != OK {
		return w.found, w.since
	}
	silent := Finding{State: Degraded, Reason: "no_answer"}
	if w.Needed {
		silent.State = Stalled
	}
	return silent, w.asked.Add(slow)
}
