package directory

import (
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/dakahq/daka/domain"
)

// Invitation is an invitation; its code is nowhere.
type Invitation struct {
	domain.InvitationIssued
	Revoked bool
	// Used are who they are by account.
	Used map[domain.ID]domain.ID
}

// Open says that another account may use it at an instant.
func (i Invitation) Open(now time.Time) bool {
	return !i.Revoked && now.Before(i.ExpiresAt.Time()) && len(i.Used) < i.Uses
}

// Token is a program's right to act in an organization; its secret is nowhere.
type Token struct {
	domain.TokenIssued
	Revoked bool
	// Issuers are for whom it acts and ever acted, the present one last, who is By.
	Issuers []domain.Actor
}

// Expired says that the token's time is over at an instant.
func (t Token) Expired(now time.Time) bool {
	return t.ExpiresAt != nil && !now.Before(t.ExpiresAt.Time())
}

// secret is what a hash opens.
type secret struct {
	org domain.ID
	id  domain.ID
	// token tells a token from an invitation.
	token bool
}

// Invitations are the invitations of all organizations.
type Invitations struct{ state *state }

// ByCode gives the invitation whose code has this SHA-256, lower-case hex; those that are over, too.
func (d Invitations) ByCode(sha256 string) (org domain.ID, invitation Invitation, found bool) {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	at, known := d.state.secrets[sha256]
	if !known || at.token {
		return org, invitation, false
	}
	return at.org, *d.state.orgs[at.org].invitations[at.id], true
}

// Get gives one invitation of an organization.
func (d Invitations) Get(org, id domain.ID) (Invitation, bool) {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	if o := d.state.orgs[org]; o != nil {
		if i := o.invitations[id]; i != nil {
			return *i, true
		}
	}
	return Invitation{}, false
}

// All gives an organization's invitations, those that are over too, in no order.
func (d Invitations) All(org domain.ID) []Invitation {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	o := d.state.orgs[org]
	if o == nil {
		return nil
	}
	out := make([]Invitation, 0, len(o.invitations))
	for _, i := range o.invitations {
		out = append(out, *i)
	}
	return out
}

// Tokens are the tokens of all organizations.
type Tokens struct{ state *state }

// BySecret gives the token whose secret has this SHA-256, lower-case hex. A revoked one is not found; whether its time is over says Expired.
func (d Tokens) BySecret(sha256 string) (org domain.ID, token Token, found bool) {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	at, known := d.state.secrets[sha256]
	if !known || !at.token {
		return org, token, false
	}
	t := d.state.orgs[at.org].tokens[at.id]
	return at.org, *t, !t.Revoked
}

// Get gives one token of an organization; one that was revoked, too.
func (d Tokens) Get(org, id domain.ID) (Token, bool) {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	if o := d.state.orgs[org]; o != nil {
		if t := o.tokens[id]; t != nil {
			return *t, true
		}
	}
	return Token{}, false
}

// All gives an organization's tokens, revoked ones too, in no order.
func (d Tokens) All(org domain.ID) []Token {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	o := d.state.orgs[org]
	if o == nil {
		return nil
	}
	out := make([]Token, 0, len(o.tokens))
	for _, t := range o.tokens {
		out = append(out, *t)
	}
	return out
}

func (d *state) tokenLocked(o *organization, event domain.Event) {
	switch e := event.(type) {
	case domain.TokenIssued:
		issued := Token{TokenIssued: e}
		if before := o.tokens[e.Token]; before != nil {
			issued.Issuers = slices.Clone(before.Issuers)
		}
		issued.Issuers = append(issued.Issuers, e.By)
		o.tokens[e.Token] = &issued
		d.secrets[e.SHA256] = secret{org: o.view.ID, id: e.Token, token: true}
	case domain.TokenRevoked:
		if t := o.tokens[e.Token]; t != nil {
			o.tokens[e.Token] = &Token{TokenIssued: t.TokenIssued, Revoked: true, Issuers: t.Issuers}
		}
	}
}

func (d *state) inviteLocked(o *organization, rest string, event domain.Event) {
	id, err := uuid.Parse(rest)
	if err != nil {
		return
	}
	i := Invitation{}
	if known := o.invitations[id]; known != nil {
		i = *known
	}
	switch e := event.(type) {
	case domain.InvitationIssued:
		i.InvitationIssued = e
		d.secrets[e.SHA256] = secret{org: o.view.ID, id: id}
	case domain.InvitationUsed:
		if i.Used = maps.Clone(i.Used); i.Used == nil {
			i.Used = map[domain.ID]domain.ID{}
		}
		i.Used[e.Account] = e.Member
	case domain.InvitationRevoked:
		i.Revoked = true
	}
	o.invitations[id] = &i
}
