package nodefuzz

import (
	"context"
	"errors"
	"io"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/protobuf/types/known/emptypb"
)

type opKind int

const (
	opAppend opKind = iota
	opDelete
	opEnd
)

// expectation is a revision, or one below zero: no stream, any, exists.
type expectation int64

const (
	noStream expectation = -1
	anyState expectation = -2
	exists   expectation = -4
)

// op is one operation that the node accepted, or may have accepted without saying so.
type op struct {
	seq      int64 // the order in which operations were sent
	kind     opKind
	stream   string
	expected expectation
	events   []proposed
	pos      uint64 // of its last event; 0: nobody knows
	maybe    bool
}

type proposed struct {
	id         uuid.UUID
	kind       string
	json       bool
	data, meta []byte
}

// mutator appends and deletes.
type mutator struct{ *worker }

func (w mutator) expect() expectation {
	switch w.rand.IntN(10) {
	case 0, 1, 2, 3:
		return anyState
	case 4, 5:
		return noStream
	case 6:
		return exists
	}
	return expectation(w.rand.IntN(12))
}

func (w mutator) newOp(kind opKind) op {
	o := op{seq: w.seq.Add(1), kind: kind, stream: w.stream(), expected: w.expect()}
	if kind != opAppend {
		return o
	}
	for range w.rand.IntN(5) {
		o.events = append(o.events, proposed{id: uuid.New(), kind: w.kind(), json: w.rand.IntN(3) > 0, data: w.payload(), meta: w.payload()})
	}
	return o
}

// keep records what was accepted at a position; what is not known to be accepted is looked for afterwards.
func (w mutator) keep(o op) {
	w.mu.Lock()
	w.ops = append(w.ops, o)
	w.mu.Unlock()
	if !o.maybe && o.kind == opAppend && len(o.events) > 0 {
		w.mine = append(w.mine, o)
		if len(w.mine) > 60 { // older ones may be forgotten by the node
			w.mine = w.mine[1:]
		}
	}
}

func (w mutator) appendSome(ctx context.Context) { w.send(ctx, w.newOp(opAppend)) }

// appendAgain repeats an append, or a part of it, sometimes elsewhere.
func (w mutator) appendAgain(ctx context.Context) {
	if len(w.mine) == 0 {
		return
	}
	o := w.mine[w.rand.IntN(len(w.mine))]
	o.seq = w.seq.Add(1)
	switch w.rand.IntN(4) {
	case 0:
		o.stream = w.stream()
	case 1:
		o.events = o.events[:1+w.rand.IntN(len(o.events))]
	case 2:
		o.expected = w.expect()
	}
	w.send(ctx, o)
}

func (w mutator) send(ctx context.Context, o op) {
	var options []grpc.CallOption
	if w.rand.IntN(4) == 0 {
		options = append(options, grpc.UseCompressor(gzip.Name))
	}
	ok, pos, err := appendTo(ctx, w.streams, o, options...)
	w.note(err)
	switch {
	case err != nil && ctx.Err() != nil:
		o.maybe = true
		w.keep(o)
	case ok && pos > 0:
		o.pos = pos
		w.keep(o)
	}
}

func appendTo(ctx context.Context, c streams.StreamsClient, o op, options ...grpc.CallOption) (ok bool, pos uint64, err error) {
	call, err := c.Append(ctx, options...)
	if err != nil {
		return false, 0, err
	}
	messages := []*streams.AppendReq{{Content: &streams.AppendReq_Options_{Options: o.appendOptions()}}}
	for i := range o.events {
		messages = append(messages, o.events[i].message())
	}
	for _, m := range messages {
		if err := call.Send(m); err != nil {
			break
		}
	}
	resp, err := call.CloseAndRecv()
	return resp.GetSuccess() != nil, resp.GetSuccess().GetPosition().GetCommitPosition(), err
}

