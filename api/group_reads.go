package api

import (
	"context"
	"slices"

	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/query"
)

func (s *Server) mountGroupReads() {
	route(s, op("groups", "GET", v1+"/orgs/{org}/groups", "groups", "Groups as created"), s.groups)
	route(s, op("rules", "GET", v1+"/orgs/{org}/groups/{group}/rules", "groups", "A group's rules, every version"), s.rules)
}

func (s *Server) groups(ctx context.Context, in *OrgRead) (*one[List[query.Group]], error) {
	return reading(ctx, s, *in, func(r *Reads, org domain.ID) (List[query.Group], error) {
		items, err := r.Groups.List(ctx, org)
		a := who.AccessOf(ctx)
		items = slices.DeleteFunc(items, func(g query.Group) bool { return !s.guard.ReachesGroup(a, g.ID) })
		return List[query.Group]{Items: items}, err
	})
}

func (s *Server) rules(ctx context.Context, in *struct {
	OrgRead
	Group string `path:"group"`
}) (*one[List[query.Rule]], error) {
	return reading(ctx, s, in.OrgRead, func(r *Reads, org domain.ID) (List[query.Rule], error) {
		group, err := who.ParseID(in.Group, "group_not_found", "group")
		if err != nil {
			return List[query.Rule]{}, err
		}
		if _, known := s.config.Directory.Group(org, group); !known {
			return List[query.Rule]{}, domain.Refuse("group_not_found", "there is no such group")
		}
		items, err := r.Groups.Rules(ctx, org, group)
		return List[query.Rule]{Items: items}, err
	})
}

func (s *Server) mountRosterReads() {
	route(s, op("roster", "GET", v1+"/orgs/{org}/roster", "roster", "Planned dates, of one member or of all"), s.roster)
}

func (s *Server) roster(ctx context.Context, in *struct {
	OrgRead
	Between
	Member string `query:"member"`
}) (*one[List[query.RosterEntry]], error) {
	return reading(ctx, s, in.OrgRead, func(r *Reads, org domain.ID) (list List[query.RosterEntry], err error) {
		from, to, err := in.dates()
		if err != nil {
			return list, err
		}
		member, err := optionalID(in.Member, "query.member")
		if err != nil {
			return list, err
		}
		only, those, err := who.AccessOf(ctx).Narrow(member)
		if err != nil {
			return list, err
		}
		list.Items, err = r.Roster.List(ctx, org, only, those, from, to)
		return list, err
	})
}

// CalendarView is a stretch of the calendar, and the years that are loaded.
type CalendarView struct {
	Items []query.CalendarDay `json:"items"`
	Years []string            `json:"years" doc:"COUNTRY-YYYY"`
}

func (s *Server) mountCalendarReads() {
	route(s, op("calendar", "GET", v1+"/orgs/{org}/calendar", "calendar", "Holidays and workdays"), s.calendar)
}

func (s *Server) calendar(ctx context.Context, in *struct {
	OrgRead
	Between
}) (*one[CalendarView], error) {
	return reading(ctx, s, in.OrgRead, func(r *Reads, org domain.ID) (v CalendarView, err error) {
		from, to, err := in.dates()
		if err != nil {
			return v, err
		}
		if v.Items, err = r.Calendar.Days(ctx, org, from, to); err != nil {
			return v, err
		}
		v.Years, err = r.Calendar.Years(ctx, org)
		return v, err
	})
}
