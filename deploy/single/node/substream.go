package node

import (
	"math"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
)

// followStream sends what is there already as a read would, so that metadata hides from it; and from then on, live, every
// event that is written, whatever the metadata says.
func (r *reading) followStream(o *streams.ReadReq_Options_StreamOptions) error {
	wake, leave := r.s.store.hub.join(r.stream)
	defer leave()
	next, head, err := r.subscribedFrom(o)
	if err != nil {
		return err
	}
	if err := r.confirm(); err != nil {
		return err
	}
	r.limit = math.MaxUint64
	if err := r.catchUpStream(next, head); err != nil {
		return err
	}
	if err := r.caughtUp(); err != nil {
		return err
	}
	for next = max(next, head+1); ; {
		if next, err = r.sendLive(next); err != nil {
			return err
		}
		select {
		case <-wake:
		case <-r.ctx.Done():
			return r.ctx.Err()
		case <-r.s.closing:
			return errClosed
		}
	}
}

// subscribedFrom is the first revision that a subscription wants, and the stream's head; a tombstoned stream is refused
// before confirmation.
func (r *reading) subscribedFrom(o *streams.ReadReq_Options_StreamOptions) (next, head int64, err error) {
	var p page
	v, err := r.stare(&p, func(*reader, view) error { return nil })
	if err != nil {
		return 0, 0, err
	}
	if v.tombstoned {
		return 0, 0, streamDeleted(r.stream)
	}
	switch s := o.GetRevisionOption().(type) {
	case *streams.ReadReq_Options_StreamOptions_Revision:
		if s.Revision != math.MaxUint64 {
			return int64(min(s.Revision, math.MaxInt64-2)) + 1, v.head, nil
		}
		return v.head + 1, v.head, nil
	case *streams.ReadReq_Options_StreamOptions_End:
		return v.head + 1, v.head, nil
	}
	return 0, v.head, nil
}

// catchUpStream sends what can be read between two revisions.
func (r *reading) catchUpStream(next, head int64) error {
	p := pages.Get().(*page)
	defer pages.Put(p)
	for next <= head {
		v, err := r.glance(p, func(rd *reader, v view) error {
			v.head = min(v.head, head)
			if next = max(next, v.first); next > v.head {
				return nil
			}
			return rd.streamPage(v, r.stream, next, pageEvents, p)
		})
		if err != nil {
			return r.sendThen(p, err)
		}
		if v.tombstoned {
			return streamDeleted(r.stream)
		}
		if err := r.sendFollowed(p, r.s.oldest(v.maxAge)); err != nil {
			return err
		}
		if !p.more {
			return nil
		}
		next = p.next
	}
	return nil
}

// sendLive sends everything from a revision on, the tombstone last, and returns the next revision.
func (r *reading) sendLive(next int64) (int64, error) {
	p := pages.Get().(*page)
	defer pages.Put(p)
	for {
		v, err := r.stare(p, func(rd *reader, v view) error { return rd.livePage(v, r.stream, next, p) })
		if err != nil {
			return next, r.sendThen(p, err)
		}
		if err := r.sendFollowed(p, math.MinInt64); err != nil {
			return next, err
		}
		if len(p.events) > 0 {
			next = p.next
		}
		switch {
		case p.more:
		case v.tombstoned:
			return next, streamDeleted(r.stream)
		default:
			return next, nil
		}
	}
}

// livePage fills the page with revisions from one on, without regard to metadata. A tombstone comes alone on its page.
func (r *reader) livePage(v view, name string, next int64, p *page) error {
	if v.id == 0 {
		return nil
	}
	if v.tombstoned {
		last, err := r.lastBelow(v.id, tombstoneRev)
		if err != nil {
			return err
		}
		if next > last {
			v.head, next = tombstoneRev, tombstoneRev
		} else {
			v.head = last
		}
	}
	if next > v.head {
		return nil
	}
	err := r.streamPage(v, name, next, pageEvents, p)
	if v.tombstoned && v.head < tombstoneRev {
		p.more = true
	}
	if v.head == tombstoneRev {
		p.more = false
	}
	return err
}

// sendFollowed sends a page to a subscription. An event that says of its stream that it is deleted ends it.
func (r *reading) sendFollowed(p *page, oldest int64) error {
	for i := range p.events {
		e := &p.events[i]
		if e.created < oldest {
			continue
		}
		if err := r.sendEvent(e); err != nil {
			return err
		}
		if e.typ == typeTombstone {
			return streamDeleted(r.stream)
		}
	}
	return nil
}
