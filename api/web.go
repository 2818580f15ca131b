package api

import (
	"io/fs"
	"net/http"
	"path"
	"strings"
)

const notBuilt = `<!doctype html><html lang="en"><meta charset="utf-8"><title>daka</title>
<body style="font:16px/1.6 system-ui;max-width:40rem;margin:4rem auto;padding:0 1rem">
<h1>daka 打卡</h1><p>The server runs, but this binary holds no web page. Build it with <code>make web build</code>.</p>
<p>服务已启动，但此程序未包含网页。请运行 <code>make web build</code>。</p>
<p><a href="/docs">API</a> · <a href="/readyz">status</a></p>`

// page serves the built page: a file if there is one, else index.html, for the page's own routes.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if s.config.Web == nil || !exists(s.config.Web, "index.html") {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(notBuilt))
		return
	}
	switch {
	case name != "" && exists(s.config.Web, name):
		if strings.HasPrefix(name, "assets/") { // their names hold their hash
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
	case name != "" && strings.Contains(path.Base(name), "."):
		problem(r.Context(), "not_found", "there is no file "+r.URL.Path).write(w)
		return
	default:
		name = "index.html"
		w.Header().Set("Cache-Control", "no-cache")
	}
	http.ServeFileFS(w, r, s.config.Web, name)
}

func exists(files fs.FS, name string) bool {
	info, err := fs.Stat(files, name)
	return err == nil && !info.IsDir()
}
