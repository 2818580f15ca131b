package ledger

import (
	"errors"
	"fmt"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/wire"
)

// page is what one append holds, and what its jobs are answered once it is written.
type page[S domain.State[S]] struct {
	jobs     []job[S]
	outcomes []Outcome
	raws     []eventlog.Raw
	recorded []domain.Recorded
	bytes    int
	// needsFreshRead: a job was refused or needs no event, which a remembered head cannot answer.
	needsFreshRead bool
	// state has taken the first `evolved` of recorded; it may share memory with the head's state.
	state   S
	evolved int
	rest    []job[S]
}

// decide fills a page with as many jobs as fit.
func (r *run[S]) decide() (*page[S], error) {
	now := r.now()
	p := &page[S]{state: stateOf[S](r.head)}
	ids := map[domain.ID]bool{}
	for i, j := range r.jobs {
		if len(p.raws) >= PageEvents || p.bytes >= pageBytes || ids[j.Call.CommandID] {
			p.rest = r.jobs[i:]
			break
		}
		ids[j.Call.CommandID] = true
		if err := r.decideOne(p, j, now); err != nil {
			r.head = nil
			return nil, err
		}
	}
	return p, nil
}

func (r *run[S]) decideOne(p *page[S], j job[S], now domain.Instant) error {
	for _, e := range p.recorded[p.evolved:] {
		p.state = p.state.Evolve(e)
		p.evolved++
	}
	events, err := decideJob(p.state, j, now)
	var refusal *domain.Refusal
	if err != nil && !errors.As(err, &refusal) {
		return err
	}
	p.jobs = append(p.jobs, j)
	if err != nil || len(events) == 0 {
		p.needsFreshRead = true
		p.outcomes = append(p.outcomes, Outcome{Err: err, Receipt: r.unchangedReceipt(p)})
		return nil
	}
	return r.encode(p, j, events, now)
}

// decideJob takes a job's decision through the last gate: no event goes by with a text or date that no command may write.
func decideJob[S domain.State[S]](state S, j job[S], now domain.Instant) ([]domain.Event, error) {
	if j.refusal != nil {
		return nil, j.refusal
	}
	events, err := j.Decide(state, now)
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		if err := domain.CheckEvent(e, now); err != nil {
			return nil, err
		}
	}
	return events, nil
}

// unchangedReceipt is the receipt of a command that changes nothing.
func (r *run[S]) unchangedReceipt(p *page[S]) Receipt {
	last := r.head.last + int64(len(p.raws))
	if last < 0 {
		return Receipt{Events: []domain.ID{}, Stream: r.stream, Replay: true}
	}
	return NewReceipt(r.stream, uint64(last), []domain.ID{}, true)
}

func (r *run[S]) encode(p *page[S], j job[S], events []domain.Event, now domain.Instant) error {
	ids := make([]domain.ID, len(events))
	for i, e := range events {
		ids[i] = domain.EventID(j.Call.Org, r.stream, j.Call.CommandID, i)
		raw, recorded, err := r.rawOf(p, j, ids[i], e, now)
		if err != nil {
			return fmt.Errorf("writing %s to %s: %w", e.EventType(), r.stream, err)
		}
		p.raws = append(p.raws, raw)
		p.recorded = append(p.recorded, recorded)
		p.bytes += len(raw.Data) + len(raw.Metadata) + 2*len(raw.Type)
	}
	last := p.raws[len(p.raws)-1].Revision
	p.outcomes = append(p.outcomes, Outcome{Receipt: NewReceipt(r.stream, last, ids, false)})
	return nil
}

// rawOf is an event as it is appended, and as it will be read.
func (r *run[S]) rawOf(p *page[S], j job[S], id domain.ID, e domain.Event, now domain.Instant) (eventlog.Raw, domain.Recorded, error) {
	m := j.Call.metadata(j.hash, j.keyID, now)
	w, err := wire.Write(r.stream, id, e, &m, j.key.Seal)
	revision := uint64(r.head.last+1) + uint64(len(p.raws))
	raw := eventlog.Raw{Stream: r.stream, Revision: revision, ID: id, Type: e.EventType(), JSON: true, Data: w.Data, Metadata: w.Meta}
	return raw, domain.Recorded{Stream: r.stream, Revision: revision, ID: id, Type: raw.Type, Event: w.Event, Metadata: w.Metadata}, err
}

// now is the instant of receipt: never before the stream's last one (events §2).
func (r *run[S]) now() domain.Instant {
	now := domain.At(r.l.clock())
	if now.Time().Before(r.head.received.Time()) {
		r.l.noteRaised(r.head.received, now)
		return r.head.received
	}
	return now
}
