package eventlogtest

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/metadata"
)

// requireName asserts that every trailer is ASCII and that the stream's name can be read from it.
func requireName(t *testing.T, stream string, trailers ...metadata.MD) {
	t.Helper()
	for _, md := range trailers {
		for key, values := range md {
			for _, v := range values {
				for i := range len(v) {
					require.True(t, v[i] >= ' ' && v[i] <= '~', "trailer %s: %q", key, v)
				}
			}
		}
		require.Len(t, md.Get("stream-name"), 1)
		got := md.Get("stream-name")[0]
		if got != stream {
			plain, err := url.PathUnescape(got)
			require.NoError(t, err, got)
			require.Equal(t, stream, plain)
		}
	}
}
