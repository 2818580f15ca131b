package api

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/dakahq/daka/domain"
)

// Principal is who asks. Only the middleware makes one; handlers take it from the context.
type Principal struct {
	Actor domain.Actor
	// Via is the session, device or token.
	Via string
	// Account is the person who signed in, Program the holder of a token; Admin is the administrator's token. One of the three.
	Account *domain.ID
	Program *ProgramToken
	Admin   bool
}

// ProgramToken is a program's right to act in one organization.
type ProgramToken struct {
	Org, ID domain.ID
	// Scopes are `<tag>:read` and `<tag>:write`, the tag being that of a route in the documents.
	Scopes []string
}

// roles are those outside of organizations.
func (p Principal) roles() []Role {
	switch {
	case p.Admin:
		return []Role{Administrator}
	case p.Account != nil:
		return []Role{Account}
	case p.Program != nil:
		return []Role{Program}
	}
	return nil
}

type principalKey struct{}

// PrincipalOf is who asks, the zero value where nobody is known.
func PrincipalOf(ctx context.Context) Principal {
	p, _ := ctx.Value(principalKey{}).(Principal)
	return p
}

const (
	sessionCookie = "daka_session"
	sessionLife   = 7 * 24 * time.Hour
)

// authenticate lets nobody pass without the administrator token, in Authorization or behind a session cookie.
func (s *Server) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, code := s.principal(r)
		if code != "" && !isOpen(r) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="daka"`)
			problem(r.Context(), code, "send the administrator token as `Authorization: Bearer …`, or sign in; the first start writes it to <data>/admin.token").write(w)
			return
		}
		if code == "" {
			r = r.WithContext(context.WithValue(r.Context(), principalKey{}, p))
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) principal(r *http.Request) (Principal, string) {
	admin := Principal{Actor: domain.Actor{Kind: domain.ActorToken, ID: "admin"}, Admin: true}
	if header := r.Header.Get("Authorization"); header != "" {
		token, bearer := strings.CutPrefix(header, "Bearer ")
		if !bearer || !s.isAdminToken(token) {
			return Principal{}, "token_wrong"
		}
		admin.Via = "token"
		return admin, ""
	}
	cookie, err := r.Cookie(sessionCookie)
	if err != nil || !s.isSession(cookie.Value) {
		return Principal{}, "unauthenticated"
	}
	admin.Via = "session"
	return admin, ""
}

func (s *Server) isAdminToken(token string) bool {
	given, want := sha256.Sum256([]byte(strings.TrimSpace(token))), sha256.Sum256([]byte(s.config.AdminToken))
	return s.config.AdminToken != "" && subtle.ConstantTimeCompare(given[:], want[:]) == 1
}

// session is an expiry and its HMAC under the token, so that any copy of the server knows it and a new token ends it.
func (s *Server) session(until time.Time) string {
	at := strconv.FormatInt(until.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(s.config.AdminToken))
	fmt.Fprintf(mac, "daka/session/1\n%s", at)
	return at + "." + hex.EncodeToString(mac.Sum(nil))
}

func (s *Server) isSession(value string) bool {
	at, _, _ := strings.Cut(value, ".")
	unix, err := strconv.ParseInt(at, 10, 64)
	if err != nil || s.config.AdminToken == "" || s.now().After(time.Unix(unix, 0)) {
		return false
	}
	return hmac.Equal([]byte(value), []byte(s.session(time.Unix(unix, 0))))
}
