package commands

import (
	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/commands/people"
	"github.com/dakahq/daka/domain"
)

// Service is the write side: each noun holds its use cases, writes through Ledger and decides by Directory.
type Service struct {
	Ledger    *ledger.Ledger
	Directory *directory.Directory

	Organizations *Organizations
	Handles       *Handles
	Departments   *Departments
	Members       *Members
	Badges        *Badges
	Roles         *Roles
	Invitations   *Invitations
	Joins         *Joins
	Groups        *Groups
	Links         *Links
	Calendar      *Calendar
	Roster        *Roster
	Punches       *Punches
	Requests      *Requests
	Imports       *Imports
	Penalties     *Penalties
	Tokens        *Tokens
	Accesses      *Accesses
	Clock         *Clock
	Rollback      *Rollback

	people.People
}

// NewService joins a ledger and the directory that follows it.
func NewService(l *ledger.Ledger, d *directory.Directory) *Service {
	find := finder{ledger: l, directory: d, zones: &zones{}}
	s := &Service{Ledger: l, Directory: d, People: people.New(l, d)}
	s.Handles = &Handles{ledger: l, directory: d, find: find}
	s.Organizations = &Organizations{ledger: l, find: find, handles: s.Handles}
	s.Departments = &Departments{ledger: l, directory: d, find: find}
	s.Members = &Members{ledger: l, directory: d, find: find}
	s.Badges = &Badges{ledger: l, directory: d, find: find}
	s.Roles = &Roles{ledger: l, find: find}
	s.Invitations = &Invitations{ledger: l, directory: d, find: find, members: s.Members, outbox: s.Outbox}
	s.Joins = &Joins{ledger: l, directory: d, find: find, invitations: s.Invitations}
	s.Groups = &Groups{ledger: l, directory: d, find: find}
	s.Links = &Links{ledger: l, directory: d, find: find}
	s.Calendar = &Calendar{ledger: l, directory: d, find: find}
	s.Roster = &Roster{ledger: l, directory: d, find: find}
	s.Punches = &Punches{ledger: l, directory: d, find: find}
	s.Requests = &Requests{ledger: l, directory: d, find: find}
	s.Clock = &Clock{ledger: l, directory: d, find: find}
	s.Imports = &Imports{ledger: l, directory: d, find: find, clock: s.Clock}
	s.Penalties = &Penalties{ledger: l, find: find}
	s.Tokens = &Tokens{ledger: l, find: find}
	s.Accesses = &Accesses{ledger: l}
	s.Rollback = &Rollback{ledger: l, directory: d, identity: s.Identity}
	return s
}

// Photos says whether a member's own photo of a punch is kept.
type Photos interface {
	Has(org, member domain.ID, file string) bool
}
