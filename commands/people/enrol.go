package people

import (
	"context"

	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// Enrol makes an account for somebody whose phone number needs no proof: the people of the sample company, who have no phone.
type Enrol struct {
	Phone, Name, Password, Language string
}

// Enrol makes the account, and gives it the password unless it has one. No route leads here. The receipt's id is the account's.
func (s *Accounts) Enrol(ctx context.Context, call ledger.Call, req Enrol) (ledger.Receipt, error) {
	store, err := s.identity.Store()
	if err != nil {
		return ledger.Receipt{}, err
	}
	e, number, err := s.registration(Register{Phone: req.Phone, Name: req.Name, Password: req.Password, Language: req.Language})
	if err != nil {
		return ledger.Receipt{}, err
	}
	if e.Account, err = s.reserveAccount(ctx, store, call, domain.ServerID("account", call.CommandID), number); err != nil {
		return ledger.Receipt{}, err
	}
	r, err := s.writeAccount(ctx, call, e)
	if err != nil {
		return r, err
	}
	known, _, err := store.Accounts.Get(ctx, e.Account)
	if err != nil {
		return r, err
	}
	if !known.HasPassword {
		if err := store.Passwords.Set(ctx, e.Account, req.Password); err != nil {
			return r, err
		}
	}
	return r, store.Accounts.Registered(ctx, e.Account)
}
