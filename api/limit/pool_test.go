package limit

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

// handClock is moved by the test.
type handClock struct{ at time.Time }

func (c *handClock) now() time.Time { return c.at }

func newTestPool(b bounds) (*pool, *handClock) {
	c := &handClock{at: time.Unix(1000, 0)}
	if b.patience == 0 {
		b.patience = time.Minute
	}
	return newPool(b, c.now), c
}

// inLine asks for a place in another goroutine, once it stands in line; the answer comes on the channel.
func inLine(t *testing.T, p *pool, ctx context.Context, key, caller string) <-chan error {
	t.Helper()
	p.mu.Lock()
	before := p.queued
	p.mu.Unlock()
	answer := make(chan error, 1)
	go func() {
		_, err := p.enter(ctx, key, caller, 1)
		answer <- err
	}()
	require.Eventually(t, func() bool { p.mu.Lock(); defer p.mu.Unlock(); return p.queued == before+1 }, 10*time.Second, time.Millisecond)
	return answer
}

// arrives says whether a request is let in at its arrival; its arrival ends there.
func arrives(p *pool, key string) bool {
	came, _ := p.arrive(key)
	if came != nil {
		came()
	}
	return came != nil
}

func refusal(t *testing.T, err error) *domain.Refusal {
	t.Helper()
	var r *domain.Refusal
	require.True(t, errors.As(err, &r), "%v", err)
	return r
}

// TestAShareIsWhatIsFree: an organization may hold as many places as are free, so that the next one finds some, however many came before.
func TestAShareIsWhatIsFree(t *testing.T) {
	p, _ := newTestPool(bounds{places: 16, waiting: 100, caller: 100})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for i, want := range []int{8, 4, 2, 1} {
		org, got := fmt.Sprint("org", i), 0
		for ; ; got++ {
			if _, err := p.enter(gone, org, "caller", 1); err != nil {
				require.ErrorIs(t, err, context.Canceled)
				break
			}
		}
		require.Equal(t, want, got, org)
	}
	_, err := p.enter(t.Context(), "newcomer", "caller", 1)
	require.NoError(t, err, "a place is left")
}

// TestThoseWhoWaitTakeTurns: one organization's long line does not stand before another's short one.
func TestThoseWhoWaitTakeTurns(t *testing.T) {
	p, _ := newTestPool(bounds{places: 2, waiting: 100, caller: 100})
	leave, err := p.enter(t.Context(), "greedy", "a", 1)
	require.NoError(t, err)
	greedy := []<-chan error{inLine(t, p, t.Context(), "greedy", "a"), inLine(t, p, t.Context(), "greedy", "a")}
	leaveOther, err := p.enter(t.Context(), "other", "b", 1)
	require.NoError(t, err, "its share is free")
	other := inLine(t, p, t.Context(), "other", "b")
	leave()
	require.NoError(t, <-greedy[0])
	leaveOther()
	require.NoError(t, <-other, "its turn comes before the second of the greedy")
	require.Empty(t, greedy[1])
}

// TestOneCallerHasABound: more at once is the caller's own fault, and said so.
func TestOneCallerHasABound(t *testing.T) {
	p, _ := newTestPool(bounds{places: 100, waiting: 100, caller: 2})
	var leave func()
	for range 2 {
		var err error
		leave, err = p.enter(t.Context(), "org", "person", 1)
		require.NoError(t, err)
	}
	_, err := p.enter(t.Context(), "org", "person", 1)
	require.Equal(t, "rate_limited", refusal(t, err).Code)
	_, err = p.enter(t.Context(), "org", "machine", 2)
	require.NoError(t, err)
	leave()
	_, err = p.enter(t.Context(), "org", "person", 1)
	require.NoError(t, err)
}

