// Package node is the embedded event node: EventStoreDB's gRPC protocol on one SQLite file, so that one binary is a
// whole installation and every EventStoreDB client can talk to it.
package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os/signal"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/gossip"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/persistent"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/serverfeatures"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"google.golang.org/grpc"
	_ "google.golang.org/grpc/encoding/gzip" // requests may come compressed
	"google.golang.org/grpc/keepalive"
)

// Version is the EventStoreDB version whose behaviour the node shows to clients.
const Version = "24.10.0"

const (
	maxMessage    = 17 << 20
	streamWorkers = 64 // goroutines kept for calls: their stacks have grown already
	streamWindow  = 2 << 20
	connWindow    = 8 << 20 // fixed windows: no pings to guess better ones
)

// Config says where a node keeps its events and how it listens. Insecure: no TLS, no credentials, everything allowed.
// Guard names the categories of streams that are never deleted and whose metadata is never written.
type Config struct {
	Dir      string
	Listen   string // host:port; port 0 takes a free one
	Insecure bool
	Guard    []string
	Log      *slog.Logger
}

// Node is a running event node.
type Node struct {
	cfg    Config
	dir    *dataDir
	store  *store
	svc    *service
	groups *groups
	server *grpc.Server
	door   *door
	ln     net.Listener
	access *access
	once   sync.Once
	done   chan struct{}
	mu     sync.Mutex
	err    error
}

// service answers the Streams protocol.
type service struct {
	streams.UnimplementedStreamsServer
	store   *store
	src     source
	log     *slog.Logger
	guard   []string
	hand    budget
	closing chan struct{}
}

// Open takes the data directory, opens its store and serves on the listening address until Close.
func Open(ctx context.Context, cfg Config) (*Node, error) {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	signal.Ignore(syscall.SIGXFSZ) // a file at its size limit is a full disk, not a reason to die
	n := &Node{cfg: cfg, done: make(chan struct{})}
	if err := n.open(ctx); err != nil {
		n.abandon()
		return nil, err
	}
	go n.serve()
	return n, nil
}

func (n *Node) open(ctx context.Context) (err error) {
	if n.dir, err = takeDir(n.cfg.Dir); err != nil {
		return err
	}
	if n.store, err = openStore(n.cfg.Dir, n.cfg.Log, n.fail); err != nil {
		return err
	}
	var lc net.ListenConfig
	if n.ln, err = lc.Listen(ctx, "tcp", n.cfg.Listen); err != nil {
		return fmt.Errorf("listen on %s: %w", n.cfg.Listen, err)
	}
	if !n.cfg.Insecure {
		if n.access, err = openAccess(n.cfg.Dir, n.ln.Addr()); err != nil {
			return err
		}
	}
	n.svc = &service{store: n.store, src: n.store, log: n.cfg.Log, guard: n.cfg.Guard, closing: make(chan struct{})}
	n.server = grpc.NewServer(slices.Concat(serverOptions(), rescues(n.cfg.Log), n.access.options())...)
	n.door = newDoor(n.ln, n.access.secure(), n.server, n.cfg.Log)
	streams.RegisterStreamsServer(n.server, n.svc)
	gossip.RegisterGossipServer(n.server, &gossipServer{addr: n.ln.Addr(), id: newID()})
	n.groups = &groups{service: n.svc}
	persistent.RegisterPersistentSubscriptionsServer(n.server, n.groups)
	serverfeatures.RegisterServerFeaturesServer(n.server, &featureServer{})
	return nil
}

// serverOptions let idle clients ping every second and keep their connection; appends fit with room to spare.
func serverOptions() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.ForceServerCodecV2(newCodec()), grpc.NumStreamWorkers(streamWorkers),
		grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(maxMessage),
		grpc.InitialWindowSize(streamWindow), grpc.InitialConnWindowSize(connWindow),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: time.Second, PermitWithoutStream: true}),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: 30 * time.Second, Timeout: 20 * time.Second}),
	}
}

func (n *Node) abandon() {
	if n.ln != nil {
		_ = n.ln.Close()
	}
	if n.store != nil {
		_ = n.store.close()
	}
	if n.dir != nil {
		_ = n.dir.release()
	}
}

func (n *Node) serve() {
	go n.door.open()
	n.fail(n.server.Serve(n.door.grpc))
}

