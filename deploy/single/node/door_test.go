package node

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/gossip"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

func get(t *testing.T, c *http.Client, method, url string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(ctxFor(t), method, url, nil)
	require.NoError(t, err)
	resp, err := c.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

func TestPlainHTTPOnTheOnePort(t *testing.T) {
	n, c := start(t, t.TempDir())
	base := "http://" + n.Addr()
	for _, tt := range []struct {
		method, path string
		want         int
	}{
		{"GET", "/health/live", 204}, {"HEAD", "/health/live", 204}, {"GET", "/health/live?liveCode=200", 200}, {"GET", "/health/live?liveCode=503", 204},
		{"GET", "/health/live?liveCode=x", 204}, {"GET", "/info", 200}, {"HEAD", "/info", 200}, {"POST", "/info", 405}, {"GET", "/", 404}, {"GET", "/stats", 404},
	} {
		require.Equal(t, tt.want, get(t, http.DefaultClient, tt.method, base+tt.path).StatusCode, "%s %s", tt.method, tt.path)
	}
	body, err := io.ReadAll(get(t, http.DefaultClient, "GET", base+"/info").Body)
	require.NoError(t, err)
	require.JSONEq(t, `{"esVersion":"`+Version+`","state":"leader","features":{"projections":false,"userManagement":false,"atomPub":false},
		"authentication":{"type":"insecure","properties":{}}}`, string(body))
	write(t, c, "s", esdb.Any{}, newEvents(1)...)
}

// TestWhoOffersBothIsServed: a client that could speak HTTP/1.1 as well may ask for /info or make gRPC calls, on one connection.
func TestWhoOffersBothIsServed(t *testing.T) {
	n := startGuarded(t, t.TempDir())
	both := n.access.secure()
	both.InsecureSkipVerify = true
	web := &http.Client{Transport: &http.Transport{TLSClientConfig: both.Clone(), ForceAttemptHTTP2: true}}
	resp := get(t, web, "GET", "https://"+n.Addr()+"/info")
	require.Equal(t, 200, resp.StatusCode)
	require.Equal(t, 2, resp.ProtoMajor)
	web.CloseIdleConnections()

	conn, err := grpc.NewClient(n.Addr(), grpc.WithTransportCredentials(credentials.NewTLS(both)))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	ctx := metadata.AppendToOutgoingContext(ctxFor(t), "authorization", string(n.access.token))
	call, err := streams.NewStreamsClient(conn).Append(ctx)
	require.NoError(t, err)
	require.NoError(t, call.Send(&streams.AppendReq{Content: &streams.AppendReq_Options_{Options: onAny("s")}}))
	require.NoError(t, call.Send(&streams.AppendReq{Content: &streams.AppendReq_ProposedMessage_{ProposedMessage: proposal("T")}}))
	answer, err := call.CloseAndRecv()
	require.NoError(t, err)
	require.EqualValues(t, 0, answer.GetSuccess().GetCurrentRevision())
	list, _, err := rawRead(t, clientWith{streams.NewStreamsClient(conn), ctx}, streamOptions("s", 10, 0))
	require.NoError(t, err)
	require.Len(t, list, 1)
	info, err := gossip.NewGossipClient(conn).Read(ctx, &shared.Empty{})
	require.NoError(t, err)
	require.NotZero(t, info.GetMembers()[0].GetHttpEndPoint().GetPort())
	_, err = streams.NewStreamsClient(conn).Delete(ctxFor(t), &streams.DeleteReq{})
	require.Equal(t, codes.Unauthenticated, status.Code(err), "the password is asked for here, too")
}

// clientWith reads with the context of another, for its headers.
type clientWith struct {
	streams.StreamsClient
	ctx context.Context
}

func (c clientWith) Read(_ context.Context, req *streams.ReadReq, o ...grpc.CallOption) (streams.Streams_ReadClient, error) {
	return c.StreamsClient.Read(c.ctx, req, o...)
}

// TestSilentCallersKeepNobodyOut: who says nothing, or breaks off in the middle, costs a place of their own.
func TestSilentCallersKeepNobodyOut(t *testing.T) {
	n, err := Open(t.Context(), Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, n.Close()) })
	for _, text := range []string{"", "P", "PRI", "GET / HTTP/1.1\r\n", "\x16\x03\x01"} {
		for range 20 {
			conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", n.Addr())
			require.NoError(t, err)
			t.Cleanup(func() { _ = conn.Close() })
			_, err = conn.Write([]byte(text))
			require.NoError(t, err)
		}
	}
	write(t, client(t, n), "s", esdb.Any{}, newEvents(1)...)
	conn, err := (&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}).DialContext(t.Context(), "tcp", n.Addr())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = io.WriteString(conn, "GET /health/live HTTP/1.1\r\nHost: node\r\n\r\n")
	require.NoError(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	require.Equal(t, 204, resp.StatusCode)
}
