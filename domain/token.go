package domain

// TokenIssued lets a program act in an organization, within scopes and for By: with that person's rights, while they are there. The same
// token issued again was taken over, and acts for the new By.
type TokenIssued struct {
	Token ID     `json:"token"`
	Name  string `json:"name"`
	// Scopes are "<tag>:read" or "<tag>:write", the tag being that of the routes in the API's document.
	Scopes []string `json:"scopes"`
	// SHA256 is the lower-case hex of the secret's hash; the secret itself is nowhere.
	SHA256 string `json:"sha256"`
	// ExpiresAt is the first instant at which it is of no use any more, null for never.
	ExpiresAt *Instant `json:"expires_at,omitempty"`
	By        Actor    `json:"by"`
}

// TokenRevoked ends a token at once.
type TokenRevoked struct {
	Token ID `json:"token"`
}

func (TokenIssued) EventType() string  { return "TokenIssued" }
func (TokenRevoked) EventType() string { return "TokenRevoked" }

// IssueToken lets a program act; the names of tokens that work are different.
func (s OrganizationState) IssueToken(e TokenIssued) ([]Event, error) {
	if !s.Exists {
		return nil, errNoOrganization()
	}
	for _, other := range s.Tokens {
		if !other.Revoked && other.Name == e.Name {
			return nil, Refuse("token_name_taken", "a token named %q works already; choose another name or revoke that one", e.Name)
		}
	}
	return []Event{e}, nil
}

// RevokeToken ends a token.
func (s OrganizationState) RevokeToken(id ID) ([]Event, error) {
	t, known := s.Tokens[id]
	switch {
	case !known:
		return nil, Refuse("token_not_found", "there is no such token")
	case t.Revoked:
		return None, nil
	}
	return []Event{TokenRevoked{Token: id}}, nil
}

// TakeOverToken lets a token act for another from now on; the secret stays.
func (s OrganizationState) TakeOverToken(id ID, by Actor) ([]Event, error) {
	t, known := s.Tokens[id]
	switch {
	case !known:
		return nil, Refuse("token_not_found", "there is no such token")
	case t.Revoked:
		return nil, Refuse("token_revoked", "the token was revoked; issue a new one")
	case t.Issued.By == by:
		return None, nil
	}
	t.Issued.By = by
	return []Event{t.Issued}, nil
}

// TokenState is a token as its organization's stream tells it.
type TokenState struct {
	Name    string
	Revoked bool
	// Issued is how it was issued last.
	Issued TokenIssued
}

// evolveRights folds owners and tokens.
func (s OrganizationState) evolveRights(r Recorded) OrganizationState {
	switch e := r.Event.(type) {
	case OwnerAdded:
		s.Owners = put(s.Owners, e.Member, true)
		delete(s.ProposedOwners, e.Member)
		delete(s.RemovedOwners, e.Member)
	case OwnerRemoved:
		delete(s.Owners, e.Member)
		delete(s.ProposedOwners, e.Member)
		delete(s.RemovedOwners, e.Member)
	case OwnerRemovalProposed:
		s.RemovedOwners = put(s.RemovedOwners, e.Member, r.Metadata.Actor)
	case RoleProposed:
		s.ProposedOwners = put(s.ProposedOwners, e.Member, r.Metadata.Actor)
	case TokenIssued:
		s.Tokens = put(s.Tokens, e.Token, TokenState{Name: e.Name, Issued: e})
	case TokenRevoked:
		t := s.Tokens[e.Token]
		t.Revoked = true
		s.Tokens = put(s.Tokens, e.Token, t)
	}
	return s
}
