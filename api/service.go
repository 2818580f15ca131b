package api

import (
	_ "embed"
	"net/http"

	"github.com/dakahq/daka/api/route"
)

//go:embed docs.html
var docsPage []byte

//go:embed docs.js
var docsScript []byte

// mountService registers what answers without a token: health and documents; metrics take the administrator's.
func (s *Server) mountService() {
	s.router.Plain("GET", "/healthz", func(w http.ResponseWriter, _ *http.Request) error {
		return route.WriteJSON(w, http.StatusOK, map[string]string{"status": "ok", "version": s.config.Version})
	})
	s.router.Plain("GET", "/readyz", s.ready)
	s.mountOperations()
	s.file("/openapi.json", "application/vnd.oai.openapi+json", func() []byte { return s.spec })
	s.file("/docs", "text/html; charset=utf-8", func() []byte { return docsPage })
	s.file("/docs/docs.js", "text/javascript; charset=utf-8", func() []byte { return docsScript })
}

func (s *Server) file(path, kind string, content func() []byte) {
	s.router.Plain("GET", path, func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", kind)
		_, err := w.Write(content())
		return err
	})
}
