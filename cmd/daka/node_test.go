package main

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/deploy/single/logtest"
	"github.com/dakahq/daka/domain"
)

// separateNode runs the verb `daka node` and returns a client of it.
func separateNode(t *testing.T, flags ...string) *esdb.Client {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	out, ended := &logtest.Log{}, make(chan int, 1)
	args := append([]string{"node", "--insecure", "--listen", "127.0.0.1:0", "--data", t.TempDir()}, flags...)
	go func() {
		ended <- run(world{ctx: ctx, stdin: strings.NewReader(""), stdout: out, stderr: io.Discard}, args)
	}()
	t.Cleanup(func() { stop(); require.Zero(t, <-ended) })
	require.Eventually(t, func() bool { return strings.Contains(out.String(), "connect with ") }, 10*time.Second, 10*time.Millisecond)
	_, connection, _ := strings.Cut(out.String(), "connect with ")
	config, err := esdb.ParseConnectionString(strings.TrimSpace(connection))
	require.NoError(t, err)
	config.Logger = esdb.NoopLogging()
	client, err := esdb.NewClient(config)
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// hide is every way of taking a stream's events out of sight.
func hide(t *testing.T, c *esdb.Client, stream string) map[string]error {
	meta := esdb.StreamMetadata{}
	meta.SetMaxCount(1)
	_, err := c.SetStreamMetadata(t.Context(), stream, esdb.AppendToStreamOptions{ExpectedRevision: esdb.NoStream{}}, meta)
	_, deleted := c.DeleteStream(t.Context(), stream, esdb.DeleteStreamOptions{ExpectedRevision: esdb.Revision(0)})
	_, ended := c.TombstoneStream(t.Context(), stream, esdb.TombstoneStreamOptions{ExpectedRevision: esdb.Revision(0)})
	return map[string]error{"metadata": err, "delete": deleted, "tombstone": ended}
}

func TestTheSeparateNodeGuardsTheLedger(t *testing.T) {
	one := esdb.EventData{EventType: "Tested", ContentType: esdb.ContentTypeJson, Data: []byte(`{}`)}
	guarded, free := separateNode(t), separateNode(t, "--allow-deletes")
	for _, category := range append(domain.Categories(), "scratch") {
		stream := category + "-" + uuid.NewString()
		for _, c := range []*esdb.Client{guarded, free} {
			_, err := c.AppendToStream(t.Context(), stream, esdb.AppendToStreamOptions{ExpectedRevision: esdb.NoStream{}}, one)
			require.NoError(t, err)
			for what, err := range hide(t, c, stream) {
				if c == free || category == "scratch" {
					require.NoError(t, err, "%s of %s", what, stream)
					continue
				}
				var e *esdb.Error
				require.ErrorAs(t, err, &e, "%s of %s", what, stream)
				require.Equal(t, esdb.ErrorCodeAccessDenied, e.Code(), "%s of %s", what, stream)
			}
		}
	}
}
