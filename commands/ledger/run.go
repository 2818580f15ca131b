package ledger

import (
	"bytes"
	"context"
	"errors"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
)

// run is one HandleMany at work on its stream, which it has locked in this process.
type run[S domain.State[S]] struct {
	l        *Ledger
	stream   string
	org      domain.ID
	jobs     []job[S]
	outcomes []Outcome
	head     *head
	// fence is a position taken after the commands arrived; see fence.
	fence  eventlog.Position
	fenced bool
	// ambiguous are the commands that an ambiguous append of this run held: found in the stream, they are its own.
	ambiguous map[domain.ID]bool
	decides   int
}

// loop goes round until every job has an outcome.
func (r *run[S]) loop(ctx context.Context) error {
	for {
		if err := r.load(ctx); err != nil {
			return err
		}
		r.answerKnown()
		if len(r.jobs) == 0 {
			r.l.heads.put(r.head)
			return nil
		}
		p, err := r.decide()
		if err != nil {
			return err
		}
		if p.needsFreshRead && r.head.remembered {
			// A "no" or "nothing to do" is only said from a stream just read.
			err = r.reload(ctx, p)
		} else {
			err = r.commit(ctx, p)
		}
		if err != nil {
			return err
		}
	}
}

// load takes the remembered head or reads the stream.
func (r *run[S]) load(ctx context.Context) error {
	if r.head != nil {
		return nil
	}
	if h := r.l.heads.take(r.stream); h != nil {
		if _, same := h.state.(S); same || h.partial() && r.endSuffices(h.since) {
			r.head = h
			return nil
		}
	}
	select {
	case r.l.cold <- struct{}{}:
		defer func() { <-r.l.cold }()
	case <-ctx.Done():
		return unknown(context.Cause(ctx))
	}
	if loaded, err := r.loadEnd(ctx); loaded || err != nil {
		return err
	}
	r.head = newHead[S](r.stream, r.org)
	return r.refresh(ctx)
}

// refresh reads what was written after the head.
func (r *run[S]) refresh(ctx context.Context) error {
	h := r.head
	r.head = nil
	events, err := r.l.log.Read(ctx, r.stream, uint64(h.last+1), 0)
	if err != nil {
		return unknown(err)
	}
	for _, raw := range events {
		e, err := Decode(raw)
		if err != nil {
			return err
		}
		if err := h.follow(e); err != nil {
			return err
		}
		evolve[S](h, e)
	}
	h.remembered = false
	r.head = h
	return nil
}

// reload brings the head up to date after p was not to be.
func (r *run[S]) reload(ctx context.Context, p *page[S]) error {
	if p.evolved > 0 { // the head's state may share memory with the page's
		r.head = nil
		return r.load(ctx)
	}
	return r.refresh(ctx)
}

// answerKnown answers the jobs whose command is already in the stream.
func (r *run[S]) answerKnown() {
	var rest []job[S]
	for _, j := range r.jobs {
		id := j.Call.CommandID
		known, hit := r.head.commands[id]
		switch {
		case !hit:
			rest = append(rest, j)
		case !j.erased && hashBytes(j.hash) != known.hash:
			r.outcomes[j.at].Err = domain.Refuse("command_id_reused",
				"the command id %s was used for another request; make a new id", id)
		default:
			r.outcomes[j.at].Receipt = r.head.receipt(id, known, !r.ambiguous[id])
		}
	}
	r.jobs = rest
}

// commit appends a page and answers its jobs, or brings the head up to date for another round.
func (r *run[S]) commit(ctx context.Context, p *page[S]) error {
	if len(p.raws) == 0 {
		return r.resolve(p)
	}
	if err := r.ensureFence(ctx); err != nil {
		return unknown(err)
	}
	if err := r.l.held(ctx); err != nil { // since the command came in
		return err
	}
	before := r.head.last
	written, err := r.write(ctx, p)
	switch {
	case err == nil:
		return r.accept(ctx, p, written)
	case errors.Is(err, eventlog.ErrConflict):
		return r.retry(ctx, p, err)
	case errors.Is(err, eventlog.ErrAmbiguous), errors.Is(err, eventlog.ErrUnavailable):
		return r.resolveAmbiguous(ctx, p, before, err)
	}
	r.head = nil
	if r.ambiguous[p.jobs[0].Call.CommandID] {
		return unknown(err)
	}
	return err
}

