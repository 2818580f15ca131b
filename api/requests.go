package api

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/reveal"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections"
	"github.com/dakahq/daka/projections/query"
)

// requests opens, decides and shows requests.
type requests struct {
	use    *commands.Service
	reads  *read.Side
	values *reveal.Values
	router *route.Router
}

func (s *requests) mountRequests() {
	const path = v1 + "/orgs/{org}/requests"
	use := s.use
	route.OrgCommand(s.router, route.Op("make-request", "POST", path, "requests", "Ask for a makeup, leave, a trip, an errand or overtime"), s.makeRequest)
	route.Handle(s.router, route.Op("requests", "GET", path, "requests", "Requests, the newest first"), s.requests)
	route.Handle(s.router, route.Op("request", "GET", path+"/{request}", "requests", "One request with its comments"), s.request)
	for _, v := range []struct {
		verb, about string
		run         func(context.Context, ledger.Call, commands.JudgeRequest) (ledger.Receipt, error)
	}{
		{"approve", "Grant a request", use.Requests.Approve}, {"reject", "Refuse a request", use.Requests.Reject},
		{"withdraw", "Take a pending request back", use.Requests.Withdraw}, {"cancel", "Undo an approved request", use.Requests.Cancel},
		{"comments", "Add a word", use.Requests.Comment},
	} {
		route.Command(s.router, route.Op(v.verb+"-request", "POST", path+"/{request}/"+v.verb, "requests", v.about), s.judge(v.run))
	}
}

// RequestBody is any request; type says which of the fields count.
type RequestBody struct {
	Type   string           `json:"type" enum:"makeup,leave,trip,out,overtime"`
	Member *route.MemberRef `json:"member,omitempty"`
	Reason string           `json:"reason,omitempty" format:"multiline"`
	Proofs []string         `json:"proofs,omitempty" doc:"SHA-256 of uploaded files"`
	// of a makeup
	Date      domain.Date      `json:"date,omitempty" doc:"makeup: the workday"`
	Section   int              `json:"section,omitempty" minimum:"0" maximum:"100" doc:"makeup: from 1, by default 1"`
	CheckType domain.CheckType `json:"check_type,omitempty" enum:"OnDuty,OffDuty" doc:"makeup: the slot"`
	At        *time.Time       `json:"at,omitempty" doc:"makeup: when it happened"`
	Kind      string           `json:"kind,omitempty" enum:"missing,late,early" doc:"makeup: what it mends, by default missing"`
	// of the others
	LeaveType string      `json:"leave_type,omitempty" doc:"leave: such as annual"`
	From      *time.Time  `json:"from,omitempty" doc:"leave, trip, out, overtime: the first instant"`
	To        *time.Time  `json:"to,omitempty" doc:"the instant after the last"`
	FromDate  domain.Date `json:"from_date,omitempty" doc:"or whole local days"`
	ToDate    domain.Date `json:"to_date,omitempty" doc:"inclusive"`
	Zone      string      `json:"zone,omitempty" doc:"by default that of the member's rule"`
}

func (s *requests) makeRequest(ctx context.Context, c ledger.Call, b RequestBody) (ledger.Receipt, error) {
	r, err := s.openRequest(ctx, c, b)
	return r, flat(err)
}

// flat names the parts of a span as the body has them: beside the others, not below /span.
func flat(err error) error {
	var refusal *domain.Refusal
	if !errors.As(err, &refusal) || len(refusal.Fields) == 0 {
		return err
	}
	out := *refusal
	out.Text = strings.ReplaceAll(out.Text, "/span/", "/")
	out.Fields = slices.Clone(out.Fields)
	for i := range out.Fields {
		out.Fields[i].Pointer = strings.TrimPrefix(out.Fields[i].Pointer, "/span")
	}
	return &out
}

func (s *requests) openRequest(ctx context.Context, c ledger.Call, b RequestBody) (ledger.Receipt, error) {
	use := s.use
	a := who.AccessOf(ctx)
	member, err := requester(a, b.Member)
	if err != nil {
		return ledger.Receipt{}, err
	}
	c.Subject = member
	span := commands.Span{From: b.From, To: b.To, FromDate: b.FromDate, ToDate: b.ToDate, Zone: b.Zone}
	trip := commands.RequestTrip{Member: member, Span: span, Reason: b.Reason, Proofs: b.Proofs}
	switch b.Type {
	case "makeup":
		req := commands.RequestMakeup{Member: member, Date: b.Date, Section: b.Section, CheckType: b.CheckType, Zone: b.Zone, Kind: b.Kind, Reason: b.Reason, Proofs: b.Proofs}
		if b.At != nil {
			req.At = *b.At
		}
		return use.Requests.Makeup(ctx, c, req)
	case "leave":
		return use.Requests.Leave(ctx, c, commands.RequestLeave{Member: member, LeaveType: b.LeaveType, Span: span, Reason: b.Reason, Proofs: b.Proofs})
	case "trip":
		return use.Requests.Trip(ctx, c, trip)
	case "out":
		return use.Requests.Out(ctx, c, trip)
	}
	return use.Requests.Overtime(ctx, c, trip)
}

