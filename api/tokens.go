package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/api/who"
	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// tokens gives programs their tokens.
type tokens struct {
	use       *commands.Service
	directory *directory.Directory
	guard     *who.Guard
	router    *route.Router
	now       func() time.Time
}

func (s *tokens) mountTokens() {
	const path = v1 + "/orgs/{org}/tokens"
	issue := route.Op("issue-token", "POST", path, "tokens", "Let a program act within scopes; the secret is in this answer alone")
	issue.DefaultStatus = http.StatusCreated
	route.Handle(s.router, issue, s.issueToken)
	route.Handle(s.router, route.Op("tokens", "GET", path, "tokens", "Tokens without their secrets, by name"), s.tokens)
	route.Command(s.router, route.Op("revoke-token", "DELETE", path+"/{token}", "tokens", "End a token at once"), s.onToken(s.use.Tokens.Revoke))
	route.Command(s.router, route.Op("take-over-token", "POST", path+"/{token}/take-over", "tokens", "Let a token act for oneself from now on, such as before whoever issued it leaves; its secret stays"), s.onToken(s.use.Tokens.TakeOver))
}

// IssuedToken is the receipt of a token, and its secret.
type IssuedToken struct {
	ledger.Receipt
	Secret string `json:"secret,omitempty" doc:"send it as Authorization: Bearer …; nobody can read it again later. A repeat of the call shows it to who issued the token, and is left out for others"`
}

func (s *tokens) issueToken(ctx context.Context, in *route.OrgWrite[commands.IssueToken]) (*route.RichAnswer[IssuedToken], error) {
	org, err := in.Org.ID()
	if err != nil {
		return nil, err
	}
	call, err := in.Call(ctx, org, org)
	if err == nil {
		err = s.checkScopes(in.Body.Scopes)
	}
	if err != nil {
		return nil, err
	}
	var body IssuedToken
	if body.Receipt, body.Secret, err = s.use.Tokens.Issue(ctx, call, in.Body); err != nil {
		return nil, err
	}
	return route.AnswerWith(&body.Receipt, &body), nil
}

// checkScopes refuses a scope that no route asks for.
func (s *tokens) checkScopes(scopes []string) error {
	known := s.router.Scopes()
	for _, scope := range scopes {
		if !slices.Contains(known, scope) {
			text := fmt.Sprintf("%q is no scope; the scopes are %s", scope, strings.Join(known, ", "))
			return &domain.Refusal{Code: "invalid_request", Text: "/scopes " + text, Fields: []domain.FieldProblem{{Pointer: "/scopes", Text: text}}}
		}
	}
	return nil
}

// TokenView is a token without its secret.
type TokenView struct {
	ID        domain.ID    `json:"id"`
	Name      string       `json:"name"`
	Scopes    []string     `json:"scopes"`
	ExpiresAt *time.Time   `json:"expires_at"`
	State     string       `json:"state" enum:"active,expired,revoked,ended" doc:"ended: whoever it acted for has left"`
	By        domain.Actor `json:"by" doc:"whom it acts for: who issued it, or took it over"`
	ActsFor   *domain.ID   `json:"acts_for" doc:"that member, whose rights it has at most; null for the administrator of the installation"`
	Number    string       `json:"number" doc:"the member's number, empty for none"`
	EndsOn    *domain.Date `json:"ends_on" doc:"the last day of that membership, with which it ends; null while none is known"`
	Ending    bool         `json:"ending" doc:"it ends within 7 days with that membership, or has ended; an owner can take it over"`
}

// TokenList is an organization's tokens, and the scopes that one may have.
type TokenList struct {
	Items  []TokenView `json:"items"`
	Scopes []string    `json:"scopes" doc:"those that open a route, sorted: a tag, and read or write"`
}

type tokenListOutput struct{ Body TokenList }

// tokens reads the directory: what it says is what the server goes by.
func (s *tokens) tokens(_ context.Context, in *route.Org) (*tokenListOutput, error) {
	org, err := in.ID()
	if err != nil {
		return nil, err
	}
	all := s.directory.Tokens.All(org)
	slices.SortFunc(all, func(a, b directory.Token) int {
		return strings.Compare(a.Name+a.Token.String(), b.Name+b.Token.String())
	})
	out := &tokenListOutput{TokenList{Items: []TokenView{}, Scopes: s.router.Scopes()}}
	for _, t := range all {
		out.Body.Items = append(out.Body.Items, s.viewToken(org, t))
	}
	return out, nil
}

// endingDays is how many days before a token's end the owners are told.
const endingDays = 7

func (s *tokens) viewToken(org domain.ID, t directory.Token) TokenView {
	v := TokenView{ID: t.Token, Name: t.Name, Scopes: t.Scopes, State: "active", By: t.By}
	if t.ExpiresAt != nil {
		at := t.ExpiresAt.Time()
		v.ExpiresAt = &at
	}
	there := who.OfInstallation(t.By)
	if !there {
		var m directory.Member
		m, there = s.guard.IssuerOf(org, t)
		if m.ID != (domain.ID{}) {
			v.ActsFor, v.Number = &m.ID, m.Number
		}
		if m.Left != "" {
			v.EndsOn = &m.Left
		}
	}
	switch {
	case t.Revoked:
		v.State = "revoked"
	case t.Expired(s.now()):
		v.State = "expired"
	case !there:
		v.State = "ended"
	}
	soon := domain.DateOf(s.now(), s.guard.LocationOf(org)).AddDays(endingDays)
	v.Ending = v.State == "ended" || v.State == "active" && v.EndsOn != nil && *v.EndsOn <= soon
	return v
}

type tokenInput struct {
	route.Head
	route.Org
	Token string `path:"token"`
}

// onToken answers a command about a token that exists.
func (s *tokens) onToken(run func(context.Context, ledger.Call, domain.ID) (ledger.Receipt, error)) func(context.Context, *tokenInput) (*route.Written, error) {
	return func(ctx context.Context, in *tokenInput) (*route.Written, error) {
		org, err := in.Org.ID()
		if err != nil {
			return nil, err
		}
		id, err := who.ParseID(in.Token, "token_not_found", "token")
		if err != nil {
			return nil, err
		}
		call, err := in.Call(ctx, org, org)
		if err != nil {
			return nil, err
		}
		return route.Receipt(run(ctx, call, id))
	}
}
