package ledger

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/domain"
)

// Handle runs one command on one stream: looks it up, decides, appends at the exact revision, decides again on conflict.
//
// decide is pure and gets the stream's state and the instant of receipt; it may run more than once. No events mean that
// nothing has to change: the receipt then names the stream as it is, with Replay. Errors: *domain.Refusal (nothing was
// written), ErrFull, ErrUnknown, and others for what should not happen.
func Handle[S domain.State[S]](ctx context.Context, l *Ledger, call Call, stream string,
	decide func(S, domain.Instant) ([]domain.Event, error)) (Receipt, error) {
	outcomes, err := HandleMany(ctx, l, stream, []Item[S]{{Call: call, Decide: decide}})
	if err != nil {
		return Receipt{}, err
	}
	return outcomes[0].Receipt, outcomes[0].Err
}

// HandleClient is Handle for a command whose id a client made: its time is checked on first sight only (events §1). Derived ids have none.
func HandleClient[S domain.State[S]](ctx context.Context, l *Ledger, call Call, stream string,
	decide func(S, domain.Instant) ([]domain.Event, error)) (Receipt, error) {
	return Handle(ctx, l, call, stream, CheckTime(call, decide))
}

// CheckTime refuses a client's command id that is too old or from the future, before it decides. Handle looks the id up earlier, so a repeat is answered.
func CheckTime[S any](call Call, decide func(S, domain.Instant) ([]domain.Event, error)) func(S, domain.Instant) ([]domain.Event, error) {
	if call.Derived != nil {
		return decide
	}
	return func(state S, now domain.Instant) ([]domain.Event, error) {
		if err := domain.CheckCommandTime(call.CommandID, now); err != nil {
			return nil, err
		}
		return decide(state, now)
	}
}

const (
	// handleDeadline bounds a command; an HTTP client waits a little longer.
	handleDeadline = 8 * time.Second
	// appendTimeout bounds one try, so that a black-holed connection leaves time for another.
	appendTimeout = 2500 * time.Millisecond
	maxDecides    = 6
	maxRepeats    = 3
	shortPause    = 5 * time.Millisecond
	longestPause  = 400 * time.Millisecond
)

// job is an item on its way.
type job[S domain.State[S]] struct {
	Item[S]
	at    int // index in the outcomes
	key   keys.Key
	keyID domain.ID
	hash  string
	// erased: the subject's key was destroyed; a repeat is answered without comparison.
	erased bool
	// refusal refuses the job, unless its command is already in the stream.
	refusal error
}

func prepare[S domain.State[S]](ctx context.Context, l *Ledger, stream string, items []Item[S]) ([]job[S], error) {
	jobs := make([]job[S], len(items))
	for i, item := range items {
		jobs[i] = job[S]{Item: item, at: i}
		if err := jobs[i].prepare(ctx, l, stream); err != nil {
			return nil, err
		}
	}
	return jobs, nil
}

func (j *job[S]) prepare(ctx context.Context, l *Ledger, stream string) error {
	if err := j.Call.check(stream); err != nil {
		return err
	}
	var err error
	j.keyID, j.key, err = l.keys.Key(ctx, j.Call.keyOrg(stream), j.Call.keySubject(stream))
	if errors.Is(err, keys.ErrDestroyed) {
		j.erased = true
		j.refusal = domain.Refuse("subject_erased", "this person was erased; nothing more can be written about them")
		return nil
	}
	if err != nil {
		return err
	}
	if j.hash, err = j.Call.hash(j.key); err != nil {
		j.refusal = domain.Refuse("body_invalid", "%v", err)
	}
	return nil
}

func unknown(err error) error {
	if errors.Is(err, eventlog.ErrDeleted) {
		return errors.Join(refuseDeleted(), err)
	}
	if errors.Is(err, eventlog.ErrDenied) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnknown, err)
}

// refuseDeleted answers a command whose stream has a tombstone: nothing can be written there ever again.
func refuseDeleted() error {
	return domain.Refuse("stream_deleted", "the records that this concerns were deleted for good in the event store, so nothing was written; ask the operator to put the event store back from a backup")
}

// pause waits with full jitter, longer at each try.
func pause(ctx context.Context, try int) error {
	most := min(shortPause<<try, longestPause)
	t := time.NewTimer(rand.N(most))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
