// Package cluster plays several nodes of an EventStoreDB cluster with one node behind them. One of them leads; the others answer late, as
// followers do, and refuse calls that demand the leader. It is for tests and drills: it keeps nothing, and its nodes fail together.
package cluster

import (
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// Cluster is the played cluster. Its methods may be called from many goroutines.
type Cluster struct {
	behind *grpc.ClientConn
	// late is how far a follower's view lies behind.
	late    time.Duration
	leader  atomic.Int32
	fronts  []*front
	refused atomic.Int64
}

// Open listens on loopback for as many nodes as asked for, before the insecure node at target (host:port). The first one leads. Followers
// show what is older than late.
func Open(target string, nodes int, late time.Duration) (*Cluster, error) {
	behind, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(rawCodec{}), grpc.MaxCallRecvMsgSize(maxMessage)))
	if err != nil {
		return nil, fmt.Errorf("connecting to the node behind the cluster: %w", err)
	}
	c := &Cluster{behind: behind, late: late}
	for i := range nodes {
		if err := c.add(i); err != nil {
			c.Close()
			return nil, err
		}
	}
	return c, nil
}

// maxMessage is what EventStoreDB's clients take at most, in bytes.
const maxMessage = 17 << 20

func (c *Cluster) add(i int) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listening for node %d of the cluster: %w", i, err)
	}
	f := &front{cluster: c, index: int32(i), listener: listener}
	f.server = grpc.NewServer(grpc.ForceServerCodecV2(rawCodec{}), grpc.MaxRecvMsgSize(maxMessage), grpc.UnknownServiceHandler(f.handle))
	c.fronts = append(c.fronts, f)
	go func() { _ = f.server.Serve(listener) }() // it ends with Close
	return nil
}

// Lead makes node i the leader. Connections stay, as in a planned change; subscriptions of the node that led before go on, late.
func (c *Cluster) Lead(i int) { c.leader.Store(int32(i)) }

// Leader is the index of the node that leads.
func (c *Cluster) Leader() int { return int(c.leader.Load()) }

// Refused counts the calls that were sent to the leader.
func (c *Cluster) Refused() int64 { return c.refused.Load() }

// Connection is a connection string that names node i alone.
func (c *Cluster) Connection(i int) string { return "esdb://" + c.fronts[i].address() + "?tls=false" }

// Connections is a connection string that names all nodes.
func (c *Cluster) Connections() string {
	var all []string
	for _, f := range c.fronts {
		all = append(all, f.address())
	}
	return "esdb://" + strings.Join(all, ",") + "?tls=false"
}

// Close ends all nodes; the one behind them goes on.
func (c *Cluster) Close() {
	for _, f := range c.fronts {
		f.server.Stop()
	}
	_ = c.behind.Close()
}
