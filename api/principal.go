package api

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/commands/people"
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
	// Session is the person's, the nil id for tokens; SteppedUp says that the person showed more than the session a moment ago.
	Session   domain.ID
	SteppedUp bool

	// cookie is the administrator's, empty for the token itself.
	cookie string
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

// sessionLife is how long the administrator's token stays in a browser.
const sessionLife = 7 * 24 * time.Hour

// authenticate lets nobody pass without a token in Authorization, or a session cookie, but to open routes.
func (s *Server) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := s.recognised(r)
		if err != nil && !isOpen(r) {
			refusal := s.problemOf(r.Context(), err)
			if refusal.Code == "token_wrong" {
				s.config.Service.Security.Note(r.Context(), people.SecurityEvent{Kind: people.Denied, Role: "nobody", Detail: refusal.Code})
			}
			if refusal.Status == http.StatusUnauthorized {
				w.Header().Set("WWW-Authenticate", `Bearer realm="daka"`)
			}
			refusal.Write(w)
			return
		}
		if err == nil {
			r = r.WithContext(context.WithValue(r.Context(), principalKey{}, p))
		}
		next.ServeHTTP(w, r)
	})
}

// recognised is who asks, looked up in its turn.
func (s *Server) recognised(r *http.Request) (Principal, error) {
	done, err := s.admission.Recognise(r)
	if err != nil {
		return Principal{}, err
	}
	defer done()
	p, err := s.principal(r)
	if err == nil && isForAnother(r, p) {
		return Principal{}, domain.Refuse("other_account", "somebody else has signed in with this browser since; nothing was written; sign in again as whom this was made by")
	}
	return p, err
}

// accountHeader names the account for which a page sends what it kept. A cookie is the browser's: another of its pages may have signed in as
// somebody else, and what one person pressed must not become another's.
const accountHeader = "Daka-Account"

func isForAnother(r *http.Request, p Principal) bool {
	account := r.Header.Get(accountHeader)
	return account != "" && (p.Account == nil || p.Account.String() != account)
}

func (s *Server) principal(r *http.Request) (Principal, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		return s.bearer(header)
	}
	a, _ := r.Context().Value(arrivalKey{}).(arrival)
	if cookie, err := r.Cookie(a.cookie(sessionName)); err == nil {
		if s.isSession(cookie.Value) {
			return s.administratorsOwn(r, cookie.Value)
		}
	}
	if !strings.HasPrefix(r.URL.Path, "/api/") { // the page's files are everybody's; no store is asked for them
		return Principal{}, identity.ErrNoSession
	}
	return s.person(r)
}

func administrator(via string) Principal {
	return Principal{Actor: domain.Actor{Kind: domain.ActorToken, ID: "admin"}, Via: via, Admin: true}
}

// bearer is who a token names: the administrator, or a program that an organization gave one.
func (s *Server) bearer(header string) (Principal, error) {
	secret, is := strings.CutPrefix(header, "Bearer ")
	if is && s.isAdminToken(secret) {
		return administrator("token"), nil
	}
	if is && s.config.Directory != nil {
		sum := sha256.Sum256([]byte(strings.TrimSpace(secret)))
		org, t, found := s.config.Directory.Tokens.BySecret(hex.EncodeToString(sum[:]))
		if _, there := s.issuerOf(org, t); found && !ofInstallation(t.By) && !there {
			return Principal{}, errIssuerLeft()
		}
		if found && !t.Expired(s.now()) {
			actor := domain.Actor{Kind: domain.ActorToken, ID: t.Token.String()}
			return Principal{Actor: actor, Via: "token:" + t.Token.String(), Program: &ProgramToken{Org: org, ID: t.Token, Scopes: t.Scopes}}, nil
		}
	}
	return Principal{}, domain.Refuse("token_wrong", "the token is unknown, was revoked, or has expired; the administrator's is in <data>/admin.token, a program's was shown once when it was made")
}

func (s *Server) isAdminToken(token string) bool {
	given, want := sha256.Sum256([]byte(strings.TrimSpace(token))), sha256.Sum256([]byte(s.config.AdminToken))
	return s.config.AdminToken != "" && subtle.ConstantTimeCompare(given[:], want[:]) == 1
}

// session is an expiry, a name by which signing out ends it, and their HMAC under the token: any copy of the server knows it, and a new
// token ends it.
func (s *Server) session(until time.Time) string {
	return s.sign(strconv.FormatInt(until.Unix(), 10) + "." + rand.Text())
}

func (s *Server) sign(text string) string {
	mac := hmac.New(sha256.New, []byte(s.config.AdminToken))
	fmt.Fprintf(mac, "daka/session/2\n%s", text)
	return text + "." + hex.EncodeToString(mac.Sum(nil))
}

// signed says until when a cookie of the administrator is good, and whether it is one that has not expired.
func (s *Server) signed(value string) (until time.Time, good bool) {
	text := value[:max(0, strings.LastIndex(value, "."))]
	at, _, _ := strings.Cut(text, ".")
	unix, err := strconv.ParseInt(at, 10, 64)
	if err != nil || s.config.AdminToken == "" {
		return until, false
	}
	until = time.Unix(unix, 0)
	return until, !s.now().After(until) && hmac.Equal([]byte(value), []byte(s.sign(text)))
}

func (s *Server) isSession(cookie string) bool { _, good := s.signed(cookie); return good }

// quickLook is how long routes for whoever watches the server wait to know who asks, longLook how long the others do while the identity
// store is coming up.
const (
	quickLook = 80 * time.Millisecond
	longLook  = 1500 * time.Millisecond
	lookAgain = 20 * time.Millisecond
)

// administratorsOwn is who a signed cookie names, unless it was given back. The page's own files are everybody's; no store is asked for them.
func (s *Server) administratorsOwn(r *http.Request, cookie string) (Principal, error) {
	p, wait := administrator("session"), longLook
	p.cookie = cookie
	if !strings.HasPrefix(r.URL.Path, "/api/") {
		if _, route := policy[r.Method+" "+r.URL.Path]; !route {
			return Principal{}, identity.ErrNoSession
		}
		wait = quickLook
	}
	ctx, cancel := context.WithTimeout(r.Context(), wait)
	defer cancel()
	store, err := s.identityWithin(ctx)
	if err != nil {
		return Principal{}, err
	}
	ended, err := store.Cookies.Ended(ctx, cookie)
	if err == nil && ended {
		err = identity.ErrNoSession
	}
	if err != nil {
		return Principal{}, err
	}
	return p, nil
}

// identityWithin waits for a store that is coming up.
func (s *Server) identityWithin(ctx context.Context) (*identity.Store, error) {
	for {
		store, err := s.config.Service.Identity.Store()
		if err == nil {
			return store, nil
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(lookAgain):
		}
	}
}

// endCookie signs the administrator out of a browser, in every copy.
func (s *Server) endCookie(ctx context.Context, cookie string) error {
	store, err := s.config.Service.Identity.Store()
	if err != nil {
		return err
	}
	until, _ := s.signed(cookie)
	return store.Cookies.End(ctx, cookie, until)
}
