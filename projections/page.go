package projections

import (
	"runtime"
	"sync"
	"time"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/domain/wire"
)

// page is a run of ledger events in $all order; one page is one Watermill message and one transaction.
type page struct {
	records []record
	// last is the position of the last record, which becomes the checkpoint.
	last eventlog.Position
	// live says that the feed had caught up when the page was cut.
	live bool
}

// record is one event of a page, decoded.
type record struct {
	domain.Recorded
	name     domain.StreamName
	position eventlog.Position
	leaf     [32]byte
	// local is a punch's instant in its own zone.
	local time.Time
	// tombstone says that the store deleted the stream here; it is no event of the ledger.
	tombstone bool
	// problem is why the event cannot be applied; the subject is parked for it.
	problem error
}

// recorded is the event as package facts takes it.
func (r *record) recorded() facts.Recorded {
	return facts.Recorded{Recorded: &r.Recorded, Name: r.name}
}

// at is when the event was recorded, UTC.
func (r *record) at() time.Time { return r.Metadata.ReceivedAt.Time() }

// newPage decodes a run of events on as many workers as the program may use processors. Leaves are only needed where the ledger index is appended.
func newPage(raws []eventlog.Raw, live, leaves bool) *page {
	p := &page{records: make([]record, len(raws)), last: raws[len(raws)-1].Position, live: live}
	const worth = 32 // Below this many events each, another worker costs more than it saves.
	workers := max(1, min(runtime.GOMAXPROCS(0), len(raws)/worth))
	var rest sync.WaitGroup
	for i := 1; i < workers; i++ {
		rest.Go(func() { p.decode(raws, i*len(raws)/workers, (i+1)*len(raws)/workers, leaves) })
	}
	p.decode(raws, 0, len(raws)/workers, leaves)
	rest.Wait()
	return p
}

func (p *page) decode(raws []eventlog.Raw, from, to int, leaves bool) {
	d := newDecoder()
	for i := from; i < to; i++ {
		p.records[i] = d.record(&raws[i])
		if leaves {
			p.records[i].leaf = leafOf(p.records[i].name.Org, &raws[i])
		}
	}
}

func leafOf(org domain.ID, raw *eventlog.Raw) [32]byte {
	return wire.Leaf(wire.Stored{
		Org: org, Stream: raw.Stream, Revision: raw.Revision, ID: raw.ID, Type: raw.Type, JSON: raw.JSON, Data: raw.Data, Meta: raw.Metadata,
	})
}

func decodeRecord(raw *eventlog.Raw) record { return newDecoder().record(raw) }

func (d *decoder) record(raw *eventlog.Raw) record {
	name, _ := domain.ParseStream(raw.Stream)
	r := record{
		Recorded: domain.Recorded{Stream: raw.Stream, Revision: raw.Revision, ID: raw.ID, Type: raw.Type},
		name:     name, position: raw.Position,
	}
	r.Event, r.Metadata, r.problem = d.safely(raw)
	if r.tombstone = eventlog.IsTombstone(*raw); r.tombstone {
		r.problem = errTombstone
	}
	return r
}

// after says that a stands behind b in $all.
func after(a, b eventlog.Position) bool {
	return a.Commit > b.Commit || (a.Commit == b.Commit && a.Prepare > b.Prepare)
}
