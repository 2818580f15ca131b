package node

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protowire"
)

// Append writes one atomic append: options first, then one message an event.
func (s *service) Append(call streams.Streams_AppendServer) error {
	ctx := call.Context()
	s.store.w.underWay.Add(1)
	defer s.store.w.underWay.Add(-1)
	r, err := s.receive(call)
	if err != nil {
		drain(call)
		return s.fail(ctx, err)
	}
	defer r.release(&s.hand)
	if err := s.mayWrite(r); err != nil {
		return s.fail(ctx, err)
	}
	o := s.store.w.do(ctx, r)
	if o.err != nil {
		return s.fail(ctx, o.err)
	}
	switch o.verdict {
	case verdictDeleted:
		return s.fail(ctx, streamDeleted(cmp.Or(o.deleted, r.name)))
	case verdictWrong:
		return call.SendAndClose(wrongAnswer(r.expected, o.rev))
	}
	return call.SendMsg(success(o))
}

const drained = 10_000

// drain takes what a refused caller still sends: a client that is cut off in the middle sees a broken stream, not the reason.
func drain(call grpc.ServerStream) {
	var m appendMessage
	for range drained {
		if call.RecvMsg(&m) != nil {
			return
		}
	}
}

func (s *service) receive(call streams.Streams_AppendServer) (*request, error) {
	var m appendMessage
	if err := call.RecvMsg(&m); err != nil {
		return nil, noOptions(err)
	}
	if !m.options {
		return nil, invalid("the first message of an append must hold its options")
	}
	name, err := streamName(m.name)
	if err != nil {
		return nil, err
	}
	r := &request{kind: writeAppend, name: name}
	if r.expected, err = m.expectation(); err != nil {
		return nil, err
	}
	for {
		err := call.RecvMsg(&m)
		if errors.Is(err, io.EOF) {
			return r, nil
		}
		if err == nil {
			err = s.takeOne(r, &m)
		}
		if err != nil {
			r.release(&s.hand)
			return nil, err
		}
	}
}

func (s *service) takeOne(r *request, m *appendMessage) error {
	if m.options || !m.event.given {
		return invalid("an append holds its options once, then only events")
	}
	if err := r.take(&m.event); err != nil {
		return err
	}
	if r.size > maxAppend {
		return appendTooLarge()
	}
	return r.hold(&s.hand, &r.events[len(r.events)-1])
}

// take adds an event that was decoded by hand.
func (r *request) take(p *proposed) error {
	if !p.hasType {
		return missingProperty("type")
	}
	if !p.hasContent {
		return missingProperty("content-type")
	}
	e := event{typ: p.typ, json: p.json, data: p.data, meta: p.meta, id: p.id}
	switch p.form {
	case 0:
		return invalid("the event has no id")
	case 2:
		u, err := uuid.Parse(p.textID)
		if err != nil {
			return invalid("'%s' is not a valid event id", shown(p.textID))
		}
		e.id = u
	}
	return r.put(&e)
}

// put adds an event that has what every event needs.
func (r *request) put(e *event) error {
	switch {
	case e.id == [16]byte{}:
		return invalid("the event id is zero")
	case e.typ == "":
		return invalid("the event type is empty")
	case !utf8.ValidString(e.typ):
		return invalid("the event type is not UTF-8")
	}
	r.events = append(r.events, *e)
	r.size += e.size()
	return nil
}

func noOptions(err error) error {
	if errors.Is(err, io.EOF) {
		return invalid("the append ended before its options")
	}
	return err
}

// add takes one proposed event into the request.
func (r *request) add(id *shared.UUID, properties map[string]string, data, meta []byte) error {
	typ, ok := properties["type"]
	if !ok {
		return missingProperty("type")
	}
	content, ok := properties["content-type"]
	if !ok {
		return missingProperty("content-type")
	}
	e := event{typ: typ, json: content == contentJSON, data: data, meta: meta}
	var err error
	if e.id, err = parseUUID(id); err != nil {
		return err
	}
	return r.put(&e)
}

