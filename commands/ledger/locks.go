package ledger

import (
	"context"
	"sync"
)

// locks serialises the commands of one stream within this process: a queue here is cheaper than conflicts in the store.
type locks struct {
	mu sync.Mutex
	by map[string]*lock
}

type lock struct {
	held  chan struct{} // capacity 1
	users int
}

func newLocks() *locks { return &locks{by: map[string]*lock{}} }

// acquire waits for the stream's turn until ctx ends.
func (l *locks) acquire(ctx context.Context, stream string) (release func(), err error) {
	l.mu.Lock()
	k := l.by[stream]
	if k == nil {
		k = &lock{held: make(chan struct{}, 1)}
		l.by[stream] = k
	}
	k.users++
	l.mu.Unlock()
	select {
	case k.held <- struct{}{}:
		return func() { <-k.held; l.leave(stream, k) }, nil
	case <-ctx.Done():
		l.leave(stream, k)
		return nil, context.Cause(ctx)
	}
}

func (l *locks) leave(stream string, k *lock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k.users--; k.users == 0 {
		delete(l.by, stream)
	}
}
