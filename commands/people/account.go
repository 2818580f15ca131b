package people

import (
	"context"
	"errors"

	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// Accounts are people, whatever organizations they belong to.
type Accounts struct {
	ledger   *ledger.Ledger
	identity *Identity
	security *Security
	outbox   *Outbox
	codes    *Codes
	signIns  *SignIns
}

// Register makes an account.
type Register struct {
	Phone string `json:"phone" maxLength:"64"`
	// Code was sent to the phone for the purpose register.
	Code string `json:"code" maxLength:"16"`
	// Password may be set later; the person then signs in with codes.
	Password string `json:"password,omitempty" maxLength:"1024"`
	Name     string `json:"name,omitempty" maxLength:"1000"`
	Language string `json:"language,omitempty" enum:"en,zh"`
}

// Register makes an account for who can read a phone's messages, and signs the person in. The receipt's id is the account's.
// A repeat signs in again only while its code is good.
func (s *Accounts) Register(ctx context.Context, call ledger.Call, v Visit, req Register) (ledger.Receipt, *SignedIn, error) {
	store, err := s.identity.Store()
	if err != nil {
		return ledger.Receipt{}, nil, err
	}
	e, number, err := s.registration(req)
	if err != nil {
		return ledger.Receipt{}, nil, err
	}
	if err := domain.CheckCommandID(call.CommandID); err != nil {
		return ledger.Receipt{}, nil, err
	}
	account := domain.ServerID("account", call.CommandID)
	who, err := v.asker(ctx, store, domain.ID{})
	if err != nil {
		return ledger.Receipt{}, nil, err
	}
	err = store.Codes.Redeem(ctx, identity.Answer{Kind: identity.Phone, Target: number, Purpose: PurposeRegister, Code: req.Code, Command: call.CommandID, Asker: who})
	if errors.Is(err, identity.ErrCode) {
		r, err := s.registeredBefore(ctx, call, account, e)
		return r, nil, err
	}
	if err != nil {
		return ledger.Receipt{}, nil, err
	}
	if e.Account, err = s.reserveAccount(ctx, store, call, account, number); err != nil {
		return ledger.Receipt{}, nil, err
	}
	r, err := s.writeAccount(ctx, call, e)
	if err != nil {
		return r, nil, err
	}
	in, err := s.welcome(ctx, store, v, e.Account, req.Password)
	s.security.Tried(ctx, v, e.Account, Registered, "", "", err)
	return r, &in, err
}

// welcome notes what the ledger has, keeps the password if there is one, and signs in.
func (s *Accounts) welcome(ctx context.Context, store *identity.Store, v Visit, account domain.ID, password string) (SignedIn, error) {
	if password != "" {
		if err := store.Passwords.Set(ctx, account, identity.Password(password)); err != nil {
			return SignedIn{}, err
		}
	}
	if err := store.Accounts.Registered(ctx, account); err != nil {
		return SignedIn{}, err
	}
	return s.signIns.begin(ctx, store, v, account, true)
}

// registration checks a request to register, without its code.
func (s *Accounts) registration(req Register) (e domain.AccountRegistered, number string, err error) {
	if number, err = s.codes.reachable(req.Phone); err != nil {
		return e, "", err
	}
	var p domain.Problems
	name := p.Text("/name", req.Name, false)
	e = domain.AccountRegistered{Name: domain.PrivateText(name), Phone: domain.Private(number), Language: req.Language}
	if err := p.Err(); err != nil {
		return e, "", err
	}
	if req.Password != "" {
		err = checkPassword("/password", req.Password, number, name)
	}
	return e, number, err
}

// checkPassword refuses a new password that is easily guessed.
func checkPassword(pointer, password string, about ...string) error {
	text := identity.PasswordProblem(identity.Password(password), about...)
	if text == "" {
		return nil
	}
	return &domain.Refusal{Code: "password_weak", Text: "the password " + text, Args: []any{text}, Fields: []domain.FieldProblem{{Pointer: pointer, Text: text}}}
}

func errCode() error {
	return domain.Refuse("code_wrong", "the code is wrong, was used or has expired; check it, or ask for a new one")
}

// registeredBefore answers a repeat whose code is used up; anything else had a wrong code.
func (s *Accounts) registeredBefore(ctx context.Context, call ledger.Call, account domain.ID, e domain.AccountRegistered) (ledger.Receipt, error) {
	st, _, err := ledger.FoldStream[domain.AccountState](ctx, s.ledger, domain.AccountStream(account))
	if err != nil {
		return ledger.Receipt{}, err
	}
	if !st.Exists {
		return ledger.Receipt{}, errCode()
	}
	e.Account = account
	return s.writeAccount(ctx, call, e)
}

// reserveAccount gives the number to the account. A number whose account was never written, because the command before stopped in
// between, goes on with that account.
func (s *Accounts) reserveAccount(ctx context.Context, store *identity.Store, call ledger.Call, account domain.ID, number string) (domain.ID, error) {
	holder, err := store.Accounts.Reserve(ctx, account, number)
	if errors.Is(err, identity.ErrTaken) {
		return holder, domain.Refuse("command_id_reused", "the command id %s was used for another request; make a new id", call.CommandID)
	}
	if err != nil || holder == account {
		return holder, err
	}
	_, events, err := ledger.FoldStream[domain.AccountState](ctx, s.ledger, domain.AccountStream(holder))
	if err != nil {
		return holder, err
	}
	if len(events) > 0 && events[0].Metadata.CommandID != call.CommandID {
		return holder, domain.Refuse("phone_taken", "there is an account with this number already; sign in with a code or the password")
	}
	return holder, nil
}

func (s *Accounts) writeAccount(ctx context.Context, call ledger.Call, e domain.AccountRegistered) (ledger.Receipt, error) {
	call.Org, call.Subject = domain.ID{}, e.Account
	call.Actor = domain.Actor{Kind: domain.ActorAccount, ID: e.Account.String()}
	r, err := ledger.HandleClient(ctx, s.ledger, call, domain.AccountStream(e.Account), func(st domain.AccountState, _ domain.Instant) ([]domain.Event, error) {
		return st.Register(e)
	})
	r.ID = e.Account
	return r, err
}

// ChangeProfile replaces the parts that are given; a new phone or e-mail needs a code that was sent to it. An empty e-mail takes it away.
type ChangeProfile struct {
	Name      *string `json:"name,omitempty" maxLength:"1000"`
	Phone     *string `json:"phone,omitempty" maxLength:"64"`
	PhoneCode string  `json:"phone_code,omitempty" maxLength:"16"`
	Email     *string `json:"email,omitempty" maxLength:"254"`
	EmailCode string  `json:"email_code,omitempty" maxLength:"16"`
	Language  *string `json:"language,omitempty" enum:"en,zh"`
	// Avatar is the id of a picture that was kept before; the API sets it.
	Avatar *string `json:"-"`
}

// ChangeProfile changes the profile of call.Subject; a new number or address is reserved first. It needs a step-up, ends the person's
// other sessions, and tells the number before.
func (s *Accounts) ChangeProfile(ctx context.Context, call ledger.Call, v Visit, req ChangeProfile) (ledger.Receipt, error) {
	store, err := s.identity.Store()
	if err != nil {
		return ledger.Receipt{}, err
	}
	e, err := s.profileChange(req)
	if err != nil {
		return ledger.Receipt{}, err
	}
	if req.Phone == nil && req.Email == nil {
		return s.writeProfile(ctx, call, e)
	}
	if err := s.signIns.steppedUp(ctx, store, v); err != nil {
		return ledger.Receipt{}, err
	}
	if err := s.moveNames(ctx, store, call, v, e, req); err != nil {
		return ledger.Receipt{}, err
	}
	r, err := s.writeProfile(ctx, call, e)
	if err == nil {
		err = s.moved(ctx, store, call, v, req)
	}
	return r, err
}

func (s *Accounts) writeProfile(ctx context.Context, call ledger.Call, e domain.AccountChanged) (ledger.Receipt, error) {
	r, err := ledger.HandleClient(ctx, s.ledger, call, domain.AccountStream(call.Subject), func(st domain.AccountState, _ domain.Instant) ([]domain.Event, error) {
		return st.Change(e)
	})
	r.ID = call.Subject
	return r, err
}

// moved ends the sessions that signed in by the number or address before, and tells that number.
func (s *Accounts) moved(ctx context.Context, store *identity.Store, call ledger.Call, v Visit, req ChangeProfile) error {
	if _, err := store.Sessions.EndAll(ctx, call.Subject, v.Session); err != nil {
		return err
	}
	if req.Phone != nil {
		s.outbox.tellChange(ctx, v, call.Subject, call.CommandID, PurposePhoneChanged)
		s.security.Tried(ctx, v, call.Subject, PhoneChanged, "", "", nil)
	}
	if req.Email != nil {
		s.outbox.tellChange(ctx, v, call.Subject, call.CommandID, PurposeEmailChanged)
		s.security.Tried(ctx, v, call.Subject, EmailChanged, "", "", nil)
	}
	return nil
}

// moveNames gives the account its new number and address.
func (s *Accounts) moveNames(ctx context.Context, store *identity.Store, call ledger.Call, v Visit, e domain.AccountChanged, req ChangeProfile) error {
	who, err := v.asker(ctx, store, domain.ID{})
	if err != nil {
		return err
	}
	if req.Phone != nil {
		a := identity.Answer{Kind: identity.Phone, Target: *e.Phone.Value, Purpose: PurposePhone, Account: call.Subject, Code: req.PhoneCode, Command: call.CommandID, Asker: who}
		if err := s.moveTo(ctx, store, call, a, store.Accounts.SetPhone); err != nil {
			return err
		}
	}
	if req.Email != nil {
		a := identity.Answer{Kind: identity.Email, Target: *e.Email.Value, Purpose: PurposeEmail, Account: call.Subject, Code: req.EmailCode, Command: call.CommandID, Asker: who}
		return s.moveTo(ctx, store, call, a, store.Accounts.SetEmail)
	}
	return nil
}

func (s *Accounts) profileChange(req ChangeProfile) (e domain.AccountChanged, err error) {
	var p domain.Problems
	e = domain.AccountChanged{Avatar: req.Avatar, Language: req.Language}
	if req.Name != nil {
		e.Name = domain.Private(p.Text("/name", *req.Name, false))
	}
	if err := p.Err(); err != nil {
		return e, err
	}
	if req.Phone != nil {
		number, err := s.codes.reachable(*req.Phone)
		if err != nil {
			return e, err
		}
		e.Phone = domain.Private(number)
	}
	if req.Email != nil {
		address := ""
		if *req.Email != "" {
			if address, err = domain.Email(*req.Email); err != nil {
				return e, err
			}
		}
		e.Email = domain.Private(address)
	}
	return e, nil
}

// moveTo takes a number or address that the person has shown to read. A repeat of the command whose code has gone meanwhile goes on.
func (s *Accounts) moveTo(ctx context.Context, store *identity.Store, call ledger.Call, a identity.Answer, set func(context.Context, domain.ID, string) error) error {
	err := error(nil)
	if a.Target != "" {
		err = store.Codes.Redeem(ctx, a)
	}
	if errors.Is(err, identity.ErrCode) {
		return s.knownCommand(ctx, call)
	}
	if err == nil {
		err = set(ctx, call.Subject, a.Target)
	}
	switch {
	case errors.Is(err, identity.ErrTaken) && a.Kind == identity.Email:
		return domain.Refuse("email_taken", "another account has this address; take it away there first")
	case errors.Is(err, identity.ErrTaken):
		return domain.Refuse("phone_taken", "there is an account with this number already; sign in with a code or the password")
	}
	return err
}

// knownCommand refuses with code_wrong, unless the ledger has the command already.
func (s *Accounts) knownCommand(ctx context.Context, call ledger.Call) error {
	_, events, err := ledger.FoldStream[domain.AccountState](ctx, s.ledger, domain.AccountStream(call.Subject))
	if err != nil {
		return err
	}
	for _, e := range events {
		if e.Metadata.CommandID == call.CommandID {
			return nil
		}
	}
	return errCode()
}
