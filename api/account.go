package api

import (
	"context"
	"net/http"
	"time"

	"github.com/dakahq/daka/api/problem"
	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/files"
	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/commands/messages"
	"github.com/dakahq/daka/commands/people"
	"github.com/dakahq/daka/domain"
)

// accounts is what people see and change of themselves.
type accounts struct {
	use       *commands.Service
	directory *directory.Directory
	files     *files.Store
	guard     *who.Guard
	router    *route.Router
	now       func() time.Time
}

func (s *accounts) mountAccount() {
	route.Handle(s.router, route.Op("me", "GET", v1+"/me", "account", "Who am I, and where I am a member"), s.me)
	route.Command(s.router, route.Op("change-me", "PATCH", v1+"/me", "account", "Change name, language, phone or e-mail; the last two need a code that was sent there and a step-up, and end the other sessions"), s.changeMe)
	route.Handle(s.router, route.Op("sessions", "GET", v1+"/me/sessions", "account", "My sessions, the newest first"), s.sessions)
	s.mountAvatar()
	rest := route.Op("end-sessions", "DELETE", v1+"/me/sessions", "account", "End all my sessions but this one")
	rest.DefaultStatus = http.StatusNoContent
	route.Handle(s.router, rest, s.endOtherSessions)
	end := route.Op("end-session", "DELETE", v1+"/me/sessions/{session}", "account", "End one of my sessions")
	end.DefaultStatus = http.StatusNoContent
	route.Handle(s.router, end, s.endSession)
}

// Me is who asks.
type Me struct {
	Kind     string     `json:"kind" enum:"account,token,administrator"`
	Account  *domain.ID `json:"account,omitempty"`
	Name     string     `json:"name,omitempty"`
	Phone    string     `json:"phone,omitempty" doc:"masked but for its last four digits"`
	Email    string     `json:"email,omitempty"`
	Avatar   string     `json:"avatar,omitempty" doc:"the id of a file"`
	Password bool       `json:"password,omitempty" doc:"a password was set"`
	// Roles are those outside of organizations.
	Roles       []who.Role   `json:"roles"`
	Memberships []Membership `json:"memberships"`
	Language    string       `json:"language"`
}

// Membership is where a person belongs, has asked to belong, or has belonged.
type Membership struct {
	Org        domain.ID   `json:"org"`
	OrgName    string      `json:"org_name"`
	Handle     string      `json:"handle,omitempty" doc:"the organization's sign-in name: number@handle"`
	Member     domain.ID   `json:"member"`
	Number     string      `json:"number,omitempty"`
	Position   string      `json:"position,omitempty"`
	Department *domain.ID  `json:"department,omitempty"`
	Roles      []who.Role  `json:"roles"`
	State      string      `json:"state" enum:"pending,active,left"`
	Left       domain.Date `json:"left,omitempty" doc:"the last day"`
}

func (s *accounts) me(ctx context.Context, _ *struct{}) (*read.One[Me], error) {
	p := who.PrincipalOf(ctx)
	out := &read.One[Me]{Body: Me{Kind: "administrator", Roles: p.Roles(), Memberships: []Membership{}, Language: string(problem.LanguageOf(ctx))}}
	if p.Program != nil {
		out.Body.Kind = "token"
	}
	if p.Account == nil {
		return out, nil
	}
	profile, err := s.use.Profiles.Read(ctx, *p.Account)
	if err != nil {
		return nil, err
	}
	b := &out.Body
	b.Kind, b.Account, b.Name, b.Email, b.Avatar = "account", p.Account, profile.Name, profile.Email, profile.Avatar
	b.Phone = messages.Mask(profile.Phone)
	if profile.Language != "" {
		b.Language = profile.Language
	}
	b.Memberships = s.memberships(*p.Account)
	b.Password, err = s.hasPassword(ctx, *p.Account)
	return out, err
}

func (s *accounts) hasPassword(ctx context.Context, account domain.ID) (bool, error) {
	store, err := s.use.Identity.Store()
	if err != nil {
		return false, err
	}
	a, _, err := store.Accounts.Get(ctx, account)
	return a.HasPassword, err
}

