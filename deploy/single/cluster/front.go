package cluster

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/gossip"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

const (
	gossipMethod = "/event_store.client.gossip.Gossip/Read"
	readMethod   = "/event_store.client.streams.Streams/Read"
)

// front is one node of the cluster as clients see it.
type front struct {
	cluster  *Cluster
	index    int32
	listener net.Listener
	server   *grpc.Server
}

func (f *front) address() string { return f.listener.Addr().String() }

func (f *front) leads() bool { return f.cluster.leader.Load() == f.index }

// handle serves every method: it passes calls on, and only looks into what a follower answers otherwise.
func (f *front) handle(_ any, call grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(call)
	if method == gossipMethod {
		return f.gossip(call)
	}
	asked, _ := metadata.FromIncomingContext(call.Context())
	if demand := asked.Get("requires-leader"); len(demand) > 0 && demand[0] == "true" && !f.leads() {
		return f.refuse(call)
	}
	pass := call.SendMsg
	if method == readMethod && !f.leads() {
		pass = f.lately(call)
	}
	return f.forward(call, method, asked, pass)
}

// refuse answers as EventStoreDB does: with the leader's address in the trailers, and the status "not found".
func (f *front) refuse(call grpc.ServerStream) error {
	f.cluster.refused.Add(1)
	host, port, _ := net.SplitHostPort(f.cluster.fronts[f.cluster.Leader()].address()) // a listener's address has both
	call.SetTrailer(metadata.Pairs("exception", "not-leader", "leader-endpoint-host", host, "leader-endpoint-port", port))
	return status.Error(codes.NotFound, "Leader info available")
}

func (f *front) gossip(call grpc.ServerStream) error {
	var ask frame
	if err := call.RecvMsg(&ask); err != nil {
		return err
	}
	info := &gossip.ClusterInfo{}
	for i, node := range f.cluster.fronts {
		host, text, _ := net.SplitHostPort(node.address())
		port, _ := strconv.Atoi(text)
		state := gossip.MemberInfo_Follower
		if f.cluster.Leader() == i {
			state = gossip.MemberInfo_Leader
		}
		info.Members = append(info.Members, &gossip.MemberInfo{
			InstanceId: &shared.UUID{Value: &shared.UUID_String_{String_: "00000000-0000-4000-8000-00000000000" + strconv.Itoa(i)}},
			State:      state, IsAlive: true, HttpEndPoint: &gossip.EndPoint{Address: host, Port: uint32(port)},
		})
	}
	return sendProto(call, info)
}

func sendProto(call grpc.ServerStream, m proto.Message) error {
	b, err := proto.Marshal(m)
	if err != nil {
		return err
	}
	return call.SendMsg(&frame{b})
}

// lately gives an answer's way on at a follower: events that are younger than its view are left out of reads, and wait in subscriptions.
func (f *front) lately(call grpc.ServerStream) func(any) error {
	subscribed := false
	return func(m any) error {
		answer := &streams.ReadResp{}
		if err := proto.Unmarshal(m.(*frame).data, answer); err != nil {
			return err
		}
		subscribed = subscribed || answer.GetConfirmation() != nil
		missing := f.cluster.late - time.Since(created(answer))
		switch {
		case answer.GetEvent() == nil || missing <= 0:
		case !subscribed:
			return nil
		default:
			if err := wait(call.Context(), missing); err != nil {
				return err
			}
		}
		return call.SendMsg(m)
	}
}

// created is when an event was recorded; the store counts ticks of 100 ns since 1970.
func created(answer *streams.ReadResp) time.Time {
	ticks, _ := strconv.ParseInt(answer.GetEvent().GetEvent().GetMetadata()["created"], 10, 64)
	return time.Unix(0, ticks*100)
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// forward passes a call of any shape to the node behind, message by message.
func (f *front) forward(call grpc.ServerStream, method string, asked metadata.MD, pass func(any) error) error {
	ctx, cancel := context.WithCancel(metadata.NewOutgoingContext(call.Context(), asked))
	defer cancel()
	behind, err := f.cluster.behind.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, method)
	if err != nil {
		return err
	}
	go func() {
		for {
			var m frame
			if err := call.RecvMsg(&m); err != nil {
				if errors.Is(err, io.EOF) {
					_ = behind.CloseSend() // its failure shows in RecvMsg below
				}
				return
			}
			if behind.SendMsg(&m) != nil {
				return
			}
		}
	}()
	defer func() { call.SetTrailer(behind.Trailer()) }()
	for {
		var m frame
		if err := behind.RecvMsg(&m); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := pass(&m); err != nil {
			return err
		}
	}
}
