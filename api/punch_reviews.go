package api

import (
	"context"

	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/reveal"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections"
	"github.com/dakahq/daka/projections/query"
)

// ReviewBody is the word about a punch that waits.
type ReviewBody struct {
	Review string `json:"review" enum:"approved,rejected" doc:"approved clears the doubt; a rejected punch fills no slot. One may replace the other"`
	Reason string `json:"reason,omitempty" format:"multiline"`
}

type reviewInput struct {
	route.Write
	route.Member
	Punch string `path:"punch" doc:"the id of the punch, its event"`
	Body  ReviewBody
}

// reviewPunch finds the timesheet that holds the punch in the read model, since a punch is not addressed by its id.
func (s *punches) reviewPunch(ctx context.Context, in *reviewInput) (*route.Written, error) {
	org, member, err := in.Member.IDs(ctx)
	if err != nil {
		return nil, err
	}
	call, err := in.Call(ctx, org, member)
	if err != nil {
		return nil, err
	}
	punch, err := who.ParseID(in.Punch, "punch_not_found", "punch")
	if err != nil {
		return nil, err
	}
	reads, _, err := s.reads.Reader(ctx, org, read.Read{})
	if err != nil {
		return nil, err
	}
	p, err := reads.Punches.One(ctx, org, punch)
	if err != nil {
		return nil, read.NotFoundIfNone(err, "punch_not_found", "there is no such punch")
	}
	if p.Member != member {
		return nil, domain.Refuse("punch_not_found", "there is no such punch")
	}
	return route.Receipt(s.use.Punches.Review(ctx, call, commands.ReviewPunch{Member: member, Punch: punch, Stream: p.Stream, Review: in.Body.Review, Reason: in.Body.Reason}))
}

// MemberPunch is a punch with whose it is, without where it was made: GET {m}/punches shows that, and leaves a record.
type MemberPunch struct {
	PunchView
	Number string `json:"number"`
	Name   string `json:"name"`
}

func (s *punches) orgPunches(ctx context.Context, in *struct {
	read.OrgRead
	route.Between
	read.Paging
	Review     string `query:"review" enum:"waiting,approved,rejected" doc:"waiting: made outside under field_punch approve, or flagged offline_unapproved, self_written or clock_jump, and not reviewed"`
	Member     string `query:"member"`
	Department string `query:"department"`
	Group      string `query:"group" doc:"the group that held the member on the punch's date"`
}) (*read.One[read.List[MemberPunch]], error) {
	return read.Of(ctx, s.reads, in.OrgRead, func(r *projections.Engine, org domain.ID) (list read.List[MemberPunch], err error) {
		f := query.PunchFilter{Review: in.Review}
		if f.From, f.To, err = in.Dates(); err != nil {
			return list, err
		}
		for _, q := range []struct {
			into       **domain.ID
			text, name string
		}{{&f.Member, in.Member, "query.member"}, {&f.Department, in.Department, "query.department"}, {&f.Group, in.Group, "query.group"}} {
			if *q.into, err = route.OptionalID(q.text, q.name); err != nil {
				return list, err
			}
		}
		if f.Member, f.Among, err = who.AccessOf(ctx).Narrow(f.Member); err != nil {
			return list, err
		}
		page, err := r.Punches.All(ctx, org, f, in.Cursor, in.Limit)
		return read.Viewed(page, func(p *query.MemberPunch) MemberPunch {
			return MemberPunch{PunchView: openPunch(ctx, s.values, org, &p.Punch, reveal.WithoutPlaces(p.Detail)), Number: p.Number, Name: s.values.Text(ctx, org, p.Name())}
		}), err
	})
}
