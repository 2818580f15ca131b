// Package static answers the files of the built page over HTTP.
package static

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// encodings are the forms in which the build wrote a file, the smallest first; their names are those of HTTP.
var encodings = []struct{ name, ending string }{{"br", ".br"}, {"gzip", ".gz"}}

// Serve answers a file of the page in the smallest form that the browser takes. An asset's name holds its hash, so it is kept for good;
// anything else is asked for again, and costs nothing when it is the same. The caller has seen that the file is there.
func Serve(w http.ResponseWriter, r *http.Request, files fs.FS, name string) {
	h := w.Header()
	kind := mime.TypeByExtension(path.Ext(name))
	if path.Ext(name) == ".webmanifest" {
		kind = "application/manifest+json"
	}
	h.Set("Content-Type", kind)
	h.Add("Vary", "Accept-Encoding")
	file := name
	for _, e := range encodings {
		if accepts(r.Header.Get("Accept-Encoding"), e.name) && exists(files, name+e.ending) {
			h.Set("Content-Encoding", e.name)
			file = name + e.ending
			break
		}
	}
	content, err := fs.ReadFile(files, file)
	if err != nil {
		http.Error(w, "the file cannot be read", http.StatusInternalServerError)
		return
	}
	if strings.HasPrefix(name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		sum := sha256.Sum256(content)
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", `"`+hex.EncodeToString(sum[:12])+`"`)
	}
	http.ServeContent(w, r, file, time.Time{}, bytes.NewReader(content))
}

// accepts says that an Accept-Encoding header names an encoding and does not refuse it.
func accepts(header, encoding string) bool {
	for one := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(one, ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			q := strings.ReplaceAll(weight, " ", "")
			return strings.Trim(q, "q=0.") != "" || q == ""
		}
	}
	return false
}

func exists(files fs.FS, name string) bool {
	info, err := fs.Stat(files, name)
	return err == nil && !info.IsDir()
}
