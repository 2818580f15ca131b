package identity

import (
	"time"

	"github.com/dakahq/daka/domain"
)

// Lengths are how long a session lasts: Idle without use, Life at all.
type Lengths struct {
	Idle, Life time.Duration
}

// LengthsOf are those of the strictest of a person's roles, over all organizations (reliability §7.3).
func LengthsOf(roles []domain.Role) Lengths {
	l := Lengths{Idle: SessionIdle, Life: SessionLife}
	for _, role := range roles {
		switch role {
		case domain.RoleOwner, domain.RoleHR, domain.RoleAuditor:
			l = l.strictest(Lengths{Idle: 30 * time.Minute, Life: 12 * time.Hour})
		case domain.RoleManager:
			l = l.strictest(Lengths{Idle: 8 * time.Hour, Life: 7 * 24 * time.Hour})
		}
	}
	return l
}

func (l Lengths) strictest(other Lengths) Lengths {
	return Lengths{Idle: min(l.Idle, other.Idle), Life: min(l.Life, other.Life)}
}

// bound moves a session's ends to where these lengths put them; an end that was written down is never moved on.
func (l Lengths) bound(x Session) Session {
	if end := x.Made.Add(l.Life); end.Before(x.Expires) {
		x.Expires = end
	}
	x.Idle = x.Seen.Add(l.Idle)
	if x.Expires.Before(x.Idle) {
		x.Idle = x.Expires
	}
	return x
}

// Roles tells what a person may do, so that who may do more is signed out sooner.
type Roles interface {
	// RolesOf gives a person's roles in all organizations at an instant; false while it cannot know them. It must be quick.
	RolesOf(account domain.ID, at time.Time) ([]domain.Role, bool)
}

// bounded gives a session with its ends as the person's roles now put them; sure is false while the roles are not known.
func (s *Sessions) bounded(x Session, now time.Time) (_ Session, sure bool) {
	roles, sure := s.roles.RolesOf(x.Account, now)
	x.SteppedUp = x.Stepped != nil && now.Sub(*x.Stepped) < StepUpLife
	return LengthsOf(roles).bound(x), sure
}