// memberships are where an account is or was a member, from the directory.
func (s *accounts) memberships(account domain.ID) []Membership {
	out := []Membership{}
	for _, m := range s.directory.Memberships(account) {
		org, founded := s.directory.Organization(m.Org)
		member, known := s.directory.Member(m.Org, m.Member)
		if !founded || !known || member.Joined == "" {
			continue
		}
		view := Membership{
			Org: m.Org, OrgName: org.Name, Handle: org.Handle, Member: m.Member, Number: member.Number, Position: member.Position, Department: member.Departments.On(s.guard.Today(m.Org)),
			Roles: who.RolesOf(org, member), State: "active", Left: member.Left,
		}
		if member.Ended(s.now(), s.guard.LocationOf(m.Org)) {
			view.State, view.Roles = "left", []who.Role{}
		}
		out = append(out, view)
	}
	return append(out, s.asked(account)...)
}

// asked are the organizations that have not answered an account's request to join.
func (s *accounts) asked(account domain.ID) (out []Membership) {
	for _, m := range s.directory.Joins.Of(account) {
		org, founded := s.directory.Organization(m.Org)
		q, known := s.directory.Joins.Get(m.Org, m.Member)
		if founded && known && q.State == directory.JoinPending {
			out = append(out, Membership{Org: m.Org, OrgName: org.Name, Member: m.Member, Number: q.Number, Department: q.Department, Roles: []who.Role{}, State: "pending"})
		}
	}
	return out
}

type accountWrite[B any] struct {
	route.Write
	Body B
}

func (s *accounts) changeMe(ctx context.Context, in *accountWrite[people.ChangeProfile]) (*route.Written, error) {
	account, err := who.OwnAccount(ctx)
	if err != nil {
		return nil, err
	}
	call, err := in.Call(ctx, domain.ID{}, account)
	if err != nil {
		return nil, err
	}
	return route.Receipt(s.use.Accounts.ChangeProfile(ctx, call, who.VisitOf(ctx), in.Body))
}

// SessionView is a person signed in on one device.
type SessionView struct {
	ID      domain.ID `json:"id"`
	Agent   string    `json:"agent" doc:"such as Chrome, Android"`
	Made    string    `json:"made"`
	Seen    string    `json:"seen" doc:"to a minute"`
	Expires string    `json:"expires" doc:"when it ends at the latest, by the roles of now"`
	Idle    string    `json:"idle" doc:"when it ends if nobody uses it"`
	Current bool      `json:"current" doc:"this is the session that asks"`
}

func (s *accounts) own(ctx context.Context) (*identity.Store, domain.ID, error) {
	account, err := who.OwnAccount(ctx)
	if err != nil {
		return nil, account, err
	}
	store, err := s.use.Identity.Store()
	return store, account, err
}

func (s *accounts) sessions(ctx context.Context, _ *struct{}) (*read.One[read.List[SessionView]], error) {
	store, account, err := s.own(ctx)
	if err != nil {
		return nil, err
	}
	list, err := store.Sessions.List(ctx, account)
	out := &read.One[read.List[SessionView]]{Body: read.List[SessionView]{Items: []SessionView{}}}
	for _, x := range list {
		out.Body.Items = append(out.Body.Items, SessionView{
			ID: x.ID, Agent: x.Agent, Made: domain.At(x.Made).String(), Seen: domain.At(x.Seen).String(), Expires: domain.At(x.Expires).String(), Idle: domain.At(x.Idle).String(),
			Current: x.ID == who.PrincipalOf(ctx).Session,
		})
	}
	return out, err
}

func (s *accounts) endOtherSessions(ctx context.Context, _ *struct{}) (*struct{}, error) {
	store, account, err := s.own(ctx)
	if err == nil {
		_, err = store.Sessions.EndAll(ctx, account, who.PrincipalOf(ctx).Session)
	}
	if err == nil {
		s.guard.NoteSessions(ctx, people.SessionsEnded)
	}
	return nil, err
}

func (s *accounts) endSession(ctx context.Context, in *struct {
	Session string `path:"session" doc:"the session's id"`
}) (*struct{}, error) {
	store, account, err := s.own(ctx)
	if err != nil {
		return nil, err
	}
	id, err := who.ParseID(in.Session, "session_not_found", "session")
	if err != nil {
		return nil, err
	}
	ended, err := store.Sessions.End(ctx, account, id)
	if err == nil && !ended {
		err = domain.Refuse("session_not_found", "you have no such session")
	}
	if err == nil {
		s.guard.NoteSessions(ctx, people.SessionsEnded)
	}
	return nil, err
}
