package main

import (
	"fmt"
	"io"
	"net/url"

	"github.com/dakahq/daka/domain"
)

type exportCmd struct {
	Days exportDaysCmd `cmd:"" help:"A row per member and day: the number, then the names of rules §6."`
}

type exportDaysCmd struct {
	clientFlags
	Org    string `required:"" help:"The organization's id."`
	From   string `required:"" help:"The first day, yyyy-mm-dd."`
	To     string `required:"" help:"The last day, inclusive."`
	Format string `default:"csv" enum:"csv,json" help:"csv, or json: one array with a line per day."`
}

func (c exportDaysCmd) Run(w world) error {
	if err := checkDates(map[string]string{"--from": c.From, "--to": c.To}); err != nil {
		return err
	}
	server, err := c.open()
	if err != nil {
		return err
	}
	query := url.Values{"from": {c.From}, "to": {c.To}, "format": {c.Format}, "settled": {"true"}}
	body, err := server.stream(w.ctx, "/orgs/"+url.PathEscape(c.Org)+"/days/export", query)
	if err != nil {
		return err
	}
	defer body.Close()
	if _, err := io.Copy(w.stdout, body); err != nil {
		return fmt.Errorf("the export broke off: %w", err)
	}
	return nil
}

func checkDates(flags map[string]string) error {
	for flag, value := range flags {
		if _, err := domain.ParseDate(value); err != nil {
			return fmt.Errorf("%s: %w", flag, err)
		}
	}
	return nil
}
