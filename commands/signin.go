package commands

import (
	"context"
	"errors"
	"time"

	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/domain"
)

// SignIn is a login with either the password or a code.
type SignIn struct {
	Login    string
	Password string
	Code     string
}

func errCredentials() error {
	return domain.Refuse("credentials_wrong", "the login, or the password or code, is wrong; check both, ask for a code, or set a new password")
}

// SignIn makes a session; whatever is wrong is answered with credentials_wrong, after the same work.
func (s *Service) SignIn(ctx context.Context, v Visit, req SignIn) (SignedIn, error) {
	store, err := s.Identity()
	if err != nil {
		return SignedIn{}, err
	}
	if given(req.Login) != 1 || given(req.Password)+given(req.Code) != 1 {
		return SignedIn{}, domain.Refuse("invalid_request", "give a login and either a password or a code")
	}
	l, err := s.login(ctx, store, req.Login)
	if err != nil {
		return SignedIn{}, err
	}
	own, _ := store.Networks(v.Address)
	place := identity.Limit{Key: store.Name("wrong logins", string(own)), Most: wrongPerCode * s.fromAnAddress(), Within: hour, Shared: true}
	if err := store.Peek(ctx, place); err != nil {
		return SignedIn{}, err
	}
	good, err := s.proves(ctx, store, l, req)
	if err != nil {
		return SignedIn{}, err
	}
	if good {
		good, err = s.isAccount(ctx, store, l.account)
	}
	switch {
	case err != nil:
		return SignedIn{}, err
	case !good:
		return SignedIn{}, errors.Join(store.Take(ctx, place), errCredentials())
	}
	return s.signIn(ctx, store, v, l.account.ID)
}

// proves says whether the password or the code is the account's. Wrong passwords are limited by account, codes by themselves and by the brake.
func (s *Service) proves(ctx context.Context, store *identity.Store, l login, req SignIn) (bool, error) {
	if req.Code != "" {
		err := store.Redeem(ctx, identity.Answer{Kind: l.kind, Target: l.target, Purpose: PurposeLogin, Code: req.Code})
		if errors.Is(err, identity.ErrCode) {
			return false, nil
		}
		return err == nil && l.found, err
	}
	tries := identity.Limit{Key: store.Name("password", string(l.limit)), Most: wrongLogins, Within: wrongWithin}
	if err := store.Take(ctx, tries); err != nil {
		return false, err
	}
	good, err := store.CheckPassword(ctx, l.account.ID, identity.Password(req.Password))
	if err == nil && good {
		err = store.Clear(ctx, tries.Key)
	}
	return good, err
}

// isAccount says whether a reservation became an account; a registration that stopped before it was noted is noted now.
func (s *Service) isAccount(ctx context.Context, store *identity.Store, a identity.Account) (bool, error) {
	if a.Registered {
		return true, nil
	}
	st, _, err := peek[domain.AccountState](ctx, s.Ledger, domain.AccountStream(a.ID))
	if err != nil || !st.Exists || st.Erased {
		return false, err
	}
	return true, store.Registered(ctx, a.ID)
}

// signIn makes a session in the place of the one before (rotation).
func (s *Service) signIn(ctx context.Context, store *identity.Store, v Visit, account domain.ID) (SignedIn, error) {
	if v.Session != (domain.ID{}) {
		if _, err := store.EndSession(ctx, v.Account, v.Session); err != nil {
			return SignedIn{}, err
		}
	}
	token, session, err := store.SignIn(ctx, account, v.Agent)
	return SignedIn{Token: token, Session: session}, err
}

// ChangePassword sets a new password, by a code (purpose reset) or, signed in, by the old one.
type ChangePassword struct {
	Phone    string `json:"phone,omitempty" maxLength:"64"`
	Email    string `json:"email,omitempty" maxLength:"254"`
	Login    string `json:"login,omitempty" maxLength:"300" doc:"number@organization"`
	Code     string `json:"code,omitempty" maxLength:"16"`
	Old      string `json:"old,omitempty" maxLength:"1024"`
	Password string `json:"password" maxLength:"1024"`
}