// parseUUID takes the form of two halves, or the text; a missing id is refused.
func parseUUID(id *shared.UUID) ([16]byte, error) {
	var out [16]byte
	switch v := id.GetValue().(type) {
	case *shared.UUID_Structured_:
		binary.BigEndian.PutUint64(out[:8], uint64(v.Structured.GetMostSignificantBits()))
		binary.BigEndian.PutUint64(out[8:], uint64(v.Structured.GetLeastSignificantBits()))
		return out, nil
	case *shared.UUID_String_:
		u, err := uuid.Parse(v.String_)
		if err != nil {
			return out, invalid("'%s' is not a valid id", shown(v.String_))
		}
		return u, nil
	}
	return out, invalid("the id is missing")
}

// expecting is the one-of that delete and tombstone share.
type expecting interface {
	GetRevision() uint64
	GetNoStream() *shared.Empty
	GetAny() *shared.Empty
	GetStreamExists() *shared.Empty
}

// expectedOf reads the expected revision. Clients may send the branches as empty messages, or nil ones.
func expectedOf(o expecting) (int64, error) {
	switch v := o.(type) {
	case *streams.DeleteReq_Options:
		switch v.ExpectedStreamRevision.(type) {
		case *streams.DeleteReq_Options_NoStream:
			return noStream, nil
		case *streams.DeleteReq_Options_Any:
			return anyRevision, nil
		case *streams.DeleteReq_Options_StreamExists:
			return streamExists, nil
		case *streams.DeleteReq_Options_Revision:
			return exact(v.GetRevision())
		}
	case *streams.TombstoneReq_Options:
		switch v.ExpectedStreamRevision.(type) {
		case *streams.TombstoneReq_Options_NoStream:
			return noStream, nil
		case *streams.TombstoneReq_Options_Any:
			return anyRevision, nil
		case *streams.TombstoneReq_Options_StreamExists:
			return streamExists, nil
		case *streams.TombstoneReq_Options_Revision:
			return exact(v.GetRevision())
		}
	}
	return 0, noExpectation()
}

func noExpectation() *problem {
	return invalid("'None' is not a valid expected stream revision")
}

// exact is a revision as it came: the highest number there is stands for no stream, as in EventStoreDB.
func exact(rev uint64) (int64, error) {
	if rev == math.MaxUint64 {
		return noStream, nil
	}
	if rev > tombstoneRev {
		return 0, invalid("revision %d is above the highest revision %d", rev, int64(tombstoneRev))
	}
	return int64(rev), nil
}

// success encodes AppendResp{success: {current_revision | no_stream, position | no_position}}.
func success(o outcome) *frame {
	in := make([]byte, 0, 64)
	if o.rev < 0 {
		in = append(in, 0x12, 0)
	} else {
		in = binary.AppendUvarint(append(in, 0x08), uint64(o.rev))
	}
	if o.pos == 0 {
		in = append(in, 0x22, 0)
	} else {
		n := 2 + 2*protowire.SizeVarint(uint64(o.pos))
		in = append(in, 0x1a, byte(n), 0x08)
		in = binary.AppendUvarint(in, uint64(o.pos))
		in = binary.AppendUvarint(append(in, 0x10), uint64(o.pos))
	}
	return &frame{buf: append([]byte{0x0a, byte(len(in))}, in...)}
}

