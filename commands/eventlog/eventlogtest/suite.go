// Package eventlogtest is the conformance suite of an event store: every operation that EventStoreDB's clients rely on,
// one by one, through the official Go client and, where that client hides the wire, through plain gRPC.
package eventlogtest

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/metadata"

	"github.com/dakahq/daka/commands/eventlog"
)

// Server names a running store.
type Server struct {
	// Connection is an esdb:// connection string, with credentials where the store wants them.
	Connection string
	// Insecure says that the store ignores credentials (point 16 is left out otherwise).
	Insecure bool
}

// suite is one run against one store.
type suite struct {
	server Server
	config *esdb.Configuration
	client *esdb.Client
	log    *eventlog.Log
}

// Run checks a store. It writes only to streams with fresh names, so that a shared store may be used.
func Run(t *testing.T, dial func(testing.TB) Server) {
	t.Helper()
	s := open(t, dial(t))
	points := []struct {
		name string
		run  func(*testing.T, *suite)
	}{
		{"01 server features", features}, {"02 gossip", gossipRead},
		{"03 append", appends}, {"03 append answers", appendAnswers},
		{"04 batch append", batchAppends}, {"05 statuses and trailers", trailers},
		{"06 append limit", appendLimit}, {"07 order of checks", orderOfChecks},
		{"08 idempotence", idempotence}, {"09 stream reads", streamReads}, {"10 events", eventParts},
		{"11 all", allReads}, {"12 subscriptions", subscriptions}, {"12 subscription hand-over", handOver},
		{"13 filters and checkpoints", filters}, {"14 soft delete", softDelete}, {"15 retention", retention},
		{"16 system streams", systemStreams}, {"17 atomic and ordered", atomicAppends}, {"18 persistent subscriptions", persistent},
		{"19 event log", eventLog},
		{"20 metadata", metadataForms}, {"21 deletes", deletes}, {"22 absent fields", absentFields},
		{"23 names in trailers", trailerNames}, {"24 live subscriptions", liveSubscriptions}, {"25 ids in two streams", idsInTwoStreams},
		{"26 group settings", groupSettings}, {"27 links", links}, {"28 compressed requests", compressed}, {"29 over HTTP", overHTTP},
	}
	for _, p := range points {
		t.Run(p.name, func(t *testing.T) { p.run(t, s) })
	}
}

func open(t *testing.T, server Server) *suite {
	t.Helper()
	config, err := esdb.ParseConnectionString(server.Connection)
	require.NoError(t, err)
	config.Logger = esdb.NoopLogging()
	client, err := esdb.NewClient(config)
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	log, err := eventlog.Dial(server.Connection, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(log.Close)
	return &suite{server: server, config: config, client: client, log: log}
}

// patience bounds every wait of the suite; nothing is measured.
const patience = 20 * time.Second

func during(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(metadata.AppendToOutgoingContext(context.Background(), "requires-leader", "true"), patience)
	t.Cleanup(cancel)
	return ctx
}

// fresh is a stream name that nobody used.
func fresh(category string) string { return category + "-" + uuid.NewString() }

func event(kind string) esdb.EventData {
	return esdb.EventData{EventID: uuid.New(), EventType: kind, ContentType: esdb.ContentTypeJson, Data: []byte(`{"a":1}`), Metadata: []byte(`{"m":2}`)}
}

func events(n int) []esdb.EventData {
	out := make([]esdb.EventData, n)
	for i := range out {
		out[i] = event("Tested")
	}
	return out
}

func ids(events []esdb.EventData) []uuid.UUID {
	out := make([]uuid.UUID, len(events))
	for i, e := range events {
		out[i] = e.EventID
	}
	return out
}

func (s *suite) append(t *testing.T, stream string, expected esdb.ExpectedRevision, e ...esdb.EventData) *esdb.WriteResult {
	t.Helper()
	result, err := s.client.AppendToStream(during(t), stream, esdb.AppendToStreamOptions{ExpectedRevision: expected}, e...)
	require.NoError(t, err)
	return result
}

func (s *suite) appendError(t *testing.T, stream string, expected esdb.ExpectedRevision, e ...esdb.EventData) error {
	t.Helper()
	_, err := s.client.AppendToStream(during(t), stream, esdb.AppendToStreamOptions{ExpectedRevision: expected}, e...)
	require.Error(t, err)
	return err
}

func (s *suite) requireWrongVersion(t *testing.T, stream string, expected esdb.ExpectedRevision, e ...esdb.EventData) {
	t.Helper()
	require.Equal(t, esdb.ErrorCodeWrongExpectedVersion, codeOf(s.appendError(t, stream, expected, e...)))
}

func codeOf(err error) esdb.ErrorCode {
	var e *esdb.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return -1
}

func (s *suite) read(t *testing.T, stream string, o esdb.ReadStreamOptions, count uint64) ([]*esdb.RecordedEvent, error) {
	t.Helper()
	reading, err := s.client.ReadStream(during(t), stream, o, count)
	require.NoError(t, err)
	defer reading.Close()
	return drain(reading)
}

func (s *suite) mustRead(t *testing.T, stream string, o esdb.ReadStreamOptions, count uint64) []*esdb.RecordedEvent {
	t.Helper()
	read, err := s.read(t, stream, o, count)
	require.NoError(t, err)
	return read
}

func (s *suite) readAll(t *testing.T, o esdb.ReadAllOptions, count uint64) []*esdb.RecordedEvent {
	t.Helper()
	reading, err := s.client.ReadAll(during(t), o, count)
	require.NoError(t, err)
	defer reading.Close()
	read, err := drain(reading)
	require.NoError(t, err)
	return read
}

func drain(reading *esdb.ReadStream) ([]*esdb.RecordedEvent, error) {
	var out []*esdb.RecordedEvent
	for {
		e, err := reading.Recv()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		out = append(out, e.OriginalEvent())
	}
}

func revisions(events []*esdb.RecordedEvent) []uint64 {
	var out []uint64
	for _, e := range events {
		out = append(out, e.EventNumber)
	}
	return out
}

func recordedIDs(events []*esdb.RecordedEvent) []uuid.UUID {
	var out []uuid.UUID
	for _, e := range events {
		out = append(out, e.EventID)
	}
	return out
}

func ofStream(events []*esdb.RecordedEvent, stream string) []*esdb.RecordedEvent {
	var out []*esdb.RecordedEvent
	for _, e := range events {
		if e.StreamID == stream {
			out = append(out, e)
		}
	}
	return out
}

const all = 1 << 62
