package api

import (
	_ "embed"
	"encoding/json"
	"net/http"
)

//go:embed docs.html
var docsPage []byte

//go:embed docs.js
var docsScript []byte

// mountService registers what answers without a token: health and documents; metrics take the administrator's.
func (s *Server) mountService() {
	s.plain("GET", "/healthz", func(w http.ResponseWriter, _ *http.Request) error {
		return writeJSON(w, http.StatusOK, map[string]string{"status": "ok", "version": s.config.Version})
	})
	s.plain("GET", "/readyz", s.ready)
	s.mountOperations()
	s.file("/openapi.json", "application/vnd.oai.openapi+json", func() []byte { return s.spec })
	s.file("/docs", "text/html; charset=utf-8", func() []byte { return docsPage })
	s.file("/docs/docs.js", "text/javascript; charset=utf-8", func() []byte { return docsScript })
}

func (s *Server) file(path, kind string, content func() []byte) {
	s.plain("GET", path, func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", kind)
		_, err := w.Write(content())
		return err
	})
}

func writeJSON(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(v)
}
