package commands

import (
	"context"
	"errors"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/commands/people"
	"github.com/dakahq/daka/domain"
)

// Rollback is what follows when the log was put back to an older copy.
type Rollback struct {
	ledger    *ledger.Ledger
	directory *directory.Directory
	identity  *people.Identity
}

// Declare writes that the ledger was put back to an older copy on purpose; it is written although all other writes are held. atLeast
// is the first epoch that the ledger's index has not had; one that was declared before, and not carried out, is not declared again. The epoch
// that begins is given.
func (s *Rollback) Declare(ctx context.Context, call ledger.Call, reason string, atLeast int) (epoch int, err error) {
	s.Forget()
	state, _, err := ledger.FoldStream[domain.InstallationState](ctx, s.ledger, domain.InstallationStream())
	if err != nil || state.Epoch >= atLeast {
		return state.Epoch, err
	}
	call.Org, call.Subject = domain.ID{}, state.Subject()
	_, err = ledger.Handle(ledger.PastHold(ctx), s.ledger, call, domain.InstallationStream(), func(st domain.InstallationState, _ domain.Instant) ([]domain.Event, error) {
		return st.DeclareRollback(reason, atLeast)
	})
	if err != nil {
		return 0, err
	}
	state, _, err = ledger.FoldStream[domain.InstallationState](ctx, s.ledger, domain.InstallationStream())
	return state.Epoch, err
}

// Forget drops what this process remembers of the log, which is another one than it was: heads of streams, and the directory.
func (s *Rollback) Forget() {
	s.ledger.Forget()
	s.directory.Again()
}

// ForgetUnwritten takes back the registrations that the ledger no longer has, after it was rolled back: the identity store is newer than it.
// Those people are signed out, and sign up again with the same number. It gives how many there were.
func (s *Rollback) ForgetUnwritten(ctx context.Context) (int, error) {
	store, err := s.identity.Store()
	if err != nil {
		return 0, err
	}
	accounts, err := store.Accounts.AllRegistered(ctx)
	if err != nil {
		return 0, err
	}
	gone := 0
	for _, account := range accounts {
		raws, err := s.ledger.Read(ctx, domain.AccountStream(account))
		if err != nil && !errors.Is(err, eventlog.ErrDeleted) {
			return gone, err
		}
		if err != nil || len(raws) > 0 {
			continue
		}
		if err := store.Accounts.Unregister(ctx, account); err != nil {
			return gone, err
		}
		gone++
	}
	return gone, nil
}
