package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dakahq/daka/api/exports"
	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/report"
	"github.com/dakahq/daka/api/reveal"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/sheets"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections"
	"github.com/dakahq/daka/projections/query"
)

// days shows a member's days, now and as they were known.
type days struct {
	directory *directory.Directory
	reads     *read.Side
	guard     *who.Guard
	values    *reveal.Values
	looks     *reveal.Looks
	router    *route.Router
	log       *slog.Logger
	exports   *exports.Exports
}

func (s *days) mountDays() {
	route.Handle(s.router, route.Op("days", "GET", v1+"/orgs/{org}/members/{member}/days", "days", "A member's days; known_at tells them as they were known then"), s.days)
	route.Handle(s.router, route.Op("org-days", "GET", v1+"/orgs/{org}/days", "statistics", "Everybody's day"), s.orgDays)
	export := route.Op("export-days", "GET", v1+"/orgs/{org}/days/export", "statistics", "A row per member and day, as csv or json")
	export.Responses = map[string]*huma.Response{"200": {Description: "a stream", Content: map[string]*huma.MediaType{
		"text/csv": {Schema: &huma.Schema{Type: "string"}}, "application/json": {Schema: &huma.Schema{Type: "array", Items: &huma.Schema{}}},
		report.XLSXType: {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}}
	route.Handle(s.router, export, s.exportDays)
}

// DaysView is a stretch of a member's days, each as rules §6 names it.
type DaysView struct {
	Member  domain.ID   `json:"member"`
	Number  string      `json:"number"`
	KnownAt string      `json:"known_at,omitempty"`
	Days    []query.Day `json:"days"`
	// Report has the days under DingTalk's columns, where asked for.
	Report []report.DayReport `json:"report,omitempty"`
	// Stale says why the days may change without a new fact, empty when they will not.
	Stale string `json:"stale,omitempty"`
}

// Columns is in the input of what is asked about days.
type Columns struct {
	Columns string `query:"columns" enum:"rules,report" default:"rules" doc:"report adds the columns of DingTalk's daily report"`
}

func (c Columns) report() bool { return c.Columns == "report" }

func (s *days) days(ctx context.Context, in *struct {
	read.MemberRead
	route.Between
	Columns
	KnownAt string `query:"known_at" doc:"an instant: the days as they were known then (events §2)"`
}) (*read.One[DaysView], error) {
	from, to, err := in.Dates()
	if err != nil {
		return nil, err
	}
	reads, fresh, org, member, err := s.reads.MemberReader(ctx, in.MemberRead.Member, in.Read, projections.Scope{From: from, To: to})
	if err != nil {
		return nil, err
	}
	m, _ := s.directory.Member(org, member)
	out := &read.One[DaysView]{Fresh: fresh, Body: DaysView{Member: member, Number: m.Number}}
	if in.KnownAt != "" {
		return s.daysKnownAt(ctx, reads, out, org, member, from, to, in.KnownAt)
	}
	if out.Body.Days, out.Body.Stale, err = reads.Days.Of(ctx, org, member, from, to); err != nil {
		return nil, err
	}
	if out.Body.Stale != "" {
		out.Stale = "true"
	}
	if in.Columns.report() {
		reports, err := report.NewReporter(ctx, reads, org, []domain.ID{member}, from, to)
		if err != nil {
			return nil, err
		}
		for i := range out.Body.Days {
			out.Body.Report = append(out.Body.Report, reports.Of(member, &out.Body.Days[i]))
		}
	}
	return out, nil
}

// MemberDayView is a member's day with the name opened.
type MemberDayView struct {
	Name string `json:"name"`
	query.MemberDay
	Report *report.DayReport `json:"report,omitempty"`
}

func (s *days) orgDays(ctx context.Context, in *struct {
	read.OrgRead
	read.Paging
	Columns
	Date       string `query:"date" format:"local-date" required:"true"`
	Department string `query:"department"`
	Group      string `query:"group"`
	Status     string `query:"status"`
	Anomaly    string `query:"anomaly"`
	Bucket     string `query:"bucket" enum:"leave,trip,ahead,missing,late,on_time" doc:"a bucket of the dashboard; the buckets add up to those expected"`
}) (*read.One[read.List[MemberDayView]], error) {
	return read.Of(ctx, s.reads, in.OrgRead, func(r *projections.Engine, org domain.ID) (list read.List[MemberDayView], err error) {
		if err := route.CheckDate("query.date", in.Date); err != nil {
			return list, err
		}
		filter := query.DayFilter{Date: domain.Date(in.Date), Status: in.Status, Anomaly: in.Anomaly, Bucket: in.Bucket, Among: who.AccessOf(ctx).Scope()}
		if filter.Department, err = route.OptionalID(in.Department, "query.department"); err != nil {
			return list, err
		}
		if filter.Group, err = route.OptionalID(in.Group, "query.group"); err != nil {
			return list, err
		}
		page, err := r.Days.On(ctx, org, filter, in.Cursor, in.Limit)
		list = read.Viewed(page, func(d *query.MemberDay) MemberDayView {
			return MemberDayView{Name: s.values.Text(ctx, org, d.Name()), MemberDay: *d}
		})
		if err != nil || !in.Columns.report() {
			return list, err
		}
		return list, s.reportDays(ctx, r, org, list.Items, filter.Date)
	}, projections.ScopeOn(in.Date, who.AccessOf(ctx).Scope()))
}

// reportDays adds the report to a date's days.
func (s *days) reportDays(ctx context.Context, r *projections.Engine, org domain.ID, days []MemberDayView, date domain.Date) error {
	those := make([]domain.ID, len(days))
	for i := range days {
		those[i] = days[i].Member
	}
	reports, err := report.NewReporter(ctx, r, org, those, date, date)
	if err != nil {
		return err
	}
	for i := range days {
		day := reports.Of(days[i].Member, &days[i].Day)
		days[i].Report = &day
	}
	return nil
}

func (s *days) exportDays(ctx context.Context, in *struct {
	read.OrgRead
	route.Between
	Columns
	Format  string `query:"format" default:"csv" enum:"csv,json,xlsx" doc:"xlsx is the daily details as a workbook for people"`
	Settled bool   `query:"settled" doc:"wait until every event recorded before is in the days, at most five minutes"`
}) (*huma.StreamResponse, error) {
	from, to, err := in.Dates()
	if err != nil {
		return nil, err
	}
	org, err := in.Org.ID()
	if err != nil {
		return nil, err
	}
	reads, fresh, err := s.reads.Reader(ctx, org, in.Read, projections.Scope{Members: who.AccessOf(ctx).Scope(), From: from, To: to})
	if err != nil {
		return nil, err
	}
	if in.Settled {
		if err := s.reads.Settle(ctx, reads, org); err != nil {
			return nil, err
		}
	}
	ask := exports.Ask{Org: org, Name: fmt.Sprintf("days-%s-%s", from, to), Purpose: "export-days", Kind: in.Format, View: sheets.ViewDetails, From: from, To: to,
		Members: query.MemberFilter{Among: who.AccessOf(ctx).Scope()}}
	if in.Format == "xlsx" {
		return s.exports.Stream(ctx, reads, fresh, ask)
	}
	subjects, err := s.exports.Subjects(ctx, reads, ask)
	if err != nil {
		return nil, err
	}
	var reports *report.Reporter
	if in.Columns.report() {
		if reports, err = report.NewReporter(ctx, reads, org, who.AccessOf(ctx).Scope(), from, to); err != nil {
			return nil, err
		}
	}
	if err := s.looks.Exported(ctx, ask.Purpose, []string{"days", in.Format}, subjects); err != nil {
		return nil, err
	}
	language := problem.LanguageOf(ctx)
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		kind := map[string]string{"csv": "text/csv; charset=utf-8", "json": "application/json"}[in.Format]
		hc.SetHeader("Content-Type", kind)
		hc.SetHeader("Content-Disposition", fmt.Sprintf(`attachment; filename="days-%s-%s.%s"`, from, to, in.Format))
		hc.SetHeader("Daka-As-Of", fresh.AsOf)
		hc.SetStatus(http.StatusOK)
		rows := report.NewDayRows(hc.BodyWriter(), in.Format, reports, s.namesInTurn(ctx, org), language)
		err := reads.Days.Export(ctx, org, who.AccessOf(ctx).Scope(), from, to, rows.Add)
		if err == nil {
			err = rows.End()
		}
		if err != nil { // the status is sent already; a broken stream is the only way to say it
			s.log.ErrorContext(ctx, "an export broke off", slog.Any("error", err))
			panic(http.ErrAbortHandler)
		}
	}}, nil
}

// namesInTurn opens each member's name once, when their days come one after the other.
func (s *days) namesInTurn(ctx context.Context, org domain.ID) func(*query.MemberDay) string {
	var member domain.ID
	var name string
	return func(d *query.MemberDay) string {
		if d.Member != member {
			member, name = d.Member, s.values.Text(ctx, org, d.Name())
		}
		return name
	}
}
