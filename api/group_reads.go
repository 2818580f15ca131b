package api

import (
	"context"
	"slices"

	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections"
	"github.com/dakahq/daka/projections/query"
)

func (s *Server) mountGroupReads() {
	route.Handle(s.router, route.Op("groups", "GET", v1+"/orgs/{org}/groups", "groups", "Groups as created"), s.groups)
	route.Handle(s.router, route.Op("rules", "GET", v1+"/orgs/{org}/groups/{group}/rules", "groups", "A group's rules, every version"), s.rules)
}

func (s *Server) groups(ctx context.Context, in *read.OrgRead) (*read.One[read.List[query.Group]], error) {
	return read.Of(ctx, s.reads, *in, func(r *projections.Engine, org domain.ID) (read.List[query.Group], error) {
		items, err := r.Groups.List(ctx, org, s.guard.Today(org))
		a := who.AccessOf(ctx)
		items = slices.DeleteFunc(items, func(g query.Group) bool { return !s.guard.ReachesGroup(a, g.ID) })
		return read.List[query.Group]{Items: items}, err
	})
}

func (s *Server) rules(ctx context.Context, in *struct {
	read.OrgRead
	Group string `path:"group"`
}) (*read.One[read.List[query.Rule]], error) {
	return read.Of(ctx, s.reads, in.OrgRead, func(r *projections.Engine, org domain.ID) (read.List[query.Rule], error) {
		group, err := who.ParseID(in.Group, "group_not_found", "group")
		if err != nil {
			return read.List[query.Rule]{}, err
		}
		if _, known := s.config.Directory.Group(org, group); !known {
			return read.List[query.Rule]{}, domain.Refuse("group_not_found", "there is no such group")
		}
		items, err := r.Groups.Rules(ctx, org, group)
		return read.List[query.Rule]{Items: items}, err
	})
}

func (s *Server) mountRosterReads() {
	route.Handle(s.router, route.Op("roster", "GET", v1+"/orgs/{org}/roster", "roster", "Planned dates, of one member or of all"), s.roster)
}

func (s *Server) roster(ctx context.Context, in *struct {
	read.OrgRead
	route.Between
	Member string `query:"member"`
}) (*read.One[read.List[query.RosterEntry]], error) {
	return read.Of(ctx, s.reads, in.OrgRead, func(r *projections.Engine, org domain.ID) (list read.List[query.RosterEntry], err error) {
		from, to, err := in.Dates()
		if err != nil {
			return list, err
		}
		member, err := route.OptionalID(in.Member, "query.member")
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
