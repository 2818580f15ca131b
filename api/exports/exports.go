// Package exports answers months and days as files for people: workbooks, CSV, a register for each person. Before the first byte is sent the
// ledger has who takes what of whom. People are read a page at a time, so that a file of ten thousand needs no more memory than one of a page.
package exports

import (
	"context"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/report"
	"github.com/dakahq/daka/api/reveal"
	"github.com/dakahq/daka/api/scratch"
	"github.com/dakahq/daka/api/sheets"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections"
	"github.com/dakahq/daka/projections/query"
)

// pageSize is how many people are held at a time.
const pageSize = 200

// Exports writes files.
type Exports struct {
	guard  *who.Guard
	values *reveal.Values
	looks  *reveal.Looks
	log    *slog.Logger
	now    func() time.Time
	// root is where workbooks lie while they are written.
	root string
}

// New opens names with values, records who exports by looks, and lays workbooks below root.
func New(guard *who.Guard, values *reveal.Values, looks *reveal.Looks, log *slog.Logger, now func() time.Time, root string) *Exports {
	return &Exports{guard: guard, values: values, looks: looks, log: log, now: now, root: root}
}

// Row is a member's month, its figures by their names in the API.
type Row struct {
	Member  domain.ID
	Figures map[string]any
}

// Ask is what a file shall hold.
type Ask struct {
	Org domain.ID
	// Name is the file's, without its end; Purpose is the operation.
	Name, Purpose string
	// Kind is csv, xlsx or zip; View is a part, empty for all that belong together.
	Kind     string
	View     sheets.View
	From, To domain.Date
	// Members are whom the file is about.
	Members query.MemberFilter
	Member  *domain.ID
	// Months gives the rows of a month, a page at a time; nil for files without figures.
	Months iter.Seq2[[]Row, error]
}

// mostRegisters is how many people's sheets one workbook holds; more go into a zip of workbooks.
const mostRegisters = 300

// kinds are the media types.
var kinds = map[string]string{"csv": "text/csv; charset=utf-8", "xlsx": report.XLSXType, "zip": "application/zip"}

// Stream records the export, then answers the file.
func (e *Exports) Stream(ctx context.Context, reads *projections.Engine, fresh read.Fresh, ask Ask) (*huma.StreamResponse, error) {
	ids, err := e.Subjects(ctx, reads, ask)
	if err != nil {
		return nil, err
	}
	registers := ask.View == sheets.ViewRegister
	switch {
	case ask.Kind == "zip" && !registers:
		return nil, domain.Refuse("not_found", "only registers come as .zip; ask for view=register, or for .xlsx or .csv")
	case ask.Kind == "xlsx" && registers && len(ids) > mostRegisters:
		return nil, domain.Refuse("export_too_large", "one workbook holds the registers of %d people, these are %d; ask for .zip, or narrow it by department or group", mostRegisters, len(ids))
	}
	head, err := e.head(ctx, reads, fresh, ask)
	if err != nil {
		return nil, err
	}
	people, err := e.people(ctx, reads, ask, ids)
	if err != nil {
		return nil, err
	}
	if err := e.looks.Exported(ctx, ask.Purpose, []string{string(ask.View), ask.Kind}, ids); err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		fresh.Set(hc)
		hc.SetHeader("Content-Type", kinds[ask.Kind])
		hc.SetHeader("Content-Disposition", fmt.Sprintf(`attachment; filename="%s.%s"`, ask.Name, ask.Kind))
		hc.SetStatus(http.StatusOK)
		if err := e.write(hc.BodyWriter(), head, ask, people); err != nil { // the status is sent already; a broken stream is the only way to say it
			e.log.ErrorContext(ctx, "an export broke off", slog.String("purpose", ask.Purpose), slog.Any("error", err))
			panic(http.ErrAbortHandler)
		}
	}}, nil
}

func (e *Exports) write(w io.Writer, head sheets.Head, ask Ask, people sheets.People) error {
	folder, err := scratch.New(e.root, "export")
	if err != nil {
		return err
	}
	defer folder.Remove()
	file, err := sheets.New(head, folder.Dir)
	if err != nil {
		return err
	}
	switch {
	case ask.Kind == "csv":
		return file.CSV(w, ask.View, people)
	case ask.Kind == "zip":
		return file.RegisterBooks(w, people, pageSize)
	case ask.View == sheets.ViewRegister:
		return file.Registers(w, people)
	case ask.View != "":
		return file.Workbook(w, people, ask.View)
	}
	return file.Workbook(w, people, sheets.ViewMarks, sheets.ViewDetails, sheets.ViewTimes)
}

// head is what the file says about itself.
func (e *Exports) head(ctx context.Context, reads *projections.Engine, fresh read.Fresh, ask Ask) (sheets.Head, error) {
	zone := e.guard.LocationOf(ask.Org)
	h := sheets.Head{From: ask.From, To: ask.To, At: e.now().In(zone), Chinese: problem.LanguageOf(ctx) == problem.Chinese, Maker: e.maker(ctx, reads, ask.Org)}
	if at, err := time.Parse(time.RFC3339Nano, fresh.AsOfTime); err == nil {
		h.AsOf = at.In(zone).Format("2006-01-02 15:04 MST")
	}
	o, err := reads.Organizations.One(ctx, ask.Org)
	if err != nil {
		return h, err
	}
	h.Organization = o.Name
	h.Leave, err = reads.Organizations.LeaveTypes(ctx, ask.Org)
	return h, err
}

// maker is who exports: a member by name, else what asks.
func (e *Exports) maker(ctx context.Context, reads *projections.Engine, org domain.ID) string {
	a := who.AccessOf(ctx)
	if a.Member == nil {
		return string(a.Actor.Kind) + " " + a.Actor.ID
	}
	if m, err := reads.Members.One(ctx, org, a.Member.ID); err == nil {
		if name := e.values.Text(ctx, org, m.Name); name != "" {
			return name
		}
	}
	return a.Member.Number
}

// Subjects are the members whom a file is about: those of the filter who belong to the organization on one of its dates.
func (e *Exports) Subjects(ctx context.Context, reads *projections.Engine, ask Ask) ([]domain.ID, error) {
	if ask.Member != nil {
		return []domain.ID{*ask.Member}, nil
	}
	ids := []domain.ID{}
	for cursor := ""; ; {
		page, err := reads.Members.List(ctx, ask.Org, ask.Members, cursor, 500)
		if err != nil {
			return nil, err
		}
		for i := range page.Items {
			if m := &page.Items[i]; m.Joined <= ask.To && (m.Left == "" || m.Left >= ask.From) {
				ids = append(ids, m.ID)
			}
		}
		if cursor = page.Next; cursor == "" {
			return ids, nil
		}
	}
}
