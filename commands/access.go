package commands

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// Accesses are the records of who read what belongs to others.
type Accesses struct {
	ledger *ledger.Ledger
	queue  accessQueue
}

// ErrNotRecorded is a read that left no trace: it must not be answered.
var ErrNotRecorded = errors.New("the access could not be recorded")

// Access is a read of what belongs to others.
type Access struct {
	Org   domain.ID
	Actor domain.Actor
	Via   string
	// Subjects are the members whose data will be shown, Fields what of them.
	Subjects []domain.ID
	Fields   []string
	// Purpose is the operation; Method and Query are the request, of which the ledger keeps a hash.
	Purpose, Method, Query string
}

// accessWait bounds how long a reader waits for the ledger.
const accessWait = 4 * time.Second

// Record writes AccessRecorded; reads of one actor that come together share an append. ErrNotRecorded for every
// failure, also where the ledger may have the record after all.
func (s *Accesses) Record(ctx context.Context, a Access) error {
	_, key, err := s.ledger.Keys().Key(ctx, a.Org, a.Org)
	if err != nil {
		return errors.Join(ErrNotRecorded, err)
	}
	hash, err := keys.RequestHash(key, a.Method, a.Query, nil)
	if err != nil {
		return errors.Join(ErrNotRecorded, err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return errors.Join(ErrNotRecorded, err)
	}
	call := ledger.Call{CommandID: id, Method: a.Method, Path: a.Query, Actor: a.Actor, Via: a.Via, Org: a.Org}
	if len(a.Subjects) == 1 {
		call.Subject = a.Subjects[0]
	}
	event := domain.AccessRecorded{Actor: a.Actor, Subjects: a.Subjects, Fields: a.Fields, Purpose: a.Purpose, QueryHash: hash}
	stream := domain.AccessStream(a.Org, a.Actor, domain.At(s.ledger.Clock()))
	written := s.queue.add(s.ledger, stream, ledger.Item[domain.AccessState]{Call: call, Decide: func(_ domain.AccessState, now domain.Instant) ([]domain.Event, error) {
		event.At = now
		return []domain.Event{event}, nil
	}})
	ctx, cancel := context.WithTimeout(ctx, accessWait)
	defer cancel()
	select {
	case err = <-written:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotRecorded, err)
	}
	return nil
}

// accessQueue gathers the records that come while an append of their stream is under way. The zero value is ready.
type accessQueue struct {
	mu sync.Mutex
	// waiting has an entry for every stream that a goroutine works on.
	waiting map[string][]waitingAccess
}

type waitingAccess struct {
	item ledger.Item[domain.AccessState]
	done chan<- error
}

func (q *accessQueue) add(l *ledger.Ledger, stream string, item ledger.Item[domain.AccessState]) <-chan error {
	done := make(chan error, 1)
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.waiting == nil {
		q.waiting = map[string][]waitingAccess{}
	}
	queue, busy := q.waiting[stream]
	q.waiting[stream] = append(queue, waitingAccess{item, done})
	if !busy {
		go q.work(l, stream)
	}
	return done
}

// work appends until nobody waits. It is nobody's request: whoever leaves early leaves the others' records alone.
func (q *accessQueue) work(l *ledger.Ledger, stream string) {
	for {
		batch := q.take(stream)
		if len(batch) == 0 {
			return
		}
		items := make([]ledger.Item[domain.AccessState], len(batch))
		for i, w := range batch {
			items[i] = w.item
		}
		outcomes, err := ledger.HandleMany(context.Background(), l, stream, items)
		for i, w := range batch {
			if outcomes[i].Err == nil && outcomes[i].Receipt.Events == nil {
				outcomes[i].Err = err
			}
			w.done <- outcomes[i].Err
		}
	}
}

// take empties a stream's queue, and ends the work when it is empty.
func (q *accessQueue) take(stream string) []waitingAccess {
	q.mu.Lock()
	defer q.mu.Unlock()
	queue := q.waiting[stream]
	n := min(len(queue), ledger.PageEvents)
	if n == 0 {
		delete(q.waiting, stream)
		return nil
	}
	q.waiting[stream] = append([]waitingAccess{}, queue[n:]...)
	return queue[:n]
}
