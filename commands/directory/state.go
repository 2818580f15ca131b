package directory

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
)

// state is what was folded of the log. Methods whose names end in Locked need mu held for writing.
type state struct {
	logger *slog.Logger
	// compiled keeps rules and zones; the same event gives the same, also when the fold starts over.
	compiled *facts.Cache

	mu           sync.RWMutex
	orgs         map[domain.ID]*organization
	revisions    map[string]uint64 // stream → last revision applied
	accounts     map[domain.ID][]Membership
	joinRequests map[domain.ID][]Membership // by account
	secrets      map[string]secret          // by the SHA-256 of a code or a token
	handles      map[string]domain.ID       // organizations by their sign-in names
	// position is that of the last event applied from the subscription; local writes do not move it.
	position eventlog.Position
	// scanned is how far the store said it had looked; it serves the freshness probe and is never resumed from.
	scanned  eventlog.Position
	caughtUp bool
	// freshAt is when a probe that found nothing missing began.
	freshAt time.Time
	// generation counts how often the fold started over.
	generation int
	// waiters are closed at the next event of a stream, or at the next good probe under freshness; only what somebody waits for is here.
	// A start in the middle of the morning has thousands waiting for freshness: they sleep while events are applied.
	waiters map[string]chan struct{}
}

// forgetLocked empties what was folded.
func (d *state) forgetLocked() {
	d.orgs, d.revisions = map[domain.ID]*organization{}, map[string]uint64{}
	d.accounts, d.joinRequests = map[domain.ID][]Membership{}, map[domain.ID][]Membership{}
	d.secrets, d.handles = map[string]secret{}, map[string]domain.ID{}
	if d.waiters == nil {
		d.waiters = map[string]chan struct{}{}
	}
}

func (d *state) nextLocked(stream string) uint64 {
	if last, ok := d.revisions[stream]; ok {
		return last + 1
	}
	return 0
}

func (d *state) foldLocked(name domain.StreamName, r *domain.Recorded) {
	o := d.orgs[name.Org]
	if o == nil {
		o = newOrganization(name.Org)
		d.orgs[name.Org] = o
	}
	event := r.Event
	switch name.Category {
	case "org":
		before := o.view.Handle
		o.evolve(event, r.Metadata)
		d.handleLocked(name.Org, before, o.view.Handle)
		d.tokenLocked(o, event)
		o.applyTree(d.compiled, facts.Recorded{Recorded: r, Name: name}, d.logger)
		o.view.Revision = r.Revision
	case "member":
		before, after := o.evolveMember(name.Rest, r.Revision, event, r.Metadata)
		d.linkLocked(name.Org, before.Account, after.Account, after.ID)
		d.askedLocked(name.Org, event)
	case "badge":
		o.evolveBadge(r)
	case "invitation":
		d.inviteLocked(o, name.Rest, event)
	case "group":
		o.evolveGroup(name.Rest, event)
		o.applyTree(d.compiled, facts.Recorded{Recorded: r, Name: name}, d.logger)
	case "calendar":
		o.applyFacts(d.compiled, facts.Recorded{Recorded: r, Name: name}, d.logger)
	}
}

func (d *state) appliedTo() eventlog.Position {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.position
}

func (d *state) saw(p eventlog.Position) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.scanned.Less(p) {
		d.scanned = p
	}
}

// reset forgets everything; it is folded again from the start.
func (d *state) reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forgetLocked()
	d.position, d.scanned = eventlog.Position{}, eventlog.Position{}
	d.caughtUp, d.freshAt = false, time.Time{}
	d.generation++
}

func (d *state) folding() int {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.generation
}

// verified takes a probe's word, unless the fold has started over since.
func (d *state) verified(generation int, at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.generation != generation {
		return
	}
	d.caughtUp, d.freshAt = true, at
	d.wakeLocked(freshness)
}

func (d *state) known(verified eventlog.Position) eventlog.Position {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if verified.Less(d.scanned) {
		return d.scanned
	}
	return verified
}

// freshness is no stream's name.
const freshness = ""

// await waits for a condition, which is asked under the lock, now and whenever what was told.
func (d *state) await(ctx context.Context, what string, done func() bool) error {
	for {
		d.mu.RLock()
		ok := done()
		d.mu.RUnlock()
		if ok {
			return nil
		}
		d.mu.Lock()
		if done() {
			d.mu.Unlock()
			return nil
		}
		changed := d.waiters[what]
		if changed == nil {
			changed = make(chan struct{})
			d.waiters[what] = changed
		}
		d.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// wakeLocked tells those who wait for it.
func (d *state) wakeLocked(what string) {
	if changed, ok := d.waiters[what]; ok {
		close(changed)
		delete(d.waiters, what)
	}
}
