package route

import (
	"context"
	"net"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// Head is in the input of every command: the key, and what the request hash covers beside the body.
type Head struct {
	Key string `header:"Idempotency-Key" doc:"the command id: a UUIDv7 made before the first try"`

	method, path, ip, base string
}

// Write is the head of a command with a body, whose bytes the request hash covers.
type Write struct {
	Head
	RawBody []byte
}

// HeadOf is the head of a command that a plain route takes.
func HeadOf(r *http.Request) Head {
	return Head{Key: r.Header.Get("Idempotency-Key"), method: r.Method, path: r.URL.Path}
}

// Resolve keeps the request's method and path.
func (w *Head) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	w.method, w.path = ctx.Method(), u.Path
	w.ip, _, _ = net.SplitHostPort(ctx.RemoteAddr())
	w.base = baseOf(ctx)
	return nil
}

var _ huma.Resolver = (*Head)(nil)

// IP is the address from which the command came.
func (w *Head) IP() string { return w.ip }

// Base is where the caller sees the server, for links in the caller's own answer.
func (w *Head) Base() string { return w.base }

// Call makes the command's envelope; org and subject are what the path names.
func (w *Head) Call(ctx context.Context, org, subject domain.ID) (ledger.Call, error) {
	id, err := uuid.Parse(w.Key)
	if err != nil || len(w.Key) != 36 {
		return ledger.Call{}, domain.Refuse("command_id_invalid", "send a UUIDv7, made before the first try, as Idempotency-Key; %q is none", w.Key)
	}
	if err := domain.CheckCommandID(id); err != nil {
		return ledger.Call{}, err
	}
	return ledger.Call{CommandID: id, Method: w.method, Path: w.path, Actor: ActorOf(ctx), Via: who.PrincipalOf(ctx).Via, Org: org, Subject: subject}, nil
}

// ActorOf is how the ledger names the caller: the member in an organization, else the account or token.
func ActorOf(ctx context.Context) domain.Actor {
	if a := who.AccessOf(ctx); a.Actor != (domain.Actor{}) {
		return a.Actor
	}
	return who.PrincipalOf(ctx).Actor
}

// Call makes the envelope of a command with a body.
func (w *Write) Call(ctx context.Context, org, subject domain.ID) (ledger.Call, error) {
	c, err := w.Head.Call(ctx, org, subject)
	if len(w.RawBody) > 0 {
		c.Body = append([]byte(nil), w.RawBody...)
	}
	return c, err
}

// Written answers a command: 201 at first, 200 with Idempotent-Replay for a repeat.
type Written struct {
	Status int
	Replay string `header:"Idempotent-Replay"`
	Body   ledger.Receipt
}

// Receipt answers with a receipt, or passes the error on.
func Receipt(r ledger.Receipt, err error) (*Written, error) {
	if err != nil {
		return nil, err
	}
	if r.Events == nil {
		r.Events = []domain.ID{}
	}
	out := &Written{Status: http.StatusCreated, Body: r}
	if r.Replay {
		out.Status, out.Replay = http.StatusOK, "true"
	}
	return out, nil
}

// Command registers a route that writes; its answers are in the documents.
func Command[I any](s *Router, o huma.Operation, handle func(context.Context, *I) (*Written, error)) {
	o.DefaultStatus = http.StatusCreated
	Handle(s, o, handle)
}

// Org is in the input of every route under an organization.
type Org struct {
	Org string `path:"org" doc:"the organization's id"`
}

// ID is the organization; the error is a refusal.
func (o Org) ID() (domain.ID, error) {
	return who.ParseID(o.Org, "organization_not_found", "organization")
}

// OrgWrite is a command on an organization.
type OrgWrite[B any] struct {
	Write
	Org
	Body B
}

// OrgCommand registers a command whose use case takes the body as it is; the use case checks that the organization exists.
func OrgCommand[B any](s *Router, o huma.Operation, run func(context.Context, ledger.Call, B) (ledger.Receipt, error)) {
	Command(s, o, func(ctx context.Context, in *OrgWrite[B]) (*Written, error) {
		org, err := in.Org.ID()
		if err != nil {
			return nil, err
		}
		call, err := in.Call(ctx, org, org)
		if err != nil {
			return nil, err
		}
		return Receipt(run(ctx, call, in.Body))
	})
}

// Member is in the input of every route under a member.
type Member struct {
	Org
	Member string `path:"member" doc:"the member's id, or me"`
}

// IDs are organization and member, `me` being the caller.
func (m Member) IDs(ctx context.Context) (org, member domain.ID, err error) {
	if org, err = m.Org.ID(); err != nil {
		return org, member, err
	}
	member, err = who.MemberOf(who.AccessOf(ctx), m.Member)
	return org, member, err
}

// memberWrite is a command on a member.
type memberWrite[B any] struct {
	Write
	Member
	Body B
}

// MemberCommand registers a command about one member.
func MemberCommand[B any](s *Router, o huma.Operation, run func(context.Context, ledger.Call, domain.ID, B) (ledger.Receipt, error)) {
	Command(s, o, func(ctx context.Context, in *memberWrite[B]) (*Written, error) {
		org, member, err := in.Member.IDs(ctx)
		if err != nil {
			return nil, err
		}
		call, err := in.Call(ctx, org, member)
		if err != nil {
			return nil, err
		}
		if in.Member.Member == "me" { // the request hash covers the member's id
			call.Path = strings.Replace(call.Path, "/members/me", "/members/"+member.String(), 1)
		}
		return Receipt(run(ctx, call, member, in.Body))
	})
}

// RichAnswer is a command's answer with more than the receipt.
type RichAnswer[B any] struct {
	Status int
	Replay string `header:"Idempotent-Replay"`
	Body   B
}

// AnswerWith is a command's answer with more than the receipt.
func AnswerWith[B any](r *ledger.Receipt, body *B) *RichAnswer[B] {
	out := &RichAnswer[B]{Status: http.StatusCreated}
	if r.Events == nil {
		r.Events = []domain.ID{}
	}
	if r.Replay {
		out.Status, out.Replay = http.StatusOK, "true"
	}
	out.Body = *body
	return out
}

// Origin is where the caller sees the server, for links in the caller's own answer; it is in the input of queries that give one.
type Origin struct{ base string }

// Base is the scheme and host that the caller used.
func (o Origin) Base() string { return o.base }

// Resolve keeps the scheme and host that the caller used.
func (o *Origin) Resolve(ctx huma.Context) []error {
	o.base = baseOf(ctx)
	return nil
}

// baseOf is where the caller sees the server. It is good for the caller's own answer alone: anybody may send any Host.
func baseOf(ctx huma.Context) string {
	scheme := "http"
	if a := who.ArrivalOf(ctx.Context()); a.Secure {
		scheme = "https"
	}
	return scheme + "://" + ctx.Host()
}
