package projections

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/apply"
	"github.com/dakahq/daka/projections/feed"
	"github.com/dakahq/daka/projections/fold"
)

// HaltError is a fault of the program: the same error came in many organizations at once, so nothing is parked and the projector stops.
type HaltError struct {
	// Failed of Active organizations had the error, within a minute.
	Failed, Active int
	// Type is the events'; Reason one of the errors.
	Type, Reason string
}

// Unwrap says that the program is at fault, and no event of the page.
func (e *HaltError) Unwrap() error { return errHalted }

// errHalted makes a HaltError nobody's fault.
const errHalted = apply.Order("halted")

// Error says what happened, and both ways on.
func (e *HaltError) Error() string {
	return fmt.Sprintf("halted: the same error came in %d of %d organizations within a minute; this looks like a fault of the program, not of the data: %s: %s; "+
		"start a version that can apply these events, or run `daka unpark` to go on without them", e.Failed, e.Active, e.Type, e.Reason)
}

// haltOrgs is in how many organizations an error must come before it is taken for the program's; and it must come in half of those that
// had events.
const haltOrgs = 3

// brake remembers the last minute: which organizations had events, and which had which error.
type brake struct {
	mu     sync.Mutex
	now    func() time.Time
	active map[domain.ID]time.Time
	failed map[string]map[domain.ID]time.Time
	// loose lets everything pass until the next start: a person said to go on.
	loose bool
}

// check refuses a live page whose failures, with those of the last minute, are of one kind in many organizations. What one organization
// holds is never a reason to stop. While catching up a minute of the wall says nothing about the ledger.
func (b *brake) check(failed []fold.Failure, records []feed.Record, live bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !live || b.loose || len(failed) == 0 {
		return nil
	}
	b.forget()
	active := map[domain.ID]bool{}
	for org := range b.active {
		active[org] = true
	}
	for i := range records {
		active[records[i].Name.Org] = true
	}
	orgs := map[string]map[domain.ID]bool{}
	for _, f := range failed {
		if errors.Is(f.Cause, feed.ErrTombstone) { // done to the store, and surely not by this program
			continue
		}
		kind := f.Kind()
		if orgs[kind] == nil {
			orgs[kind] = map[domain.ID]bool{}
			for org := range b.failed[kind] {
				orgs[kind][org] = true
			}
		}
		if orgs[kind][f.Org] = true; len(orgs[kind]) >= haltOrgs && 2*len(orgs[kind]) >= len(active) {
			return &HaltError{Failed: len(orgs[kind]), Active: len(active), Type: f.Typ, Reason: fold.ReasonOf(f.Cause)}
		}
	}
	return nil
}

// note remembers a committed page.
func (b *brake) note(failed []fold.Failure, records []feed.Record) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forget()
	if b.active == nil {
		b.active, b.failed = map[domain.ID]time.Time{}, map[string]map[domain.ID]time.Time{}
	}
	now := b.now()
	for i := range records {
		b.active[records[i].Name.Org] = now
	}
	for _, f := range failed {
		kind := f.Kind()
		if b.failed[kind] == nil {
			b.failed[kind] = map[domain.ID]time.Time{}
		}
		b.failed[kind][f.Org] = now
	}
}

// forget drops what is older than a minute.
func (b *brake) forget() {
	until := b.now().Add(-time.Minute)
	drop := func(seen map[domain.ID]time.Time) {
		for org, at := range seen {
			if at.Before(until) {
				delete(seen, org)
			}
		}
	}
	drop(b.active)
	for kind, orgs := range b.failed {
		if drop(orgs); len(orgs) == 0 {
			delete(b.failed, kind)
		}
	}
}

// release lets the projector go on whatever fails.
func (b *brake) release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.loose = true
}
