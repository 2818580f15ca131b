package eventlog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
)

// Item is one message of a subscription: exactly one of its fields is set.
type Item struct {
	Event *Raw
	// CaughtUp says that everything recorded before was delivered.
	CaughtUp bool
	// Checkpoint is a place that the store has scanned. It is not to be stored: stores have skipped events behind it.
	Checkpoint *Position
}

// Subscription delivers events as they are written; it ends with its context, Close, or the first error of Next.
type Subscription struct {
	items  chan Item
	cancel context.CancelFunc
	ended  chan struct{}
	err    error
}

const (
	// openTimeout bounds the wait for the store's confirmation, which the client would wait for without end.
	openTimeout = 10 * time.Second
	// itemBuffer lets the store send ahead while a page is applied.
	itemBuffer = 1024
	// searchWindow × Filter.Apart events are scanned between checkpoints.
	searchWindow = 32
)

// Filter chooses what a subscription delivers.
type Filter struct {
	// Prefixes are beginnings of stream names; none chooses every event, without checkpoints.
	Prefixes []string
	// Apart is how far checkpoints lie apart, in 32 events of the log; 0 is 1. Who catches up with a few events of many wants them far apart.
	Apart int
}

// Subscribe follows the log after a position (zero: from the start). ctx bounds the whole subscription. Calling it again with the last
// position applied resumes.
func (l *Log) Subscribe(ctx context.Context, after Position, filter Filter) (*Subscription, error) {
	s, err := l.connection.acquire(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(l.connection.life, cancel)
	sub := &Subscription{items: make(chan Item, itemBuffer), cancel: cancel, ended: make(chan struct{})}
	opened := make(chan error, 1)
	go func() {
		defer stop()
		defer l.connection.release(s)
		defer close(sub.ended)
		sub.follow(ctx, s.client, subscribeOptions(after, filter), opened)
		if ctx.Err() == nil && fatal(sub.err) {
			l.connection.retire(s, sub.err)
		}
	}()
	if err := awaitOpen(ctx, opened); err != nil {
		cancel()
		if fatal(err) {
			l.connection.retire(s, err)
		}
		return nil, fmt.Errorf("subscribing after %d: %w", after.Commit, readError(err))
	}
	return sub, nil
}

func awaitOpen(ctx context.Context, opened <-chan error) error {
	patience := time.NewTimer(openTimeout)
	defer patience.Stop()
	select {
	case err := <-opened:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-patience.C:
		return fmt.Errorf("no confirmation within %s: %w", openTimeout, context.DeadlineExceeded)
	}
}

func subscribeOptions(after Position, filter Filter) esdb.SubscribeToAllOptions {
	o := esdb.SubscribeToAllOptions{From: esdb.Start{}}
	if !after.IsZero() {
		o.From = esdb.Position{Commit: after.Commit, Prepare: after.Prepare}
	}
	if len(filter.Prefixes) > 0 {
		o.Filter = &esdb.SubscriptionFilter{Type: esdb.StreamFilterType, Prefixes: filter.Prefixes}
		o.MaxSearchWindow = searchWindow
		o.CheckpointInterval = max(1, filter.Apart)
	}
	return o
}

// follow is the subscription's goroutine: the only one that is inside the client.
func (s *Subscription) follow(ctx context.Context, c *esdb.Client, o esdb.SubscribeToAllOptions, opened chan<- error) {
	_, s.err = guarded(ctx, c, func(ctx context.Context, c *esdb.Client) (struct{}, error) {
		sub, err := c.SubscribeToAll(ctx, o)
		opened <- err
		if err != nil {
			return struct{}{}, err
		}
		defer sub.Close()
		return struct{}{}, s.receive(ctx, sub)
	})
	var p *clientPanic
	if errors.As(s.err, &p) {
		select {
		case opened <- s.err:
		default:
		}
	}
}

func (s *Subscription) receive(ctx context.Context, sub *esdb.Subscription) error {
	for {
		item, keep, err := itemOf(sub.Recv())
		if err != nil {
			return err
		}
		if !keep {
			continue
		}
		select {
		case s.items <- item:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func itemOf(e *esdb.SubscriptionEvent) (item Item, keep bool, err error) {
	switch {
	case e.SubscriptionDropped != nil:
		return Item{}, false, fmt.Errorf("the subscription was dropped: %w", e.SubscriptionDropped.Error)
	case e.EventAppeared != nil:
		raw := rawOf(e.EventAppeared.OriginalEvent())
		return Item{Event: &raw}, true, nil
	case e.CheckPointReached != nil:
		return Item{Checkpoint: &Position{e.CheckPointReached.Commit, e.CheckPointReached.Prepare}}, true, nil
	}
	return Item{CaughtUp: true}, e.CaughtUp != nil, nil
}

// Next waits for the next message. After an error the subscription is over; Subscribe again from the last position applied.
func (s *Subscription) Next(ctx context.Context) (Item, error) {
	select {
	case item := <-s.items:
		return item, nil
	default:
	}
	select {
	case item := <-s.items:
		return item, nil
	case <-ctx.Done():
		return Item{}, context.Cause(ctx)
	case <-s.ended:
		return s.rest()
	}
}

// rest delivers what arrived before the end, then the end's cause.
func (s *Subscription) rest() (Item, error) {
	select {
	case item := <-s.items:
		return item, nil
	default:
		return Item{}, fmt.Errorf("following the log: %w", readError(s.err))
	}
}

// Close ends the subscription; it may be called more than once.
func (s *Subscription) Close() { s.cancel() }
