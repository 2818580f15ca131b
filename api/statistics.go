package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections"
)

func (s *Server) mountStatistics() {
	route(s, op("dashboard", "GET", v1+"/orgs/{org}/dashboard", "statistics", "A date at a glance"), s.dashboard)
	route(s, op("anomalies", "GET", v1+"/orgs/{org}/anomalies", "statistics", "Anomalies by date, kind and state"), s.anomalies)
	months := op("months", "GET", v1+"/orgs/{org}/months/{month}", "statistics", "A month by member, under DingTalk's column names: JSON, .csv or .xlsx")
	months.Responses = map[string]*huma.Response{"200": {Description: "a page as JSON, or everybody as a file", Content: map[string]*huma.MediaType{
		"application/json": {Schema: s.api.OpenAPI().Components.Schemas.Schema(typeOf[List[MonthView]](), true, "")},
		"text/csv":         {Schema: &huma.Schema{Type: "string"}},
		xlsxType:           {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}}
	route(s, months, s.months)
}

// DashboardView is a date at a glance, with the names of those who punched last.
type DashboardView struct {
	projections.Dashboard
	Latest []LatestPunch `json:"latest" doc:"the newest punches of the date"`
}

// LatestPunch is a punch with who made it, without where.
type LatestPunch struct {
	PunchView
	Number string `json:"number"`
	Name   string `json:"name"`
}

func (s *Server) dashboard(ctx context.Context, in *struct {
	OrgRead
	Date string `query:"date" doc:"yyyy-mm-dd; by default today in the organization's zone"`
}) (*one[DashboardView], error) {
	out, err := reading(ctx, s, in.OrgRead, func(r *Reads, org domain.ID) (v DashboardView, err error) {
		date := domain.Date(in.Date)
		if date == "" {
			date = s.today(org)
		} else if err := checkDate("query.date", in.Date); err != nil {
			return v, err
		}
		if v.Dashboard, err = r.Dashboard(ctx, org, AccessOf(ctx).Scope(), date); err != nil {
			return v, err
		}
		v.Latest, err = s.latest(ctx, r, org, v.Dashboard.Latest)
		return v, err
	})
	if err == nil && out.Body.Dirty > 0 {
		out.Stale = "true"
	}
	return out, err
}

func (s *Server) today(org domain.ID) domain.Date {
	zone, err := time.LoadLocation(s.zoneOf(org))
	if err != nil {
		zone = time.UTC
	}
	return domain.DateOf(s.now(), zone)
}

func (s *Server) latest(ctx context.Context, r *Reads, org domain.ID, punches []projections.Punch) ([]LatestPunch, error) {
	out := make([]LatestPunch, len(punches))
	names := map[domain.ID]MemberView{}
	for i := range punches {
		p := &punches[i]
		m, known := names[p.Member]
		if !known {
			row, err := r.Member(ctx, org, p.Member)
			if err = notFoundIfNone(err, "member_not_found", "there is no such member"); err != nil {
				return nil, err
			}
			m = s.viewMember(ctx, org, &row)
			names[p.Member] = m
		}
		out[i] = LatestPunch{PunchView: s.openPunch(ctx, org, p, withoutPlaces(p.Detail)), Number: m.Number, Name: m.Name}
	}
	return out, nil
}

func (s *Server) anomalies(ctx context.Context, in *struct {
	OrgRead
	Between
	Paging
	Kind       string `query:"kind"`
	State      string `query:"state" enum:"open,explained,excused"`
	Member     string `query:"member"`
	Department string `query:"department"`
}) (*one[List[projections.AnomalyEntry]], error) {
	return reading(ctx, s, in.OrgRead, func(r *Reads, org domain.ID) (list List[projections.AnomalyEntry], err error) {
		f := projections.AnomalyFilter{Kind: in.Kind, State: in.State}
		if f.From, f.To, err = in.dates(); err != nil {
			return list, err
		}
		if f.Member, err = optionalID(in.Member, "query.member"); err != nil {
			return list, err
		}
		if f.Department, err = optionalID(in.Department, "query.department"); err != nil {
			return list, err
		}
		if f.Member, f.Among, err = AccessOf(ctx).Narrow(f.Member); err != nil {
			return list, err
		}
		page, err := r.Anomalies(ctx, org, f, in.Cursor, in.Limit)
		return List[projections.AnomalyEntry]{Items: page.Items, Next: page.Next}, err
	})
}

// MonthView is a member's month with the name opened.
type MonthView struct {
	Name string `json:"name"`
	projections.Month
}

type monthsInput struct {
	OrgRead
	Paging
	Month      string `path:"month" doc:"yyyy-mm, or yyyy-mm.json, yyyy-mm.csv, yyyy-mm.xlsx"`
	Member     string `query:"member"`
	Department string `query:"department"`
	Group      string `query:"group"`
}

func (s *Server) months(ctx context.Context, in *monthsInput) (*huma.StreamResponse, error) {
	month, kind, _ := strings.Cut(in.Month, ".")
	filter := projections.MonthFilter{Month: month}
	var err error
	if filter.Member, err = optionalID(in.Member, "query.member"); err != nil {
		return nil, err
	}
	if filter.Department, err = optionalID(in.Department, "query.department"); err != nil {
		return nil, err
	}
	if filter.Group, err = optionalID(in.Group, "query.group"); err != nil {
		return nil, err
	}
	if filter.Member, filter.Among, err = AccessOf(ctx).Narrow(filter.Member); err != nil {
		return nil, err
	}
	org, err := in.Org.id()
	if err != nil {
		return nil, err
	}
	reads, fresh, err := s.reader(ctx, org, in.Read)
	if err != nil {
		return nil, err
	}
	switch kind {
	case "", "json":
		page, err := reads.Months(ctx, org, filter, in.Cursor, in.Limit)
		if err != nil {
			return nil, err
		}
		list := viewed(page, func(m *projections.Month) MonthView { return s.viewMonth(ctx, org, m) })
		return jsonStream(fresh, list), nil
	case "csv", "xlsx":
		all, err := s.allMonths(ctx, reads, org, filter)
		if err != nil {
			return nil, err
		}
		return s.monthFile(ctx, fresh, month, kind, all), nil
	}
	return nil, domain.Refuse("not_found", "a month comes as .json, .csv or .xlsx, not as .%s", kind)
}

func (s *Server) viewMonth(ctx context.Context, org domain.ID, m *projections.Month) MonthView {
	return MonthView{Name: s.text(ctx, org, m.Name()), Month: *m}
}

func (s *Server) allMonths(ctx context.Context, r *Reads, org domain.ID, f projections.MonthFilter) ([]MonthView, error) {
	all := []MonthView{}
	for cursor := ""; ; {
		page, err := r.Months(ctx, org, f, cursor, 1000)
		if err != nil {
			return nil, err
		}
		for i := range page.Items {
			all = append(all, s.viewMonth(ctx, org, &page.Items[i]))
		}
		if cursor = page.Next; cursor == "" {
			return all, nil
		}
	}
}

func jsonStream(fresh Fresh, v any) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		fresh.set(hc)
		hc.SetHeader("Content-Type", "application/json")
		hc.SetStatus(http.StatusOK)
		_ = huma.DefaultJSONFormat.Marshal(hc.BodyWriter(), v)
	}}
}
