package api

import (
	"cmp"
	"context"

	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/reveal"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/search"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections"
	"github.com/dakahq/daka/projections/query"
)

// MemberView is a member with the personal values opened.
type MemberView struct {
	query.Member
	Department *domain.ID `json:"department" doc:"of today, null for none"`
	Name       string     `json:"name"`
	Email      string     `json:"email"`
	Phone      string     `json:"phone"`
}

func (s *Server) mountMemberReads() {
	route.Handle(s.router, route.Op("members", "GET", v1+"/orgs/{org}/members", "members", "Members by number"), s.members)
	route.Handle(s.router, route.Op("member", "GET", v1+"/orgs/{org}/members/{member}", "members", "One member"), s.oneMember)
}

type membersInput struct {
	read.OrgRead
	read.Paging
	Department string `query:"department"`
	Group      string `query:"group"`
	On         string `query:"on" format:"local-date" doc:"the date on which the department and the group hold the member; today where it is left out"`
	Number     string `query:"number"`
	Query      string `query:"query" maxLength:"100" doc:"a part of the name, its pinyin or their initials, the beginning of the badge number, or four digits of the phone number"`
	Current    bool   `query:"current" doc:"leave out members whose membership has ended"`
}

func (s *Server) members(ctx context.Context, in *membersInput) (*read.One[read.List[MemberView]], error) {
	return read.Of(ctx, s.reads, in.OrgRead, func(r *projections.Engine, org domain.ID) (read.List[MemberView], error) {
		filter := query.MemberFilter{On: cmp.Or(domain.Date(in.On), s.guard.Today(org)), Number: in.Number, Current: in.Current, Among: who.AccessOf(ctx).Scope()}
		var err error
		if filter.Department, err = route.OptionalID(in.Department, "query.department"); err != nil {
			return read.List[MemberView]{}, err
		}
		if filter.Group, err = route.OptionalID(in.Group, "query.group"); err != nil {
			return read.List[MemberView]{}, err
		}
		if err := route.CheckDate("query.on", in.On); in.On != "" && err != nil {
			return read.List[MemberView]{}, err
		}
		list := func(cursor string, limit int) (query.Page[query.Member], error) {
			return r.Members.List(ctx, org, filter, cursor, limit)
		}
		page, err := search.Members(in.Query, in.Cursor, in.Limit, list, func(m *query.Member) search.Person {
			return search.Person{Name: s.values.Text(ctx, org, m.Name), Number: m.Number, Phone: s.values.Text(ctx, org, m.Phone)}
		})
		return read.Viewed(page, func(m *query.Member) MemberView { return viewMember(ctx, s.values, org, m, s.guard.Today(org)) }), err
	})
}

func viewMember(ctx context.Context, values *reveal.Values, org domain.ID, m *query.Member, on domain.Date) MemberView {
	return MemberView{Member: *m, Department: m.DepartmentOn(on), Name: values.Text(ctx, org, m.Name), Email: values.Text(ctx, org, m.Email), Phone: values.Text(ctx, org, m.Phone)}
}

func (s *Server) oneMember(ctx context.Context, in *read.MemberRead) (*read.One[MemberView], error) {
	reads, fresh, org, member, err := s.reads.MemberReader(ctx, in.Member, in.Read)
	if err != nil {
		return nil, err
	}
	m, err := reads.Members.One(ctx, org, member)
	if err != nil {
		return nil, read.NotFoundIfNone(err, "member_not_found", "there is no such member")
	}
	return &read.One[MemberView]{Fresh: fresh, Body: viewMember(ctx, s.values, org, &m, s.guard.Today(org))}, nil
}