// TestALineThatStaysIsOverload: a burst waits; when a line is served for long and does not get empty, nobody waits long any more, and those
// who come are refused at once, the others' organizations excepted.
func TestALineThatStaysIsOverload(t *testing.T) {
	p, clock := newTestPool(bounds{places: 2, waiting: 1000, caller: 1000})
	_, err := p.enter(t.Context(), "org", "a", 1)
	require.NoError(t, err)
	var line []<-chan error
	for range 12 {
		line = append(line, inLine(t, p, t.Context(), "org", "a"))
	}
	serve := func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		s := p.shares["org"]
		p.held, s.held = p.held-1, s.held-1
		p.serve()
	}
	for range 6 { // served every 90 ms for 540 ms
		let := arrives(p, "org")
		require.True(t, let, "a burst may wait")
		clock.at = clock.at.Add(90 * time.Millisecond)
		serve()
	}
	served, refused := 0, 0
	for _, answer := range line {
		select {
		case err := <-answer:
			if err == nil {
				served++
				continue
			}
			require.Equal(t, "overloaded", refusal(t, err).Code)
			refused++
		case <-time.After(time.Second):
			t.Fatal("nobody may be left in a line that old")
		}
	}
	require.Equal(t, 5, served)
	require.Equal(t, 7, refused, "they had waited for more than twice the short wait")
}

// TestWhoComesInOverloadIsToldAtOnce and another organization is served.
func TestWhoComesInOverloadIsToldAtOnce(t *testing.T) {
	p, clock := newTestPool(bounds{places: 2, waiting: 1000, caller: 1000})
	_, err := p.enter(t.Context(), "org", "a", 1)
	require.NoError(t, err)
	inLine(t, p, t.Context(), "org", "a")
	s := p.shares["org"]
	s.since, s.served = clock.at.Add(-time.Minute), clock.at // long served, never empty
	clock.at = clock.at.Add(shortWait + time.Millisecond)
	let := arrives(p, "org")
	require.False(t, let)
	_, err = p.enter(t.Context(), "org", "a", 1)
	require.Equal(t, "overloaded", refusal(t, err).Code)
	let = arrives(p, "other")
	require.True(t, let)
	_, err = p.enter(t.Context(), "other", "b", 1)
	require.NoError(t, err)
}

// TestAStallIsNoOverload: while a disk or a new leader keeps everybody at work, those who come wait, and they are served when it is over.
func TestAStallIsNoOverload(t *testing.T) {
	p, clock := newTestPool(bounds{places: 2, waiting: 1000, caller: 1000})
	leave, err := p.enter(t.Context(), "org", "a", 1)
	require.NoError(t, err)
	first := inLine(t, p, t.Context(), "org", "a")
	clock.at = clock.at.Add(3 * time.Second)
	let := arrives(p, "org")
	require.True(t, let, "nobody was served")
	inLine(t, p, t.Context(), "org", "a")
	leave()
	require.NoError(t, <-first, "however long it waited")
	let = arrives(p, "org")
	require.True(t, let)
}

// TestWhoGivesUpLeavesTheLine and its place in line, its share and the count of its caller.
func TestWhoGivesUpLeavesTheLine(t *testing.T) {
	p, _ := newTestPool(bounds{places: 2, waiting: 1000, caller: 1000})
	leave, err := p.enter(t.Context(), "org", "a", 1)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	gone := inLine(t, p, ctx, "org", "a")
	stays := inLine(t, p, t.Context(), "org", "b")
	cancel()
	require.ErrorIs(t, <-gone, context.Canceled)
	leave()
	require.NoError(t, <-stays)
	p.patience = time.Millisecond
	_, err = p.enter(t.Context(), "org", "a", 1)
	require.Equal(t, "overloaded", refusal(t, err).Code, "its patience is over")
	require.Equal(t, map[string]int{"b": 1}, p.callers)
	require.Zero(t, p.queued)
	require.Equal(t, 1, p.held)
}

