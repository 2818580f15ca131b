package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"google.golang.org/grpc/codes"
)

// What Append refuses, beside ErrNotTaken: nothing was written. Any other error leaves open whether the events were.
var (
	// ErrWrongRevision is a stream that is not at the expected revision.
	ErrWrongRevision = errors.New("the stream is at another revision")
	// ErrDeleted is a stream with a tombstone.
	ErrDeleted = errors.New("the stream was deleted for good")
	// ErrInvalid is an append that the node never takes, such as one of more than 1 MiB.
	ErrInvalid = errors.New("the append is not valid")
	// ErrDenied is a stream that a guarded node keeps to itself.
	ErrDenied = errors.New("access denied")
	// ErrFull is a disk without room.
	ErrFull = errDiskFull
	// ErrNotTaken is an append that never reached the writer: the node is closing, or the context ended before.
	ErrNotTaken = errors.New("the append was not taken in")
	// ErrClosed is a node that is closing.
	ErrClosed = errClosed
)

// Proposed is an event that a caller in this process appends. Data and Meta must not change afterwards.
type Proposed struct {
	ID         [16]byte
	Type       string
	JSON       bool // else octets
	Data, Meta []byte
}

// Written is the revision and position of an append's last event; of the first append's, when it is a repeat.
type Written struct {
	Revision, Position int64
}

// Append is the protocol's append for callers in the node's own process: the same writer, the same decisions, the same fsync before the answer,
// and no message in between. expected is the stream's last revision, -1 for no stream. When ctx ends during the wait its cause is returned, and
// the events may still be written.
func (n *Node) Append(ctx context.Context, stream string, expected int64, events []Proposed) (Written, error) {
	r, err := n.localRequest(stream, expected, events)
	if err != nil {
		return Written{}, err
	}
	w := n.store.w
	w.underWay.Add(1)
	defer w.underWay.Add(-1)
	if err := w.enqueue(ctx, r); err != nil {
		return Written{}, fmt.Errorf("%w: %w", ErrNotTaken, err)
	}
	select {
	case o := <-r.done:
		return o.written()
	case <-ctx.Done():
		return Written{}, context.Cause(ctx)
	}
}

func (n *Node) localRequest(stream string, expected int64, events []Proposed) (*request, error) {
	switch {
	case stream == "":
		return nil, fmt.Errorf("%w: the stream name is empty", ErrInvalid)
	case expected < noStream || expected == tombstoneRev:
		return nil, fmt.Errorf("%w: %d is no revision to append after", ErrInvalid, expected)
	case len(events) == 0:
		return nil, fmt.Errorf("%w: it holds no event", ErrInvalid)
	}
	r := &request{kind: writeAppend, name: stream, expected: expected, events: make([]event, len(events))}
	for i, e := range events {
		r.events[i] = event{typ: e.Type, json: e.JSON, data: e.Data, meta: e.Meta, id: e.ID}
		r.size += r.events[i].size()
	}
	if r.size > maxAppend {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, appendTooLarge())
	}
	if err := n.svc.mayWrite(r); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDenied, err)
	}
	return r, nil
}

func (o outcome) written() (Written, error) {
	switch {
	case o.err != nil:
		return Written{}, o.err
	case o.verdict == verdictWrong:
		return Written{}, fmt.Errorf("%w: %d", ErrWrongRevision, o.rev)
	case o.verdict == verdictDeleted:
		return Written{}, ErrDeleted
	}
	return Written{Revision: o.rev, Position: o.pos}, nil
}

// Event is an event as a caller in this process reads it.
type Event struct {
	Stream string
	Proposed
	Written
	Created time.Time // UTC, 100 ns
}

// Read is the protocol's read of a stream for callers in the node's own process: at most `most` events from a revision on, oldest first, each
// with its checksum proved; none for a stream that is not there. Errors: ErrDeleted, ErrClosed; any other names what is lost or damaged.
func (n *Node) Read(ctx context.Context, stream string, from, most int64) ([]Event, error) {
	r := &reading{s: n.svc, ctx: ctx, stream: stream}
	var out []Event
	for more := true; more && int64(len(out)) < most; {
		p := &page{} // its memory goes to the caller
		v, err := r.glance(p, func(rd *reader, v view) error {
			if from = max(from, v.first); from > v.head {
				return nil
			}
			return rd.streamPage(v, stream, from, int(min(most-int64(len(out)), pageEvents)), p)
		})
		if err != nil {
			return nil, n.svc.told(ctx, err)
		}
		if v.tombstoned {
			return nil, ErrDeleted
		}
		out = n.svc.appendYoung(out, p, v.maxAge)
		from, more = p.next, p.more
	}
	return out, nil
}

func (s *service) appendYoung(out []Event, p *page, maxAge time.Duration) []Event {
	oldest := s.oldest(maxAge)
	for _, e := range p.events {
		if e.created < oldest {
			continue
		}
		out = append(out, e.local())
	}
	return out
}

func (e *event) local() Event {
	return Event{
		Stream: e.name, Proposed: Proposed{ID: e.id, Type: e.typ, JSON: e.json, Data: e.data, Meta: e.meta},
		Written: Written{Revision: e.rev, Position: e.pos}, Created: time.Unix(0, e.created*100).UTC(),
	}
}

// Since gives the events of some categories (what stands before a stream's first hyphen) behind a position, oldest first, and up to where it looked. It
// costs nothing for what other categories have. Errors: ErrClosed; any other names what is lost or damaged.
func (n *Node) Since(ctx context.Context, categories []string, after int64) (out []Event, upTo int64, err error) {
	for end := n.Position(); after < end; {
		p := &page{} // its memory goes to the caller
		err := n.store.with(ctx, func(rd *reader) error { return rd.categoryPage(categories, after+1, end, p) })
		if err != nil {
			return nil, 0, n.svc.told(ctx, err)
		}
		for i := range p.events {
			out = append(out, p.events[i].local())
		}
		after = p.next - 1
	}
	return out, after, nil
}

// Tail is the protocol's read of $all backwards from its end, for callers in the node's own process: the last events of all streams, at most max,
// newest first. Errors: ErrClosed; any other names what is lost or damaged.
func (n *Node) Tail(ctx context.Context, max int) ([]Event, error) {
	var out []Event
	before := int64(math.MaxInt64)
	for more := true; more && len(out) < max; {
		p := &page{} // its memory goes to the caller
		err := n.store.with(ctx, func(rd *reader) error { return rd.backward(before, min(max-len(out), pageEvents), p) })
		if err != nil {
			return nil, n.svc.told(ctx, err)
		}
		for i := range p.events {
			out = append(out, p.events[i].local())
		}
		before, more = p.next, p.more
	}
	return out, nil
}

// told logs what an operator must know, and passes the error on.
func (s *service) told(ctx context.Context, err error) error {
	var refusal *problem
	var p *panicError
	if errors.As(err, &refusal) {
		return err // the caller's own doing
	}
	if errors.As(err, &p) {
		s.log.ErrorContext(ctx, "event store", slog.Any("panic", p.value), slog.String("stack", string(p.stack)))
	} else if p := asProblem(err); p.code == codes.DataLoss || p.code == codes.Internal {
		s.log.ErrorContext(ctx, "event store", slog.Any("error", p.msg))
	}
	return err
}
