package people

import (
	"sync/atomic"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/commands/ledger"
)

// People are the use cases about people rather than organizations.
type People struct {
	Identity *Identity
	Profiles *Profiles
	Outbox   *Outbox
	Security *Security
	Codes    *Codes
	SignIns  *SignIns
	Accounts *Accounts
}

// New joins a ledger and the directory that follows it; the identity store joins later.
func New(l *ledger.Ledger, d *directory.Directory) People {
	p := People{Identity: &Identity{}, Profiles: &Profiles{ledger: l}}
	logins := &Logins{ledger: l, directory: d}
	p.Security = &Security{ledger: l, directory: d, identity: p.Identity}
	p.Outbox = &Outbox{ledger: l, identity: p.Identity, profiles: p.Profiles}
	p.Codes = &Codes{directory: d, identity: p.Identity, security: p.Security, logins: logins}
	p.SignIns = &SignIns{
		ledger: l, directory: d, identity: p.Identity, profiles: p.Profiles, security: p.Security, outbox: p.Outbox, logins: logins, codes: p.Codes,
	}
	p.Accounts = &Accounts{ledger: l, identity: p.Identity, security: p.Security, outbox: p.Outbox, codes: p.Codes, signIns: p.SignIns}
	return p
}

// Identity is the identity store, which joins once Postgres answers.
type Identity struct {
	store atomic.Pointer[identity.Store]
}

// Join joins the identity store.
func (s *Identity) Join(store *identity.Store) { s.store.Store(store) }

// Store is the identity store; identity.ErrDown until it has joined.
func (s *Identity) Store() (*identity.Store, error) {
	if store := s.store.Load(); store != nil {
		return store, nil
	}
	return nil, identity.ErrDown
}