func (o *op) appendOptions() *streams.AppendReq_Options {
	out := &streams.AppendReq_Options{StreamIdentifier: named(o.stream)}
	switch o.expected {
	case noStream:
		out.ExpectedStreamRevision = &streams.AppendReq_Options_NoStream{NoStream: &shared.Empty{}}
	case anyState:
		out.ExpectedStreamRevision = &streams.AppendReq_Options_Any{Any: &shared.Empty{}}
	case exists:
		out.ExpectedStreamRevision = &streams.AppendReq_Options_StreamExists{StreamExists: &shared.Empty{}}
	default:
		out.ExpectedStreamRevision = &streams.AppendReq_Options_Revision{Revision: uint64(o.expected)}
	}
	return out
}

func (p *proposed) properties() map[string]string {
	content := "application/octet-stream"
	if p.json {
		content = "application/json"
	}
	return map[string]string{"type": p.kind, "content-type": content}
}

func (p *proposed) message() *streams.AppendReq {
	return &streams.AppendReq{Content: &streams.AppendReq_ProposedMessage_{ProposedMessage: &streams.AppendReq_ProposedMessage{
		Id: textID(p.id), Metadata: p.properties(), Data: p.data, CustomMetadata: p.meta}}}
}

func (w mutator) deleteSome(ctx context.Context) { w.remove(w.newOp(opDelete)) }
func (w mutator) endSome(ctx context.Context)    { w.remove(w.newOp(opEnd)) }

// remove waits for its answer whatever happens to the run: an unknown outcome could not be found afterwards.
func (w mutator) remove(o op) {
	ctx, cancel := context.WithTimeout(context.Background(), 4*callTime)
	defer cancel()
	pos, err := removeFrom(ctx, w.streams, o)
	w.note(err)
	if err == nil {
		o.pos = pos
		w.keep(o)
	}
}

func removeFrom(ctx context.Context, c streams.StreamsClient, o op) (uint64, error) {
	if o.kind == opEnd {
		resp, err := c.Tombstone(ctx, &streams.TombstoneReq{Options: o.endOptions()})
		return resp.GetPosition().GetCommitPosition(), err
	}
	resp, err := c.Delete(ctx, &streams.DeleteReq{Options: o.deleteOptions()})
	return resp.GetPosition().GetCommitPosition(), err
}

func (o *op) deleteOptions() *streams.DeleteReq_Options {
	out := &streams.DeleteReq_Options{StreamIdentifier: named(o.stream)}
	switch o.expected {
	case noStream:
		out.ExpectedStreamRevision = &streams.DeleteReq_Options_NoStream{NoStream: &shared.Empty{}}
	case anyState:
		out.ExpectedStreamRevision = &streams.DeleteReq_Options_Any{Any: &shared.Empty{}}
	case exists:
		out.ExpectedStreamRevision = &streams.DeleteReq_Options_StreamExists{StreamExists: &shared.Empty{}}
	default:
		out.ExpectedStreamRevision = &streams.DeleteReq_Options_Revision{Revision: uint64(o.expected)}
	}
	return out
}

func (o *op) endOptions() *streams.TombstoneReq_Options {
	out := &streams.TombstoneReq_Options{StreamIdentifier: named(o.stream)}
	switch o.expected {
	case noStream:
		out.ExpectedStreamRevision = &streams.TombstoneReq_Options_NoStream{NoStream: &shared.Empty{}}
	case anyState:
		out.ExpectedStreamRevision = &streams.TombstoneReq_Options_Any{Any: &shared.Empty{}}
	case exists:
		out.ExpectedStreamRevision = &streams.TombstoneReq_Options_StreamExists{StreamExists: &shared.Empty{}}
	default:
		out.ExpectedStreamRevision = &streams.TombstoneReq_Options_Revision{Revision: uint64(o.expected)}
	}
	return out
}

