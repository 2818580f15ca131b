package identity

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
)

// Accounts are who signs in, by HMACs of numbers and addresses.
type Accounts struct {
	*database
	sessions *Sessions
}

// Account is how a person signs in.
type Account struct {
	ID domain.ID
	// Phone is the HMAC of the number; see Store.Name.
	Phone []byte
	// Registered says that the ledger is known to have the account's stream.
	Registered bool
	// HasPassword says that a password was set.
	HasPassword bool
}

// Kinds of names by which an account is found.
const (
	Phone = "phone"
	Email = "email"
)

const accountColumns = "account, phone, registered, password IS NOT NULL"

func scanAccount(row pgx.Row) (a Account, found bool, err error) {
	err = row.Scan(&a.ID, &a.Phone, &a.Registered, &a.HasPassword)
	if errors.Is(err, pgx.ErrNoRows) {
		return Account{}, false, nil
	}
	return a, err == nil, said("find an account", err)
}

// Find gives the account that holds a number (E.164) or an e-mail address (as domain.Email gives it).
func (s *Accounts) Find(ctx context.Context, kind, value string) (Account, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	where := "phone"
	if kind == Email {
		where = "email"
	}
	return scanAccount(s.pool.QueryRow(ctx, "SELECT "+accountColumns+" FROM identity.accounts WHERE "+where+" = $1", s.Name(kind, value)))
}

// Get gives an account by its id.
func (s *Accounts) Get(ctx context.Context, id domain.ID) (Account, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return scanAccount(s.pool.QueryRow(ctx, "SELECT "+accountColumns+" FROM identity.accounts WHERE account = $1", id))
}

// Reserve gives a number to an account, unless another holds it; the holder is answered. ErrTaken when the account holds another number.
func (s *Accounts) Reserve(ctx context.Context, account domain.ID, number string) (holder domain.ID, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err = s.pool.QueryRow(ctx, `INSERT INTO identity.accounts (account, phone, made) VALUES ($1, $2, $3)
		ON CONFLICT (phone) DO UPDATE SET phone = excluded.phone RETURNING account`, account, s.Name(Phone, number), s.now()).Scan(&holder)
	if isTaken(err) {
		return holder, ErrTaken
	}
	return holder, said("reserve a number", err)
}

// Registered notes that the ledger has the account's stream.
func (s *Accounts) Registered(ctx context.Context, account domain.ID) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	_, err := s.pool.Exec(ctx, "UPDATE identity.accounts SET registered = true WHERE account = $1", account)
	return said("note a registration", err)
}

// AllRegistered lists the accounts whose streams the ledger had.
func (s *Accounts) AllRegistered(ctx context.Context) ([]domain.ID, error) {
	rows, err := s.pool.Query(ctx, "SELECT account FROM identity.accounts WHERE registered")
	if err != nil {
		return nil, said("list the registered accounts", err)
	}
	accounts, err := pgx.CollectRows(rows, pgx.RowTo[domain.ID])
	return accounts, said("list the registered accounts", err)
}

// Unregister takes a registration back and ends the account's sessions; its number stays reserved for who signs up with it.
func (s *Accounts) Unregister(ctx context.Context, account domain.ID) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if _, err := s.pool.Exec(ctx, "UPDATE identity.accounts SET registered = false, password = NULL, password_at = NULL WHERE account = $1", account); err != nil {
		return said("take a registration back", err)
	}
	_, err := s.sessions.EndAll(ctx, account, domain.ID{})
	return err
}

// SetPhone moves an account to another number (E.164); ErrTaken when another account holds it.
func (s *Accounts) SetPhone(ctx context.Context, account domain.ID, number string) error {
	return s.setName(ctx, "UPDATE identity.accounts SET phone = $2 WHERE account = $1", account, s.Name(Phone, number))
}

// SetEmail gives an account an address, or none when it is empty; ErrTaken when another account holds it.
func (s *Accounts) SetEmail(ctx context.Context, account domain.ID, address string) error {
	var name []byte
	if address != "" {
		name = s.Name(Email, address)
	}
	return s.setName(ctx, "UPDATE identity.accounts SET email = $2 WHERE account = $1", account, name)
}

func (s *Accounts) setName(ctx context.Context, statement string, account domain.ID, name []byte) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	_, err := s.pool.Exec(ctx, statement, account, name)
	if isTaken(err) {
		return ErrTaken
	}
	return said("keep a number or an address", err)
}
