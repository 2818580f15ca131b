package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/dakahq/daka/api/limit"
	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/reveal"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections"
	"github.com/dakahq/daka/projections/query"
)

// joins is how people ask to belong, and are answered.
type joins struct {
	use         *commands.Service
	directory   *directory.Directory
	reads       *read.Side
	values      *reveal.Values
	router      *route.Router
	enumeration *limit.Enumeration
}

func (s *joins) mountJoining() {
	const path = v1 + "/orgs/{org}/join-requests"
	ask := route.Op("request-to-join", "POST", v1+"/join-requests", "joining", "Join by an invitation's code, or ask an organization that was found by its name")
	ask.DefaultStatus = http.StatusCreated
	route.Handle(s.router, ask, s.requestToJoin)
	route.Handle(s.router, route.Op("own-join-requests", "GET", v1+"/join-requests", "joining", "What became of one's own requests to join"), s.ownJoinRequests)
	route.Command(s.router, route.Op("withdraw-join-request", "DELETE", v1+"/join-requests/{request}", "joining", "Take one's own request to join back; one may ask again"), s.withdrawJoin)
	route.Handle(s.router, route.Op("join-requests", "GET", path, "joining", "Requests to join, the newest first"), s.joinRequests)
	route.Command(s.router, route.Op("approve-join-request", "POST", path+"/{request}/approve", "joining", "Let a person in, as a new member or as one that is there"), s.approveJoin)
	route.Command(s.router, route.Op("reject-join-request", "POST", path+"/{request}/reject", "joining", "Refuse a request; the person may ask again"), s.rejectJoin)
}

// joinBody is how a person comes in.
type joinBody struct {
	Code       string     `json:"code,omitempty" maxLength:"40" doc:"of an invitation; dashes, blanks and case do not matter"`
	Org        *domain.ID `json:"org,omitempty" doc:"or an organization that was found by its name"`
	Name       string     `json:"name,omitempty" doc:"by default that of the account"`
	Number     string     `json:"number,omitempty" doc:"the number at work, if the person knows it"`
	Department *domain.ID `json:"department,omitempty"`
	Message    string     `json:"message,omitempty" format:"multiline" doc:"to who answers"`
}

// Joining is the receipt of a request to join, and what became of it; its id is the member.
type Joining struct {
	ledger.Receipt
	Org   domain.ID `json:"org"`
	State string    `json:"state" enum:"joined,pending" doc:"pending until somebody of the organization has answered"`
}

func (s *joins) requestToJoin(ctx context.Context, in *struct {
	route.Write
	Body joinBody
}) (*route.RichAnswer[Joining], error) {
	call, err := in.Call(ctx, domain.ID{}, domain.ID{})
	if err == nil {
		err = s.enumeration.Take(who.PrincipalOf(ctx).Account)
	}
	if err != nil {
		return nil, err
	}
	b := in.Body
	got, err := s.use.Joins.Request(ctx, call, commands.RequestToJoin{
		Code: b.Code, Org: b.Org, Name: b.Name, Number: b.Number, Department: b.Department, Message: b.Message,
	})
	if err != nil {
		return nil, err
	}
	body := Joining{Receipt: got.Receipt, Org: got.Org, State: got.State}
	return route.AnswerWith(&body.Receipt, &body), nil
}

// OwnJoinRequest is one's own request to join.
type OwnJoinRequest struct {
	ID          domain.ID `json:"id" doc:"the member that one becomes"`
	Org         domain.ID `json:"org"`
	OrgName     string    `json:"org_name"`
	State       string    `json:"state" enum:"pending,approved,rejected,withdrawn"`
	Number      string    `json:"number"`
	Message     string    `json:"message" format:"multiline"`
	Reason      string    `json:"reason" format:"multiline" doc:"of a rejection"`
	RequestedAt time.Time `json:"requested_at"`
}

// ownJoinRequests reads the directory and the person's own streams, for a person is in few places and may wait before any read model knows.
func (s *joins) ownJoinRequests(ctx context.Context, _ *struct{}) (*read.ListOf[OwnJoinRequest], error) {
	p, d := who.PrincipalOf(ctx), s.directory
	out := &read.ListOf[OwnJoinRequest]{Body: read.List[OwnJoinRequest]{Items: []OwnJoinRequest{}}}
	if p.Account == nil {
		return out, nil
	}
	for _, at := range d.Joins.Of(*p.Account) {
		q, known := d.Joins.Get(at.Org, at.Member)
		if !known || q.Account != *p.Account {
			continue
		}
		o, _ := d.Organization(at.Org)
		words, err := s.use.Joins.Words(ctx, at.Org, at.Member)
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, OwnJoinRequest{
			ID: q.Member, Org: at.Org, OrgName: o.Name, State: string(q.State), Number: q.Number,
			Message: words.Message, Reason: words.Reason, RequestedAt: q.RequestedAt.Time(),
		})
	}
	return out, nil
}

