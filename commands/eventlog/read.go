package eventlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"google.golang.org/grpc/codes"
)

// Read gives a stream's events from a revision on, oldest first, at most max of them; max 0 is no bound. A missing stream is empty, a deleted one
// ErrDeleted.
func (l *Log) Read(ctx context.Context, stream string, from, max uint64) ([]Raw, error) {
	if max == 0 {
		max = math.MaxInt64
	}
	if l.local != nil {
		return l.readLocal(ctx, stream, from, max)
	}
	options := esdb.ReadStreamOptions{Direction: esdb.Forwards, From: esdb.Revision(from)}
	return l.readStream(ctx, stream, options, max)
}

// ReadBackwards gives a stream's last events, at most max, newest first; a missing stream is empty.
func (l *Log) ReadBackwards(ctx context.Context, stream string, max int) ([]Raw, error) {
	options := esdb.ReadStreamOptions{Direction: esdb.Backwards, From: esdb.End{}}
	return l.readStream(ctx, stream, options, uint64(max))
}

func (l *Log) readStream(ctx context.Context, stream string, options esdb.ReadStreamOptions, count uint64) ([]Raw, error) {
	events, err := reread(ctx, l, func(ctx context.Context, c *esdb.Client) ([]Raw, error) {
		reading, err := c.ReadStream(ctx, stream, options, count)
		if err != nil {
			return nil, err
		}
		defer reading.Close()
		return receiveAll(reading)
	})
	if noSuchStream(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", stream, readError(err))
	}
	return events, nil
}

// rereads is how often a read is asked again on a new connection.
const rereads = 2

// reread runs a read, and asks again where its connection was closed under it: a node that no longer leads ends the calls of everybody, and a read
// changes nothing.
func reread[T any](ctx context.Context, l *Log, read func(context.Context, *esdb.Client) (T, error)) (T, error) {
	for try := 0; ; try++ {
		found, err := run(ctx, l, read)
		closed := err != nil && (notLeader(err) || grpcCode(err) == codes.Canceled)
		if !closed || try == rereads || ctx.Err() != nil {
			return found, err
		}
	}
}

// noSuchStream tells the store's word for a missing stream, a message, from the gRPC status "not found", by which a node says other things too.
func noSuchStream(err error) bool {
	return codeOf(err) == esdb.ErrorCodeResourceNotFound && grpcCode(err) == codes.OK
}

func receiveAll(reading *esdb.ReadStream) ([]Raw, error) {
	var events []Raw
	for {
		e, err := reading.Recv()
		if errors.Is(err, io.EOF) {
			return events, nil
		}
		if err != nil {
			return nil, err
		}
		events = append(events, rawOf(e.OriginalEvent()))
	}
}

// ReadAll gives every event after a position to fn, in the log's order, system events ($…) too; max 0 is no bound.
// fn runs on the caller's goroutine; its error ends the reading and is returned as it is.
func (l *Log) ReadAll(ctx context.Context, after Position, max int, fn func(Raw) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	pages := make(chan []Raw, 4)
	failed := make(chan error, 1)
	go func() { failed <- l.pump(ctx, after, max, pages) }()
	for {
		select {
		case page := <-pages:
			if err := each(page, fn); err != nil {
				return err
			}
		case err := <-failed:
			if err != nil {
				return fmt.Errorf("reading the whole log after %d: %w", after.Commit, readError(err))
			}
			return drain(pages, fn)
		}
	}
}

func each(page []Raw, fn func(Raw) error) error {
	for _, e := range page {
		if err := fn(e); err != nil {
			return err
		}
	}
	return nil
}

