package commands

import (
	"slices"

	"github.com/google/uuid"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// nobodyKnown is who acts where no member can be named; it is no member, and not the administrator.
var nobodyKnown = uuid.Max

// person is the member who acts, or for whom a program acts; the nil id is the administrator of the installation, or the system.
func (s finder) person(org domain.ID, actor domain.Actor) domain.ID {
	persons := s.persons(org, actor)
	return persons[len(persons)-1]
}

// persons are everybody for whom an actor acts or ever acted, the present one last: a program may have been taken over.
func (s finder) persons(org domain.ID, actor domain.Actor) []domain.ID {
	switch {
	case actor.Kind == domain.ActorSystem, actor == Administrator:
		return []domain.ID{{}}
	case actor.Kind == domain.ActorMember:
		return []domain.ID{memberNamed(actor)}
	case actor.Kind != domain.ActorToken:
		return []domain.ID{nobodyKnown}
	}
	id, _ := uuid.Parse(actor.ID)
	token, known := s.directory.Tokens.Get(org, id)
	if !known {
		return []domain.ID{nobodyKnown}
	}
	var out []domain.ID
	for _, issuer := range token.Issuers {
		if issuer == Administrator || issuer.Kind == domain.ActorSystem {
			out = append(out, domain.ID{})
			continue
		}
		out = append(out, memberNamed(issuer))
	}
	return out
}

func memberNamed(actor domain.Actor) domain.ID {
	id, err := uuid.Parse(actor.ID)
	if err != nil || id == (domain.ID{}) || actor.Kind != domain.ActorMember {
		return nobodyKnown
	}
	return id
}

// alone says that nobody else could decide about a person: they are the organization's one administrator, as owner or HR, and no other
// is a named approver; or its one member.
func (s finder) alone(org domain.ID, person domain.ID, named []domain.ID) bool {
	now := s.ledger.Clock()
	other := func(m directory.Member) bool { return m.ID != person && !s.directory.Ended(org, m, now) }
	administrators := s.directory.Administrators(org)
	if !slices.ContainsFunc(administrators, func(m directory.Member) bool { return m.ID == person }) {
		return !slices.ContainsFunc(s.directory.Members(org), other)
	}
	return !slices.ContainsFunc(administrators, other) && !slices.ContainsFunc(named, func(id domain.ID) bool {
		m, known := s.directory.Member(org, id)
		return known && other(m)
	})
}

// aboutOneself marks a decision of a person about themselves; the error refuses it while somebody else could decide. A command that is
// in its stream already is answered all the same, so the error is for the decision to say.
func (s finder) aboutOneself(call ledger.Call, subject domain.ID, code, text string) (ledger.Call, error) {
	call.Self = s.person(call.Org, call.Actor) == subject
	if call.Self && !s.alone(call.Org, subject, nil) {
		return call, domain.Refuse(code, "%s", text)
	}
	return call, nil
}
