package api

import (
	"context"
	"net/http"
	"time"

	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/commands/people"
	"github.com/dakahq/daka/domain"
)

// signIn signs people in and out.
type signIn struct {
	use    *commands.Service
	guard  *who.Guard
	router *route.Router
	now    func() time.Time
}

func (s *signIn) mountSignIn() {
	codes := route.Op("request-code", "POST", v1+"/auth/codes", "account", "Ask for a one-time code; the answer is the same whether there is such an account or not")
	codes.DefaultStatus = http.StatusAccepted
	route.Handle(s.router, codes, s.requestCode)
	register := route.Op("register", "POST", v1+"/auth/register", "account", "Make an account with the code that was sent to the phone, and sign in")
	register.DefaultStatus = http.StatusCreated
	route.Handle(s.router, register, s.register)
	login := route.Op("login", "POST", v1+"/auth/login", "account", "Sign in: phone, e-mail or number@handle with a password or a code; or the administrator token")
	login.DefaultStatus = http.StatusNoContent
	route.Handle(s.router, login, s.login)
	step := route.Op("step-up", "POST", v1+"/auth/step-up", "account", "Show again who is there, by the password or a code of the purpose step-up; it holds for 5 minutes")
	step.DefaultStatus = http.StatusNoContent
	route.Handle(s.router, step, s.stepUp)
	logout := route.Op("logout", "POST", v1+"/auth/logout", "account", "End the session, or all of the person's")
	logout.DefaultStatus = http.StatusNoContent
	route.Handle(s.router, logout, s.logout)
	password := route.Op("change-password", "POST", v1+"/auth/password", "account", "Set a new password by a code (purpose reset), by the old one, or after a step-up; every session ends but the one that is answered")
	password.DefaultStatus = http.StatusNoContent
	route.Handle(s.router, password, s.changePassword)
}

type cookieOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Clear     string        `header:"Clear-Site-Data"`
}

func signedIn(ctx context.Context, v people.Visit, in people.SignedIn) []http.Cookie {
	return append(who.DeviceCookies(ctx, v), who.SessionName.Cookies(ctx, in.Token, int(identity.SessionLife.Seconds()))...)
}

type codeSent struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      people.CodeSent
}

func (s *signIn) requestCode(ctx context.Context, in *struct{ Body people.RequestCode }) (*codeSent, error) {
	v := who.VisitOf(ctx)
	sent, err := s.use.Codes.Request(ctx, v, in.Body)
	out := &codeSent{Body: sent}
	if v.Fresh != "" && v.Account == (domain.ID{}) { // the code is found again also when a phone changes its network meanwhile
		out.SetCookie = who.DeviceCookies(ctx, v)
	}
	return out, err
}

func (s *signIn) stepUp(ctx context.Context, in *struct{ Body people.StepUp }) (*cookieOutput, error) {
	if _, err := who.OwnAccount(ctx); err != nil {
		return nil, err
	}
	v := who.VisitOf(ctx)
	session, err := s.use.SignIns.StepUp(ctx, v, in.Body)
	if err != nil {
		return nil, err
	}
	return &cookieOutput{SetCookie: signedIn(ctx, v, session)}, nil
}

// registered is written with a session's cookie; huma wants the fields themselves.
type registered struct {
	Status    int
	Replay    string        `header:"Idempotent-Replay"`
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      ledger.Receipt
}

func (s *signIn) register(ctx context.Context, in *struct {
	route.Write
	Body people.Register
}) (*registered, error) {
	call, err := in.Call(ctx, domain.ID{}, domain.ID{})
	if err != nil {
		return nil, err
	}
	call.Via = "register"
	v := who.VisitOf(ctx)
	r, session, err := s.use.Accounts.Register(ctx, call, v, in.Body)
	w, err := route.Receipt(r, err)
	if err != nil {
		return nil, err
	}
	out := &registered{Status: w.Status, Replay: w.Replay, Body: w.Body}
	if session != nil {
		out.SetCookie = signedIn(ctx, v, *session)
	}
	return out, nil
}

type loginInput struct {
	Body struct {
		Login    string `json:"login,omitempty" maxLength:"300" doc:"a phone number, an e-mail address, number@handle, or number@ the organization's id"`
		Password string `json:"password,omitempty" maxLength:"1024"`
		Code     string `json:"code,omitempty" maxLength:"16" doc:"in the password's place: a code of the purpose login"`
		Token    string `json:"token,omitempty" maxLength:"200" doc:"alone: the administrator token"`
	}
}

func (s *signIn) login(ctx context.Context, in *loginInput) (*cookieOutput, error) {
	if in.Body.Token != "" {
		return s.loginAdministrator(ctx, in.Body.Token)
	}
	v := who.VisitOf(ctx)
	session, err := s.use.SignIns.SignIn(ctx, v, people.SignIn{Login: in.Body.Login, Password: in.Body.Password, Code: in.Body.Code})
	if err != nil {
		return nil, err
	}
	return &cookieOutput{SetCookie: signedIn(ctx, v, session)}, nil
}

func (s *signIn) loginAdministrator(ctx context.Context, token string) (*cookieOutput, error) {
	e := people.SecurityEvent{Kind: people.SignInDone, Actor: who.AdministratorBy("").Actor, Detail: string(who.Administrator), Agent: who.VisitOf(ctx).Agent}
	if !s.guard.Admin.Is(token) {
		e.Kind, e.Actor = people.SignInFailed, domain.Actor{}
		s.use.Security.Note(ctx, e)
		return nil, domain.Refuse("token_wrong", "this is not the administrator token; the first start writes it to <data>/admin.token")
	}
	s.use.Security.Note(ctx, e)
	return &cookieOutput{SetCookie: who.SessionName.Cookies(ctx, s.guard.Admin.Session(s.now().Add(who.SessionLife)), int(who.SessionLife.Seconds()))}, nil
}

func (s *signIn) logout(ctx context.Context, in *struct {
	Body *struct {
		Everywhere bool `json:"everywhere,omitempty" doc:"end all sessions of the person"`
	}
}) (*cookieOutput, error) {
	if v := who.VisitOf(ctx); v.Session != (domain.ID{}) {
		if err := s.endSessions(ctx, v, in.Body != nil && in.Body.Everywhere); err != nil {
			return nil, err
		}
	}
	if p := who.PrincipalOf(ctx); p.Cookie != "" {
		if err := s.guard.EndCookie(ctx, p.Cookie); err != nil {
			return nil, err
		}
	}
	return &cookieOutput{SetCookie: who.SessionName.Cookies(ctx, "", -1), Clear: `"cache"`}, nil
}

func (s *signIn) endSessions(ctx context.Context, v people.Visit, everywhere bool) error {
	store, err := s.use.Identity.Store()
	if err != nil {
		return err
	}
	kind := people.SignedOut
	if everywhere {
		kind = people.SessionsEnded
		_, err = store.Sessions.EndAll(ctx, v.Account, domain.ID{})
	} else {
		_, err = store.Sessions.End(ctx, v.Account, v.Session)
	}
	if err == nil {
		s.guard.NoteSessions(ctx, kind)
	}
	return err
}

func (s *signIn) changePassword(ctx context.Context, in *struct{ Body people.ChangePassword }) (*cookieOutput, error) {
	v := who.VisitOf(ctx)
	session, err := s.use.SignIns.ChangePassword(ctx, v, in.Body)
	if err != nil {
		return nil, err
	}
	return &cookieOutput{SetCookie: signedIn(ctx, v, session)}, nil
}
