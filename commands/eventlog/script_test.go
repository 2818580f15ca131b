package eventlog_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/serverfeatures"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/dakahq/daka/commands/eventlog"
)

// script is a gRPC server that answers appends and reads as told.
type script struct {
	streams.UnimplementedStreamsServer
	serverfeatures.UnimplementedServerFeaturesServer
	append func(streams.Streams_AppendServer) error
	read   func(streams.Streams_ReadServer) error
	// request is read for who wants to see what was asked for.
	request func(*streams.ReadReq, streams.Streams_ReadServer) error
	server  *grpc.Server
}

func (s *script) Append(call streams.Streams_AppendServer) error { return s.append(call) }
func (s *script) Read(req *streams.ReadReq, call streams.Streams_ReadServer) error {
	if s.request != nil {
		return s.request(req, call)
	}
	if s.read == nil {
		return status.Error(codes.Unimplemented, "the script reads nothing")
	}
	return s.read(call)
}

func (s *script) GetSupportedMethods(context.Context, *shared.Empty) (*serverfeatures.SupportedMethods, error) {
	return &serverfeatures.SupportedMethods{EventStoreServerVersion: "24.10.0"}, nil
}

// dialScript starts the script and dials it.
func dialScript(t *testing.T, s *script) *eventlog.Log {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.server = grpc.NewServer(grpc.MaxRecvMsgSize(17 << 20))
	streams.RegisterStreamsServer(s.server, s)
	serverfeatures.RegisterServerFeaturesServer(s.server, s)
	go s.server.Serve(listener)
	t.Cleanup(s.server.Stop)
	return dial(t, "esdb://"+listener.Addr().String()+"?tls=false")
}

func dial(t testing.TB, connection string) *eventlog.Log {
	t.Helper()
	l, err := eventlog.Dial(connection, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(l.Close)
	return l
}

func within(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

func batchOf(n, size int) []eventlog.Raw {
	out := make([]eventlog.Raw, n)
	for i := range out {
		out[i] = eventlog.Raw{ID: uuid.New(), Type: "Tested", Data: make([]byte, size)}
	}
	return out
}

func drainAppend(call streams.Streams_AppendServer) error {
	for {
		if _, err := call.Recv(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// after reads the whole request and answers.
func after(answer *streams.AppendResp, err error) func(streams.Streams_AppendServer) error {
	return func(call streams.Streams_AppendServer) error {
		if e := drainAppend(call); e != nil {
			return e
		}
		if err != nil {
			return err
		}
		return call.SendAndClose(answer)
	}
}

// early answers after the header alone.
func early(answer *streams.AppendResp, err error) func(streams.Streams_AppendServer) error {
	return func(call streams.Streams_AppendServer) error {
		if _, e := call.Recv(); e != nil {
			return e
		}
		if err != nil {
			return err
		}
		return call.SendAndClose(answer)
	}
}

func withTrailers(err error, pairs ...string) func(streams.Streams_AppendServer) error {
	return func(call streams.Streams_AppendServer) error {
		if e := drainAppend(call); e != nil {
			return e
		}
		call.SetTrailer(metadata.Pairs(pairs...))
		return err
	}
}

func wrongVersion() *streams.AppendResp {
	return &streams.AppendResp{Result: &streams.AppendResp_WrongExpectedVersion_{WrongExpectedVersion: &streams.AppendResp_WrongExpectedVersion{
		CurrentRevisionOption:  &streams.AppendResp_WrongExpectedVersion_CurrentRevision{CurrentRevision: 3},
		ExpectedRevisionOption: &streams.AppendResp_WrongExpectedVersion_ExpectedNoStream{ExpectedNoStream: &shared.Empty{}},
	}}}
}

func success(revision uint64, position *streams.AppendResp_Position) *streams.AppendResp {
	s := &streams.AppendResp_Success{
		CurrentRevisionOption: &streams.AppendResp_Success_CurrentRevision{CurrentRevision: revision},
		PositionOption:        &streams.AppendResp_Success_NoPosition{NoPosition: &shared.Empty{}},
	}
	if position != nil {
		s.PositionOption = &streams.AppendResp_Success_Position{Position: position}
	}
	return &streams.AppendResp{Result: &streams.AppendResp_Success_{Success: s}}
}
