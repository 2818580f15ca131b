package api

import (
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/dakahq/daka/api/web/static"
)

const notBuilt = `<!doctype html><html lang="en"><meta charset="utf-8"><title>daka</title>
<body style="font:16px/1.6 system-ui;max-width:40rem;margin:4rem auto;padding:0 1rem">
<h1>daka 打卡</h1><p>The server runs, but this binary holds no web page. Build it with <code>make web build</code>.</p>
<p>服务已启动，但此程序未包含网页。请运行 <code>make web build</code>。</p>
<p><a href="/docs">API</a> · <a href="/readyz">status</a></p>`

// page serves the built page: a file if there is one, else index.html at the page's own addresses. Elsewhere there is nothing, which the page tells a
// browser and a problem tells a program.
func (s *pages) page(w http.ResponseWriter, r *http.Request) {
	built := s.web != nil && exists(s.web, "index.html")
	switch {
	case built && r.URL.Path != "/" && s.isFile(r.URL.Path):
		static.Serve(w, r, s.web, fileOf(r.URL.Path))
	case isAddress(r.URL.Path) && built:
		static.Serve(w, r, s.web, "index.html")
	case isAddress(r.URL.Path):
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(notBuilt))
	case built && strings.Contains(r.Header.Get("Accept"), "text/html"):
		s.lost(w)
	default:
		nowhere(r).Write(w)
	}
}

// lost is the page with 404: it says so itself.
func (s *pages) lost(w http.ResponseWriter) {
	index, _ := fs.ReadFile(s.web, "index.html")
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write(index)
}

func fileOf(address string) string { return strings.TrimPrefix(path.Clean(address), "/") }

func (s *pages) isFile(address string) bool {
	name := fileOf(address)
	return s.web != nil && exists(s.web, name) && path.Ext(name) != ".br" && path.Ext(name) != ".gz"
}

func exists(files fs.FS, name string) bool {
	info, err := fs.Stat(files, name)
	return err == nil && !info.IsDir()
}
