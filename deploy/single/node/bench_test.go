package node

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
)

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func measure(b *testing.B, n int, f func()) {
	b.ReportAllocs()
	b.ResetTimer()
	before := cpu()
	f()
	b.StopTimer()
	b.ReportMetric(float64((cpu()-before).Microseconds())/float64(n), "cpu-us/op")
}

func parallel(n, workers int, f func(worker, i int)) {
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				f(w, i)
			}
		})
	}
	wg.Wait()
}

func payload() []byte {
	b := make([]byte, 0, 329)
	b = append(b, `{"x":"`...)
	for len(b) < 327 {
		b = append(b, 'a'+byte(len(b)%26))
	}
	return append(b, `"}`...)
}

func serveFixed(b *testing.B, events int) (*grpc.ClientConn, *esdb.Client) {
	b.Helper()
	at, stop, err := ServeFixed(context.Background(), events, payload(), []byte(`{"a":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}`))
	require.NoError(b, err)
	b.Cleanup(stop)
	cfg, err := esdb.ParseConnectionString(at)
	require.NoError(b, err)
	cfg.Logger = esdb.NoopLogging()
	c, err := esdb.NewClient(cfg)
	require.NoError(b, err)
	conn, err := grpc.NewClient(cfg.Address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(b, err)
	return conn, c
}

func BenchmarkEmpty64(b *testing.B) {
	conn, _ := serveFixed(b, 1)
	measure(b, b.N, func() {
		parallel(b.N, 64, func(int, int) {
			if err := conn.Invoke(context.Background(), EmptyCall, &shared.Empty{}, &shared.Empty{}); err != nil {
				b.Error(err)
			}
		})
	})
}

func BenchmarkAppend64(b *testing.B) {
	_, c := start(b, b.TempDir())
	data, meta := payload(), []byte(`{"a":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}`)
	revs := make([]uint64, 5000)
	measure(b, b.N, func() {
		parallel(b.N, 64, func(w, i int) {
			k := (w + 64*(i/64)) % 4992
			var exp esdb.ExpectedRevision = esdb.NoStream{}
			if revs[k] > 0 {
				exp = esdb.Revision(revs[k] - 1)
			}
			r, err := c.AppendToStream(context.Background(), fmt.Sprintf("clock-%012d", k), esdb.AppendToStreamOptions{ExpectedRevision: exp},
				esdb.EventData{EventID: uuid.New(), EventType: "PunchTaken.v1", ContentType: esdb.ContentTypeJson, Data: data, Metadata: meta})
			if err != nil {
				b.Error(err)
				return
			}
			revs[k] = r.NextExpectedVersion + 1
		})
	})
}

func seed(b testing.TB, n *Node, events int) {
	b.Helper()
	data, meta := payload(), []byte(`{"a":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}`)
	for at := 0; at < events; at += 500 {
		r := &request{name: fmt.Sprintf("clock-%012d", at/500%5000), expected: anyRevision}
		for range 500 {
			r.events = append(r.events, event{id: newID(), typ: "PunchTaken.v1", json: true, data: data, meta: meta})
		}
		o := n.store.w.do(b.Context(), r)
		require.NoError(b, o.err)
	}
}

func BenchmarkReadAll(b *testing.B) {
	n, c := start(b, b.TempDir())
	seed(b, n, 200_000)
	readAll(b, c)
}

func BenchmarkReadFixed(b *testing.B) {
	_, c := serveFixed(b, 200_000)
	readAll(b, c)
}

func readAll(b *testing.B, c *esdb.Client) {
	b.Helper()
	read := 0
	measure(b, b.N, func() {
		for read < b.N {
			s, err := c.ReadAll(context.Background(), esdb.ReadAllOptions{From: esdb.Start{}}, uint64(math.MaxUint64))
			require.NoError(b, err)
			for read < b.N {
				if _, err := s.Recv(); err != nil {
					require.ErrorIs(b, err, io.EOF)
					break
				}
				read++
			}
			s.Close()
		}
	})
}

func BenchmarkScan(b *testing.B) {
	n, _ := start(b, b.TempDir())
	seed(b, n, 200_000)
	b.ResetTimer()
	p := &page{}
	measure(b, b.N, func() {
		for read := 0; read < b.N; {
			for next := int64(1); next < 200_000 && read < b.N; next = p.next {
				require.NoError(b, n.store.with(context.Background(), func(r *reader) error { return r.forward(next, pageEvents, p) }))
				read += len(p.events)
			}
		}
	})
}

func BenchmarkEngine64(b *testing.B) {
	n, _ := start(b, b.TempDir())
	data, meta := payload(), []byte(`{"a":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}`)
	revs := make([]int64, 5000)
	for i := range revs {
		revs[i] = noStream
	}
	measure(b, b.N, func() {
		parallel(b.N, 64, func(w, i int) {
			k := (w + 64*(i/64)) % 4992
			r := &request{name: fmt.Sprintf("clock-%012d", k), expected: revs[k],
				events: []event{{id: newID(), typ: "PunchTaken.v1", json: true, data: data, meta: meta}}}
			o := n.store.w.do(b.Context(), r)
			if o.err != nil || o.verdict != verdictWrite {
				b.Errorf("%+v %v", o, o.err)
			}
			revs[k] = o.rev
		})
	})
}

// BenchmarkRatio alternates empty calls and appends in short rounds, so that a noisy neighbour meets both alike.
func BenchmarkRatio(b *testing.B) {
	b.Run("one connection", func(b *testing.B) { ratio(b, 1) })
	b.Run("64 connections", func(b *testing.B) { ratio(b, 64) })
}

func ratio(b *testing.B, connections int) {
	n, _ := start(b, b.TempDir())
	at, stop, err := ServeFixed(context.Background(), 1, nil, nil)
	require.NoError(b, err)
	b.Cleanup(stop)
	fixedAt, err := esdb.ParseConnectionString(at)
	require.NoError(b, err)
	var clients []*esdb.Client
	var conns []*grpc.ClientConn
	for range connections {
		clients = append(clients, client(b, n))
		conn, err := grpc.NewClient(fixedAt.Address, grpc.WithTransportCredentials(insecure.NewCredentials()))
		require.NoError(b, err)
		b.Cleanup(func() { _ = conn.Close() })
		conns = append(conns, conn)
	}
	data, meta := payload(), []byte(`{"a":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}`)
	revs := make([]uint64, 5000)
	const round = 3000
	var ratios, appends, empties []float64
	per := func(f func(w, i int)) float64 {
		before := cpu()
		parallel(round, 64, f)
		return float64((cpu() - before).Microseconds()) / round
	}
	next := 0
	for b.Loop() {
		base := next
		next += round
		empty := per(func(w, _ int) {
			_ = conns[w%connections].Invoke(context.Background(), EmptyCall, &shared.Empty{}, &shared.Empty{})
		})
		app := per(func(w, i int) {
			k := (w + 64*((base+i)/64)) % 4992
			var exp esdb.ExpectedRevision = esdb.NoStream{}
			if revs[k] > 0 {
				exp = esdb.Revision(revs[k] - 1)
			}
			r, err := clients[w%connections].AppendToStream(context.Background(), fmt.Sprintf("clock-%012d", k), esdb.AppendToStreamOptions{ExpectedRevision: exp},
				esdb.EventData{EventID: uuid.New(), EventType: "PunchTaken.v1", ContentType: esdb.ContentTypeJson, Data: data, Metadata: meta})
			if err != nil {
				b.Error(err)
				return
			}
			revs[k] = r.NextExpectedVersion + 1
		})
		ratios, appends, empties = append(ratios, empty/app), append(appends, app), append(empties, empty)
	}
	for _, list := range [][]float64{ratios, appends, empties} {
		slices.Sort(list)
	}
	b.ReportMetric(ratios[len(ratios)/2], "ratio")
	b.ReportMetric(appends[len(appends)/2], "append-cpu-us")
	b.ReportMetric(empties[len(empties)/2], "empty-cpu-us")
	b.ReportMetric(float64(n.Position())/float64(n.store.w.commits), "per-commit")
}

// BenchmarkEncodeEvent writes the message of an event by hand, and as gRPC's own codec does (`make bench WITHOUT=protobuf`).
func BenchmarkEncodeEvent(b *testing.B) {
	e := &event{id: newID(), typ: "PunchTaken.v1", json: true, data: payload(), meta: []byte(`{"a":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}`), name: "timesheet-1.2.202603"}
	codec := newCodec()
	b.Run("hand", func(b *testing.B) {
		c := newEncoder(false)
		for b.Loop() {
			data, err := codec.Marshal(c.event(e, nil))
			require.NoError(b, err)
			require.NotZero(b, data.Len())
		}
	})
	data, err := codec.Marshal(newEncoder(false).event(e, nil))
	require.NoError(b, err)
	var read streams.ReadResp
	require.NoError(b, proto.Unmarshal(data.Materialize(), &read))
	b.Run("generated", func(b *testing.B) {
		for b.Loop() {
			// What a program without its own encoder does for each event: build the message, then have it encoded.
			from := read.GetEvent().GetEvent()
			m := &streams.ReadResp{Content: &streams.ReadResp_Event{Event: &streams.ReadResp_ReadEvent{
				Event: &streams.ReadResp_ReadEvent_RecordedEvent{Id: from.GetId(), StreamIdentifier: from.GetStreamIdentifier(), StreamRevision: from.GetStreamRevision(),
					PreparePosition: from.GetPreparePosition(), CommitPosition: from.GetCommitPosition(), Metadata: from.GetMetadata(), CustomMetadata: e.meta, Data: e.data},
				Position: read.GetEvent().GetPosition()}}}
			data, err := codec.Marshal(m)
			require.NoError(b, err)
			require.NotZero(b, data.Len())
		}
	})
}
