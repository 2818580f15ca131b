package api

import (
	"context"

	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/reveal"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections"
	"github.com/dakahq/daka/projections/query"
)

// accesses tells a member who looked.
type accesses struct {
	reads  *read.Side
	values *reveal.Values
	router *route.Router
}

func (s *accesses) mountAccesses() {
	route.Handle(s.router, route.Op("access-log", "GET", v1+"/orgs/{org}/members/{member}/access-log", "members", "Who looked at a member's places and photos, when, and what of them"), s.accessLog)
}

// SeenByView is an access with the reader's name, empty for programs and for those who left without one.
type SeenByView struct {
	query.SeenBy
	Name string `json:"name"`
}

func (s *accesses) accessLog(ctx context.Context, in *struct {
	read.MemberRead
	read.Paging
}) (*read.One[read.List[SeenByView]], error) {
	reads, fresh, org, member, err := s.reads.MemberReader(ctx, in.MemberRead.Member, in.Read)
	if err != nil {
		return nil, err
	}
	page, err := reads.Accesses.List(ctx, org, member, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	names := map[domain.Actor]string{}
	for _, seen := range page.Items {
		if _, known := names[seen.Actor]; !known {
			names[seen.Actor] = nameOf(ctx, s.values, reads, org, seen.Actor)
		}
	}
	return &read.One[read.List[SeenByView]]{Fresh: fresh, Body: read.Viewed(page, func(seen *query.SeenBy) SeenByView { return SeenByView{*seen, names[seen.Actor]} })}, nil
}

// nameOf is the name of an actor who is a member of the organization; a log without it is still worth showing.
func nameOf(ctx context.Context, values *reveal.Values, reads *projections.Engine, org domain.ID, actor domain.Actor) string {
	id, err := who.ParseID(actor.ID, "", "")
	if err != nil || actor.Kind != domain.ActorMember {
		return ""
	}
	m, err := reads.Members.One(ctx, org, id)
	if err != nil {
		return ""
	}
	return values.Text(ctx, org, m.Name)
}
