package node

import (
	"math"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
)

func (r *reading) confirm() error {
	return r.call.Send(&streams.ReadResp{Content: &streams.ReadResp_Confirmation{
		Confirmation: &streams.ReadResp_SubscriptionConfirmation{SubscriptionId: uuid.NewString()}}})
}

func (r *reading) caughtUp() error {
	return r.call.Send(&streams.ReadResp{Content: &streams.ReadResp_CaughtUp_{CaughtUp: &streams.ReadResp_CaughtUp{}}})
}

// follower walks $all for a subscription: catching up and live are the same walk, so there is no seam between them.
type follower struct {
	r          *reading
	next       int64 // position to look at next
	checkpoint int64 // last one sent
	live       bool
}

func (r *reading) followAll(o *streams.ReadReq_Options_AllOptions) error {
	r.limit = math.MaxUint64 // a page without a filter is as long as the rest of the count
	wake, leave := r.s.store.hub.join("")
	defer leave()
	f := &follower{r: r, next: 1}
	switch v := o.GetAllOption().(type) {
	case *streams.ReadReq_Options_AllOptions_Position:
		f.next = position(v.Position) + 1
	case *streams.ReadReq_Options_AllOptions_End:
		f.next = r.s.store.last.Load() + 1
	}
	f.checkpoint = f.next - 1
	if err := r.confirm(); err != nil {
		return err
	}
	for {
		began := time.Now()
		if err := f.advance(); err != nil {
			return err
		}
		select {
		case <-wake:
		case <-r.ctx.Done():
			return r.ctx.Err()
		case <-r.s.closing:
			return errClosed
		}
		// Under load a walk serves several commits; a commit by itself is sent at once.
		time.Sleep(walkSpace - time.Since(began))
	}
}

const walkSpace = 10 * time.Millisecond

// advance sends everything up to the newest event, then goes live if it was not.
func (f *follower) advance() error {
	end := f.r.s.store.last.Load()
	var err error
	if categories, ok := f.r.filter.categories(); ok && end-f.next > pageEvents {
		err = f.byCategory(categories, end)
	} else if f.next <= end {
		err = f.r.pump(f.next, end, f.consider)
	}
	if err != nil {
		return err
	}
	f.next = max(f.next, end+1)
	if f.live {
		return nil
	}
	f.live = true
	if f.r.filter != nil && f.next-1 > f.checkpoint {
		if err := f.sendCheckpoint(f.next - 1); err != nil {
			return err
		}
	}
	return f.r.caughtUp()
}

func (f *follower) consider(e *event) (bool, error) {
	f.next = e.pos + 1
	if f.r.filter.match(e) {
		if err := f.r.sendEvent(e); err != nil {
			return false, err
		}
	}
	return true, f.checkpoints(e.pos)
}

// checkpoints sends one for every whole interval up to pos; positions are dense, so considered events can be counted.
func (f *follower) checkpoints(pos int64) error {
	if f.r.filter == nil {
		return nil
	}
	for pos-f.checkpoint >= f.r.filter.interval {
		if err := f.sendCheckpoint(f.checkpoint + f.r.filter.interval); err != nil {
			return err
		}
	}
	return nil
}

func (f *follower) sendCheckpoint(pos int64) error {
	f.checkpoint = pos
	return f.r.call.Send(&streams.ReadResp{Content: &streams.ReadResp_Checkpoint_{
		Checkpoint: &streams.ReadResp_Checkpoint{CommitPosition: uint64(pos), PreparePosition: uint64(pos)}}})
}

// byCategory walks only the events of some categories up to end, in order of position, through their index.
func (f *follower) byCategory(categories []string, end int64) error {
	p := pages.Get().(*page)
	defer pages.Put(p)
	for f.next <= end {
		err := f.r.s.store.with(f.r.ctx, func(rd *reader) error { return rd.categoryPage(categories, f.next, end, p) })
		for i := range p.events {
			e := &p.events[i]
			if err := f.checkpoints(e.pos - 1); err != nil {
				return err
			}
			if _, err := f.consider(e); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
		if err := f.checkpoints(p.next - 1); err != nil {
			return err
		}
		f.next = p.next
	}
	return nil
}
