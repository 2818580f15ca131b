package main

import (
	"fmt"
	"net/url"

	"github.com/dakahq/daka/api"
)

type diffCmd struct {
	clientFlags
	Org string `help:"One organization's id; without it, all."`
}

func (c diffCmd) Run(w world) error {
	server, err := c.open()
	if err != nil {
		return err
	}
	path := "/admin/diff"
	if c.Org != "" {
		path += "?" + url.Values{"org": {c.Org}}.Encode()
	}
	var report api.DiffReport
	if err := server.write(w.ctx, "POST", path, struct{}{}, &report); err != nil {
		return err
	}
	if report.Clean {
		_, err = fmt.Fprintf(w.stdout, "clean: %d tables equal a fresh replay up to %s\n", len(report.Tables), report.Position)
		return err
	}
	for _, line := range report.Lines() {
		fmt.Fprintln(w.stdout, line)
	}
	return errFound
}

type rebuildCmd struct{ clientFlags }

func (c rebuildCmd) Run(w world) error {
	server, err := c.open()
	if err != nil {
		return err
	}
	var report api.RebuildReport
	if err := server.write(w.ctx, "POST", "/admin/rebuild", struct{}{}, &report); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w.stdout, "rebuilt from %d events in %d ms\n", report.Events, report.TookMS)
	return err
}
