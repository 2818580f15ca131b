package projections

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/apply"
	"github.com/dakahq/daka/projections/query"
)

// lookAnyway is how long waiters trust that a commit is announced.
const lookAnyway = 100 * time.Millisecond

// waiters ask Postgres once for all readers of an organization that wait for a position, instead of once for each: hundreds of them,
// looking after every page, would hold up the pages that they wait for.
type waiters struct {
	models *query.Models
	hub    *hub

	mu   sync.Mutex
	orgs map[domain.ID]map[*waiter]bool
}

// waiter is a position that a reader waits for; ready is closed once the read models hold it.
type waiter struct {
	stream   string
	revision int64
	// scope are the days that must be assessed, too.
	scope Scope
	ready chan struct{}
}

// register adds a reader; the first of an organization makes them look until the last has left.
func (l *waiters) register(org domain.ID, a *waiter) (leave func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.orgs == nil {
		l.orgs = map[domain.ID]map[*waiter]bool{}
	}
	if l.orgs[org] == nil {
		l.orgs[org] = map[*waiter]bool{}
		go l.poll(org, l.hub.join())
	}
	l.orgs[org][a] = true
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.orgs[org], a)
	}
}

// pending lists who still waits; with nobody left nobody looks for the organization any more.
func (l *waiters) pending(org domain.ID) (all []*waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.orgs[org]) == 0 {
		delete(l.orgs, org)
	}
	return slices.Collect(maps.Keys(l.orgs[org]))
}

// notify ends the waiting of those whose position is there.
func (l *waiters) notify(org domain.ID, ready []*waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range ready {
		if l.orgs[org][a] {
			close(a.ready)
			delete(l.orgs[org], a)
		}
	}
}

// poll looks when a page that touches the organization was committed. A failed look is repeated: each reader has its own limit.
func (l *waiters) poll(org domain.ID, heard chan Change) {
	defer l.hub.leave(heard)
	again := time.NewTicker(lookAnyway)
	defer again.Stop()
	for {
		select {
		case c := <-heard:
			if !c.Touches(org) {
				continue
			}
		case <-again.C:
		}
		all := l.pending(org)
		if len(all) == 0 {
			return
		}
		if ready, err := l.reachedOf(org, all); err == nil {
			l.notify(org, ready)
		}
	}
}

// reachedOf gives those whose position the read models hold.
func (l *waiters) reachedOf(org domain.ID, all []*waiter) (ready []*waiter, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), waitLimit)
	defer cancel()
	streams := make([]string, len(all))
	for i, a := range all {
		streams[i] = a.stream
	}
	heads := map[string]uint64{}
	v := l.models.Within(org)
	b := v.Batch()
	b.Queue("SELECT stream, revision FROM stream_heads WHERE stream = ANY($1)", streams).Query(apply.ReadHeads(heads))
	if err := v.Send(ctx, b); err != nil {
		return nil, err
	}
	reached := slices.DeleteFunc(slices.Clone(all), func(a *waiter) bool {
		head, ok := heads[a.stream]
		return !ok || int64(head) < a.revision
	})
	b, waits := v.Batch(), make([]bool, len(reached))
	for i, a := range reached {
		a.scope.waiting(b, org, &waits[i])
	}
	if err := v.Send(ctx, b); err != nil {
		return nil, err
	}
	for i, a := range reached {
		if !waits[i] {
			ready = append(ready, a)
		}
	}
	return ready, nil
}