// drain takes the pages that were handed over before the reading ended.
func drain(pages <-chan []Raw, fn func(Raw) error) error {
	for {
		select {
		case page := <-pages:
			if err := each(page, fn); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

// pageSize is how many events cross from the reading goroutine at once.
const pageSize = 256

// pumping is a read of the whole log on its way; it can be taken up again behind what it has handed over.
type pumping struct {
	after Position
	// left is how many events are still wanted; 0 is no bound.
	left  int
	pages chan<- []Raw
}

func (l *Log) pump(ctx context.Context, after Position, max int, pages chan<- []Raw) error {
	p := &pumping{after: after, left: max, pages: pages}
	_, err := run(ctx, l, func(ctx context.Context, c *esdb.Client) (struct{}, error) {
		from := allAfter(p.after, p.left)
		reading, err := c.ReadAll(ctx, from.options(), from.count)
		if err != nil {
			return struct{}{}, err
		}
		defer reading.Close()
		return struct{}{}, p.receive(ctx, reading)
	})
	return err
}

func (p *pumping) receive(ctx context.Context, reading *esdb.ReadStream) error {
	bounded := p.left > 0
	page := make([]Raw, 0, pageSize)
	for !bounded || len(page) < p.left {
		e, err := reading.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return errors.Join(err, p.hand(ctx, page))
		}
		if raw := rawOf(e.OriginalEvent()); raw.Position != p.after {
			page = append(page, raw)
		}
		if len(page) < pageSize {
			continue
		}
		if err := p.hand(ctx, page); err != nil || bounded && p.left == 0 {
			return err
		}
		page = make([]Raw, 0, pageSize)
	}
	return p.hand(ctx, page)
}

// hand passes a page on, and keeps where a reading that is taken up again begins.
func (p *pumping) hand(ctx context.Context, page []Raw) error {
	if err := hand(ctx, p.pages, page); err != nil || len(page) == 0 {
		return err
	}
	p.after = page[len(page)-1].Position
	p.left = max(0, p.left-len(page))
	return nil
}

func hand(ctx context.Context, pages chan<- []Raw, page []Raw) error {
	if len(page) == 0 {
		return nil
	}
	select {
	case pages <- page:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// allFrom is where and how a read of all events goes.
type allFrom struct {
	direction esdb.Direction
	position  esdb.AllPosition
	count     uint64
}

func (f allFrom) options() esdb.ReadAllOptions {
	return esdb.ReadAllOptions{Direction: f.direction, From: f.position}
}

// allAfter asks for one event more than wanted: the store starts at the position itself.
func allAfter(after Position, max int) allFrom {
	f := allFrom{direction: esdb.Forwards, position: esdb.Start{}, count: math.MaxInt64}
	if !after.IsZero() {
		f.position = esdb.Position{Commit: after.Commit, Prepare: after.Prepare}
	}
	if max > 0 {
		f.count = uint64(max) + 1
	}
	return f
}

func (l *Log) readAllPage(ctx context.Context, from allFrom) ([]Raw, error) {
	events, err := reread(ctx, l, func(ctx context.Context, c *esdb.Client) ([]Raw, error) {
		reading, err := c.ReadAll(ctx, from.options(), from.count)
		if err != nil {
			return nil, err
		}
		defer reading.Close()
		return receiveAll(reading)
	})
	if err != nil {
		return nil, fmt.Errorf("reading the log: %w", readError(err))
	}
	return events, nil
}

// lookBack bounds how many system events may follow the last event of the ledger.
const lookBack = 4096

// Head is the last event that is not the store's own ($…); false when there is none within the last few thousand.
func (l *Log) Head(ctx context.Context) (Raw, bool, error) {
	for _, count := range []uint64{8, lookBack} {
		events, err := l.readAllPage(ctx, allFrom{esdb.Backwards, esdb.End{}, count})
		if err != nil {
			return Raw{}, false, err
		}
		for _, e := range events {
			if !IsSystem(e) {
				return e, true, nil
			}
		}
		if uint64(len(events)) < count {
			break
		}
	}
	return Raw{}, false, nil
}

// Tail gives the last events of the whole log, at most max, newest first, system events too.
func (l *Log) Tail(ctx context.Context, max int) ([]Raw, error) {
	if l.local != nil {
		return l.tailLocal(ctx, max)
	}
	return l.readAllPage(ctx, allFrom{esdb.Backwards, esdb.End{}, uint64(max)})
}

// At gives the event at a position; false when none stands there, as in another log or in one that was put back from a backup. An error is a
// store that could not be asked.
func (l *Log) At(ctx context.Context, p Position) (Raw, bool, error) {
	events, err := l.readAllPage(ctx, allFrom{esdb.Forwards, esdb.Position{Commit: p.Commit, Prepare: p.Prepare}, 1})
	if err != nil && (ctx.Err() != nil || fatal(err) || errors.Is(err, ErrUnavailable) || errors.Is(err, ErrDenied) || errors.Is(err, ErrClosed)) {
		return Raw{}, false, err
	}
	if err != nil || len(events) == 0 || events[0].Position != p { // a store refuses positions between two events
		return Raw{}, false, nil
	}
	return events[0], true, nil
}

// IsSystem says that an event is the store's own: its type or its stream starts with $.
func IsSystem(e Raw) bool { return strings.HasPrefix(e.Type, "$") || strings.HasPrefix(e.Stream, "$") }

// tombstoneType is the type of the store's own event that ends a stream for good.
const tombstoneType = "$streamDeleted"

// IsTombstone says that an event is the end of a deleted stream; its revision is the greatest of all.
func IsTombstone(e Raw) bool { return e.Type == tombstoneType }