// batch sends several appends at once, whole, in pieces, and some that are never finished or not valid.
func (w mutator) batch(ctx context.Context) {
	call, err := w.streams.BatchAppend(ctx)
	if err != nil {
		w.note(err)
		return
	}
	waiting := map[string]op{}
	for range 1 + w.rand.IntN(6) {
		correlation := uuid.New()
		o := w.newOp(opAppend)
		frames := w.frames(o, correlation)
		if w.rand.IntN(5) == 0 { // never finished
			frames = frames[:w.rand.IntN(len(frames))]
		} else {
			waiting[correlation.String()] = o
		}
		for _, f := range frames {
			if call.Send(f) != nil {
				break
			}
		}
		if w.rand.IntN(6) == 0 {
			_ = call.Send(w.wrongFrame())
		}
	}
	_ = call.CloseSend()
	w.answers(call, waiting)
}

func (w mutator) answers(call streams.Streams_BatchAppendClient, waiting map[string]op) {
	for {
		resp, err := call.Recv()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				w.note(err)
			}
			break
		}
		id := resp.GetCorrelationId().GetString_()
		o, mine := waiting[id]
		delete(waiting, id)
		if o.pos = resp.GetSuccess().GetPosition().GetCommitPosition(); mine && o.pos > 0 {
			w.keep(o)
		}
	}
	for _, o := range waiting {
		o.maybe = true
		w.keep(o)
	}
}

func (w mutator) frames(o op, correlation uuid.UUID) []*streams.BatchAppendReq {
	first := &streams.BatchAppendReq{CorrelationId: textID(correlation), Options: o.batchOptions()}
	frames := []*streams.BatchAppendReq{first}
	for i := range o.events {
		p := &o.events[i]
		last := frames[len(frames)-1]
		if w.rand.IntN(2) == 0 {
			last = &streams.BatchAppendReq{CorrelationId: textID(correlation)}
			frames = append(frames, last)
		}
		last.ProposedMessages = append(last.ProposedMessages, &streams.BatchAppendReq_ProposedMessage{Id: textID(p.id),
			Metadata: p.properties(), Data: p.data, CustomMetadata: p.meta})
	}
	frames[len(frames)-1].IsFinal = true
	return frames
}

func (o *op) batchOptions() *streams.BatchAppendReq_Options {
	out := &streams.BatchAppendReq_Options{StreamIdentifier: named(o.stream)}
	switch o.expected {
	case noStream:
		out.ExpectedStreamPosition = &streams.BatchAppendReq_Options_NoStream{NoStream: &emptypb.Empty{}}
	case anyState:
		out.ExpectedStreamPosition = &streams.BatchAppendReq_Options_Any{Any: &emptypb.Empty{}}
	case exists:
		out.ExpectedStreamPosition = &streams.BatchAppendReq_Options_StreamExists{StreamExists: &emptypb.Empty{}}
	default:
		out.ExpectedStreamPosition = &streams.BatchAppendReq_Options_StreamPosition{StreamPosition: uint64(o.expected)}
	}
	return out
}

// wrongFrame is a frame that no append can come of.
func (w mutator) wrongFrame() *streams.BatchAppendReq {
	id := textID(uuid.New())
	o := op{stream: stray(), expected: anyState}
	nothing := []*streams.BatchAppendReq_ProposedMessage{{}}
	return []*streams.BatchAppendReq{
		{}, {IsFinal: true}, {CorrelationId: id, IsFinal: true}, {CorrelationId: &shared.UUID{}, Options: o.batchOptions(), IsFinal: true},
		{CorrelationId: id, Options: o.batchOptions(), ProposedMessages: nothing, IsFinal: true},
		{CorrelationId: id, Options: &streams.BatchAppendReq_Options{}, IsFinal: true}, {Options: o.batchOptions(), IsFinal: true},
		{CorrelationId: id, ProposedMessages: nothing, IsFinal: true},
	}[w.rand.IntN(8)]
}
