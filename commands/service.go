package commands

import (
	"sync/atomic"
	"time"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// Service holds the use cases; each writes through Ledger and judges by Directory.
type Service struct {
	Ledger    *ledger.Ledger
	Directory *directory.Directory
	// Sender takes messages to people on; nil sends none, and codes are then of no use.
	Sender Sender
	// Numbers are the prefixes of phone numbers that get messages, such as +86; none are all.
	Numbers []string
	// CodesPerAddress is how many codes one network address may ask for within an hour, and a third of its wrong logins; 0 is 20.
	CodesPerAddress int
	// Photos knows the photos that were sent; nil knows none.
	Photos Photos

	people   atomic.Pointer[identity.Store]
	accesses accesses
	security securityLog
	zones    zones
}

// Photos says whether a member's own photo of a punch is kept.
type Photos interface {
	Has(org, member domain.ID, file string) bool
}

// NewService joins a ledger and the directory that follows it.
func NewService(l *ledger.Ledger, d *directory.Directory) *Service {
	return &Service{Ledger: l, Directory: d}
}

// SetIdentity joins the identity store, once Postgres answers.
func (s *Service) SetIdentity(store *identity.Store) { s.people.Store(store) }

// Identity is the identity store; identity.ErrDown until it has joined.
func (s *Service) Identity() (*identity.Store, error) {
	if store := s.people.Load(); store != nil {
		return store, nil
	}
	return nil, identity.ErrDown
}

// problems collects what is wrong with a command of now.
func (s *Service) problems() domain.Problems {
	return domain.Problems{Today: domain.DateOf(s.Ledger.Clock(), time.UTC)}
}
