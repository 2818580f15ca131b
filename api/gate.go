package api

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

const (
	// gateRoom is how many writes are at work at a time; one takes a few milliseconds of a processor.
	gateRoom = 256
	// gateQueue is how many wait before the gate; one costs its connection and some kilobytes.
	gateQueue = 10_000
	// gatePatience is how long one waits.
	gatePatience = 5 * time.Second
	// freshPatience is how long a write waits for the directory, which catches up at each start.
	freshPatience = 5 * time.Second
)

// gate lets writes in as far as there is room. After an outage everybody comes at once: without it, thousands of them would share the
// processors with what they all wait for, the directory and the event store, and each would give up before its turn.
type gate struct {
	room    *semaphore.Weighted
	waiting atomic.Int64
}

func newGate(room int64) *gate { return &gate{room: semaphore.NewWeighted(room)} }

// enter waits for room; leave must be called when ok.
func (g *gate) enter(ctx context.Context) (leave func(), ok bool) {
	if g.room.TryAcquire(1) {
		return func() { g.room.Release(1) }, true
	}
	if g.waiting.Add(1) > gateQueue {
		g.waiting.Add(-1)
		return nil, false
	}
	defer g.waiting.Add(-1)
	ctx, cancel := context.WithTimeout(ctx, gatePatience)
	defer cancel()
	if g.room.Acquire(ctx, 1) != nil {
		return nil, false
	}
	return func() { g.room.Release(1) }, true
}

// admit is the gate before every write. It stands before sign-in, which costs more than waiting.
func (s *Server) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead || !strings.HasPrefix(r.URL.Path, "/api/") {
			next.ServeHTTP(w, r)
			return
		}
		if !s.started(r) {
			turnAway(w, r, "starting", "the server is starting; nothing was written; send the same request again in a moment")
			return
		}
		leave, ok := s.gate.enter(r.Context())
		if !ok {
			turnAway(w, r, "overloaded", "the server has more to do than it can; nothing was written; send the same request again in a moment")
			return
		}
		defer leave()
		next.ServeHTTP(w, r)
	})
}

func turnAway(w http.ResponseWriter, r *http.Request, code, text string) {
	p := problem(r.Context(), code, text)
	p.retryAfter = "2"
	p.write(w)
}

// started waits a moment for a directory that was never complete since the start; signing in does without.
func (s *Server) started(r *http.Request) bool {
	d := s.config.Directory
	if d == nil || d.Complete() || strings.HasPrefix(r.URL.Path, "/api/v1/auth/") {
		return true
	}
	ctx, cancel := context.WithTimeout(r.Context(), freshPatience)
	defer cancel()
	return d.Fresh(ctx) == nil || d.Complete()
}