// accept answers a page that the store says it holds, if what it holds is this page.
func (r *run[S]) accept(ctx context.Context, p *page[S], w eventlog.Written) error {
	own := r.l.sole && r.isNew(w)
	if !r.l.sole {
		var err error
		if own, err = r.readBack(ctx, p); err != nil {
			r.head = nil
			return unknown(err)
		}
	}
	if !own {
		return r.retry(ctx, p, errors.New("the store knew the events already"))
	}
	return r.resolve(p)
}

// readBack says whether the stream holds this page's bytes behind the head.
func (r *run[S]) readBack(ctx context.Context, p *page[S]) (bool, error) {
	stored, err := r.l.log.Read(ctx, r.stream, uint64(r.head.last+1), 0)
	if err != nil || len(stored) < len(p.raws) {
		return false, err
	}
	for i, want := range p.raws {
		if stored[i].ID != want.ID || !bytes.Equal(stored[i].Metadata, want.Metadata) || !bytes.Equal(stored[i].Data, want.Data) {
			return false, nil
		}
	}
	return true, nil
}

// ensureFence takes the fence for a head that was remembered; a stream just read needs none, nor what is read back.
func (r *run[S]) ensureFence(ctx context.Context) (err error) {
	if r.l.sole && r.head.remembered && !r.fenced {
		r.fence, err = r.l.fence.position(ctx)
		r.fenced = err == nil
	}
	return err
}

// isNew tells a written page from an older append of the same ids, which another process made unknown to the remembered head.
func (r *run[S]) isNew(w eventlog.Written) bool {
	return !r.head.remembered || r.fence.Commit < w.Position.Commit
}

// write appends, and repeats the identical append while its outcome is ambiguous.
func (r *run[S]) write(ctx context.Context, p *page[S]) (w eventlog.Written, err error) {
	for try := range maxRepeats {
		attempt, cancel := context.WithTimeout(ctx, appendTimeout)
		w, err = r.l.log.Write(attempt, r.stream, r.head.last, p.raws)
		cancel()
		switch {
		case errors.Is(err, eventlog.ErrAmbiguous):
			for _, j := range p.jobs {
				r.ambiguous[j.Call.CommandID] = true
			}
		case !errors.Is(err, eventlog.ErrUnavailable):
			return w, err
		}
		if pause(ctx, try+2) != nil {
			return w, err
		}
	}
	return w, err
}

// retry decides again, a bounded number of times.
func (r *run[S]) retry(ctx context.Context, p *page[S], cause error) error {
	if r.decides++; r.decides >= maxDecides {
		r.head = nil
		return unknown(cause)
	}
	if r.decides > 1 {
		if err := pause(ctx, r.decides); err != nil {
			r.head = nil
			return unknown(cause)
		}
	}
	return r.reload(ctx, p)
}

// resolveAmbiguous reads the stream after an append whose outcome stayed ambiguous.
func (r *run[S]) resolveAmbiguous(ctx context.Context, p *page[S], before int64, cause error) error {
	if err := r.reload(ctx, p); err != nil {
		return unknown(errors.Join(cause, err))
	}
	if r.head.last == before { // it may still arrive
		r.l.heads.put(r.head)
		r.head = nil
		return unknown(cause)
	}
	r.decides++
	if r.decides >= maxDecides {
		return unknown(cause)
	}
	return nil
}

// resolve takes a page's outcomes as they are: its events are recorded, or it has none and the head was just read.
func (r *run[S]) resolve(p *page[S]) error {
	for i, e := range p.recorded {
		if err := r.head.follow(e); err != nil {
			return err
		}
		if i >= p.evolved {
			p.state = p.state.Evolve(e)
		}
	}
	if !r.head.partial() {
		r.head.state = p.state
	}
	if len(p.recorded) > 0 {
		r.l.recorded(p.recorded)
	}
	for i, j := range p.jobs {
		r.outcomes[j.at] = p.outcomes[i]
	}
	r.jobs = p.rest
	r.decides = 0
	return nil
}
