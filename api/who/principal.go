package who

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/commands/people"
	"github.com/dakahq/daka/domain"
)

// Principal is who asks. Only the middleware makes one; handlers take it from the context.
type Principal struct {
	// Actor is how the ledger names the caller outside of organizations.
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

	// Cookie is the administrator's, empty for the token itself.
	Cookie string
}

// ProgramToken is a program's right to act in one organization.
type ProgramToken struct {
	// Org is where it acts, ID names it.
	Org, ID domain.ID
	// Scopes are `<tag>:read` and `<tag>:write`, the tag being that of a route in the documents.
	Scopes []string
}

// Roles are those outside of organizations.
func (p Principal) Roles() []Role {
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

// WithPrincipal says who asks. Only the middleware uses it, and tests.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// PrincipalOf is who asks, the zero value where nobody is known.
func PrincipalOf(ctx context.Context) Principal {
	p, _ := ctx.Value(principalKey{}).(Principal)
	return p
}

// SessionLife is how long the administrator's token stays in a browser.
const SessionLife = 7 * 24 * time.Hour

// Authenticate lets nobody pass without a token in Authorization, or a session cookie, but to open routes.
func (g *Guard) Authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := g.recognised(r)
		if err != nil && !isOpen(r) {
			refusal := g.problems.Of(r.Context(), err)
			if refusal.Code == "token_wrong" {
				g.security.Note(r.Context(), people.SecurityEvent{Kind: people.Denied, Role: "nobody", Detail: refusal.Code})
			}
			if refusal.Status == http.StatusUnauthorized {
				w.Header().Set("WWW-Authenticate", `Bearer realm="daka"`)
			}
			refusal.Write(w)
			return
		}
		if err == nil {
			r = r.WithContext(WithPrincipal(r.Context(), p))
		}
		next.ServeHTTP(w, r)
	})
}

// recognised is who asks, looked up in its turn.
func (g *Guard) recognised(r *http.Request) (Principal, error) {
	done, err := g.admission.Recognise(r)
	if err != nil {
		return Principal{}, err
	}
	defer done()
	p, err := g.Principal(r)
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

// Principal is who asks, by the token or the cookie of a request.
func (g *Guard) Principal(r *http.Request) (Principal, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		return g.bearer(header)
	}
	a := ArrivalOf(r.Context())
	if cookie, err := r.Cookie(a.cookie(SessionName)); err == nil {
		if g.Admin.isSession(cookie.Value) {
			return g.administratorsOwn(r, cookie.Value)
		}
	}
	if !strings.HasPrefix(r.URL.Path, "/api/") { // the page's files are everybody's; no store is asked for them
		return Principal{}, identity.ErrNoSession
	}
	return g.person(r)
}

// AdministratorBy is the administrator, by a token or a session.
func AdministratorBy(via string) Principal {
	return Principal{Actor: domain.Actor{Kind: domain.ActorToken, ID: "admin"}, Via: via, Admin: true}
}

// bearer is who a token names: the administrator, or a program that an organization gave one.
func (g *Guard) bearer(header string) (Principal, error) {
	secret, is := strings.CutPrefix(header, "Bearer ")
	if is && g.Admin.Is(secret) {
		return AdministratorBy("token"), nil
	}
	if is && g.directory != nil {
		sum := sha256.Sum256([]byte(strings.TrimSpace(secret)))
		org, t, found := g.directory.Tokens.BySecret(hex.EncodeToString(sum[:]))
		if _, there := g.IssuerOf(org, t); found && !OfInstallation(t.By) && !there {
			return Principal{}, errIssuerLeft()
		}
		if found && !t.Expired(g.now()) {
			actor := domain.Actor{Kind: domain.ActorToken, ID: t.Token.String()}
			return Principal{Actor: actor, Via: "token:" + t.Token.String(), Program: &ProgramToken{Org: org, ID: t.Token, Scopes: t.Scopes}}, nil
		}
	}
	return Principal{}, domain.Refuse("token_wrong", "the token is unknown, was revoked, or has expired; the administrator's is in <data>/admin.token, a program's was shown once when it was made")
}

// quickLook is how long routes for whoever watches the server wait to know who asks, longLook how long the others do while the identity
// store is coming up.
const (
	quickLook = 80 * time.Millisecond
	longLook  = 1500 * time.Millisecond
	lookAgain = 20 * time.Millisecond
)

// administratorsOwn is who a signed cookie names, unless it was given back. The page's own files are everybody's; no store is asked for them.
func (g *Guard) administratorsOwn(r *http.Request, cookie string) (Principal, error) {
	p, wait := AdministratorBy("session"), longLook
	p.Cookie = cookie
	if !strings.HasPrefix(r.URL.Path, "/api/") {
		if _, route := policy[r.Method+" "+r.URL.Path]; !route {
			return Principal{}, identity.ErrNoSession
		}
		wait = quickLook
	}
	ctx, cancel := context.WithTimeout(r.Context(), wait)
	defer cancel()
	store, err := g.identityWithin(ctx)
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
func (g *Guard) identityWithin(ctx context.Context) (*identity.Store, error) {
	for {
		store, err := g.identity.Store()
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

// EndCookie signs the administrator out of a browser, in every copy.
func (g *Guard) EndCookie(ctx context.Context, cookie string) error {
	store, err := g.identity.Store()
	if err != nil {
		return err
	}
	until, _ := g.Admin.signed(cookie)
	return store.Cookies.End(ctx, cookie, until)
}

// OwnAccount is the account that asks; a token has none.
func OwnAccount(ctx context.Context) (domain.ID, error) {
	if p := PrincipalOf(ctx); p.Account != nil {
		return *p.Account, nil
	}
	return domain.ID{}, forbidden()
}
