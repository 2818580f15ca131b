package ledger

import (
	"container/list"
	"encoding/hex"
	"fmt"
	"sync"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/wire"
)

// head is a stream folded up to its last event: what a command needs to be looked up and decided.
type head struct {
	stream string
	org    domain.ID
	// last is the revision of the last event, -1 for none.
	last     int64
	received domain.Instant
	commands map[domain.ID]record
	// foreign are the event ids of commands that do not follow events §1, as in a stream that another program wrote; nil for none.
	foreign map[domain.ID][]domain.ID
	state   any
	// since is set in a head of which only the stream's end was read: it knows every command received after that instant, and no state.
	since domain.Instant
	size  int
	// remembered says that other processes may have written since it was read.
	remembered bool
}

// record is what is kept of a command: enough for its receipt. It holds no pointer, so that the collector has nothing to follow in it.
type record struct {
	hash  [32]byte
	last  uint64
	count int32
}

const (
	headBytes = 900
	// eventBytes is the estimate for one event: its command's record and its part of the state. TestHeadsAreEstimated measures both.
	eventBytes = 160
)

func newHead[S domain.State[S]](stream string, org domain.ID) *head {
	var zero S
	return &head{stream: stream, org: org, last: -1, commands: map[domain.ID]record{}, state: zero, size: headBytes}
}

// follow takes an event of the stream into everything but the state.
func (h *head) follow(e domain.Recorded) error {
	if int64(e.Revision) != h.last+1 {
		return fmt.Errorf("the stream %s has a gap: revision %d follows %d", h.stream, e.Revision, h.last)
	}
	h.last = int64(e.Revision)
	if e.Metadata.ReceivedAt.Time().After(h.received.Time()) {
		h.received = e.Metadata.ReceivedAt
	}
	h.note(e)
	h.size += eventBytes
	return nil
}

func (h *head) note(e domain.Recorded) {
	command := e.Metadata.CommandID
	r, seen := h.commands[command]
	if !seen {
		r.hash = hashBytes(e.Metadata.RequestHash)
	}
	if h.foreign[command] != nil || e.ID != domain.EventID(h.org, h.stream, command, int(r.count)) {
		if h.foreign == nil {
			h.foreign = map[domain.ID][]domain.ID{}
		}
		h.foreign[command] = append(h.ids(command, r), e.ID)
	}
	r.last = e.Revision
	r.count++
	h.commands[command] = r
}

// ids are a command's event ids, in order.
func (h *head) ids(command domain.ID, r record) []domain.ID {
	if ids := h.foreign[command]; ids != nil {
		return append([]domain.ID{}, ids...)
	}
	ids := make([]domain.ID, r.count)
	for i := range ids {
		ids[i] = domain.EventID(h.org, h.stream, command, i)
	}
	return ids
}

func (h *head) receipt(command domain.ID, r record, replay bool) Receipt {
	return NewReceipt(h.stream, r.last, h.ids(command, r), replay)
}

func hashBytes(text string) (sum [32]byte) {
	if b, err := hex.DecodeString(text); err == nil && len(b) == len(sum) {
		copy(sum[:], b)
	}
	return sum
}

// Decode reads an event's bytes.
func Decode(raw eventlog.Raw) (domain.Recorded, error) {
	e, m, err := wire.Decode(raw.Type, raw.Data, raw.Metadata)
	if err != nil {
		return domain.Recorded{}, fmt.Errorf("event %s, %s: %w", raw.ID, PositionOf(raw.Stream, raw.Revision), err)
	}
	return domain.Recorded{Stream: raw.Stream, Revision: raw.Revision, ID: raw.ID, Type: raw.Type, Event: e, Metadata: m}, nil
}

// heads remembers stream heads, the most recently used ones, up to a bound. A head is taken out to be used and put back
// only when it is sound; it is always used together with an exact append, so that a stale one can only cost a conflict.
type heads struct {
	max int

	mu    sync.Mutex
	by    map[string]*list.Element
	order *list.List // of *head, most recent first
	size  int
}

// forget drops every head.
func (c *heads) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by, c.order, c.size = map[string]*list.Element{}, list.New(), 0
}

func newHeads(max int) *heads {
	return &heads{max: max, by: map[string]*list.Element{}, order: list.New()}
}

func (c *heads) take(stream string) *head {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.by[stream]
	if e == nil {
		return nil
	}
	return c.drop(e)
}

func (c *heads) has(stream string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.by[stream] != nil
}

func (c *heads) put(h *head) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.by[h.stream]; e != nil {
		c.drop(e)
	}
	h.remembered = true
	c.by[h.stream] = c.order.PushFront(h)
	c.size += h.size
	for c.size > c.max && c.order.Len() > 0 {
		c.drop(c.order.Back())
	}
}

func (c *heads) drop(e *list.Element) *head {
	h := c.order.Remove(e).(*head)
	delete(c.by, h.stream)
	c.size -= h.size
	return h
}