// firstPassword is how fresh a session must be to set a first password without a code.
const firstPassword = 10 * time.Minute

// ChangePassword sets a password, ends every session of the person, and gives a new one.
func (s *Service) ChangePassword(ctx context.Context, v Visit, req ChangePassword) (SignedIn, error) {
	store, err := s.Identity()
	if err != nil {
		return SignedIn{}, err
	}
	if err := checkPassword("/password", req.Password); err != nil {
		return SignedIn{}, err
	}
	account, err := s.mayChange(ctx, store, v, req)
	if err != nil {
		return SignedIn{}, err
	}
	if err := store.SetPassword(ctx, account, identity.Password(req.Password)); err != nil {
		return SignedIn{}, err
	}
	if _, err := store.EndSessions(ctx, account, domain.ID{}); err != nil {
		return SignedIn{}, err
	}
	v.Session = domain.ID{}
	return s.signIn(ctx, store, v, account)
}

// mayChange gives whose password is changed.
func (s *Service) mayChange(ctx context.Context, store *identity.Store, v Visit, req ChangePassword) (domain.ID, error) {
	if req.Phone != "" || req.Email != "" || req.Login != "" {
		return s.byReset(ctx, store, req)
	}
	if v.Account == (domain.ID{}) {
		return v.Account, domain.Refuse("unauthenticated", "sign in and give the old password, or give a phone or e-mail and the code that was sent there")
	}
	p, err := s.Profile(ctx, v.Account)
	if err != nil {
		return v.Account, err
	}
	if err := checkPassword("/password", req.Password, p.Phone, p.Name, p.Email); err != nil {
		return v.Account, err
	}
	return v.Account, s.knowsOld(ctx, store, v, req.Old)
}

// byReset gives the account behind a reset code; it is told before the password is compared with number or address, so that nobody learns of an account.
func (s *Service) byReset(ctx context.Context, store *identity.Store, req ChangePassword) (domain.ID, error) {
	l, m, err := s.addressee(ctx, store, RequestCode{Phone: req.Phone, Email: req.Email, Login: req.Login, Purpose: PurposeReset})
	if err != nil {
		return domain.ID{}, err
	}
	if err := checkPassword("/password", req.Password, m.To); err != nil {
		return domain.ID{}, err
	}
	err = store.Redeem(ctx, identity.Answer{Kind: l.kind, Target: l.target, Purpose: PurposeReset, Code: req.Code})
	if errors.Is(err, identity.ErrCode) || err == nil && !l.found {
		return domain.ID{}, errCode()
	}
	if err != nil {
		return domain.ID{}, err
	}
	good, err := s.isAccount(ctx, store, l.account)
	if err == nil && !good {
		err = errCode()
	}
	return l.account.ID, err
}

// knowsOld checks the old password; who never had one must have signed in a moment ago.
func (s *Service) knowsOld(ctx context.Context, store *identity.Store, v Visit, old string) error {
	a, _, err := store.Account(ctx, v.Account)
	if err != nil {
		return err
	}
	if !a.HasPassword {
		return s.freshly(ctx, store, v)
	}
	tries := identity.Limit{Key: store.Name("password", string(a.Phone)), Most: wrongLogins, Within: wrongWithin}
	if err := store.Take(ctx, tries); err != nil {
		return err
	}
	good, err := store.CheckPassword(ctx, v.Account, identity.Password(old))
	if err == nil && !good {
		err = domain.Refuse("password_wrong", "the old password is wrong; if you forgot it, sign out and set a new one with a code")
	}
	return err
}

func (s *Service) freshly(ctx context.Context, store *identity.Store, v Visit) error {
	sessions, err := store.Sessions(ctx, v.Account)
	if err != nil {
		return err
	}
	for _, x := range sessions {
		if x.ID == v.Session && s.Ledger.clock().Sub(x.Made) < firstPassword {
			return nil
		}
	}
	return domain.Refuse("sign_in_again", "sign in again with a code, then set the password within ten minutes")
}
