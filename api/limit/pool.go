package limit

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/domain"
)

// Controlled delay (Maurer, "Fail at Scale"; after Nichols and Jacobson's CoDel): a line that was not empty for backlogged has more coming in than
// goes out. From then on nobody waits longer than shortWait, so that who is served is served in time, and who is not learns it at once.
const (
	shortWait  = 100 * time.Millisecond
	backlogged = 500 * time.Millisecond
	// stalled is a pause in which nobody was served: the places waited for something, such as a disk. Such a pause is no overload.
	stalled = 100 * time.Millisecond
	// inFlightTime is how long all in flight may take together; one organization has half of it at most. inFlightPlaces is the least for each place.
	inFlightTime   = 100 * time.Millisecond
	inFlightPlaces = 2
)

// bounds are a pool's.
type bounds struct {
	places   int           // requests at work
	waiting  int           // requests that wait
	patience time.Duration // how long one waits
	caller   int           // what one caller may have at work and waiting
}

// pool gives requests places to work in. Organizations (or other keys) have shares of it: each may hold as many places as are free, so that a
// newcomer always finds one (the dynamic threshold of shared-memory switches), and those who wait are served in turns.
type pool struct {
	bounds
	now func() time.Time

	mu      sync.Mutex
	held    int
	queued  int
	coming  int // requests that have arrived and have not asked for a place yet
	rate    throughput
	crowd   crowd
	shares  map[string]*share
	callers map[string]int
	turns   []*share // those with somebody waiting; the first is served next
	backoff backoff
}

// share is what one key has of a pool.
type share struct {
	key    string
	held   int
	coming int
	line   []*waiter // oldest first
	// since is when the line was last empty, moved on by pauses; served is when somebody last left it.
	since, served time.Time
	inTurns       bool
}

// waiter is a request in line; its channel has room for the one answer.
type waiter struct {
	arrived time.Time
	answer  chan bool // true is a place
	gone    bool
}

func newPool(b bounds, now func() time.Time) *pool {
	return &pool{bounds: b, now: now, shares: map[string]*share{}, callers: map[string]int{}}
}

// enter waits for a place; leave must be called when err is nil. many is how many times a caller's bound this caller has.
// Errors: a refusal with rate_limited or overloaded; the context's.
func (p *pool) enter(ctx context.Context, key, caller string, many int) (leave func(), err error) {
	p.mu.Lock()
	if p.callers[caller] >= p.caller*many {
		p.mu.Unlock()
		return nil, &domain.Refusal{Code: "rate_limited", Text: "too many of your requests are under way at once; wait for their answers, then send this one again", RetryAfter: time.Second}
	}
	s := p.share(key)
	if len(s.line) == 0 && p.free(s) {
		p.take(s, caller)
		p.mu.Unlock()
		return p.leaver(s, caller), nil
	}
	if p.fullLocked(s) {
		err := p.refuseLocked()
		p.drop(s)
		p.mu.Unlock()
		return nil, err
	}
	w := p.queueLocked(s)
	p.callers[caller]++
	p.mu.Unlock()
	if err := p.wait(ctx, s, w); err != nil {
		p.mu.Lock()
		p.forget(caller)
		p.mu.Unlock()
		return nil, err
	}
	return p.leaver(s, caller), nil
}

// arrive notes a request at its arrival, or refuses it, in which case came is nil; it costs next to nothing, and needs no more of the request
// than its path. came must be called when the request asks for its place, or ends without one.
//
// What has arrived waits for a processor before it gets here, and again at each step until its place. So the pool's line alone does not bound
// how long a request takes: by Little's law it is all that are in flight, divided by how many are served in a second.
func (p *pool) arrive(key string) (came func(), retryAfter int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.share(key)
	if p.fullLocked(s) || p.crowdedLocked(s) {
		p.drop(s)
		return nil, p.backoff.seconds(p.now())
	}
	p.coming, s.coming = p.coming+1, s.coming+1
	return sync.OnceFunc(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.coming, s.coming = p.coming-1, s.coming-1
		p.drop(s)
	}), 0
}

// crowdedLocked says that the share has more in flight than can be served in time, and that this is no burst. While nobody is served, as in a
// stall, nobody is refused.
func (p *pool) crowdedLocked(s *share) bool {
	now := p.now()
	if now.Sub(p.rate.last) > stalled {
		return false
	}
	most := max(p.rate.within(inFlightTime), inFlightPlaces*p.places)
	free := most - p.coming - p.held - p.queued
	return p.crowd.sheds(now, free <= 0 || s.coming+s.held+len(s.line) >= free)
}

// fullLocked says that another one of the share would wait too long, or that the share of the line is used up.
func (p *pool) fullLocked(s *share) bool {
	now := p.now()
	return len(s.line) >= p.waiting-p.queued || s.overloaded() && now.Sub(s.oldest(now)) > shortWait
}

