package api

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

// Resolve keeps the request's method and path.
func (w *Head) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	w.method, w.path = ctx.Method(), u.Path
	w.ip, _, _ = net.SplitHostPort(ctx.RemoteAddr())
	w.base = baseOf(ctx)
	return nil
}

var _ huma.Resolver = (*Head)(nil)

// call makes the command's envelope; org and subject are what the path names.
func (w *Head) call(ctx context.Context, org, subject domain.ID) (ledger.Call, error) {
	id, err := uuid.Parse(w.Key)
	if err != nil || len(w.Key) != 36 {
		return ledger.Call{}, domain.Refuse("command_id_invalid", "send a UUIDv7, made before the first try, as Idempotency-Key; %q is none", w.Key)
	}
	if err := domain.CheckCommandID(id); err != nil {
		return ledger.Call{}, err
	}
	return ledger.Call{CommandID: id, Method: w.method, Path: w.path, Actor: actorOf(ctx), Via: who.PrincipalOf(ctx).Via, Org: org, Subject: subject}, nil
}

// actorOf is how the ledger names the caller: the member in an organization, else the account or token.
func actorOf(ctx context.Context) domain.Actor {
	if a := who.AccessOf(ctx); a.Actor != (domain.Actor{}) {
		return a.Actor
	}
	return who.PrincipalOf(ctx).Actor
}

func (w *Write) call(ctx context.Context, org, subject domain.ID) (ledger.Call, error) {
	c, err := w.Head.call(ctx, org, subject)
	if len(w.RawBody) > 0 {
		c.Body = append([]byte(nil), w.RawBody...)
	}
	return c, err
}

// written answers a command: 201 at first, 200 with Idempotent-Replay for a repeat.
type written struct {
	Status int
	Replay string `header:"Idempotent-Replay"`
	Body   ledger.Receipt
}

func receipt(r ledger.Receipt, err error) (*written, error) {
	if err != nil {
		return nil, err
	}
	if r.Events == nil {
		r.Events = []domain.ID{}
	}
	out := &written{Status: http.StatusCreated, Body: r}
	if r.Replay {
		out.Status, out.Replay = http.StatusOK, "true"
	}
	return out, nil
}

// command registers a route that writes; its answers are in the documents.
func command[I any](s *Server, o huma.Operation, handle func(context.Context, *I) (*written, error)) {
	o.DefaultStatus = http.StatusCreated
	route(s, o, handle)
}

// Org is in the input of every route under an organization.
type Org struct {
	Org string `path:"org" doc:"the organization's id"`
}

func (o Org) id() (domain.ID, error) {
	return who.ParseID(o.Org, "organization_not_found", "organization")
}

// orgWrite is a command on an organization.
type orgWrite[B any] struct {
	Write
	Org
	Body B
}

// orgCommand registers a command whose use case takes the body as it is; the use case checks that the organization exists.
func orgCommand[B any](s *Server, o huma.Operation, run func(context.Context, ledger.Call, B) (ledger.Receipt, error)) {
	command(s, o, func(ctx context.Context, in *orgWrite[B]) (*written, error) {
		org, err := in.Org.id()
		if err != nil {
			return nil, err
		}
		call, err := in.call(ctx, org, org)
		if err != nil {
			return nil, err
		}
		return receipt(run(ctx, call, in.Body))
	})
}

// Member is in the input of every route under a member.
type Member struct {
	Org
	Member string `path:"member" doc:"the member's id, or me"`
}

func (m Member) ids(ctx context.Context) (org, member domain.ID, err error) {
	if org, err = m.Org.id(); err != nil {
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

// memberCommand registers a command about one member.
func memberCommand[B any](s *Server, o huma.Operation, run func(context.Context, ledger.Call, domain.ID, B) (ledger.Receipt, error)) {
	command(s, o, func(ctx context.Context, in *memberWrite[B]) (*written, error) {
		org, member, err := in.Member.ids(ctx)
		if err != nil {
			return nil, err
		}
		call, err := in.call(ctx, org, member)
		if err != nil {
			return nil, err
		}
		if in.Member.Member == "me" { // the request hash covers the member's id
			call.Path = strings.Replace(call.Path, "/members/me", "/members/"+member.String(), 1)
		}
		return receipt(run(ctx, call, member, in.Body))
	})
}

// known checks that the organization, and the member if one is named, exist; another's id answers like one that never was.
func (s *Server) known(org domain.ID, member *domain.ID) error { return s.guard.Known(org, member) }
