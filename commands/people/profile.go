package people

import (
	"context"

	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/wire"
)

// Profiles are what the streams of accounts say about people.
type Profiles struct {
	ledger *ledger.Ledger
}

// Profile is a person as their own stream tells, opened.
type Profile struct {
	Account  domain.ID
	Name     string
	Phone    string // E.164
	Email    string
	Avatar   string // the id of a file
	Language string // en, zh or empty
}

// Read reads a person's profile; account_not_found when there is none, or when it was erased.
func (s *Profiles) Read(ctx context.Context, account domain.ID) (Profile, error) {
	return s.readBut(ctx, account, domain.ID{})
}

// readBut reads a profile without what one command did to it.
func (s *Profiles) readBut(ctx context.Context, account, command domain.ID) (Profile, error) {
	st, events, err := ledger.FoldStream[domain.AccountState](ctx, s.ledger, domain.AccountStream(account))
	if err != nil {
		return Profile{}, err
	}
	if !st.Exists || st.Erased {
		return Profile{}, domain.Refuse("account_not_found", "there is no such account")
	}
	p := Profile{Account: account, Avatar: st.Avatar, Language: st.Language}
	for _, r := range events {
		if r.Metadata.CommandID == command {
			continue
		}
		e, err := wire.Reveal(r.Stream, r.ID, domain.ID{}, r.Event, s.ledger.Opener(ctx, r.Metadata.KeyID))
		if err != nil {
			return Profile{}, err
		}
		p.take(e)
	}
	return p, nil
}

func (p *Profile) take(event domain.Event) {
	switch e := event.(type) {
	case domain.AccountRegistered:
		open(&p.Name, e.Name)
		open(&p.Phone, e.Phone)
		open(&p.Email, e.Email)
	case domain.AccountChanged:
		open(&p.Name, e.Name)
		open(&p.Phone, e.Phone)
		open(&p.Email, e.Email)
	}
}

func open(to *string, from *domain.Sealed[string]) {
	if from != nil && from.Value != nil {
		*to = *from.Value
	}
}
