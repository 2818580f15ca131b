package feed

import (
	"runtime"
	"sync"
	"time"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/facts"
	"github.com/dakahq/daka/domain/wire"
)

// Page is a run of ledger events in $all order; one page is one Watermill message and one transaction.
type Page struct {
	Records []Record
	// last is the position of the last record, which becomes the checkpoint.
	Last eventlog.Position
	// live says that the feed had caught up when the page was cut.
	Live bool
}

// Record is one event of a page, decoded.
type Record struct {
	domain.Recorded
	Name     domain.StreamName
	Position eventlog.Position
	Leaf     [32]byte
	// local is a punch's instant in its own zone.
	Local time.Time
	// tombstone says that the store deleted the stream here; it is no event of the ledger.
	Tombstone bool
	// problem is why the event cannot be applied; the subject is parked for it.
	Problem error
}

// Fact is the event as package facts takes it.
func (r *Record) Fact() facts.Recorded {
	return facts.Recorded{Recorded: &r.Recorded, Name: r.Name}
}

// At is when the event was recorded, UTC.
func (r *Record) At() time.Time { return r.Metadata.ReceivedAt.Time() }

// NewPage decodes a run of events on as many workers as the program may use processors. Leaves are only needed where the ledger index is appended.
func NewPage(raws []eventlog.Raw, live, leaves bool) *Page { return newPage(raws, live, leaves, false) }

// newPage is NewPage; a plain one is decoded without the short way of punches.
func newPage(raws []eventlog.Raw, live, leaves, plain bool) *Page {
	p := &Page{Records: make([]Record, len(raws)), Last: raws[len(raws)-1].Position, Live: live}
	const worth = 32 // Below this many events each, another worker costs more than it saves.
	workers := max(1, min(runtime.GOMAXPROCS(0), len(raws)/worth))
	var rest sync.WaitGroup
	for i := 1; i < workers; i++ {
		rest.Go(func() { p.decode(decoderOf(plain), raws, i*len(raws)/workers, (i+1)*len(raws)/workers, leaves) })
	}
	p.decode(decoderOf(plain), raws, 0, len(raws)/workers, leaves)
	rest.Wait()
	return p
}

func (p *Page) decode(d *Decoder, raws []eventlog.Raw, from, to int, leaves bool) {
	for i := from; i < to; i++ {
		p.Records[i] = d.Record(&raws[i])
		if leaves {
			p.Records[i].Leaf = LeafOf(p.Records[i].Name.Org, &raws[i])
		}
	}
}

// LeafOf is the transparency log's leaf of an event as recorded.
func LeafOf(org domain.ID, raw *eventlog.Raw) [32]byte {
	return wire.Leaf(wire.Stored{
		Org: org, Stream: raw.Stream, Revision: raw.Revision, ID: raw.ID, Type: raw.Type, JSON: raw.JSON, Data: raw.Data, Meta: raw.Metadata,
	})
}

// Decode makes a record of recorded bytes.
func Decode(raw *eventlog.Raw) Record { return NewDecoder().Record(raw) }

// Record makes a record of recorded bytes; what is wrong with them is its Problem.
func (d *Decoder) Record(raw *eventlog.Raw) Record {
	name, _ := domain.ParseStream(raw.Stream)
	r := Record{
		Recorded: domain.Recorded{Stream: raw.Stream, Revision: raw.Revision, ID: raw.ID, Type: raw.Type},
		Name:     name, Position: raw.Position,
	}
	r.Event, r.Metadata, r.Problem = d.safely(raw)
	if r.Tombstone = eventlog.IsTombstone(*raw); r.Tombstone {
		r.Problem = ErrTombstone
	}
	return r
}

// After says that a stands behind b in $all.
func After(a, b eventlog.Position) bool {
	return a.Commit > b.Commit || (a.Commit == b.Commit && a.Prepare > b.Prepare)
}
