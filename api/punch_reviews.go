package api

import (
	"context"

	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/query"
)

// ReviewBody is the word about a punch that waits.
type ReviewBody struct {
	Review string `json:"review" enum:"approved,rejected" doc:"approved clears the doubt; a rejected punch fills no slot. One may replace the other"`
	Reason string `json:"reason,omitempty" format:"multiline"`
}

type reviewInput struct {
	Write
	Member
	Punch string `path:"punch" doc:"the id of the punch, its event"`
	Body  ReviewBody
}

// reviewPunch finds the timesheet that holds the punch in the read model, since a punch is not addressed by its id.
func (s *Server) reviewPunch(ctx context.Context, in *reviewInput) (*written, error) {
	org, member, err := in.Member.ids(ctx)
	if err != nil {
		return nil, err
	}
	call, err := in.call(ctx, org, member)
	if err != nil {
		return nil, err
	}
	punch, err := who.ParseID(in.Punch, "punch_not_found", "punch")
	if err != nil {
		return nil, err
	}
	reads, _, err := s.reader(ctx, org, Read{})
	if err != nil {
		return nil, err
	}
	p, err := reads.Punches.One(ctx, org, punch)
	if err != nil {
		return nil, notFoundIfNone(err, "punch_not_found", "there is no such punch")
	}
	if p.Member != member {
		return nil, domain.Refuse("punch_not_found", "there is no such punch")
	}
	return receipt(s.config.Service.Punches.Review(ctx, call, commands.ReviewPunch{Member: member, Punch: punch, Stream: p.Stream, Review: in.Body.Review, Reason: in.Body.Reason}))
}

// MemberPunch is a punch with whose it is, without where it was made: GET {m}/punches shows that, and leaves a record.
type MemberPunch struct {
	PunchView
	Number string `json:"number"`
	Name   string `json:"name"`
}

func (s *Server) orgPunches(ctx context.Context, in *struct {
	OrgRead
	Between
	Paging
	Review     string `query:"review" enum:"waiting,approved,rejected" doc:"waiting: made outside under field_punch approve, or flagged offline_unapproved or self_written, and not reviewed"`
	Member     string `query:"member"`
	Department string `query:"department"`
	Group      string `query:"group" doc:"the group that held the member on the punch's date"`
}) (*one[List[MemberPunch]], error) {
	return reading(ctx, s, in.OrgRead, func(r *Reads, org domain.ID) (list List[MemberPunch], err error) {
		f := query.PunchFilter{Review: in.Review}
		if f.From, f.To, err = in.dates(); err != nil {
			return list, err
		}
		for _, q := range []struct {
			into       **domain.ID
			text, name string
		}{{&f.Member, in.Member, "query.member"}, {&f.Department, in.Department, "query.department"}, {&f.Group, in.Group, "query.group"}} {
			if *q.into, err = optionalID(q.text, q.name); err != nil {
				return list, err
			}
		}
		if f.Member, f.Among, err = who.AccessOf(ctx).Narrow(f.Member); err != nil {
			return list, err
		}
		page, err := r.Punches.All(ctx, org, f, in.Cursor, in.Limit)
		return viewed(page, func(p *query.MemberPunch) MemberPunch {
			return MemberPunch{PunchView: s.openPunch(ctx, org, &p.Punch, withoutPlaces(p.Detail)), Number: p.Number, Name: s.text(ctx, org, p.Name())}
		}), err
	})
}
