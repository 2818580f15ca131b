package node

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/serverfeatures"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"google.golang.org/grpc"
)

// EmptyCall is the full name of a unary call that ServeFixed answers with nothing: the yardstick of `make bench`.
const EmptyCall = "/daka.bench.Yardstick/Empty"

// fixed is a log in memory that never changes.
type fixed struct{ events []event }

func (f fixed) newest() int64 { return int64(len(f.events)) }

func (f fixed) forward(_ context.Context, from int64, limit int, p *page) error {
	end := min(from-1+int64(limit), f.newest())
	p.events = append(p.events[:0], f.events[min(from-1, end):end]...)
	p.next = end + 1
	p.more = p.next <= f.newest()
	return nil
}

// ServeFixed serves $all with the given number of equal events (data and metadata as given, JSON) from memory, through
// the same code that serves the store, on a free port of the loopback. It is the limit that `make bench` holds reads
// against. stop ends it.
func ServeFixed(ctx context.Context, events int, data, meta []byte) (connection string, stop func(), err error) {
	f := fixed{events: make([]event, events)}
	ticks := time.Now().UnixNano() / 100
	for i := range f.events {
		f.events[i] = event{pos: int64(i + 1), rev: int64(i / 5000), created: ticks, name: fmt.Sprintf("clock-%012d", i%5000),
			typ: "PunchTaken.v1", id: newID(), json: true, data: data, meta: meta}
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("listen: %w", err)
	}
	server := grpc.NewServer(serverOptions()...)
	streams.RegisterStreamsServer(server, &service{src: f, log: slog.New(slog.DiscardHandler), closing: make(chan struct{})})
	serverfeatures.RegisterServerFeaturesServer(server, &featureServer{})
	server.RegisterService(&grpc.ServiceDesc{ServiceName: "daka.bench.Yardstick", HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{{MethodName: "Empty", Handler: emptyCall}}}, f)
	go func() { _ = server.Serve(ln) }()
	return "esdb://" + ln.Addr().String() + "?tls=false", server.Stop, nil
}

func emptyCall(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
	return &shared.Empty{}, decode(&shared.Empty{})
}
