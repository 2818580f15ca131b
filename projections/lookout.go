package projections

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/dakahq/daka/domain"
)

// lookAnyway is how long a lookout trusts that a commit is announced.
const lookAnyway = 100 * time.Millisecond

// lookout asks Postgres once for all readers of an organization that wait for a position, instead of once for each: hundreds of them,
// looking after every page, would hold up the pages that they wait for.
type lookout struct {
	mu   sync.Mutex
	orgs map[domain.ID]map[*awaited]bool
}

// awaited is a position that a reader waits for; ready is closed once the read models hold it.
type awaited struct {
	stream   string
	revision int64
	// scope are the days that must be assessed, too.
	scope Scope
	ready chan struct{}
}

// await joins the lookout; the first of an organization makes it look until the last has left.
func (e *Engine) await(org domain.ID, a *awaited) (leave func()) {
	l := &e.lookout
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.orgs == nil {
		l.orgs = map[domain.ID]map[*awaited]bool{}
	}
	if l.orgs[org] == nil {
		l.orgs[org] = map[*awaited]bool{}
		go e.lookOut(org, e.hub.join())
	}
	l.orgs[org][a] = true
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.orgs[org], a)
	}
}

// waiting lists who still waits; with nobody left the organization's lookout is over.
func (l *lookout) waiting(org domain.ID) (all []*awaited) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.orgs[org]) == 0 {
		delete(l.orgs, org)
	}
	return slices.Collect(maps.Keys(l.orgs[org]))
}

func (l *lookout) tell(org domain.ID, ready []*awaited) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range ready {
		if l.orgs[org][a] {
			close(a.ready)
			delete(l.orgs[org], a)
		}
	}
}

// lookOut looks when a page that touches the organization was committed. A failed look is repeated: each reader has its own limit.
func (e *Engine) lookOut(org domain.ID, heard chan Change) {
	defer e.hub.leave(heard)
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
		all := e.lookout.waiting(org)
		if len(all) == 0 {
			return
		}
		if ready, err := e.reachedOf(org, all); err == nil {
			e.lookout.tell(org, ready)
		}
	}
}

// reachedOf gives those whose position the read models hold.
func (e *Engine) reachedOf(org domain.ID, all []*awaited) (ready []*awaited, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), waitLimit)
	defer cancel()
	streams := make([]string, len(all))
	for i, a := range all {
		streams[i] = a.stream
	}
	heads := map[string]uint64{}
	v := e.Within(org)
	b := v.Batch()
	b.Queue("SELECT stream, revision FROM stream_heads WHERE stream = ANY($1)", streams).Query(readHeads(heads))
	if err := v.Send(ctx, b); err != nil {
		return nil, err
	}
	reached := slices.DeleteFunc(slices.Clone(all), func(a *awaited) bool {
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
