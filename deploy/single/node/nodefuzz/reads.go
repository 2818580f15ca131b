package nodefuzz

import (
	"context"
	"math"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/persistent"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
)

// number is a count, revision or position of any size.
func (w *worker) number() uint64 {
	switch w.rand.IntN(6) {
	case 0:
		return w.rand.Uint64()
	case 1:
		return math.MaxUint64 - uint64(w.rand.IntN(3))
	case 2:
		return math.MaxInt64 + uint64(w.rand.IntN(3)) - 1
	}
	return uint64(w.rand.IntN(2000))
}

// asker reads, subscribes and consumes.
type asker struct{ *worker }

func (w asker) readOptions() *streams.ReadReq_Options {
	o := &streams.ReadReq_Options{ResolveLinks: w.rand.IntN(2) == 0, ReadDirection: streams.ReadReq_Options_ReadDirection(w.rand.IntN(3)),
		CountOption: &streams.ReadReq_Options_Count{Count: w.number()},
		UuidOption:  &streams.ReadReq_Options_UUIDOption{Content: &streams.ReadReq_Options_UUIDOption_String_{String_: &shared.Empty{}}}}
	if w.rand.IntN(2) == 0 {
		o.UuidOption = &streams.ReadReq_Options_UUIDOption{Content: &streams.ReadReq_Options_UUIDOption_Structured{Structured: &shared.Empty{}}}
	}
	if w.rand.IntN(8) == 0 {
		o.ControlOption = &streams.ReadReq_Options_ControlOption{Compatibility: uint32(w.rand.IntN(3))}
	}
	if w.rand.IntN(2) == 0 {
		o.StreamOption = &streams.ReadReq_Options_Stream{Stream: w.streamOptions()}
	} else {
		o.StreamOption = &streams.ReadReq_Options_All{All: w.allOptions()}
	}
	if w.rand.IntN(3) == 0 {
		o.FilterOption = &streams.ReadReq_Options_Filter{Filter: w.filter()}
	}
	switch w.rand.IntN(25) {
	case 0:
		o.StreamOption = nil
	case 1:
		o.CountOption = nil
	case 2:
		o.UuidOption = nil
	}
	return o
}

func (w asker) streamOptions() *streams.ReadReq_Options_StreamOptions {
	o := &streams.ReadReq_Options_StreamOptions{StreamIdentifier: named(w.stream())}
	switch w.rand.IntN(5) {
	case 0:
		o.RevisionOption = &streams.ReadReq_Options_StreamOptions_End{End: &shared.Empty{}}
	case 1:
		o.RevisionOption = &streams.ReadReq_Options_StreamOptions_Start{Start: &shared.Empty{}}
	case 2:
		if w.rand.IntN(9) == 0 {
			o.StreamIdentifier = nil
		}
	default:
		o.RevisionOption = &streams.ReadReq_Options_StreamOptions_Revision{Revision: w.number()}
	}
	return o
}

func (w asker) allOptions() *streams.ReadReq_Options_AllOptions {
	o := &streams.ReadReq_Options_AllOptions{}
	switch w.rand.IntN(4) {
	case 0:
		o.AllOption = &streams.ReadReq_Options_AllOptions_End{End: &shared.Empty{}}
	case 1:
		o.AllOption = &streams.ReadReq_Options_AllOptions_Start{Start: &shared.Empty{}}
	default:
		o.AllOption = &streams.ReadReq_Options_AllOptions_Position{Position: &streams.ReadReq_Options_Position{CommitPosition: w.number(), PreparePosition: w.number()}}
	}
	return o
}

func (w asker) filter() *streams.ReadReq_Options_FilterOptions {
	e := &streams.ReadReq_Options_FilterOptions_Expression{Prefix: []string{w.pick("z", "", "$", "z-x-", "é")}[:w.rand.IntN(2)]}
	if w.rand.IntN(2) == 0 {
		e = &streams.ReadReq_Options_FilterOptions_Expression{Regex: w.pick("^z", ".*", "(", "^[^\\$].*", "(?=x)", "(a*)*b", "x{1000}{1000}", "")}
	}
	f := &streams.ReadReq_Options_FilterOptions{CheckpointIntervalMultiplier: uint32(w.number())}
	switch w.rand.IntN(3) {
	case 0:
		f.Filter = &streams.ReadReq_Options_FilterOptions_StreamIdentifier{StreamIdentifier: e}
	case 1:
		f.Filter = &streams.ReadReq_Options_FilterOptions_EventType{EventType: e}
	}
	if w.rand.IntN(2) == 0 {
		f.Window = &streams.ReadReq_Options_FilterOptions_Max{Max: uint32(w.number())}
	} else {
		f.Window = &streams.ReadReq_Options_FilterOptions_Count{Count: &shared.Empty{}}
	}
	return f
}

func (w asker) read(ctx context.Context) { w.receive(ctx, w.readOptions(), 300) }

// subscribe receives for a moment, and often stays open for longer than it is listened to.
func (w asker) subscribe(ctx context.Context) {
	o := w.readOptions()
	o.CountOption = &streams.ReadReq_Options_Subscription{Subscription: &streams.ReadReq_Options_SubscriptionOptions{}}
	if w.rand.IntN(4) > 0 {
		o.ReadDirection = streams.ReadReq_Options_Forwards
	}
	if w.rand.IntN(3) == 0 {
		long, stop := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		if _, err := w.streams.Read(long, &streams.ReadReq{Options: o}); err != nil {
			stop()
			return
		}
		w.hold(stop)
		return
	}
	short, stop := context.WithTimeout(ctx, 100*time.Millisecond)
	defer stop()
	w.receive(short, o, 300)
}

