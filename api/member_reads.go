package api

import (
	"context"

	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/query"
)

// MemberView is a member with the personal values opened.
type MemberView struct {
	query.Member
	Name  string `json:"name"`
	Email string `json:"email"`
	Phone string `json:"phone"`
}

func (s *Server) mountMemberReads() {
	route(s, op("members", "GET", v1+"/orgs/{org}/members", "members", "Members by number"), s.members)
	route(s, op("member", "GET", v1+"/orgs/{org}/members/{member}", "members", "One member"), s.oneMember)
}

type membersInput struct {
	OrgRead
	Paging
	Department string `query:"department"`
	Group      string `query:"group"`
	On         string `query:"on" format:"local-date" doc:"the date on which the group holds the member"`
	Number     string `query:"number"`
	Current    bool   `query:"current" doc:"leave out members whose membership has ended"`
}

func (s *Server) members(ctx context.Context, in *membersInput) (*one[List[MemberView]], error) {
	return reading(ctx, s, in.OrgRead, func(r *Reads, org domain.ID) (List[MemberView], error) {
		filter := query.MemberFilter{On: domain.Date(in.On), Number: in.Number, Current: in.Current, Among: who.AccessOf(ctx).Scope()}
		var err error
		if filter.Department, err = optionalID(in.Department, "query.department"); err != nil {
			return List[MemberView]{}, err
		}
		if filter.Group, err = optionalID(in.Group, "query.group"); err != nil {
			return List[MemberView]{}, err
		}
		if err := checkDate("query.on", in.On); in.On != "" && err != nil {
			return List[MemberView]{}, err
		}
		page, err := r.Members.List(ctx, org, filter, in.Cursor, in.Limit)
		return viewed(page, func(m *query.Member) MemberView { return s.viewMember(ctx, org, m) }), err
	})
}

func (s *Server) viewMember(ctx context.Context, org domain.ID, m *query.Member) MemberView {
	return MemberView{Member: *m, Name: s.text(ctx, org, m.Name), Email: s.text(ctx, org, m.Email), Phone: s.text(ctx, org, m.Phone)}
}

// MemberRead is in the input of every query about a member.
type MemberRead struct {
	Member
	Read
}

func (s *Server) oneMember(ctx context.Context, in *MemberRead) (*one[MemberView], error) {
	reads, fresh, org, member, err := s.memberReader(ctx, in.Member, in.Read)
	if err != nil {
		return nil, err
	}
	m, err := reads.Members.One(ctx, org, member)
	if err != nil {
		return nil, notFoundIfNone(err, "member_not_found", "there is no such member")
	}
	return &one[MemberView]{Fresh: fresh, Body: s.viewMember(ctx, org, &m)}, nil
}

// checkDate refuses a text that is no date, and names the parameter.
func checkDate(pointer, text string) error {
	if _, err := domain.ParseDate(text); err != nil {
		return &domain.Refusal{Code: "invalid_request", Text: pointer + ": " + err.Error(), Fields: []domain.FieldProblem{{Pointer: pointer, Text: err.Error()}}}
	}
	var p domain.Problems
	p.Date(pointer, domain.Date(text), true)
	return p.Err()
}

// Between is in the input of queries over a range of local dates, both inclusive.
type Between struct {
	From string `query:"from" format:"local-date" required:"true" doc:"the first date, yyyy-mm-dd" example:"2026-03-01"`
	To   string `query:"to" format:"local-date" required:"true" doc:"the last date, inclusive" example:"2026-03-31"`
}

// maxSpan bounds a range, in days.
const maxSpan = 3700

func (b Between) dates() (from, to domain.Date, err error) {
	if err := checkDate("query.from", b.From); err != nil {
		return "", "", err
	}
	if err := checkDate("query.to", b.To); err != nil {
		return "", "", err
	}
	from, to = domain.Date(b.From), domain.Date(b.To)
	days := int(to.Time().Sub(from.Time()).Hours() / 24)
	if days < 0 || days >= maxSpan {
		text := "must not be before from, and at most 3700 days after it"
		return "", "", &domain.Refusal{Code: "invalid_request", Text: "query.to: " + text, Fields: []domain.FieldProblem{{Pointer: "query.to", Text: text}}}
	}
	return from, to, nil
}
