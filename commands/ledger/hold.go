package ledger

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"
)

// HeldError says why nothing is written at the moment; Code is stable and for programs. What was sent must be sent again.
type HeldError struct {
	Code, Text string
}

// Error is the text for people.
func (e *HeldError) Error() string { return e.Text }

// Hold keeps all writes back for as long as some part of the program has a reason. The zero value lets them pass.
type Hold struct {
	mu      sync.Mutex
	reasons map[string]*HeldError
}

// Set gives a part's reason; nil takes it away.
func (h *Hold) Set(part string, reason *HeldError) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if reason == nil {
		delete(h.reasons, part)
		return
	}
	if h.reasons == nil {
		h.reasons = map[string]*HeldError{}
	}
	h.reasons[part] = reason
}

// Err is the first part's reason in the order of their names, nil when writes pass. A nil Hold holds nothing.
func (h *Hold) Err() error {
	if h == nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, part := range slices.Sorted(maps.Keys(h.reasons)) {
		return h.reasons[part]
	}
	return nil
}

// holdLook is how often who waits looks again.
const holdLook = 10 * time.Millisecond

// Wait waits until writes pass, or are held for another reason than code; the error is the reason that is left when ctx ends.
func (h *Hold) Wait(ctx context.Context, code string) error {
	for {
		err := h.Err()
		if held, is := errors.AsType[*HeldError](err); !is || held.Code != code {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(holdLook):
		}
	}
}

// WithHold makes a ledger write nothing while h holds.
func WithHold(h *Hold) Option { return func(l *Ledger) { l.hold = h } }

// Held is why the ledger writes nothing at the moment, a *HeldError; nil when it writes.
func (l *Ledger) Held() error { return l.hold.Err() }

// AwaitHold waits, as Hold.Wait does.
func (l *Ledger) AwaitHold(ctx context.Context, code string) error {
	if l.hold == nil {
		return nil
	}
	return l.hold.Wait(ctx, code)
}

type pastHold struct{}

// PastHold marks the context of the few commands that are written while all others are held: what a person declares to end the hold.
func PastHold(ctx context.Context) context.Context { return context.WithValue(ctx, pastHold{}, true) }

// held is Held for one command.
func (l *Ledger) held(ctx context.Context) error {
	if past, _ := ctx.Value(pastHold{}).(bool); past {
		return nil
	}
	return l.hold.Err()
}
