package node

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"google.golang.org/grpc/codes"
)

// reading is one Read call with what its options say.
type reading struct {
	s        *service
	call     streams.Streams_ReadServer
	ctx      context.Context
	enc      *encoder
	filter   *filter
	resolve  bool
	back     bool
	limit    uint64
	lastSeen bool // the caller's client understands stream positions
	stream   string
	all      bool
}

// source is where $all is read from.
type source interface {
	newest() int64
	forward(ctx context.Context, from int64, limit int, p *page) error
}

var pages = sync.Pool{New: func() any { return &page{} }}

// Read answers counted reads and subscriptions, of one stream or of $all.
func (s *service) Read(req *streams.ReadReq, call streams.Streams_ReadServer) error {
	ctx := call.Context()
	r, err := s.newReading(req.GetOptions(), call)
	if err != nil {
		return s.fail(ctx, err)
	}
	return s.fail(ctx, r.run(req.GetOptions()))
}

func (s *service) newReading(o *streams.ReadReq_Options, call streams.Streams_ReadServer) (*reading, error) {
	if o == nil {
		return nil, invalid("the read has no options")
	}
	_, asText := o.GetUuidOption().GetContent().(*streams.ReadReq_Options_UUIDOption_String_)
	r := &reading{s: s, call: call, ctx: call.Context(), enc: newEncoder(asText), resolve: o.GetResolveLinks(),
		back: o.GetReadDirection() == streams.ReadReq_Options_Backwards, limit: o.GetCount(),
		lastSeen: o.GetControlOption().GetCompatibility() >= 1}
	switch o.GetStreamOption().(type) {
	case *streams.ReadReq_Options_Stream:
		var err error
		if r.stream, err = streamName(o.GetStream().GetStreamIdentifier().GetStreamName()); err != nil {
			return nil, err
		}
		if o.GetFilter() != nil {
			return nil, invalid("a filter chooses events of $all, not of one stream")
		}
	case *streams.ReadReq_Options_All:
		r.all = true
	default:
		return nil, invalid("the read names neither a stream nor $all")
	}
	if f := o.GetFilter(); f != nil && r.all {
		var err error
		if r.filter, err = newFilter(f); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *reading) run(o *streams.ReadReq_Options) error {
	if _, ok := o.GetCountOption().(*streams.ReadReq_Options_Subscription); ok {
		if r.back {
			return invalid("a subscription reads forwards only")
		}
		if r.all {
			return r.followAll(o.GetAll())
		}
		return r.followStream(o.GetStream())
	}
	if o.GetCountOption() == nil {
		return invalid("the read says neither how many events it wants nor that it subscribes")
	}
	if r.limit == 0 {
		return nil
	}
	switch {
	case r.all && r.back:
		return r.allBackwards(o.GetAll())
	case r.all:
		return r.allForwards(o.GetAll())
	case r.back:
		return r.streamBackwards(o.GetStream())
	}
	return r.streamForwards(o.GetStream())
}

// position is a wire position as ours: positions above the highest are the highest.
func position(p *streams.ReadReq_Options_Position) int64 {
	return int64(min(p.GetCommitPosition(), math.MaxInt64-1))
}

func (r *reading) allForwards(o *streams.ReadReq_Options_AllOptions) error {
	from := int64(1)
	switch v := o.GetAllOption().(type) {
	case *streams.ReadReq_Options_AllOptions_Position:
		from = max(1, position(v.Position))
	case *streams.ReadReq_Options_AllOptions_End:
		return nil
	}
	end := r.s.src.newest()
	return r.pump(from, end, func(e *event) (bool, error) {
		if !r.filter.match(e) {
			return true, nil
		}
		r.limit--
		return r.limit > 0, r.sendEvent(e)
	})
}

func (r *reading) allBackwards(o *streams.ReadReq_Options_AllOptions) error {
	before := int64(math.MaxInt64)
	switch v := o.GetAllOption().(type) {
	case *streams.ReadReq_Options_AllOptions_Position:
		before = position(v.Position)
	case *streams.ReadReq_Options_AllOptions_Start:
		return nil
	}
	p := pages.Get().(*page)
	defer pages.Put(p)
	for more := true; more && r.limit > 0; {
		err := r.s.store.with(r.ctx, func(rd *reader) error { return rd.backward(before, r.pageSize(), p) })
		if e := r.sendMatching(p); e != nil {
			return e
		}
		if err != nil {
			return err
		}
		before, more = p.next, p.more
	}
	return nil
}

func (r *reading) pageSize() int {
	if r.filter != nil {
		return pageEvents
	}
	return int(min(r.limit, pageEvents))
}

func (r *reading) sendMatching(p *page) error {
	for i := range p.events {
		if r.limit == 0 {
			return nil
		}
		if !r.filter.match(&p.events[i]) {
			continue
		}
		r.limit--
		if err := r.sendEvent(&p.events[i]); err != nil {
			return err
		}
	}
	return nil
}

func (r *reading) sendEvent(e *event) error {
	if !r.resolve || e.typ != typeLink {
		return r.call.SendMsg(r.enc.event(e, nil))
	}
	target, link, err := r.follow(e)
	if err != nil {
		return err
	}
	return r.call.SendMsg(r.enc.event(target, link))
}

// atEnd tells whether a read begins at the end, said by name or by the highest number there is.
func atEnd(o *streams.ReadReq_Options_StreamOptions) bool {
	switch v := o.GetRevisionOption().(type) {
	case *streams.ReadReq_Options_StreamOptions_End:
		return true
	case *streams.ReadReq_Options_StreamOptions_Revision:
		return v.Revision == math.MaxUint64
	}
	return false
}

// startOf is the revision a counted read begins with.
func startOf(o *streams.ReadReq_Options_StreamOptions, otherwise int64) int64 {
	switch v := o.GetRevisionOption().(type) {
	case *streams.ReadReq_Options_StreamOptions_Revision:
		return int64(min(v.Revision, math.MaxInt64))
	case *streams.ReadReq_Options_StreamOptions_End:
		return math.MaxInt64
	case *streams.ReadReq_Options_StreamOptions_Start:
		return 0
	}
	return otherwise
}

// glance looks at the stream and fills the first page in the same transaction, unless there is nothing to be seen.
func (r *reading) glance(p *page, fill func(*reader, view) error) (view, error) {
	return r.stare(p, func(rd *reader, v view) error {
		if !v.readable() {
			return nil
		}
		return fill(rd, v)
	})
}

// stare is a glance that also looks at what is deleted.
func (r *reading) stare(p *page, fill func(*reader, view) error) (view, error) {
	var v view
	p.reset()
	err := r.s.store.with(r.ctx, func(rd *reader) error {
		var err error
		if v, err = rd.look(r.stream); err != nil {
			return err
		}
		return fill(rd, v)
	})
	return v, err
}

func (v view) readable() bool { return v.found && !v.tombstoned && !v.softDeleted }

// unreadable answers for a stream that is tombstoned or not there; done says that there is nothing to read.
func (r *reading) unreadable(v view) (done bool, err error) {
	if v.tombstoned {
		return true, streamDeleted(r.stream)
	}
	if !v.readable() {
		return true, r.call.Send(&streams.ReadResp{Content: &streams.ReadResp_StreamNotFound_{
			StreamNotFound: &streams.ReadResp_StreamNotFound{StreamIdentifier: &shared.StreamIdentifier{StreamName: []byte(r.stream)}}}})
	}
	return false, nil
}

func (r *reading) streamForwards(o *streams.ReadReq_Options_StreamOptions) error {
	if atEnd(o) {
		return &problem{code: codes.Unknown, msg: "Unexpected ReadStreamResult: Error: behind the end of a stream nothing can be read forwards"}
	}
	start := startOf(o, 0)
	p := pages.Get().(*page)
	defer pages.Put(p)
	sent := false
	var next int64
	for {
		v, err := r.glance(p, func(rd *reader, v view) error {
			next = max(start, v.first)
			if next > v.head {
				return nil
			}
			return rd.streamPage(v, r.stream, next, r.pageSize(), p)
		})
		if err != nil {
			return r.sendThen(p, err)
		}
		if done, err := r.unreadable(v); done {
			return err
		}
		if !sent && r.lastSeen && len(p.events) == 0 && next != start {
			if err := r.call.Send(&streams.ReadResp{Content: &streams.ReadResp_FirstStreamPosition{FirstStreamPosition: uint64(next)}}); err != nil {
				return err
			}
		}
		sent = true
		if err := r.sendYoung(p, v.maxAge); err != nil {
			return err
		}
		if start = p.next; !p.more || r.limit == 0 {
			return r.sendLast(v)
		}
	}
}

func (r *reading) streamBackwards(o *streams.ReadReq_Options_StreamOptions) error {
	start := startOf(o, math.MaxInt64)
	p := pages.Get().(*page)
	defer pages.Put(p)
	for {
		v, err := r.glance(p, func(rd *reader, v view) error {
			from := min(start, v.head)
			if from < v.first {
				return nil
			}
			return rd.streamPageBack(v, r.stream, from, r.pageSize(), p)
		})
		if err != nil {
			return r.sendThen(p, err)
		}
		if done, err := r.unreadable(v); done {
			return err
		}
		if err := r.sendYoung(p, v.maxAge); err != nil {
			return err
		}
		if start = p.next; !p.more || r.limit == 0 {
			return r.sendLast(v)
		}
	}
}

// sendThen sends what was good before a loss, so that a read ends exactly at the damaged event.
func (r *reading) sendThen(p *page, err error) error {
	if e := r.sendYoung(p, 0); e != nil {
		return e
	}
	return err
}

func (r *reading) sendYoung(p *page, maxAge time.Duration) error {
	oldest := r.s.oldest(maxAge)
	for i := range p.events {
		if r.limit == 0 {
			return nil
		}
		if p.events[i].created < oldest {
			continue
		}
		r.limit--
		if err := r.sendEvent(&p.events[i]); err != nil {
			return err
		}
	}
	return nil
}

func (r *reading) sendLast(v view) error {
	if !r.lastSeen {
		return nil
	}
	return r.call.Send(&streams.ReadResp{Content: &streams.ReadResp_LastStreamPosition{LastStreamPosition: uint64(v.head)}})
}

// oldest is the creation time, in ticks, before which $maxAge hides an event; 0 hides none.
func (s *service) oldest(maxAge time.Duration) int64 {
	if maxAge <= 0 {
		return math.MinInt64
	}
	return s.store.w.clock().Add(-maxAge).UnixNano() / 100
}

// pump hands every event from a position up to end to f, while f wants more. The next page is read meanwhile.
func (r *reading) pump(from, end int64, f func(*event) (bool, error)) error {
	ctx, cancel := context.WithCancel(r.ctx)
	defer cancel()
	fill := r.filler(ctx, end)
	ahead := make(chan filled, 1)
	for cur := fill(from); ; cur = <-ahead {
		if cur.more() && (r.filter != nil || uint64(len(cur.p.events)) < r.limit) {
			go func(next int64) { ahead <- fill(next) }(cur.p.next) // fill never panics
		}
		again, err := cur.each(f)
		pages.Put(cur.p)
		if err != nil || !again || r.limit == 0 {
			return err
		}
	}
}

// filled is a page with the error that ended it, if any.
type filled struct {
	p   *page
	err error
	end int64
}

func (c filled) more() bool { return c.err == nil && c.p.next <= c.end }

// each walks the page; again says that another page follows.
func (c filled) each(f func(*event) (bool, error)) (again bool, err error) {
	for i := range c.p.events {
		if c.p.events[i].pos > c.end {
			return false, nil
		}
		if again, err := f(&c.p.events[i]); err != nil || !again {
			return false, err
		}
	}
	return c.more(), c.err
}

func (r *reading) filler(ctx context.Context, end int64) func(int64) filled {
	size := r.pageSize()
	return func(from int64) filled {
		p := pages.Get().(*page)
		p.reset()
		return filled{p, calm(func() error { return r.s.src.forward(ctx, from, size, p) }), end}
	}
}