// wrongAnswer is a normal answer, not an error; the twins of version 20.6 are filled for old clients.
func wrongAnswer(expected, actual int64) *streams.AppendResp {
	w := &streams.AppendResp_WrongExpectedVersion{}
	if actual < 0 {
		w.CurrentRevisionOption = &streams.AppendResp_WrongExpectedVersion_CurrentNoStream{CurrentNoStream: &shared.Empty{}}
		w.CurrentRevisionOption_20_6_0 = &streams.AppendResp_WrongExpectedVersion_NoStream_20_6_0{NoStream_20_6_0: &shared.Empty{}}
	} else {
		w.CurrentRevisionOption = &streams.AppendResp_WrongExpectedVersion_CurrentRevision{CurrentRevision: uint64(actual)}
		w.CurrentRevisionOption_20_6_0 = &streams.AppendResp_WrongExpectedVersion_CurrentRevision_20_6_0{CurrentRevision_20_6_0: uint64(actual)}
	}
	switch expected {
	case anyRevision:
		w.ExpectedRevisionOption = &streams.AppendResp_WrongExpectedVersion_ExpectedAny{ExpectedAny: &shared.Empty{}}
		w.ExpectedRevisionOption_20_6_0 = &streams.AppendResp_WrongExpectedVersion_Any_20_6_0{Any_20_6_0: &shared.Empty{}}
	case streamExists:
		w.ExpectedRevisionOption = &streams.AppendResp_WrongExpectedVersion_ExpectedStreamExists{ExpectedStreamExists: &shared.Empty{}}
		w.ExpectedRevisionOption_20_6_0 = &streams.AppendResp_WrongExpectedVersion_StreamExists_20_6_0{StreamExists_20_6_0: &shared.Empty{}}
	case noStream:
		w.ExpectedRevisionOption = &streams.AppendResp_WrongExpectedVersion_ExpectedNoStream{ExpectedNoStream: &shared.Empty{}}
		w.ExpectedRevisionOption_20_6_0 = &streams.AppendResp_WrongExpectedVersion_ExpectedRevision_20_6_0{ExpectedRevision_20_6_0: math.MaxUint64}
	default:
		w.ExpectedRevisionOption = &streams.AppendResp_WrongExpectedVersion_ExpectedRevision{ExpectedRevision: uint64(expected)}
		w.ExpectedRevisionOption_20_6_0 = &streams.AppendResp_WrongExpectedVersion_ExpectedRevision_20_6_0{ExpectedRevision_20_6_0: uint64(expected)}
	}
	return &streams.AppendResp{Result: &streams.AppendResp_WrongExpectedVersion_{WrongExpectedVersion: w}}
}

// Delete hides a stream softly: $tb in its metadata is set to the highest revision.
func (s *service) Delete(ctx context.Context, req *streams.DeleteReq) (*streams.DeleteResp, error) {
	pos, err := s.remove(ctx, writeDelete, "Delete", req.GetOptions().GetStreamIdentifier().GetStreamName(), req.GetOptions())
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return &streams.DeleteResp{PositionOption: &streams.DeleteResp_Position_{
		Position: &streams.DeleteResp_Position{CommitPosition: pos, PreparePosition: pos}}}, nil
}

// Tombstone ends a stream for good.
func (s *service) Tombstone(ctx context.Context, req *streams.TombstoneReq) (*streams.TombstoneResp, error) {
	pos, err := s.remove(ctx, writeTombstone, "Tombstone", req.GetOptions().GetStreamIdentifier().GetStreamName(), req.GetOptions())
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return &streams.TombstoneResp{PositionOption: &streams.TombstoneResp_Position_{
		Position: &streams.TombstoneResp_Position{CommitPosition: pos, PreparePosition: pos}}}, nil
}

func (s *service) remove(ctx context.Context, kind writeKind, operation string, raw []byte, o expecting) (uint64, error) {
	name, err := streamName(raw)
	if err != nil {
		return 0, err
	}
	expected, err := expectedOf(o)
	if err != nil {
		return 0, err
	}
	r := &request{kind: kind, name: name, expected: expected}
	if err := s.mayWrite(r); err != nil {
		return 0, err
	}
	out := s.store.w.do(ctx, r)
	switch {
	case out.err != nil:
		return 0, out.err
	case out.verdict == verdictDeleted:
		return 0, streamDeleted(cmp.Or(out.deleted, name))
	case out.verdict == verdictWrong:
		return 0, wrongVersion(operation, name, expected, out.rev)
	}
	return uint64(out.pos), nil
}

// mayWrite refuses, in a guarded node, what would take events of the guarded categories out of sight.
func (s *service) mayWrite(r *request) error {
	if r.name == metaPrefix {
		return invalid("'$$' is the metadata of no stream")
	}
	if r.kind == writeAppend && !isMeta(r.name) {
		return nil
	}
	if slices.Contains(s.guard, categoryOf(strings.TrimLeft(r.name, "$"))) {
		return accessDenied(": streams of the ledger are never deleted, and their metadata is never written")
	}
	return nil
}
