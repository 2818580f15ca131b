package eventlogtest

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding/gzip"
)

type contextFor func(*testing.T) context.Context

func ctxOf(s *suite, _ *testing.T) contextFor {
	return func(t *testing.T) context.Context {
		t.Helper()
		_, ctx := s.wire(t)
		return ctx
	}
}

// compressed requests are taken by every kind of call.
func compressed(t *testing.T, s *suite) {
	client, ctx := s.streams(t)
	stream := fresh("gzip")
	call, err := client.Append(ctx, grpc.UseCompressor(gzip.Name))
	require.NoError(t, err)
	require.NoError(t, call.Send(&streams.AppendReq{Content: &streams.AppendReq_Options_{Options: &streams.AppendReq_Options{
		StreamIdentifier: identifier(stream), ExpectedStreamRevision: &streams.AppendReq_Options_NoStream{NoStream: &shared.Empty{}}}}}))
	data := make([]byte, 100_000)
	require.NoError(t, call.Send(proposal(uuid.New(), "Tested", "application/octet-stream", data)))
	answer, err := call.CloseAndRecv()
	require.NoError(t, err)
	require.EqualValues(t, 0, answer.GetSuccess().GetCurrentRevision())
	read, err := client.Read(ctx, &streams.ReadReq{Options: readRequest(stream)}, grpc.UseCompressor(gzip.Name))
	require.NoError(t, err)
	m, err := read.Recv()
	require.NoError(t, err)
	require.Equal(t, data, m.GetEvent().GetEvent().GetData())
	_, err = client.Delete(ctx, &streams.DeleteReq{Options: &streams.DeleteReq_Options{StreamIdentifier: identifier(stream),
		ExpectedStreamRevision: deleteZero}}, grpc.UseCompressor(gzip.Name))
	require.NoError(t, err)
	_, err = s.read(t, stream, esdb.ReadStreamOptions{}, all)
	require.Equal(t, esdb.ErrorCodeResourceNotFound, codeOf(err))
}

// overHTTP asks on the same port what load balancers and people ask.
func overHTTP(t *testing.T, s *suite) {
	base := "http://"
	transport := http.DefaultTransport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	if !s.config.DisableTLS {
		base = "https://"
		transport.TLSClientConfig = &tls.Config{RootCAs: s.config.RootCAs, InsecureSkipVerify: s.config.SkipCertificateVerification}
	}
	ask := func(method, path string) *http.Response {
		req, err := http.NewRequestWithContext(during(t), method, base+s.config.Address+path, nil)
		require.NoError(t, err)
		resp, err := (&http.Client{Transport: transport}).Do(req)
		require.NoError(t, err)
		t.Cleanup(func() { _ = resp.Body.Close() })
		return resp
	}
	require.Equal(t, http.StatusNoContent, ask("GET", "/health/live").StatusCode)
	require.Equal(t, http.StatusNoContent, ask("HEAD", "/health/live").StatusCode)
	require.Equal(t, http.StatusOK, ask("GET", "/health/live?liveCode=200").StatusCode)
	resp := ask("GET", "/info")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Contains(t, resp.Header.Get("Content-Type"), "application/json")
	var info struct{ ESVersion, State string }
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&info))
	require.NotEmpty(t, info.ESVersion)
	require.Equal(t, "leader", info.State)
	require.Equal(t, http.StatusNotFound, ask("GET", "/nothing/here").StatusCode)
}
