package node

import (
	"sync/atomic"

	"google.golang.org/grpc/codes"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
)

const (
	inHand    = 128 << 20 // bytes of events that were received and are not answered yet, of all callers
	eventRoom = 256       // bytes that an event takes beside its own
)

// budget bounds what half-sent appends can hold of the memory.
type budget struct{ used atomic.Int64 }

func (b *budget) take(bytes int64) error {
	if b.used.Add(bytes) <= inHand {
		return nil
	}
	b.used.Add(-bytes)
	return &problem{code: codes.Unavailable, msg: "Server Is Too Busy", detail: &shared.Unknown{}}
}

func (b *budget) give(bytes int64) { b.used.Add(-bytes) }

// hold counts what an event adds to the request against the budget; release gives all of it back.
func (r *request) hold(b *budget, e *event) error {
	bytes := int64(len(e.data) + len(e.meta) + len(e.typ) + eventRoom)
	if err := b.take(bytes); err != nil {
		return err
	}
	r.held += bytes
	return nil
}

// holdName counts a request that has no events yet.
func (r *request) holdName(b *budget) error {
	return r.hold(b, &event{typ: r.name})
}

func (r *request) release(b *budget) {
	b.give(r.held)
	r.held = 0
}
