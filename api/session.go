package api

import (
	"context"
	"net/http"

	"github.com/dakahq/daka/domain"
)

type loginInput struct {
	Body struct {
		Token string `json:"token" maxLength:"200" doc:"the administrator token"`
	}
}

type cookieOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

type meOutput struct {
	Body struct {
		Kind     string `json:"kind" doc:"token; accounts come later"`
		Roles    []Role `json:"roles"`
		Language string `json:"language"`
	}
}

func (s *Server) mountSession() {
	login := op("login", "POST", v1+"/auth/login", "account", "Sign in with the administrator token; answers a cookie session")
	login.DefaultStatus = http.StatusNoContent
	route(s, login, s.login)
	logout := op("logout", "POST", v1+"/auth/logout", "account", "End the session")
	logout.DefaultStatus = http.StatusNoContent
	route(s, logout, s.logout)
	route(s, op("me", "GET", v1+"/me", "account", "Who am I"), s.me)
}

func (s *Server) login(_ context.Context, in *loginInput) (*cookieOutput, error) {
	if !s.isAdminToken(in.Body.Token) {
		return nil, domain.Refuse("token_wrong", "this is not the administrator token; the first start writes it to <data>/admin.token")
	}
	until := s.now().Add(sessionLife)
	return &cookieOutput{SetCookie: http.Cookie{Name: sessionCookie, Value: s.session(until), Path: "/", Expires: until, HttpOnly: true, SameSite: http.SameSiteLaxMode}}, nil
}

func (s *Server) logout(context.Context, *struct{}) (*cookieOutput, error) {
	return &cookieOutput{SetCookie: http.Cookie{Name: sessionCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode}}, nil
}

func (s *Server) me(ctx context.Context, _ *struct{}) (*meOutput, error) {
	out := &meOutput{}
	p := PrincipalOf(ctx)
	out.Body.Kind, out.Body.Roles, out.Body.Language = string(p.Actor.Kind), p.roles(), string(languageOf(ctx))
	return out, nil
}
