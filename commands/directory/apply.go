package directory

import (
	"fmt"
	"log/slog"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/domain/wire"
)

// Apply takes an event of the log, in its order; an event already applied is skipped. What this program cannot read is skipped loudly:
// the projector parks it. The error is a gap in a stream.
func (d *Directory) Apply(raw eventlog.Raw) error {
	name, ok := domain.ParseStream(raw.Stream)
	if !ok || !folded(name.Category) {
		return nil
	}
	event, meta, unreadable := wire.Decode(raw.Type, raw.Data, raw.Metadata)
	d.mu.Lock()
	defer d.mu.Unlock()
	switch next := d.nextLocked(raw.Stream); {
	case eventlog.IsTombstone(raw): // what was known stays known; nothing more can come
		d.logger.Error("a stream of the ledger was deleted for good in the event store", slog.Any("stream", raw.Stream))
	case raw.Revision > next:
		return fmt.Errorf("%w: %s has %d after %d events", errGap, raw.Stream, raw.Revision, next)
	case raw.Revision == next && unreadable != nil:
		d.revisions[raw.Stream] = raw.Revision
		d.logger.Error("directory cannot read an event", slog.Any("stream", raw.Stream), slog.Any("revision", raw.Revision), slog.Any("error", unreadable))
	case raw.Revision == next:
		d.revisions[raw.Stream] = raw.Revision
		d.foldLocked(name, &domain.Recorded{Stream: raw.Stream, Revision: raw.Revision, ID: raw.ID, Type: raw.Type, Event: event, Metadata: meta})
	}
	if d.position.Less(raw.Position) {
		d.position = raw.Position
	}
	if d.scanned.Less(raw.Position) {
		d.scanned = raw.Position
	}
	d.wakeLocked(raw.Stream)
	return nil
}

func (d *Directory) nextLocked(stream string) uint64 {
	if last, ok := d.revisions[stream]; ok {
		return last + 1
	}
	return 0
}

// Recorded takes events that this process has just appended, so that a client reads its own writes at once. An event
// whose predecessor is not here yet is left to the subscription.
func (d *Directory) Recorded(events []domain.Recorded) {
	d.answered()
	name, ok := domain.ParseStream(events[0].Stream)
	if !ok || !folded(name.Category) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range events {
		e := &events[i]
		if e.Revision == d.nextLocked(e.Stream) {
			d.revisions[e.Stream] = e.Revision
			d.foldLocked(name, e)
			d.wakeLocked(e.Stream)
		}
	}
}

func (d *Directory) foldLocked(name domain.StreamName, r *domain.Recorded) {
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
		o.view.Revision = r.Revision
	case "member":
		before, after := o.evolveMember(name.Rest, r.Revision, event, r.Metadata)
		d.linkLocked(name.Org, before.Account, after.Account, after.ID)
		d.askedLocked(name.Org, event)
	case "badge":
		o.evolveBadge(event)
	case "invitation":
		d.inviteLocked(o, name.Rest, event)
	case "group":
		o.evolveGroup(name.Rest, event)
		o.applyFacts(d.compiled, facts.Recorded{Recorded: r, Name: name}, d.logger)
	case "calendar":
		o.applyFacts(d.compiled, facts.Recorded{Recorded: r, Name: name}, d.logger)
	}
}

// applyFacts applies what days depend on. What cannot be applied is left out whole, as in the read models, where its subject parks.
func (o *organization) applyFacts(compiled *facts.Cache, r facts.Recorded, logger *slog.Logger) {
	err := facts.Check(compiled, r)
	if err == nil {
		err = o.facts.Evolve(compiled, r)
	}
	if err != nil {
		logger.Error("directory cannot use an event", slog.Any("stream", r.Stream), slog.Any("revision", r.Revision), slog.Any("type", r.Type), slog.Any("error", err))
	}
}