// TestALineHasShares, too: one organization cannot fill it.
func TestALineHasShares(t *testing.T) {
	p, _ := newTestPool(bounds{places: 2, waiting: 8, caller: 1000})
	for _, org := range []string{"greedy", "other"} {
		_, err := p.enter(t.Context(), org, org, 1)
		if org == "greedy" {
			require.NoError(t, err)
			for range 4 {
				inLine(t, p, t.Context(), org, org)
			}
			_, err = p.enter(t.Context(), org, org, 1)
			require.Equal(t, "overloaded", refusal(t, err).Code)
			continue
		}
		require.NoError(t, err)
		inLine(t, p, t.Context(), org, org)
	}
}

// TestRetryAfterGrowsWithJitter while refusals go on, and starts over after a calm.
func TestRetryAfterGrowsWithJitter(t *testing.T) {
	b, now := backoff{}, time.Unix(0, 0)
	highest := func() (seen map[int]bool, most int) {
		seen = map[int]bool{}
		for range 400 {
			n := b.seconds(now)
			seen[n], most = true, max(most, n)
		}
		return seen, most
	}
	_, first := highest()
	require.LessOrEqual(t, first, 2)
	for range 20 {
		now = now.Add(time.Second)
		b.seconds(now)
	}
	seen, most := highest()
	require.Greater(t, len(seen), 12, "they do not come back together")
	require.Greater(t, most, 18)
	require.LessOrEqual(t, most, 1+longestRetry*3/2)
	now = now.Add(calm + time.Second)
	_, again := highest()
	require.LessOrEqual(t, again, 2)
}

// TestWhatIsInFlightIsBounded: what waits for a processor stands in no line, so a pool counts it from its arrival. A burst is let in; when more
// go on coming than are served, those above the bound are refused, and another organization is not.
func TestWhatIsInFlightIsBounded(t *testing.T) {
	p, clock := newTestPool(bounds{places: 4, waiting: 10_000, caller: 10_000})
	let := func(n int, key string) (in []func()) {
		for range n {
			if came, _ := p.arrive(key); came != nil {
				in = append(in, came)
			}
		}
		return in
	}
	pass := func(d time.Duration) {
		clock.at = clock.at.Add(d)
		p.rate.served(clock.at)
	}
	pass(time.Millisecond)
	burst := let(100, "org")
	require.Len(t, burst, 100, "a burst")
	pass(backlogged)
	require.Len(t, let(1, "org"), 1, "it may take so long")
	pass(time.Millisecond)
	require.Empty(t, let(10, "org"), "it does not end")
	for _, came := range burst {
		came()
		came() // more than once is once
	}
	in := let(100, "org")
	require.Len(t, in, inFlightPlaces*4/2-1, "at once, with the one above: half of what may be in flight")
	require.Len(t, let(100, "other"), inFlightPlaces*4/4, "half of the rest")
	pass(calm + time.Second)
	require.Len(t, let(100, "third"), 100, "after a calm, a burst is a burst")
}

// TestNothingServedIsNoCrowd: in a stall those who come wait, however many are in flight.
func TestNothingServedIsNoCrowd(t *testing.T) {
	p, clock := newTestPool(bounds{places: 4, waiting: 10_000, caller: 10_000})
	p.rate.served(clock.at)
	p.crowd.shedding, p.crowd.last = true, clock.at
	clock.at = clock.at.Add(stalled + time.Millisecond)
	for range 1000 {
		require.True(t, arrives(p, "org"))
		_, _ = p.arrive("org")
	}
}

// TestThroughputIsTheBestOfLate: a quiet window says nothing about what a pool can serve.
func TestThroughputIsTheBestOfLate(t *testing.T) {
	r, now := throughput{}, time.Unix(0, 0)
	serve := func(n int, each time.Duration) {
		for range n {
			now = now.Add(each)
			r.served(now)
		}
	}
	serve(2001, time.Millisecond)
	require.InDelta(t, 250, r.within(250*time.Millisecond), 2)
	serve(3, time.Second)
	require.InDelta(t, 250, r.within(250*time.Millisecond), 40)
	serve(200, time.Second)
	require.LessOrEqual(t, r.within(time.Second), 2)
}
