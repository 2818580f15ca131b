package node

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/status"

	"github.com/dakahq/daka/deploy/single/logtest"
)

// TestPanicOfACallAnswersInternal: a fault of the program costs the call that met it, and is logged whole.
func TestPanicOfACallAnswersInternal(t *testing.T) {
	log := &logtest.Log{}
	server := grpc.NewServer(rescues(slog.New(slog.NewTextHandler(log, nil)))...)
	streams.RegisterStreamsServer(server, &faulty{})
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = server.Serve(ln) }()
	t.Cleanup(server.Stop)
	c := raw(t, &Node{ln: ln})
	for range 2 {
		_, err := c.Delete(ctxFor(t), &streams.DeleteReq{})
		require.Equal(t, codes.Internal, status.Code(err))
		require.NotContains(t, err.Error(), "unary secret", "the reason stays in the log")
		call, err := c.Read(ctxFor(t), &streams.ReadReq{})
		require.NoError(t, err)
		_, err = call.Recv()
		require.Equal(t, codes.Internal, status.Code(err))
	}
	require.Contains(t, log.String(), "unary secret")
	require.Contains(t, log.String(), "stream secret")
	require.Contains(t, log.String(), "rescue_test.go", "with its stack")
}

type faulty struct {
	streams.UnimplementedStreamsServer
}

func (*faulty) Delete(context.Context, *streams.DeleteReq) (*streams.DeleteResp, error) {
	panic("unary secret")
}

func (*faulty) Read(*streams.ReadReq, streams.Streams_ReadServer) error {
	panic(errors.New("stream secret"))
}

// TestPanicInTheWriterCostsItsOwnRequest poisons what the writer remembers of a stream.
func TestPanicInTheWriterCostsItsOwnRequest(t *testing.T) {
	n, c := start(t, t.TempDir())
	write(t, c, "s", esdb.NoStream{}, newEvents(1)...)
	w := n.store.w
	to := func(name string) *request {
		return &request{kind: writeAppend, name: name, expected: anyRevision, events: []event{{id: newID(), typ: "T"}}}
	}
	w.streams["bad"] = nil // the writer waits in its line, and looks at it after the next request only
	alone := w.do(t.Context(), to("bad"))
	require.ErrorContains(t, alone.err, "nil pointer")
	require.Equal(t, codes.Internal, asProblem(alone.err).code)
	require.NoError(t, w.do(t.Context(), to("bad")).err, "the writer lives, and has forgotten what was wrong")

	w.streams["bad"] = nil
	hold := make(chan struct{})
	w.clock = func() time.Time { <-hold; return time.Now() } // stands still until all others are in line
	requests := []*request{to("s"), to("s"), to("bad"), to("s"), to("s")}
	for _, r := range requests {
		require.NoError(t, w.enqueue(t.Context(), r))
	}
	close(hold)
	for _, r := range requests {
		require.NoError(t, (<-r.done).err)
	}
	list, err := readStream(t, c, "s", esdb.ReadStreamOptions{}, 100)
	require.NoError(t, err)
	require.Equal(t, []uint64{0, 1, 2, 3, 4}, revisions(list), "each once")
}

func TestRequestsMayBeCompressed(t *testing.T) {
	require.NotNil(t, encoding.GetCompressor("gzip"), "a server takes what its own process knows")
}