func (s *joins) withdrawJoin(ctx context.Context, in *struct {
	route.Head
	Request string `path:"request" doc:"the id in the list of one's own requests to join"`
}) (*route.Written, error) {
	request, err := who.ParseID(in.Request, "join_request_not_found", "request to join")
	if err != nil {
		return nil, err
	}
	call, err := in.Call(ctx, domain.ID{}, request)
	if err != nil {
		return nil, err
	}
	return route.Receipt(s.use.Joins.Withdraw(ctx, call, request))
}

// JoinRequestView is a request to join with its words opened.
type JoinRequestView struct {
	query.JoinRequest
	Name    string `json:"name"`
	Message string `json:"message" format:"multiline"`
	Reason  string `json:"reason" format:"multiline"`
	// Match is a member without an account who has the number that the person says.
	Match *domain.ID `json:"match" doc:"a member without an account who has this number: approve as that one, if it is the person"`
}

func (s *joins) joinRequests(ctx context.Context, in *struct {
	read.OrgRead
	read.Paging
	State string `query:"state" enum:"pending,approved,rejected,withdrawn"`
}) (*read.One[read.List[JoinRequestView]], error) {
	return read.Of(ctx, s.reads, in.OrgRead, func(r *projections.Engine, org domain.ID) (read.List[JoinRequestView], error) {
		page, err := r.JoinRequests.List(ctx, org, in.State, in.Cursor, in.Limit)
		return read.Viewed(page, func(q *query.JoinRequest) JoinRequestView {
			return JoinRequestView{
				JoinRequest: *q, Name: s.values.Text(ctx, org, q.Name), Message: s.values.Text(ctx, org, q.Message), Reason: s.values.Text(ctx, org, q.Reason), Match: s.match(org, q),
			}
		}), err
	})
}

// match finds who has the number now and no account yet.
func (s *joins) match(org domain.ID, q *query.JoinRequest) *domain.ID {
	if q.State != "pending" || q.Number == "" {
		return nil
	}
	for _, h := range s.directory.Holders(org, q.Number) {
		if m, ok := s.directory.Member(org, h.Member); ok && h.Until == "" && m.Account == nil && m.Left == "" {
			return &m.ID
		}
	}
	return nil
}

// joinAnswer is an answer to a request to join.
type joinAnswer[B any] struct {
	route.Write
	route.Org
	Request string `path:"request" doc:"the id in the list of requests to join"`
	Body    *B
}

// call names the request; a body may be left out.
func (in *joinAnswer[B]) call(ctx context.Context) (call ledger.Call, request domain.ID, body B, err error) {
	org, err := in.Org.ID()
	if err == nil {
		request, err = who.ParseID(in.Request, "join_request_not_found", "request to join")
	}
	if err == nil {
		call, err = in.Write.Call(ctx, org, request)
	}
	if in.Body != nil {
		body = *in.Body
	}
	return call, request, body, err
}

func (s *joins) approveJoin(ctx context.Context, in *joinAnswer[commands.ApproveJoin]) (*route.Written, error) {
	call, request, body, err := in.call(ctx)
	if err != nil {
		return nil, err
	}
	body.Request = request
	return route.Receipt(s.use.Joins.Approve(ctx, call, body))
}

func (s *joins) rejectJoin(ctx context.Context, in *joinAnswer[commands.RejectJoin]) (*route.Written, error) {
	call, request, body, err := in.call(ctx)
	if err != nil {
		return nil, err
	}
	body.Request = request
	return route.Receipt(s.use.Joins.Reject(ctx, call, body))
}

// foundBody founds an organization. What is about the founder is only for people with an account.
type foundBody struct {
	commands.CreateOrganization
	Department string `json:"department,omitempty" doc:"the name of the first department, the founder's"`
	MemberName string `json:"member_name,omitempty" doc:"the founder's name there, by default that of the account"`
	Position   string `json:"position,omitempty" doc:"the founder's"`
}

// FoundOrganization is an organization as everybody may find it.
type FoundOrganization struct {
	ID       domain.ID `json:"id"`
	Name     string    `json:"name"`
	Industry string    `json:"industry"`
}

// What a search needs, and what it gives at most, so that nobody reads all names.
const (
	searchLetters = 2
	searchHits    = 10
)

// joinLink opens an invitation, at the public address or, where none is set, at base.
func joinLink(public, base, code string) string {
	if public != "" {
		base = public
	}
	return base + "/join/" + strings.ReplaceAll(code, "-", "")
}
