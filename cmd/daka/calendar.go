package main

import (
	"fmt"
	"io"
	"net/url"
	"os"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/domain/holidayfile"
)

type calendarCmd struct {
	Load calendarLoadCmd `cmd:"" help:"Load a country's holidays of a year from the JSON of holiday-cn or an .ics file, or without a file as they are shipped."`
}

type calendarLoadCmd struct {
	clientFlags
	File    string `arg:"" optional:"" help:"The file; - is the standard input. Without one the shipped year is loaded, also in place of a file's."`
	Org     string `required:"" help:"The organization's id."`
	Country string `default:"CN" help:"The country whose holidays rules ask for."`
	Year    int    `help:"The year; may be left out where the file is of one year."`
	Source  string `help:"Where the file comes from; without it what the file says about that."`
	DryRun  bool   `help:"Print what would change, and write nothing."`
}

func (c calendarLoadCmd) Run(w world) error {
	body := map[string]any{"country": c.Country, "year": c.Year, "source": c.Source}
	if c.File != "" {
		file, err := c.read(w)
		if err != nil {
			return err
		}
		body["file"] = file // in base64
	} else if c.Year == 0 {
		return fmt.Errorf("give a file, or --year of a year that is shipped (up to %d)", commands.ShippedUntil())
	}
	server, err := c.open()
	if err != nil {
		return err
	}
	path := "/orgs/" + url.PathEscape(c.Org) + "/calendar"
	var seen struct {
		Preview commands.CalendarPreview `json:"preview"`
	}
	if err := server.write(w.ctx, "PUT", path+"?dry_run=true", body, &seen); err != nil {
		return err
	}
	if err := tellCalendar(w.stdout, &seen.Preview); err != nil || c.DryRun {
		return err
	}
	return server.write(w.ctx, "PUT", path, body, nil)
}

// read reads the file, or the standard input, up to what the server takes.
func (c calendarLoadCmd) read(w world) ([]byte, error) {
	in := w.stdin
	if c.File != "-" {
		file, err := os.Open(c.File)
		if err != nil {
			return nil, fmt.Errorf("open the calendar: %w", err)
		}
		defer file.Close()
		in = file
	}
	text, err := io.ReadAll(io.LimitReader(in, holidayfile.MostBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read the calendar: %w", err)
	}
	return text, nil
}

// tellCalendar prints the year, each date that changes (+ added, - gone, ~ renamed) and each entry that is left out.
func tellCalendar(w io.Writer, p *commands.CalendarPreview) error {
	_, err := fmt.Fprintf(w, "%s %d: %d holidays, %d workdays; source: %s\n", p.Country, p.Year, p.Holidays, p.Workdays, p.Source)
	for _, c := range p.Changes {
		sign, before, after := "~", "", ""
		if c.Before != nil {
			before = *c.Before
		} else {
			sign = "+"
		}
		if c.After != nil {
			after = *c.After
		} else {
			sign = "-"
		}
		if err == nil {
			_, err = fmt.Fprintf(w, "%s %s %s %s\n", sign, c.Date, c.Kind, quoted(before, after))
		}
	}
	for _, l := range p.Left {
		if err == nil {
			_, err = fmt.Fprintf(w, "left out (%s): %s %s\n", l.Why, l.Date, l.Name)
		}
	}
	if err == nil {
		_, err = fmt.Fprintf(w, "%d dates change; %d days of members are assessed again\n", len(p.Changes), p.MemberDays)
	}
	return err
}

// quoted is the name before and after, or the one that there is.
func quoted(before, after string) string {
	if before == "" || after == "" {
		return before + after
	}
	return before + " → " + after
}