// fail ends the node after an error that leaves nothing to acknowledge with, such as a failed fsync.
func (n *Node) fail(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	select {
	case <-n.done:
		return
	default:
	}
	if err != nil {
		n.err = err
		n.cfg.Log.Error("the event node stops", slog.Any("error", err))
		go n.server.Stop()
		go n.door.close()
	}
	close(n.done)
}

// Done is closed when the node no longer serves: after Close, or after an error that Err tells.
func (n *Node) Done() <-chan struct{} { return n.done }

// Err is the error that ended the node, nil while it serves and after a Close.
func (n *Node) Err() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.err
}

// Serve waits until the node ends and returns why.
func (n *Node) Serve() error {
	<-n.done
	return n.Err()
}

// Addr is the address the node listens on, host:port.
func (n *Node) Addr() string { return n.ln.Addr().String() }

// Position is the position of the newest event, 0 in an empty store.
func (n *Node) Position() int64 { return n.store.last.Load() }

// ConnectionString is what a client needs to reach the node from this machine.
func (n *Node) ConnectionString() string {
	if n.access == nil {
		return "esdb://" + n.Addr() + "?tls=false"
	}
	return n.access.connectionString(n.Addr())
}

// Close lets calls in flight finish for a moment, then closes the store cleanly.
func (n *Node) Close() error {
	var err error
	n.once.Do(func() {
		close(n.svc.closing)
		stopped := make(chan struct{})
		go func() { n.server.GracefulStop(); n.door.close(); close(stopped) }()
		select {
		case <-stopped:
		case <-time.After(3 * time.Second):
			n.server.Stop()
			n.door.close()
			<-stopped
		}
		n.groups.flush()
		n.fail(nil)
		err = errors.Join(n.store.close(), n.dir.release())
	})
	return err
}

type gossipServer struct {
	gossip.UnimplementedGossipServer
	addr net.Addr
	id   [16]byte
}

// Read tells of one member, this node, which leads.
func (g *gossipServer) Read(ctx context.Context, _ *shared.Empty) (*gossip.ClusterInfo, error) {
	host, port := endpoint(ctx, g.addr)
	return &gossip.ClusterInfo{Members: []*gossip.MemberInfo{{
		InstanceId:   &shared.UUID{Value: &shared.UUID_String_{String_: formatUUID(g.id)}},
		TimeStamp:    time.Now().UnixNano() / 100,
		State:        gossip.MemberInfo_Leader,
		IsAlive:      true,
		HttpEndPoint: &gossip.EndPoint{Address: host, Port: port},
	}}}, nil
}

// endpoint is the address by which the caller reached the node, which it therefore can reach again.
func endpoint(ctx context.Context, addr net.Addr) (string, uint32) {
	if p, ok := localAddr(ctx); ok {
		addr = p
	}
	host, portText, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "127.0.0.1", 2113
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	port, _ := strconv.ParseUint(portText, 10, 32)
	return host, uint32(port)
}

type featureServer struct {
	serverfeatures.UnimplementedServerFeaturesServer
}

// GetSupportedMethods lists what the node can do, in lower case as clients look it up.
func (featureServer) GetSupportedMethods(context.Context, *shared.Empty) (*serverfeatures.SupportedMethods, error) {
	const service = "event_store.client.streams.streams"
	const groupService = "event_store.client.persistent_subscriptions.persistentsubscriptions"
	methods := []*serverfeatures.SupportedMethod{
		{ServiceName: service, MethodName: "read", Features: []string{"position", "events"}},
		{ServiceName: service, MethodName: "append"},
		{ServiceName: service, MethodName: "batchappend", Features: []string{"deadline_duration"}},
		{ServiceName: service, MethodName: "delete"},
		{ServiceName: service, MethodName: "tombstone"},
		{ServiceName: groupService, MethodName: "restartsubsystem"},
		{ServiceName: "event_store.client.gossip.gossip", MethodName: "read"},
		{ServiceName: "event_store.client.server_features.serverfeatures", MethodName: "getsupportedmethods"},
	}
	for _, m := range []string{"create", "update", "delete", "read", "getinfo", "list", "replayparked"} {
		methods = append(methods, &serverfeatures.SupportedMethod{ServiceName: groupService, MethodName: m, Features: []string{"stream", "all"}})
	}
	return &serverfeatures.SupportedMethods{EventStoreServerVersion: Version, Methods: methods}, nil
}
