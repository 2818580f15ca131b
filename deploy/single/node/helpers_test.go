package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
)

func start(t testing.TB, dir string) (*Node, *esdb.Client) {
	t.Helper()
	n, err := Open(context.Background(), Config{Dir: dir, Listen: "127.0.0.1:0", Insecure: true, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, n.Close()) })
	return n, client(t, n)
}

func client(t testing.TB, n *Node) *esdb.Client {
	t.Helper()
	cfg, err := esdb.ParseConnectionString(n.ConnectionString())
	require.NoError(t, err)
	cfg.Logger = esdb.NoopLogging()
	c, err := esdb.NewClient(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func ctxFor(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// raw is the generated client, for what esdb does not send.
func raw(t testing.TB, n *Node) streams.StreamsClient {
	t.Helper()
	conn, err := grpc.NewClient(n.Addr(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return streams.NewStreamsClient(conn)
}

func newEvent(typ string) esdb.EventData {
	return esdb.EventData{EventID: uuid.New(), EventType: typ, ContentType: esdb.ContentTypeJson, Data: []byte(`{"a":1}`), Metadata: []byte(`{"m":2}`)}
}

func newEvents(n int) []esdb.EventData {
	var list []esdb.EventData
	for i := range n {
		list = append(list, newEvent(fmt.Sprintf("T%d", i)))
	}
	return list
}

func write(t testing.TB, c *esdb.Client, stream string, expected esdb.ExpectedRevision, events ...esdb.EventData) *esdb.WriteResult {
	t.Helper()
	r, err := c.AppendToStream(ctxFor(t), stream, esdb.AppendToStreamOptions{ExpectedRevision: expected}, events...)
	require.NoError(t, err)
	return r
}

func codeOf(t testing.TB, err error) esdb.ErrorCode {
	t.Helper()
	require.Error(t, err)
	var e *esdb.Error
	require.True(t, errors.As(err, &e), "%v", err)
	return e.Code()
}

func readStream(t testing.TB, c *esdb.Client, name string, o esdb.ReadStreamOptions, count uint64) ([]*esdb.ResolvedEvent, error) {
	t.Helper()
	s, err := c.ReadStream(ctxFor(t), name, o, count)
	require.NoError(t, err)
	defer s.Close()
	return collect(s)
}

func readAllEvents(t testing.TB, c *esdb.Client, o esdb.ReadAllOptions, count uint64) ([]*esdb.ResolvedEvent, error) {
	t.Helper()
	s, err := c.ReadAll(ctxFor(t), o, count)
	require.NoError(t, err)
	defer s.Close()
	return collect(s)
}

func collect(s *esdb.ReadStream) ([]*esdb.ResolvedEvent, error) {
	var list []*esdb.ResolvedEvent
	for {
		e, err := s.Recv()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return list, err
		}
		list = append(list, e)
	}
}

func revisions(list []*esdb.ResolvedEvent) []uint64 {
	out := []uint64{}
	for _, e := range list {
		out = append(out, e.OriginalEvent().EventNumber)
	}
	return out
}

func positions(list []*esdb.ResolvedEvent) []uint64 {
	out := []uint64{}
	for _, e := range list {
		out = append(out, e.OriginalEvent().Position.Commit)
	}
	return out
}

// rawRead collects the messages of one Read call and its trailers.
func rawRead(t testing.TB, c streams.StreamsClient, o *streams.ReadReq_Options) ([]*streams.ReadResp, metadata.MD, error) {
	t.Helper()
	call, err := c.Read(ctxFor(t), &streams.ReadReq{Options: o})
	require.NoError(t, err)
	var list []*streams.ReadResp
	for {
		m, err := call.Recv()
		if errors.Is(err, io.EOF) {
			return list, call.Trailer(), nil
		}
		if err != nil {
			return list, call.Trailer(), err
		}
		list = append(list, m)
	}
}

func named(name string) *shared.StreamIdentifier {
	return &shared.StreamIdentifier{StreamName: []byte(name)}
}

func trailerInto(md *map[string][]string) grpc.CallOption {
	return grpc.Trailer((*metadata.MD)(md))
}
