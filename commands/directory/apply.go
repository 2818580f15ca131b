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
	d.state.mu.Lock()
	defer d.state.mu.Unlock()
	switch next := d.state.nextLocked(raw.Stream); {
	case eventlog.IsTombstone(raw): // what was known stays known; nothing more can come
		d.state.logger.Error("a stream of the ledger was deleted for good in the event store", slog.Any("stream", raw.Stream))
	case raw.Revision > next:
		return fmt.Errorf("%w: %s has %d after %d events", errGap, raw.Stream, raw.Revision, next)
	case raw.Revision == next && unreadable != nil:
		d.state.revisions[raw.Stream] = raw.Revision
		d.state.logger.Error("directory cannot read an event", slog.Any("stream", raw.Stream), slog.Any("revision", raw.Revision), slog.Any("error", unreadable))
	case raw.Revision == next:
		d.state.revisions[raw.Stream] = raw.Revision
		d.state.foldLocked(name, &domain.Recorded{Stream: raw.Stream, Revision: raw.Revision, ID: raw.ID, Type: raw.Type, Event: event, Metadata: meta})
	}
	if d.state.position.Less(raw.Position) {
		d.state.position = raw.Position
	}
	if d.state.scanned.Less(raw.Position) {
		d.state.scanned = raw.Position
	}
	d.state.wakeLocked(raw.Stream)
	return nil
}

// Recorded takes events that this process has just appended, so that a client reads its own writes at once. An event
// whose predecessor is not here yet is left to the subscription.
func (d *Directory) Recorded(events []domain.Recorded) {
	d.follower.answered()
	name, ok := domain.ParseStream(events[0].Stream)
	if !ok || !folded(name.Category) {
		return
	}
	d.state.mu.Lock()
	defer d.state.mu.Unlock()
	for i := range events {
		e := &events[i]
		if e.Revision == d.state.nextLocked(e.Stream) {
			d.state.revisions[e.Stream] = e.Revision
			d.state.foldLocked(name, e)
			d.state.wakeLocked(e.Stream)
		}
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
