// Package calendar serves an organization's holidays and workdays: what is declared, which years of a country are loaded, and which are missing.
package calendar

import (
	"context"
	"fmt"
	"net/http"

	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/holidayfile"
	"github.com/dakahq/daka/projections"
	"github.com/dakahq/daka/projections/query"
)

// Calendar answers about holidays and workdays.
type Calendar struct {
	use   *commands.Calendar
	reads *read.Side
}

// New needs the use cases and the read models.
func New(use *commands.Calendar, reads *read.Side) *Calendar {
	return &Calendar{use: use, reads: reads}
}

// Mount registers the routes.
func (c *Calendar) Mount(r *route.Router) {
	const path = route.V1 + "/orgs/{org}/calendar"
	put := route.Op("declare-days", "PUT", path, "calendar", "Declare holidays and workdays, or load a country's year, shipped or from a file; dry_run says what would change")
	put.DefaultStatus, put.MaxBodyBytes = http.StatusCreated, 2*holidayfile.MostBytes
	route.Handle(r, put, c.put)
	route.Handle(r, route.Op("calendar", "GET", path, "calendar", "Holidays and workdays, the years that are loaded and shipped, and those that are missing"), c.get)
}

// CalendarBody declares days, or loads a year when it names a country.
type CalendarBody struct {
	Holidays map[string]*string `json:"holidays,omitempty" doc:"names by date; null takes a date back"`
	Workdays map[string]*string `json:"workdays,omitempty" doc:"shifts by date, empty for the shift of the week; null takes a date back"`
	Country  string             `json:"country,omitempty" doc:"load a year of a country: CN"`
	Year     int                `json:"year,omitempty" minimum:"0" maximum:"2199" doc:"the year to load; may be left out where the file is of one year"`
	File     []byte             `json:"file,omitempty" doc:"the file with the year, in base64: the JSON of holiday-cn, or an .ics calendar, at most 1 MiB; without it the shipped year is loaded"`
	Source   string             `json:"source,omitempty" doc:"where the file comes from; without it what the file says about that"`
}

type putInput struct {
	route.OrgWrite[CalendarBody]
	DryRun bool `query:"dry_run" doc:"say what would change, and write nothing; needs no Idempotency-Key"`
}

// CalendarAnswer is a receipt, or of a dry run what would change.
type CalendarAnswer struct {
	ledger.Receipt
	Preview *commands.CalendarPreview `json:"preview,omitempty" doc:"of a dry run, whose receipt is empty"`
}

func (c *Calendar) put(ctx context.Context, in *putInput) (*route.RichAnswer[CalendarAnswer], error) {
	org, err := in.Org.ID()
	if err != nil {
		return nil, err
	}
	b := in.Body
	loads := b.Country != "" || b.Year != 0 || len(b.File) > 0
	if loads && len(b.Holidays)+len(b.Workdays) > 0 {
		return nil, domain.Refuse("invalid_request", "name days, or a country and a year, not both")
	}
	days := commands.DeclareDays{Holidays: b.Holidays, Workdays: b.Workdays}
	year := commands.LoadCalendarYear{Country: b.Country, Year: b.Year, File: b.File, Source: b.Source}
	if in.DryRun {
		preview, err := c.preview(ctx, org, loads, days, year)
		if err != nil {
			return nil, err
		}
		return &route.RichAnswer[CalendarAnswer]{Status: http.StatusOK, Body: CalendarAnswer{ledger.Receipt{ID: org, Events: []domain.ID{}}, preview}}, nil
	}
	call, err := in.Call(ctx, org, org)
	if err != nil {
		return nil, err
	}
	write := func() (ledger.Receipt, error) { return c.use.Declare(ctx, call, days) }
	if loads {
		write = func() (ledger.Receipt, error) { return c.use.LoadYear(ctx, call, year) }
	}
	receipt, err := write()
	if err != nil {
		return nil, err
	}
	out := route.AnswerWith(&receipt, &CalendarAnswer{})
	out.Body.Receipt = receipt
	return out, nil
}

func (c *Calendar) preview(ctx context.Context, org domain.ID, loads bool, days commands.DeclareDays, year commands.LoadCalendarYear) (*commands.CalendarPreview, error) {
	if loads {
		return c.use.PreviewYear(ctx, org, year)
	}
	return c.use.PreviewDays(ctx, org, days)
}

// CalendarView is a stretch of the calendar, the years that are loaded and shipped, and those that are missing.
type CalendarView struct {
	Items   []query.CalendarDay `json:"items"`
	Years   []string            `json:"years" doc:"the years that are loaded, COUNTRY-YYYY"`
	Sources []query.LoadedYear  `json:"sources" doc:"where each loaded year comes from"`
	Shipped []string            `json:"shipped" doc:"the years that come with the program, COUNTRY-YYYY, in order; later ones are loaded from a file once they are published"`
	Wanted  []WantedYear        `json:"wanted" doc:"years that rules ask for and that are not loaded: this one, and from 1 November the next"`
}

func (c *Calendar) get(ctx context.Context, in *struct {
	read.OrgRead
	route.Between
}) (*read.One[CalendarView], error) {
	return read.Of(ctx, c.reads, in.OrgRead, func(r *projections.Engine, org domain.ID) (v CalendarView, err error) {
		from, to, err := in.Dates()
		if err != nil {
			return v, err
		}
		if v.Items, err = r.Calendar.Days(ctx, org, from, to); err != nil {
			return v, err
		}
		if v.Sources, err = r.Calendar.Sources(ctx, org); err != nil {
			return v, err
		}
		v.Years = []string{}
		for _, year := range v.Sources {
			v.Years = append(v.Years, domain.CalendarKey(year.Country, year.Year))
		}
		v.Shipped, v.Wanted = commands.ShippedYears(), c.Wanted(org)
		return v, nil
	})
}

// WantedYear is a year that is missing, with a text that says how to get it.
type WantedYear struct {
	Country string      `json:"country"`
	Year    int         `json:"year"`
	Shipped bool        `json:"shipped" doc:"the year comes with the program: loading it needs no file"`
	Text    route.Words `json:"text"`
	Method  string      `json:"method"`
	Path    string      `json:"path"`
}

// Wanted are the years that an organization lacks now; days of a year without data are judged by the week alone (rules 2.5).
func (c *Calendar) Wanted(org domain.ID) []WantedYear {
	out := []WantedYear{}
	for _, y := range c.use.Wanted(org) {
		w := WantedYear{Country: y.Country, Year: y.Year, Shipped: y.Shipped, Method: "PUT", Path: route.V1 + "/orgs/" + org.String() + "/calendar"}
		w.Text = route.InBoth(
			fmt.Sprintf("the holidays of %d are not loaded; daka ships those of China up to %d; load the file once the State Council has published them (usually in November)", y.Year, commands.ShippedUntil()),
			fmt.Sprintf("尚未载入 %d 年节假日；系统内置的中国节假日到 %d 年为止；国务院公布后（通常在 11 月）请载入该年的文件", y.Year, commands.ShippedUntil()))
		if y.Shipped {
			w.Text = route.InBoth(fmt.Sprintf("the holidays of %d come with daka and are not loaded yet; load them", y.Year), fmt.Sprintf("系统已内置 %d 年节假日，但尚未载入本企业；请载入", y.Year))
		}
		out = append(out, w)
	}
	return out
}
