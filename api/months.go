package api

import (
	"context"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dakahq/daka/api/exports"
	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/report"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/sheets"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections"
	"github.com/dakahq/daka/projections/query"
)

func (s *Server) mountMonths() {
	file := func(o huma.Operation, of *huma.Schema) huma.Operation {
		o.Responses = map[string]*huma.Response{"200": {Description: "a page as JSON, or everybody as a file", Content: map[string]*huma.MediaType{
			"application/json": {Schema: of},
			"text/csv":         {Schema: &huma.Schema{Type: "string"}},
			report.XLSXType:    {Schema: &huma.Schema{Type: "string", Format: "binary"}},
			"application/zip":  {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}}
		return o
	}
	schemas := s.router.OpenAPI().Components.Schemas
	route.Handle(s.router, file(route.Op("months", "GET", v1+"/orgs/{org}/months/{month}", "statistics", "A month by member, under DingTalk's column names: JSON, .csv or .xlsx"),
		schemas.Schema(reflect.TypeFor[read.List[MonthView]](), true, "")), s.months)
	route.Handle(s.router, file(route.Op("month-totals", "GET", v1+"/orgs/{org}/months/{month}/totals", "statistics", "A month's totals by group or by department: JSON, .csv or .xlsx"),
		schemas.Schema(reflect.TypeFor[read.List[MonthTotal]](), true, "")), s.monthTotals)
}

// MonthView is a member's month with the name opened.
type MonthView struct {
	Name string `json:"name"`
	query.Month
	MonthRequests
	query.Consequences
}

// MonthRequests are the columns that come from approved requests; times are minutes.
type MonthRequests struct {
	OutTime              int            `json:"out_time" doc:"planned time covered by errands (out) alone; business_trip_time is that of trips"`
	LeaveByType          map[string]int `json:"leave_by_type" doc:"leave_time by leave type"`
	OvertimeApproveCount int            `json:"overtime_approve_count" doc:"approved overtime requests that begin in the month"`
}

// MonthTotal adds up the months of a group's or a department's members; ID is null for members without one.
type MonthTotal struct {
	ID      *domain.ID `json:"id"`
	Name    string     `json:"name"`
	Month   string     `json:"month"`
	Members int        `json:"members"`
	query.MonthFigures
	MonthRequests
	query.Consequences
}

func (t *MonthTotal) add(m *MonthView) {
	t.Members++
	t.MonthFigures.Add(&m.MonthFigures)
	t.Consequences.Add(&m.Consequences)
	t.OutTime += m.OutTime
	t.OvertimeApproveCount += m.OvertimeApproveCount
	for leave, minutes := range m.LeaveByType {
		t.LeaveByType[leave] += minutes
	}
}

// MonthQuery is in the input of what is asked about a month.
type MonthQuery struct {
	read.OrgRead
	read.Paging
	Month      string `path:"month" doc:"yyyy-mm, or yyyy-mm.json, yyyy-mm.csv, yyyy-mm.xlsx, yyyy-mm.zip"`
	Member     string `query:"member"`
	Department string `query:"department"`
	Group      string `query:"group" doc:"the member's group at the month's end"`
}

func (in *MonthQuery) filter(ctx context.Context) (f query.MonthFilter, kind string, err error) {
	f.Month, kind, _ = strings.Cut(in.Month, ".")
	if f.Member, err = route.OptionalID(in.Member, "query.member"); err != nil {
		return f, kind, err
	}
	if f.Department, err = route.OptionalID(in.Department, "query.department"); err != nil {
		return f, kind, err
	}
	if f.Group, err = route.OptionalID(in.Group, "query.group"); err != nil {
		return f, kind, err
	}
	f.Member, f.Among, err = who.AccessOf(ctx).Narrow(f.Member)
	return f, kind, err
}

func noSuchFile(kind string) error {
	return domain.Refuse("not_found", "a month comes as .json, .csv or .xlsx, its registers also as .zip, not as .%s", kind)
}

func (s *Server) months(ctx context.Context, in *struct {
	MonthQuery
	View string `query:"view" enum:"marks,details,times,register" doc:"of a file: members and days in symbols with the month's figures, a row for each member and day, times of punches, a register for each person (also .zip); without it .csv has the figures alone, .xlsx all but registers"`
}) (*huma.StreamResponse, error) {
	filter, kind, err := in.filter(ctx)
	if err != nil {
		return nil, err
	}
	org, err := in.Org.ID()
	if err != nil {
		return nil, err
	}
	reads, fresh, err := s.reads.Reader(ctx, org, in.Read, projections.ScopeOf(&filter))
	if err != nil {
		return nil, err
	}
	switch kind {
	case "", "json":
		list, err := monthPage(ctx, reads, org, filter, in.Cursor, in.Limit)
		for i := range list.Items {
			list.Items[i].Name = s.values.Text(ctx, org, list.Items[i].Month.Name())
		}
		return read.JSON(fresh, list), err
	case "csv", "xlsx", "zip":
		ask, err := monthAsk(ctx, reads, org, filter, kind, sheets.View(in.View))
		if err != nil {
			return nil, err
		}
		if kind != "csv" || in.View != "" {
			return s.exports.Stream(ctx, reads, fresh, ask)
		}
		return s.monthFigures(ctx, reads, fresh, ask, filter)
	}
	return nil, noSuchFile(kind)
}

// monthFigures answers the figures alone, a line for each member, as CSV for programs.
func (s *Server) monthFigures(ctx context.Context, reads *projections.Engine, fresh read.Fresh, ask exports.Ask, filter query.MonthFilter) (*huma.StreamResponse, error) {
	f := report.NewMonthFile(filter.Month, ask.Kind, s.config.TempDir)
	subjects := []domain.ID{}
	err := eachMonth(ctx, reads, ask.Org, filter, func(m *MonthView) {
		m.Name = s.values.Text(ctx, ask.Org, m.Month.Name())
		f.Add(*m, m.LeaveByType)
		subjects = append(subjects, m.Member)
	})
	if err != nil {
		return nil, err
	}
	types, err := reads.Organizations.LeaveTypes(ctx, ask.Org)
	if err != nil {
		return nil, err
	}
	if err := s.looks.Exported(ctx, ask.Purpose, []string{"figures", ask.Kind}, subjects); err != nil {
		return nil, err
	}
	return f.Headed(report.MemberHeads, types).Stream(ctx, fresh, s.log), nil
}

// monthAsk is what a month's file shall hold; its rows are read a page at a time.
func monthAsk(ctx context.Context, reads *projections.Engine, org domain.ID, f query.MonthFilter, kind string, view sheets.View) (exports.Ask, error) {
	first, err := query.ParseMonth(f.Month)
	if err != nil {
		return exports.Ask{}, err
	}
	ask := exports.Ask{Org: org, Name: "month-" + f.Month, Purpose: "months", Kind: kind, View: view, Member: f.Member,
		From: domain.Date(first.Format(time.DateOnly)), To: domain.Date(first.AddDate(0, 1, -1).Format(time.DateOnly))}
	if view == sheets.ViewRegister {
		ask.Name = "registers-" + f.Month
	}
	ask.Members = query.MemberFilter{Department: f.Department, Group: f.Group, On: ask.To, Among: f.Among}
	ask.Months = func(yield func([]exports.Row, error) bool) {
		for cursor := ""; ; {
			list, err := monthPage(ctx, reads, org, f, cursor, 200)
			rows := make([]exports.Row, len(list.Items))
			for i := range list.Items {
				rows[i] = exports.Row{Member: list.Items[i].Member, Figures: report.Figures(list.Items[i])}
			}
			if !yield(rows, err) || err != nil {
				return
			}
			if cursor = list.Next; cursor == "" {
				return
			}
		}
	}
	return ask, nil
}

// monthPage is a page of months with what their requests say; names stay shut.
func monthPage(ctx context.Context, r *projections.Engine, org domain.ID, f query.MonthFilter, cursor string, limit int) (read.List[MonthView], error) {
	page, err := r.Months.List(ctx, org, f, cursor, limit)
	if err != nil {
		return read.List[MonthView]{}, err
	}
	asked, err := r.MonthRequests(ctx, org, page.Items)
	if err != nil {
		return read.List[MonthView]{}, err
	}
	ids := make([]domain.ID, len(page.Items))
	for i := range page.Items {
		ids[i] = page.Items[i].Member
	}
	follows, err := r.Penalties.Of(ctx, org, f.Month, ids)
	return read.Viewed(page, func(m *query.Month) MonthView {
		q := asked[m.Member]
		m.BusinessTripTime -= q.Out
		return MonthView{Month: *m, MonthRequests: MonthRequests{OutTime: q.Out, LeaveByType: q.Leave, OvertimeApproveCount: q.Overtime}, Consequences: follows.Of(m.Member)}
	}), err
}

func eachMonth(ctx context.Context, r *projections.Engine, org domain.ID, f query.MonthFilter, each func(*MonthView)) error {
	for cursor := ""; ; {
		list, err := monthPage(ctx, r, org, f, cursor, 1000)
		if err != nil {
			return err
		}
		for i := range list.Items {
			each(&list.Items[i])
		}
		if cursor = list.Next; cursor == "" {
			return nil
		}
	}
}

func (s *Server) monthTotals(ctx context.Context, in *struct {
	MonthQuery
	By string `query:"by" enum:"group,department" default:"group"`
}) (*huma.StreamResponse, error) {
	filter, kind, err := in.filter(ctx)
	if err != nil {
		return nil, err
	}
	org, err := in.Org.ID()
	if err != nil {
		return nil, err
	}
	reads, fresh, err := s.reads.Reader(ctx, org, in.Read, projections.ScopeOf(&filter))
	if err != nil {
		return nil, err
	}
	list, err := totalsBy(ctx, reads, org, filter, in.By)
	if err != nil {
		return nil, err
	}
	switch kind {
	case "", "json":
		return read.JSON(fresh, list), nil
	case "csv", "xlsx":
		f := report.NewMonthFile(filter.Month, kind, s.config.TempDir)
		for _, t := range list.Items {
			f.Add(t, t.LeaveByType)
		}
		types, err := reads.Organizations.LeaveTypes(ctx, org)
		return f.Headed(report.TotalHeads, types).Stream(ctx, fresh, s.log), err
	}
	return nil, noSuchFile(kind)
}

// totalsBy adds up members in the order of the groups or departments; those without one come last.
func totalsBy(ctx context.Context, r *projections.Engine, org domain.ID, f query.MonthFilter, by string) (read.List[MonthTotal], error) {
	list := read.List[MonthTotal]{Items: []MonthTotal{}}
	names, err := namesOf(ctx, r, org, by)
	if err != nil {
		return list, err
	}
	none := domain.ID{}
	totals := map[domain.ID]*MonthTotal{}
	err = eachMonth(ctx, r, org, f, func(m *MonthView) {
		id := m.Group
		if by == "department" {
			id = m.Department
		}
		key := none
		if id != nil {
			key = *id
		}
		if totals[key] == nil {
			totals[key] = &MonthTotal{ID: id, Month: m.Month.Month, MonthRequests: MonthRequests{LeaveByType: map[string]int{}}}
		}
		totals[key].add(m)
	})
	for _, n := range append(names, label{}) {
		if t := totals[n.id]; t != nil {
			t.Name = n.name
			list.Items = append(list.Items, *t)
		}
	}
	return list, err
}

// label is a group or department with its name.
type label struct {
	id   domain.ID
	name string
}

func namesOf(ctx context.Context, r *projections.Engine, org domain.ID, by string) (out []label, err error) {
	if by == "department" {
		departments, err := r.Organizations.Departments(ctx, org, domain.LastDate)
		for _, d := range departments {
			out = append(out, label{d.ID, d.Name})
		}
		return out, err
	}
	groups, err := r.Groups.List(ctx, org, domain.LastDate)
	for _, g := range groups {
		out = append(out, label{g.ID, g.Name})
	}
	return out, err
}
