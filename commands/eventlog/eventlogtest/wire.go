package eventlogtest

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
)

// wire is a plain gRPC connection to the store, for what the client hides.
func (s *suite) wire(t *testing.T) (*grpc.ClientConn, context.Context) {
	t.Helper()
	transport := insecure.NewCredentials()
	if !s.config.DisableTLS {
		transport = credentials.NewTLS(&tls.Config{RootCAs: s.config.RootCAs, InsecureSkipVerify: s.config.SkipCertificateVerification})
	}
	conn, err := grpc.NewClient(s.config.Address, grpc.WithTransportCredentials(transport),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(17<<20)))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	ctx := during(t)
	if s.config.Username != "" {
		login := base64.StdEncoding.EncodeToString([]byte(s.config.Username + ":" + s.config.Password))
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Basic "+login)
	}
	return conn, ctx
}

func (s *suite) streams(t *testing.T) (streams.StreamsClient, context.Context) {
	t.Helper()
	conn, ctx := s.wire(t)
	return streams.NewStreamsClient(conn), ctx
}

func identifier(stream string) *shared.StreamIdentifier {
	return &shared.StreamIdentifier{StreamName: []byte(stream)}
}

func textID(id uuid.UUID) *shared.UUID {
	return &shared.UUID{Value: &shared.UUID_String_{String_: id.String()}}
}

func proposal(id uuid.UUID, kind, contentType string, data []byte) *streams.AppendReq {
	m := map[string]string{}
	if kind != "" {
		m["type"] = kind
	}
	if contentType != "" {
		m["content-type"] = contentType
	}
	return &streams.AppendReq{Content: &streams.AppendReq_ProposedMessage_{ProposedMessage: &streams.AppendReq_ProposedMessage{
		Id: textID(id), Metadata: m, Data: data,
	}}}
}

// rawAppend sends what it is given and returns the answer with its trailers.
func (s *suite) rawAppend(t *testing.T, stream string, messages ...*streams.AppendReq) (*streams.AppendResp, metadata.MD, error) {
	t.Helper()
	return s.rawAppendWith(t, &streams.AppendReq_Options{
		StreamIdentifier:       identifier(stream),
		ExpectedStreamRevision: &streams.AppendReq_Options_NoStream{NoStream: &shared.Empty{}},
	}, messages...)
}

func (s *suite) rawAppendWith(t *testing.T, o *streams.AppendReq_Options, messages ...*streams.AppendReq) (*streams.AppendResp, metadata.MD, error) {
	t.Helper()
	client, ctx := s.streams(t)
	call, err := client.Append(ctx)
	require.NoError(t, err)
	header := &streams.AppendReq{Content: &streams.AppendReq_Options_{Options: o}}
	for _, m := range append([]*streams.AppendReq{header}, messages...) {
		if err := call.Send(m); err != nil {
			break // the answer says why
		}
	}
	answer, err := call.CloseAndRecv()
	return answer, call.Trailer(), err
}

func readRequest(stream string) *streams.ReadReq_Options {
	return &streams.ReadReq_Options{
		StreamOption: &streams.ReadReq_Options_Stream{Stream: &streams.ReadReq_Options_StreamOptions{
			StreamIdentifier: identifier(stream),
			RevisionOption:   &streams.ReadReq_Options_StreamOptions_Start{Start: &shared.Empty{}},
		}},
		CountOption:  &streams.ReadReq_Options_Count{Count: 100},
		FilterOption: &streams.ReadReq_Options_NoFilter{NoFilter: &shared.Empty{}},
		UuidOption: &streams.ReadReq_Options_UUIDOption{
			Content: &streams.ReadReq_Options_UUIDOption_Structured{Structured: &shared.Empty{}},
		},
	}
}

func (s *suite) rawRead(t *testing.T, o *streams.ReadReq_Options) ([]*streams.ReadResp, metadata.MD, error) {
	t.Helper()
	client, ctx := s.streams(t)
	call, err := client.Read(ctx, &streams.ReadReq{Options: o})
	require.NoError(t, err)
	var out []*streams.ReadResp
	for {
		m, err := call.Recv()
		if errors.Is(err, io.EOF) {
			return out, call.Trailer(), nil
		}
		if err != nil {
			return out, call.Trailer(), err
		}
		out = append(out, m)
	}
}
