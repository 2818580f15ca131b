// Package web holds the built page, embedded; the dist folder is made by `make web` and is empty in the repository.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files is the page's files, with index.html at the top when it was built.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil // dist is a constant and valid path
	}
	return files
}
