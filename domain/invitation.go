package domain

// InvitationIssued lets people join who know its code.
type InvitationIssued struct {
	Invitation ID `json:"invitation"`
	// SHA256 is the lower-case hex of the code's hash; the code itself is nowhere.
	SHA256    string  `json:"sha256"`
	ExpiresAt Instant `json:"expires_at"`
	// Uses is how many accounts may use it.
	Uses       int `json:"uses" min:"1"`
	Department *ID `json:"department,omitempty"`
	Group      *ID `json:"group,omitempty"`
	// Approval says that those who come by it wait for an approval.
	Approval bool `json:"approval,omitempty"`
	// Member is the provisioned member whom the one account that uses it becomes.
	Member *ID   `json:"member,omitempty"`
	By     Actor `json:"by"`
}

// InvitationUsed counts an account; Member is who it is in the organization.
type InvitationUsed struct {
	Account ID `json:"account"`
	Member  ID `json:"member"`
}

// InvitationRevoked ends an invitation before its time.
type InvitationRevoked struct{}

func (InvitationIssued) EventType() string  { return "InvitationIssued" }
func (InvitationUsed) EventType() string    { return "InvitationUsed" }
func (InvitationRevoked) EventType() string { return "InvitationRevoked" }

// InvitationState is an invitation as its own stream tells it.
type InvitationState struct {
	Issued  InvitationIssued
	Revoked bool
	// Used are who they are by account.
	Used map[ID]ID
}

// Evolve folds one event.
func (s InvitationState) Evolve(r Recorded) InvitationState {
	switch e := r.Event.(type) {
	case InvitationIssued:
		s.Issued = e
	case InvitationUsed:
		s.Used = put(s.Used, e.Account, e.Member)
	case InvitationRevoked:
		s.Revoked = true
	}
	return s
}

func errNoInvitation() error {
	return Refuse("invitation_not_found", "there is no such invitation; ask for a new link or code")
}

// Issue makes the invitation.
func (s InvitationState) Issue(e InvitationIssued) ([]Event, error) {
	if s.Issued.Uses > 0 {
		return nil, Refuse("invitation_exists", "the invitation exists already")
	}
	return []Event{e}, nil
}

// Use counts an account once. An account that has used it already may come back, even after its end, to finish what stopped.
func (s InvitationState) Use(e InvitationUsed, now Instant) ([]Event, error) {
	if _, used := s.Used[e.Account]; used {
		return None, nil
	}
	switch {
	case s.Issued.Uses == 0:
		return nil, errNoInvitation()
	case s.Revoked:
		return nil, Refuse("invitation_revoked", "this invitation was taken back; ask for a new one")
	case !now.Time().Before(s.Issued.ExpiresAt.Time()):
		return nil, Refuse("invitation_expired", "this invitation ended at %s; ask for a new one", s.Issued.ExpiresAt)
	case len(s.Used) >= s.Issued.Uses:
		return nil, Refuse("invitation_used_up", "this invitation was used as often as it may be; ask for a new one")
	}
	return []Event{e}, nil
}

// Revoke ends the invitation; who has joined by it stays.
func (s InvitationState) Revoke() ([]Event, error) {
	switch {
	case s.Issued.Uses == 0:
		return nil, errNoInvitation()
	case s.Revoked:
		return None, nil
	}
	return []Event{InvitationRevoked{}}, nil
}
