package commands

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"regexp"
	"time"

	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// Tokens let programs act in an organization.
type Tokens struct {
	ledger *ledger.Ledger
	find   finder
}

// TokenPrefix begins every token of a program, so that one that leaked is recognised.
const TokenPrefix = "dk_"

// scopeForm is what a scope looks like.
var scopeForm = regexp.MustCompile(`^[a-z]+(-[a-z]+)*:(read|write)$`)

// IssueToken lets a program act in an organization.
type IssueToken struct {
	Name string `json:"name"`
	// Scopes are "<tag>:read" or "<tag>:write".
	Scopes []string `json:"scopes" minItems:"1" maxItems:"50" doc:"such as members:read or punches:write: the tag of the routes in this document, with - for a blank"`
	// ExpiresAt is the first instant at which it is of no use, null for never.
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
}

// Issue makes a token; the receipt's id is its own. The secret is shown by the answer alone; a retry shows it
// again, to who issued the token.
func (s *Tokens) Issue(ctx context.Context, call ledger.Call, req IssueToken) (r ledger.Receipt, secret string, err error) {
	p := s.find.problems()
	e := domain.TokenIssued{Token: domain.ServerID("token", call.CommandID), Name: p.Text("/name", req.Name, true), Scopes: req.Scopes, By: call.Actor}
	if len(req.Scopes) == 0 {
		p.Add("/scopes", "is empty; name what the program may do, such as members:read")
	}
	for _, scope := range req.Scopes {
		if !scopeForm.MatchString(scope) {
			p.Add("/scopes", fmt.Sprintf("%q is no scope; write it like members:read or punches:write", scope))
		}
	}
	if req.ExpiresAt != nil {
		at := domain.At(p.Instant("/expires_at", *req.ExpiresAt))
		e.ExpiresAt = &at
	}
	if err := p.Err(); err != nil {
		return r, "", err
	}
	if secret, err = s.secret(ctx, call.Org, e.Token); err != nil {
		return r, "", err
	}
	e.SHA256 = TokenHash(secret)
	call.Subject = call.Org
	r, err = ledger.HandleClient(ctx, s.ledger, call, domain.OrgStream(call.Org), func(st domain.OrganizationState, now domain.Instant) ([]domain.Event, error) {
		if e.ExpiresAt != nil && !now.Time().Before(e.ExpiresAt.Time()) {
			return nil, domain.Refuse("request_invalid", "/expires_at is over already; choose a later time or leave it out")
		}
		return st.IssueToken(e)
	})
	r.ID = e.Token
	if r.Replay && err == nil {
		secret, err = s.issuersOwn(ctx, call, secret)
	}
	return r, secret, err
}

// issuersOwn gives a secret to who issued the token, and nothing to anybody else who repeats the command.
func (s *Tokens) issuersOwn(ctx context.Context, call ledger.Call, secret string) (string, error) {
	_, events, err := ledger.FoldStream[domain.OrganizationState](ctx, s.ledger, domain.OrgStream(call.Org))
	if err != nil {
		return "", err
	}
	for _, e := range events {
		if e.Metadata.CommandID == call.CommandID && e.Metadata.Actor != call.Actor {
			return "", nil
		}
	}
	return secret, nil
}

// Revoke ends a token at once.
func (s *Tokens) Revoke(ctx context.Context, call ledger.Call, token domain.ID) (ledger.Receipt, error) {
	r, err := onOrganization(ctx, s.ledger, call, func(st domain.OrganizationState) ([]domain.Event, error) { return st.RevokeToken(token) })
	r.ID = token
	return r, err
}

// TakeOver lets a token act for whoever asks, such as before the one for whom it acts leaves. The secret stays as it is: who must not
// know it any more calls for another token.
func (s *Tokens) TakeOver(ctx context.Context, call ledger.Call, token domain.ID) (ledger.Receipt, error) {
	r, err := onOrganization(ctx, s.ledger, call, func(st domain.OrganizationState) ([]domain.Event, error) { return st.TakeOverToken(token, call.Actor) })
	r.ID = token
	return r, err
}

// secret follows from the organization's key, so that a retry shows it again and nobody has to keep it.
func (s *Tokens) secret(ctx context.Context, org, token domain.ID) (string, error) {
	if _, err := s.find.organization(ctx, org); err != nil {
		return "", err
	}
	_, key, err := s.ledger.Keys().Key(ctx, org, org)
	if err != nil {
		return "", fmt.Errorf("the key of the organization: %w", err)
	}
	return TokenPrefix + base64.RawURLEncoding.EncodeToString(key.MAC("daka/token/1", token[:])), nil
}

// TokenHash is the lower-case hex of a secret's SHA-256, by which the directory finds the token.
func TokenHash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
