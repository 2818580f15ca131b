package api

import (
	_ "embed"
	"io/fs"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/dakahq/daka/api/route"
)

//go:embed docs.html
var docsPage []byte

//go:embed docs.js
var docsScript []byte

// pages answers what belongs to no organization: health, documents, metrics, the page and its files.
type pages struct {
	router       *route.Router
	version      string
	web          fs.FS
	registry     *prometheus.Registry
	opsElsewhere bool
	spec         func() []byte
	health       *health
}

// mountService registers what answers without a token: health and documents; metrics take the administrator's.
func (s *pages) mountService() {
	s.router.Plain("GET", "/healthz", func(w http.ResponseWriter, _ *http.Request) error {
		return route.WriteJSON(w, http.StatusOK, map[string]string{"status": "ok", "version": s.version})
	})
	s.router.Plain("GET", "/readyz", s.health.ready)
	s.mountOperations()
	s.file("/openapi.json", "application/vnd.oai.openapi+json", s.spec)
	s.file("/docs", "text/html; charset=utf-8", func() []byte { return docsPage })
	s.file("/docs/docs.js", "text/javascript; charset=utf-8", func() []byte { return docsScript })
}

func (s *pages) file(path, kind string, content func() []byte) {
	s.router.Plain("GET", path, func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", kind)
		_, err := w.Write(content())
		return err
	})
}