func (p *pool) refuseLocked() error {
	seconds := p.backoff.seconds(p.now())
	return &domain.Refusal{Code: "overloaded", Text: problem.OverloadedText, RetryAfter: time.Duration(seconds) * time.Second}
}

func (p *pool) share(key string) *share {
	s := p.shares[key]
	if s == nil {
		s = &share{key: key}
		p.shares[key] = s
	}
	return s
}

// drop forgets a share that nobody uses.
func (p *pool) drop(s *share) {
	if s.held == 0 && s.coming == 0 && len(s.line) == 0 && p.shares[s.key] == s {
		delete(p.shares, s.key)
	}
}

func (p *pool) free(s *share) bool { return s.held < p.places-p.held }

func (p *pool) take(s *share, caller string) {
	p.callers[caller]++
	p.grant(s)
}

func (p *pool) grant(s *share) { p.held, s.held = p.held+1, s.held+1 }

func (p *pool) forget(caller string) {
	if p.callers[caller]--; p.callers[caller] <= 0 {
		delete(p.callers, caller)
	}
}

func (p *pool) leaver(s *share, caller string) func() {
	return sync.OnceFunc(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.held, s.held = p.held-1, s.held-1
		p.rate.served(p.now())
		p.forget(caller)
		p.serve()
		p.drop(s)
	})
}

func (p *pool) queueLocked(s *share) *waiter {
	now := p.now()
	if len(s.line) == 0 {
		s.since, s.served = now, now
	}
	if !s.inTurns {
		s.inTurns, p.turns = true, append(p.turns, s)
	}
	w := &waiter{arrived: now, answer: make(chan bool, 1)}
	s.line = append(s.line, w)
	p.queued++
	return w
}

// wait waits for the answer to w; who gives up leaves the line.
func (p *pool) wait(ctx context.Context, s *share, w *waiter) error {
	patience := time.NewTimer(p.patience)
	defer patience.Stop()
	var err error
	select {
	case granted := <-w.answer:
		if granted {
			return nil
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.refuseLocked()
	case <-patience.C:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case granted := <-w.answer: // it came at the same moment
		if granted && err == nil {
			return nil
		}
		if granted {
			p.held, s.held = p.held-1, s.held-1
			p.serve()
		}
	default:
		w.gone = true
		p.queued--
		p.trim(s)
	}
	p.drop(s)
	if err == nil {
		err = p.refuseLocked()
	}
	return err
}

// serve gives free places to those who wait, one share after the other.
func (p *pool) serve() {
	for passed := 0; passed < len(p.turns); {
		s := p.turns[0]
		if len(s.line) > 0 && !p.free(s) {
			p.turns = append(p.turns[1:], s)
			passed++
			continue
		}
		passed = 0
		if w := p.next(s); w != nil {
			p.grant(s)
			w.answer <- true
		}
		p.turns = p.turns[1:]
		if s.inTurns = len(s.line) > 0; s.inTurns {
			p.turns = append(p.turns, s)
		} else {
			p.drop(s)
		}
	}
}

// next takes the oldest of a line that has not waited too long, and refuses those that have.
func (p *pool) next(s *share) *waiter {
	now := p.now()
	if pause := now.Sub(s.served); pause > stalled {
		s.since = s.since.Add(pause)
	}
	s.served = now
	for len(s.line) > 0 {
		w := s.line[0]
		s.line = s.line[1:]
		if w.gone {
			continue
		}
		p.queued--
		if !s.overloaded() || now.Sub(w.arrived) <= 2*shortWait {
			p.trim(s)
			return w
		}
		w.answer <- false
	}
	return nil
}

// trim takes those who gave up off the front of a line.
func (p *pool) trim(s *share) {
	for len(s.line) > 0 && s.line[0].gone {
		s.line = s.line[1:]
	}
	if len(s.line) == 0 {
		s.line = nil
	}
}

// overloaded says that the line was served for a while and did not get empty.
func (s *share) overloaded() bool { return s.served.Sub(s.since) > backlogged }

// oldest is when the oldest in line arrived; now when nobody waits.
func (s *share) oldest(now time.Time) time.Time {
	for _, w := range s.line {
		if !w.gone {
			return w.arrived
		}
	}
	return now
}

// backoff is how long the refused shall wait: longer while refusals go on, and never all the same time, so that they do not come back together.
type backoff struct {
	level float64 // seconds
	grown time.Time
}

const (
	longestRetry = 16 // seconds
	// calm without a refusal starts over.
	calm = 5 * time.Second
)

func (b *backoff) seconds(now time.Time) int {
	switch since := now.Sub(b.grown); {
	case b.level == 0 || since > calm:
		b.level, b.grown = 1, now
	case since >= time.Second:
		b.level, b.grown = min(b.level*1.5, longestRetry), now
	}
	return 1 + int(b.level*rand.Float64()*1.5)
}