// requester is whom a request is for: the member who is named, else the caller.
func requester(a who.Access, named *route.MemberRef) (domain.ID, error) {
	member, err := named.In(a)
	switch {
	case err != nil:
		return domain.ID{}, err
	case member != nil:
		return *member, a.Check(*member)
	case a.Member != nil:
		return a.Member.ID, a.Check(a.Member.ID)
	}
	return domain.ID{}, a.Check(domain.ID{})
}

type judgeInput struct {
	route.Write
	route.Org
	Request string `path:"request"`
	Body    *commands.JudgeRequest
}

func (s *requests) judge(run func(context.Context, ledger.Call, commands.JudgeRequest) (ledger.Receipt, error)) func(context.Context, *judgeInput) (*route.Written, error) {
	return func(ctx context.Context, in *judgeInput) (*route.Written, error) {
		org, err := in.Org.ID()
		if err != nil {
			return nil, err
		}
		request, err := who.ParseID(in.Request, "request_not_found", "request")
		if err != nil {
			return nil, err
		}
		call, err := in.Call(ctx, org, org)
		if err != nil {
			return nil, err
		}
		req := commands.JudgeRequest{Request: request, Allow: who.AccessOf(ctx).Check}
		if in.Body != nil {
			req.Comment = in.Body.Comment
		}
		return route.Receipt(run(ctx, call, req))
	}
}

// RequestView is a request with its reason opened inside detail.
type RequestView struct {
	query.Request
	Detail   map[string]any `json:"detail" doc:"the event: its span or slot, and the reason"`
	Comments []CommentView  `json:"comments,omitempty"`
}

// CommentView is a word about a request.
type CommentView struct {
	query.RequestComment
	Text string `json:"text"`
}

func (s *requests) viewRequest(ctx context.Context, org domain.ID, q *query.Request) RequestView {
	return RequestView{Request: *q, Detail: s.values.Fields(ctx, org, q.Detail, q.Stream, q.Event, q.KeyID)}
}

func (s *requests) requests(ctx context.Context, in *struct {
	read.OrgRead
	read.Paging
	Member string `query:"member"`
	Type   string `query:"type" enum:"makeup,leave,trip,out,overtime"`
	State  string `query:"state" enum:"pending,approved,rejected,withdrawn,cancelled"`
	From   string `query:"from" format:"local-date" doc:"requests that touch this date or a later one"`
	To     string `query:"to" format:"local-date"`
}) (*read.One[read.List[RequestView]], error) {
	return read.Of(ctx, s.reads, in.OrgRead, func(r *projections.Engine, org domain.ID) (list read.List[RequestView], err error) {
		f := query.RequestFilter{Type: in.Type, State: in.State, From: domain.Date(in.From), To: domain.Date(in.To)}
		for pointer, text := range map[string]string{"query.from": in.From, "query.to": in.To} {
			if err := route.CheckDate(pointer, text); text != "" && err != nil {
				return list, err
			}
		}
		if f.Member, err = route.OptionalID(in.Member, "query.member"); err != nil {
			return list, err
		}
		if f.Member, f.Among, err = who.AccessOf(ctx).Narrow(f.Member); err != nil {
			return list, err
		}
		page, err := r.Requests.List(ctx, org, f, in.Cursor, in.Limit)
		return read.Viewed(page, func(q *query.Request) RequestView { return s.viewRequest(ctx, org, q) }), err
	})
}

func (s *requests) request(ctx context.Context, in *struct {
	read.OrgRead
	Request string `path:"request"`
}) (*read.One[RequestView], error) {
	return read.Of(ctx, s.reads, in.OrgRead, func(r *projections.Engine, org domain.ID) (v RequestView, err error) {
		id, err := who.ParseID(in.Request, "request_not_found", "request")
		if err != nil {
			return v, err
		}
		q, comments, err := r.Requests.One(ctx, org, id)
		if err != nil {
			return v, read.NotFoundIfNone(err, "request_not_found", "there is no such request")
		}
		if err := who.AccessOf(ctx).Check(q.Member); err != nil {
			return v, err
		}
		v = s.viewRequest(ctx, org, &q)
		for _, c := range comments {
			v.Comments = append(v.Comments, CommentView{RequestComment: c, Text: s.values.Text(ctx, org, c.Text)})
		}
		return v, nil
	})
}
