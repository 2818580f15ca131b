package node

import (
	"cmp"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"google.golang.org/protobuf/types/known/emptypb"
)

const (
	batchesAtOnce = 256
	batchesBegun  = 10_000 // appends of one call that wait for their final frame
)

// batches is one BatchAppend call: many appends, told apart by correlation id, each complete with its final frame.
type batches struct {
	s       *service
	call    streams.Streams_BatchAppendServer
	pending map[[16]byte]*batch
	send    sync.Mutex
	busy    sync.WaitGroup
	slots   chan struct{}
}

type batch struct {
	id       *shared.UUID
	options  *streams.BatchAppendReq_Options
	request  *request
	deadline time.Time
}

// BatchAppend answers every append of the call; a refusal of one leaves the call alive.
func (s *service) BatchAppend(call streams.Streams_BatchAppendServer) error {
	b := &batches{s: s, call: call, pending: map[[16]byte]*batch{}, slots: make(chan struct{}, batchesAtOnce)}
	defer b.busy.Wait()
	defer b.forget()
	for {
		req, err := call.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		b.take(req)
	}
}

func (b *batches) take(req *streams.BatchAppendReq) {
	key, err := parseUUID(req.GetCorrelationId())
	if err != nil {
		b.refuse(&batch{id: req.GetCorrelationId(), options: req.GetOptions(), request: &request{}}, err)
		return
	}
	cur := b.pending[key]
	if cur == nil {
		if cur = b.begin(req); cur == nil {
			return
		}
		b.pending[key] = cur
	}
	if err := cur.add(req, &b.s.hand); err != nil {
		delete(b.pending, key)
		b.refuse(cur, err)
		return
	}
	if !req.GetIsFinal() {
		return
	}
	delete(b.pending, key)
	b.write(cur)
}

// begin opens an append; a frame without options for an unknown id is left alone, as EventStoreDB does.
func (b *batches) begin(req *streams.BatchAppendReq) *batch {
	o := req.GetOptions()
	if o == nil {
		return nil
	}
	cur := &batch{id: req.GetCorrelationId(), options: o, request: &request{kind: writeAppend}}
	err := cur.open(time.Now())
	if err == nil {
		err = b.s.mayWrite(cur.request)
	}
	if err == nil && len(b.pending) >= batchesBegun {
		err = invalid("%d appends of this call wait for their final frame already", batchesBegun)
	}
	if err == nil {
		err = cur.request.holdName(&b.s.hand)
	}
	if err != nil {
		b.refuse(cur, err)
		return nil
	}
	return cur
}

// forget gives back what incomplete appends held when their call ends.
func (b *batches) forget() {
	for _, cur := range b.pending {
		cur.request.release(&b.s.hand)
	}
}

func (c *batch) open(now time.Time) error {
	if c.options.GetStreamIdentifier() == nil {
		return invalid("Required field StreamIdentifier not set.")
	}
	var err error
	if c.request.name, err = streamName(c.options.GetStreamIdentifier().GetStreamName()); err != nil {
		return err
	}
	switch c.options.ExpectedStreamPosition.(type) {
	case *streams.BatchAppendReq_Options_NoStream:
		c.request.expected = noStream
	case *streams.BatchAppendReq_Options_Any:
		c.request.expected = anyRevision
	case *streams.BatchAppendReq_Options_StreamExists:
		c.request.expected = streamExists
	case *streams.BatchAppendReq_Options_StreamPosition:
		c.request.expected, err = exact(c.options.GetStreamPosition())
	default:
		err = invalid("'None' is not a valid expected stream position")
	}
	if err != nil {
		return err
	}
	switch d := c.options.DeadlineOption.(type) {
	case *streams.BatchAppendReq_Options_Deadline:
		c.deadline = now.Add(d.Deadline.AsDuration())
	case *streams.BatchAppendReq_Options_Deadline_21_10_0:
		c.deadline = d.Deadline_21_10_0.AsTime()
	}
	if !c.deadline.IsZero() && !c.deadline.After(now) {
		return timedOut()
	}
	return nil
}

