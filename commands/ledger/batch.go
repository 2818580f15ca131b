package ledger

import (
	"context"
	"errors"
	"log/slog"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
)

// Item is one command of several on the same stream.
type Item[S domain.State[S]] struct {
	Call   Call
	Decide func(S, domain.Instant) ([]domain.Event, error)
	// Stateless says that Decide looks at the instant alone. The end of a long stream is enough to append to it then; see loadEnd.
	Stateless bool
}

// Outcome is what became of an item: a receipt, or a *domain.Refusal that concerns it alone.
type Outcome struct {
	Receipt Receipt
	Err     error
}

const (
	// PageEvents is how many events one append holds at most; pageBytes bounds it well below the store's limit of 1 MiB.
	PageEvents = 100
	pageBytes  = 900_000
)

// HandleMany runs commands on one stream in order, many in one append; each decides on what those before it wrote.
//
// The outcomes are in the order of the items. After an error the items before it may have been written: those have
// their outcome, the others carry the error too.
func HandleMany[S domain.State[S]](ctx context.Context, l *Ledger, stream string, items []Item[S]) ([]Outcome, error) {
	outcomes := make([]Outcome, len(items))
	if len(items) == 0 {
		return outcomes, nil
	}
	ctx, cancel := context.WithTimeout(ctx, handleDeadline)
	defer cancel()
	r := &run[S]{l: l, stream: stream, org: items[0].Call.Org, outcomes: outcomes, ambiguous: map[domain.ID]bool{}}
	err := r.start(ctx, items)
	if errors.Is(err, eventlog.ErrDeleted) {
		l.logger.ErrorContext(ctx, "a stream of the ledger was deleted for good in the event store", slog.Any("stream", stream))
		err = refuseDeleted()
	}
	for _, j := range r.jobs {
		outcomes[j.at].Err = err
	}
	return outcomes, err
}

// start prepares the jobs, waits for the stream's turn and works.
func (r *run[S]) start(ctx context.Context, items []Item[S]) error {
	err := r.l.held(ctx)
	if err != nil {
		return err
	}
	if r.jobs, err = prepare(ctx, r.l, r.stream, items); err != nil {
		return err
	}
	if r.l.sole && r.l.heads.has(r.stream) {
		if r.fence, err = r.l.fence.position(ctx); err != nil {
			return unknown(err)
		}
		r.fenced = true
	}
	release, err := r.l.locks.acquire(ctx, r.stream)
	if err != nil {
		return unknown(err)
	}
	defer release()
	return r.loop(ctx)
}