func (w asker) receive(ctx context.Context, o *streams.ReadReq_Options, most int) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	call, err := w.streams.Read(ctx, &streams.ReadReq{Options: o})
	for i := 0; err == nil && i < most; i++ {
		_, err = call.Recv()
	}
	w.note(err)
}

// group does something to a persistent subscription, of a few.
func (w asker) group(ctx context.Context) {
	stream, name := poolPrefix+"1", w.pick("g", "h", "")
	id := &persistent.ReadReq_Options_StreamIdentifier{StreamIdentifier: named(stream)}
	var err error
	switch w.rand.IntN(8) {
	case 0:
		_, err = w.groups.Create(ctx, &persistent.CreateReq{Options: w.groupOptions(stream, name)})
	case 1:
		_, err = w.groups.Update(ctx, &persistent.UpdateReq{Options: &persistent.UpdateReq_Options{GroupName: name, Settings: &persistent.UpdateReq_Settings{
			ReadBatchSize: int32(w.number()), HistoryBufferSize: int32(w.number()), LiveBufferSize: int32(w.number()), MaxRetryCount: int32(w.number())},
			StreamOption: &persistent.UpdateReq_Options_Stream{Stream: &persistent.UpdateReq_StreamOptions{StreamIdentifier: named(stream)}}}})
	case 2:
		_, err = w.groups.Delete(ctx, &persistent.DeleteReq{Options: &persistent.DeleteReq_Options{GroupName: name,
			StreamOption: &persistent.DeleteReq_Options_StreamIdentifier{StreamIdentifier: named(stream)}}})
	case 3:
		_, err = w.groups.ReplayParked(ctx, &persistent.ReplayParkedReq{Options: &persistent.ReplayParkedReq_Options{GroupName: name,
			StreamOption: &persistent.ReplayParkedReq_Options_StreamIdentifier{StreamIdentifier: named(stream)},
			StopAtOption: &persistent.ReplayParkedReq_Options_StopAt{StopAt: int64(w.number())}}})
	case 4:
		_, err = w.groups.List(ctx, &persistent.ListReq{Options: &persistent.ListReq_Options{ListOption: &persistent.ListReq_Options_ListAllSubscriptions{}}})
	case 5:
		_, err = w.groups.RestartSubsystem(ctx, &shared.Empty{})
	default:
		w.consume(ctx, &persistent.ReadReq_Options{StreamOption: id, GroupName: name, BufferSize: int32(w.number())})
	}
	w.note(err)
}

func (w asker) groupOptions(stream, name string) *persistent.CreateReq_Options {
	o := &persistent.CreateReq_Options{GroupName: name, Settings: &persistent.CreateReq_Settings{ReadBatchSize: 20, HistoryBufferSize: 500, LiveBufferSize: 500,
		MaxRetryCount: 2, MessageTimeout: &persistent.CreateReq_Settings_MessageTimeoutMs{MessageTimeoutMs: 50}, ConsumerStrategy: w.pick("RoundRobin", "Pinned", "none")}}
	o.StreamOption = &persistent.CreateReq_Options_Stream{Stream: &persistent.CreateReq_StreamOptions{StreamIdentifier: named(stream),
		RevisionOption: &persistent.CreateReq_StreamOptions_Revision{Revision: w.number()}}}
	switch w.rand.IntN(6) {
	case 0:
		o.Settings.ReadBatchSize, o.Settings.HistoryBufferSize = int32(w.number()), int32(w.number())
	case 1:
		o.StreamOption = &persistent.CreateReq_Options_All{All: &persistent.CreateReq_AllOptions{}}
	case 2:
		o.Settings = nil
	case 3:
		o.StreamOption = nil
	}
	return o
}

// consume answers what it gets in every way, sometimes out of order.
func (w asker) consume(ctx context.Context, o *persistent.ReadReq_Options) {
	ctx, stop := context.WithTimeout(ctx, 150*time.Millisecond)
	defer stop()
	call, err := w.groups.Read(ctx)
	if err != nil {
		return
	}
	if w.rand.IntN(8) > 0 {
		_ = call.Send(&persistent.ReadReq{Content: &persistent.ReadReq_Options_{Options: o}})
	}
	ids := []*shared.UUID{textID(uuid.New()), nil}[:w.rand.IntN(3)]
	for range 20 {
		var req persistent.ReadReq
		switch w.rand.IntN(6) {
		case 0:
			req.Content = &persistent.ReadReq_Nack_{Nack: &persistent.ReadReq_Nack{Ids: ids, Action: persistent.ReadReq_Nack_Action(w.rand.IntN(8))}}
		case 1:
			req.Content = &persistent.ReadReq_Options_{Options: o}
		default:
			req.Content = &persistent.ReadReq_Ack_{Ack: &persistent.ReadReq_Ack{Ids: ids}}
		}
		if call.Send(&req) != nil {
			break
		}
		m, err := call.Recv()
		if err != nil {
			w.note(err)
			return
		}
		ids = []*shared.UUID{m.GetEvent().GetEvent().GetId()}
	}
}
