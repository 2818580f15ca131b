package ledger

import (
	"context"
	"slices"
	"time"

	"github.com/dakahq/daka/domain"
)

const (
	// endEvents is how much of a stream's end is read for a command that looks at no state: more than a week of punches.
	endEvents = 32
	// coldReads bounds how many streams are read from the store at once: after a start everybody's is, and a cold store is slow.
	coldReads = 32
)

// partial says that only the stream's end is known.
func (h *head) partial() bool { return h.state == nil }

func stateOf[S domain.State[S]](h *head) S {
	state, _ := h.state.(S)
	return state
}

func evolve[S domain.State[S]](h *head, e domain.Recorded) {
	if !h.partial() {
		h.state = h.state.(S).Evolve(e)
	}
}

// endSuffices says whether these jobs can do with a head that knows the commands received after an instant.
//
// A client's command id carries the time at which it was made, and is refused on first sight when that is more than CommandAhead ahead of the
// server (events §1). So a command received before that time less CommandAhead has another id; and within a stream received_at never decreases.
func (r *run[S]) endSuffices(since domain.Instant) bool {
	for _, j := range r.jobs {
		made, ok := domain.TimeOfV7(j.Call.CommandID)
		if !j.Stateless || j.Call.Derived != nil || !ok || !since.Time().Before(made.Add(-domain.CommandAhead-time.Second)) {
			return false
		}
	}
	return true
}

// loadEnd reads the end of the stream, and says whether that is enough for these jobs. A store in this process reads whole streams as fast.
func (r *run[S]) loadEnd(ctx context.Context) (bool, error) {
	if r.l.sole || !r.endSuffices(domain.Instant{}) {
		return false, nil
	}
	raws, err := r.l.log.ReadBackwards(ctx, r.stream, endEvents)
	if err != nil {
		return false, unknown(err)
	}
	slices.Reverse(raws)
	h := newHead[S](r.stream, r.org)
	if len(raws) > 0 && raws[0].Revision > 0 {
		h.state, h.last = nil, int64(raws[0].Revision)-1
	}
	for i, raw := range raws {
		e, err := Decode(raw)
		if err != nil {
			return false, err
		}
		if h.partial() && i == 0 {
			h.since = e.Metadata.ReceivedAt
		}
		if err := h.follow(e); err != nil {
			return false, err
		}
		evolve[S](h, e)
	}
	if h.partial() && !r.endSuffices(h.since) {
		return false, nil
	}
	r.head = h
	return true, nil
}
