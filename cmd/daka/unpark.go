package main

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/dakahq/daka/api"
	"github.com/dakahq/daka/domain"
)

type unparkCmd struct {
	clientFlags
	Org     string `help:"The organization's id, with --kind and --subject; without the three, everything."`
	Kind    string `help:"The kind, as GET admin/projections lists it."`
	Subject string `help:"The subject's id, as GET admin/projections lists it."`
}

func (c unparkCmd) Run(w world) error {
	server, err := c.open()
	if err != nil {
		return err
	}
	body := api.UnparkRequest{Kind: c.Kind}
	for _, id := range []struct {
		flag, text string
		to         **domain.ID
	}{{"--org", c.Org, &body.Org}, {"--subject", c.Subject, &body.Subject}} {
		if id.text == "" {
			continue
		}
		parsed, err := uuid.Parse(id.text)
		if err != nil {
			return fmt.Errorf("%s %q is no id; copy it from GET /api/v1/admin/projections", id.flag, id.text)
		}
		*id.to = &parsed
	}
	var report api.UnparkReport
	if err := server.write(w.ctx, "POST", "/admin/unpark", body, &report); err != nil {
		return err
	}
	fmt.Fprintf(w.stdout, "tried %d, parked are %d\n", report.Tried, len(report.Parked))
	for _, k := range report.Parked {
		fmt.Fprintf(w.stdout, "  %s %s of organization %s: %s\n", k.Kind, k.Subject, k.Org, k.Reason)
	}
	if len(report.Parked) > 0 {
		return errFound
	}
	return nil
}
