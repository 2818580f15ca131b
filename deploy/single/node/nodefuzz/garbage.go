package nodefuzz

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// bytesCodec sends bytes as they are.
type bytesCodec struct{}

// Name is that of the messages' real encoding.
func (bytesCodec) Name() string { return "proto" }

// Marshal gives the bytes as they are.
func (bytesCodec) Marshal(v any) ([]byte, error) {
	if b, ok := v.([]byte); ok {
		return b, nil
	}
	return nil, errors.New("these are no bytes")
}

// Unmarshal keeps the bytes as they are.
func (bytesCodec) Unmarshal(b []byte, v any) error {
	if into, ok := v.(*[]byte); ok {
		*into = b
	}
	return nil
}

// garbler sends what no client sends.
type garbler struct{ *worker }

func (w garbler) method() string {
	const groups = "/event_store.client.persistent_subscriptions.PersistentSubscriptions/"
	return w.pick("/event_store.client.streams.Streams/Append", "/event_store.client.streams.Streams/BatchAppend", "/event_store.client.streams.Streams/Read",
		"/event_store.client.streams.Streams/Delete", "/event_store.client.streams.Streams/Tombstone", groups+"Create", groups+"Update", groups+"Delete",
		groups+"Read", groups+"GetInfo", groups+"List", groups+"ReplayParked", "/event_store.client.gossip.Gossip/Read",
		"/event_store.client.server_features.ServerFeatures/GetSupportedMethods", "/event_store.client.projections.Projections/Create", "/no/Such")
}

// message is bytes that were a message once, or never. Its streams are strays.
func (w garbler) message() []byte {
	o := op{stream: stray(), expected: mutator{w.worker}.expect()}
	event := proposed{id: uuid.New(), kind: w.kind(), data: w.payload()}
	var b []byte
	switch w.rand.IntN(5) {
	case 0:
		b, _ = proto.Marshal(&streams.AppendReq{Content: &streams.AppendReq_Options_{Options: o.appendOptions()}})
	case 1:
		b, _ = proto.Marshal(event.message())
	case 2:
		b, _ = proto.Marshal(mutator{w.worker}.frames(op{stream: o.stream, expected: o.expected, events: []proposed{event}}, uuid.New())[0])
	case 3:
		b, _ = proto.Marshal(&streams.ReadReq{Options: asker{w.worker}.readOptions()})
	default:
		b = make([]byte, w.rand.IntN(200))
		for i := range b {
			b[i] = byte(w.rand.Uint32())
		}
	}
	for range w.rand.IntN(4) {
		if len(b) > 0 {
			b[w.rand.IntN(len(b))] ^= 1 << w.rand.IntN(8)
		}
	}
	if w.rand.IntN(4) == 0 && len(b) > 0 {
		b = b[:w.rand.IntN(len(b))]
	}
	return b
}

// garble sends messages to methods that they may not be for, in any order.
func (w garbler) garble(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, 100*time.Millisecond)
	defer stop()
	call, err := w.conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, w.method(), grpc.ForceCodec(bytesCodec{}))
	if err != nil {
		return
	}
	for range 1 + w.rand.IntN(5) {
		if call.SendMsg(w.message()) != nil {
			break
		}
	}
	if w.rand.IntN(4) > 0 {
		_ = call.CloseSend()
	}
	for range 20 {
		var b []byte
		if err = call.RecvMsg(&b); err != nil {
			break
		}
	}
	w.note(err)
}

// leaveHalf begins an append and does not end it; it stays open for a while.
func (w garbler) leaveHalf(ctx context.Context) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	call, err := w.streams.Append(ctx)
	if err != nil {
		stop()
		return
	}
	o := op{stream: stray(), expected: anyState}
	_ = call.Send(&streams.AppendReq{Content: &streams.AppendReq_Options_{Options: o.appendOptions()}})
	for range w.rand.IntN(3) {
		p := proposed{id: uuid.New(), kind: "Tested", data: make([]byte, w.rand.IntN(400_000))}
		if call.Send(p.message()) != nil {
			break
		}
	}
	w.hold(stop)
}

// babble speaks what is no gRPC, or breaks off within it.
func (w garbler) babble(ctx context.Context) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", w.cfg.Address)
	if err != nil {
		return
	}
	const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
	text := w.pick("GET /info HTTP/1.1\r\nHost: x\r\n\r\n", "GET /health/live HTTP/1.1\r\n", "P", preface[:10], preface, "\x16\x03\x01\x02\x00\x01", "",
		preface+"\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x05\x01\x04\x00\x00\x00\x01hello", "POST /x HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n")
	_, _ = conn.Write([]byte(text))
	if w.rand.IntN(2) == 0 {
		_ = conn.Close()
		return
	}
	w.hold(func() { _ = conn.Close() })
}
