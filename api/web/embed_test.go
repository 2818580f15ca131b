package web_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/web"
)

// firstLoad is how many bytes, compressed, may arrive before a person can sign in or punch: a phone on slow 4G takes about a second for them.
const firstLoad = 150_000

// TestFirstLoadIsSmall weighs what index.html itself asks for; the console, the dashboard and the charts come later.
func TestFirstLoadIsSmall(t *testing.T) {
	files := web.Files()
	index, err := fs.ReadFile(files, "index.html")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("the page was not built, though CI builds it")
		}
		t.Skip("the page was not built; make web builds it")
	}
	names := regexp.MustCompile(`(?:src|href)="/(assets/[^"]+\.(?:js|css))"`).FindAllSubmatch(index, -1)
	require.NotEmpty(t, names)
	var all bytes.Buffer
	for _, name := range names {
		content, err := fs.ReadFile(files, string(name[1]))
		require.NoError(t, err)
		w := gzip.NewWriter(&all)
		_, err = io.Copy(w, bytes.NewReader(content))
		require.NoError(t, err)
		require.NoError(t, w.Close())
	}
	require.LessOrEqual(t, all.Len(), firstLoad, "the first load has grown; load what is not needed at once later")
}