func (c *batch) add(req *streams.BatchAppendReq, hand *budget) error {
	r := c.request
	for _, p := range req.GetProposedMessages() {
		if err := r.add(p.GetId(), p.GetMetadata(), p.GetData(), p.GetCustomMetadata()); err != nil {
			return err
		}
		if r.size > maxAppend {
			return appendTooLarge()
		}
		if err := r.hold(hand, &r.events[len(r.events)-1]); err != nil {
			return err
		}
	}
	return nil
}

// write waits for the outcome beside the receiving loop. Appends reach the writer in the order they were completed.
func (b *batches) write(c *batch) {
	if !c.deadline.IsZero() && !c.deadline.After(time.Now()) {
		b.refuse(c, timedOut())
		return
	}
	b.slots <- struct{}{}
	if err := b.s.store.w.enqueue(b.call.Context(), c.request); err != nil {
		<-b.slots
		b.refuse(c, err)
		return
	}
	b.busy.Go(func() {
		defer func() { <-b.slots }()
		o := <-c.request.done
		if err := calm(func() error { b.answer(c, o); return nil }); err != nil {
			_ = b.s.told(b.call.Context(), err)
		}
	})
}

func (b *batches) answer(c *batch, o outcome) {
	switch {
	case o.err != nil:
		b.refuse(c, b.s.told(b.call.Context(), o.err))
	case o.verdict == verdictDeleted:
		b.refuse(c, streamDeleted(cmp.Or(o.deleted, c.request.name)))
	case o.verdict == verdictWrong:
		b.refuse(c, wrongVersion("Append", c.request.name, c.request.expected, o.rev))
	default:
		c.request.release(&b.s.hand)
		resp := c.response()
		resp.Result = &streams.BatchAppendResp_Success_{Success: batchSuccess(o)}
		b.reply(resp)
	}
}

func batchSuccess(o outcome) *streams.BatchAppendResp_Success {
	out := &streams.BatchAppendResp_Success{}
	if o.rev < 0 {
		out.CurrentRevisionOption = &streams.BatchAppendResp_Success_NoStream{NoStream: &emptypb.Empty{}}
	} else {
		out.CurrentRevisionOption = &streams.BatchAppendResp_Success_CurrentRevision{CurrentRevision: uint64(o.rev)}
	}
	if o.pos == 0 {
		out.PositionOption = &streams.BatchAppendResp_Success_NoPosition{NoPosition: &emptypb.Empty{}}
	} else {
		out.PositionOption = &streams.BatchAppendResp_Success_Position{Position: &shared.AllStreamPosition{
			CommitPosition: uint64(o.pos), PreparePosition: uint64(o.pos)}}
	}
	return out
}

// response is an answer without its result: the correlation id in the caller's form, stream and expectation repeated.
func (c *batch) response() *streams.BatchAppendResp {
	resp := &streams.BatchAppendResp{CorrelationId: c.id, StreamIdentifier: c.options.GetStreamIdentifier()}
	if resp.StreamIdentifier == nil {
		resp.StreamIdentifier = &shared.StreamIdentifier{StreamName: []byte(c.request.name)}
	}
	switch c.options.GetExpectedStreamPosition().(type) {
	case *streams.BatchAppendReq_Options_NoStream:
		resp.ExpectedStreamPosition = &streams.BatchAppendResp_NoStream{NoStream: &emptypb.Empty{}}
	case *streams.BatchAppendReq_Options_Any:
		resp.ExpectedStreamPosition = &streams.BatchAppendResp_Any{Any: &emptypb.Empty{}}
	case *streams.BatchAppendReq_Options_StreamExists:
		resp.ExpectedStreamPosition = &streams.BatchAppendResp_StreamExists{StreamExists: &emptypb.Empty{}}
	case *streams.BatchAppendReq_Options_StreamPosition:
		resp.ExpectedStreamPosition = &streams.BatchAppendResp_StreamPosition{StreamPosition: c.options.GetStreamPosition()}
	}
	return resp
}

func (b *batches) refuse(c *batch, err error) {
	c.request.release(&b.s.hand)
	resp := c.response()
	resp.Result = &streams.BatchAppendResp_Error{Error: asProblem(err).batchStatus()}
	b.reply(resp)
}

// reply sends one answer; when the caller is gone the receiving loop learns it by itself.
func (b *batches) reply(resp *streams.BatchAppendResp) {
	b.send.Lock()
	defer b.send.Unlock()
	_ = b.call.Send(resp)
}
