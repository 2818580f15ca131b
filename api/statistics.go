package api

import (
	"context"
	"time"

	"github.com/dakahq/daka/api/penalty"
	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/reveal"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections"
	"github.com/dakahq/daka/projections/query"
)

// statistics tells a date at a glance, and its anomalies.
type statistics struct {
	use       *commands.Service
	directory *directory.Directory
	reads     *read.Side
	guard     *who.Guard
	values    *reveal.Values
	router    *route.Router
	now       func() time.Time
}

func (s *statistics) mountStatistics() {
	route.Handle(s.router, route.Op("dashboard", "GET", v1+"/orgs/{org}/dashboard", "statistics", "A date at a glance"), s.dashboard)
	route.Handle(s.router, route.Op("anomalies", "GET", v1+"/orgs/{org}/anomalies", "statistics", "Anomalies by date, kind and state"), s.anomalies)
	penalty.Desk{Commands: s.use.Penalties, Directory: s.directory, Guard: s.guard, Reads: s.reads, Values: s.values, Today: func(org domain.ID) domain.Date { return todayIn(s.guard, s.now, org) }}.Mount(s.router, v1+"/orgs/{org}")
}

// DashboardView is a date at a glance, with the names of those who punched last.
type DashboardView struct {
	query.Dashboard
	Latest []LatestPunch `json:"latest" doc:"the newest punches of the date"`
}

// LatestPunch is a punch with who made it, without where.
type LatestPunch struct {
	PunchView
	Number string `json:"number"`
	Name   string `json:"name"`
}

func (s *statistics) dashboard(ctx context.Context, in *struct {
	read.OrgRead
	Date string `query:"date" format:"local-date" doc:"yyyy-mm-dd; by default today in the organization's zone"`
}) (*read.One[DashboardView], error) {
	shown := in.Date
	if org, err := in.Org.ID(); shown == "" && err == nil {
		shown = string(todayIn(s.guard, s.now, org))
	}
	out, err := read.Of(ctx, s.reads, in.OrgRead, func(r *projections.Engine, org domain.ID) (v DashboardView, err error) {
		date := domain.Date(in.Date)
		if date == "" {
			date = todayIn(s.guard, s.now, org)
		} else if err := route.CheckDate("query.date", in.Date); err != nil {
			return v, err
		}
		if v.Dashboard, err = r.Dashboards.On(ctx, org, who.AccessOf(ctx).Scope(), date); err != nil {
			return v, err
		}
		v.Latest, err = s.latest(ctx, r, org, v.Dashboard.Latest)
		return v, err
	}, projections.ScopeOn(shown, who.AccessOf(ctx).Scope()))
	if err == nil && out.Body.Dirty > 0 {
		out.Stale = "true"
	}
	return out, err
}

// todayIn is the date in an organization now.
func todayIn(guard *who.Guard, now func() time.Time, org domain.ID) domain.Date {
	return domain.DateOf(now(), guard.LocationOf(org))
}

func (s *statistics) latest(ctx context.Context, r *projections.Engine, org domain.ID, punches []query.Punch) ([]LatestPunch, error) {
	out := make([]LatestPunch, len(punches))
	ids := make([]domain.ID, len(punches))
	for i := range punches {
		ids[i] = punches[i].Member
	}
	members, err := r.Members.ByID(ctx, org, ids)
	if err != nil {
		return nil, err
	}
	for i := range punches {
		p := &punches[i]
		row, known := members[p.Member]
		if !known {
			return nil, domain.Refuse("member_not_found", "there is no such member")
		}
		m := viewMember(ctx, s.values, org, &row, s.guard.Today(org))
		out[i] = LatestPunch{PunchView: openPunch(ctx, s.values, org, p, reveal.WithoutPlaces(p.Detail)), Number: m.Number, Name: m.Name}
	}
	return out, nil
}

func (s *statistics) anomalies(ctx context.Context, in *struct {
	read.OrgRead
	route.Between
	read.Paging
	Kind       string `query:"kind"`
	State      string `query:"state" enum:"open,explained,excused"`
	Member     string `query:"member"`
	Department string `query:"department"`
	Group      string `query:"group" doc:"the group that held the member on the date"`
}) (*read.One[read.List[query.AnomalyEntry]], error) {
	from, to, _ := in.Dates() // the query refuses what is no date
	return read.Of(ctx, s.reads, in.OrgRead, func(r *projections.Engine, org domain.ID) (list read.List[query.AnomalyEntry], err error) {
		f := query.AnomalyFilter{Kind: in.Kind, State: in.State}
		if f.From, f.To, err = in.Dates(); err != nil {
			return list, err
		}
		if f.Member, err = route.OptionalID(in.Member, "query.member"); err != nil {
			return list, err
		}
		if f.Department, err = route.OptionalID(in.Department, "query.department"); err != nil {
			return list, err
		}
		if f.Group, err = route.OptionalID(in.Group, "query.group"); err != nil {
			return list, err
		}
		if f.Member, f.Among, err = who.AccessOf(ctx).Narrow(f.Member); err != nil {
			return list, err
		}
		page, err := r.Anomalies.List(ctx, org, f, in.Cursor, in.Limit)
		return read.List[query.AnomalyEntry]{Items: page.Items, Next: page.Next}, err
	}, projections.Scope{Members: who.AccessOf(ctx).Scope(), From: from, To: to})
}
