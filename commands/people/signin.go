package people

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// SignIns make sessions, and change what they are made by.
type SignIns struct {
	ledger    *ledger.Ledger
	directory *directory.Directory
	identity  *Identity
	profiles  *Profiles
	security  *Security
	outbox    *Outbox
	logins    *Logins
	codes     *Codes
}

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
func (s *SignIns) SignIn(ctx context.Context, v Visit, req SignIn) (SignedIn, error) {
	store, err := s.identity.Store()
	if err != nil {
		return SignedIn{}, err
	}
	if given(req.Login) != 1 || given(req.Password)+given(req.Code) != 1 {
		return SignedIn{}, domain.Refuse("invalid_request", "give a login and either a password or a code")
	}
	l, err := s.logins.find(ctx, store, req.Login)
	if err != nil {
		return SignedIn{}, err
	}
	in, err := s.signInBy(ctx, store, v, l, req)
	s.security.Tried(ctx, v, l.account.ID, SignInDone, SignInFailed, map[bool]string{true: "password", false: "code"}[req.Code == ""], err)
	return in, err
}

func (s *SignIns) signInBy(ctx context.Context, store *identity.Store, v Visit, l login, req SignIn) (SignedIn, error) {
	who, err := v.asker(ctx, store, l.account.ID)
	if err != nil {
		return SignedIn{}, err
	}
	good, err := s.proves(ctx, store, who, l, req)
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
		return SignedIn{}, errCredentials()
	}
	return s.begin(ctx, store, v, l.account.ID, req.Code == "" || l.kind != identity.Email)
}

// wrongLimits are those on wrong passwords, or on wrong codes; neither kind uses up the other's. A device on which the person has signed in before has its own. Strangers are counted
// by login and network together, with growing delays; all strangers of a login together; and, shared, all logins of a network.
func (s *SignIns) wrongLimits(store *identity.Store, who identity.Asker, l login, what string) (own, shared []identity.Limit) {
	if who.Known {
		return []identity.Limit{{Key: store.Name(what+" at a device", string(l.limit)+who.Device), Most: wrongLogins, Within: wrongWithin, Grows: true}}, nil
	}
	place := store.Place(who.Address)
	own = []identity.Limit{
		{Key: store.Name(what+" from a place", string(l.limit)+string(place)), Most: wrongLogins, Within: wrongWithin, Grows: true},
		{Key: store.Name(what, string(l.limit)), Most: wrongByStrangers, Within: hour},
	}
	return own, []identity.Limit{{Key: store.Name("wrong logins", string(place)), Most: wrongPerCode * s.codes.fromAnAddress(), Within: hour, Shared: true}}
}

// proves says whether the password or the code is the account's.
func (s *SignIns) proves(ctx context.Context, store *identity.Store, who identity.Asker, l login, req SignIn) (bool, error) {
	if req.Code == "" {
		own, shared := s.wrongLimits(store, who, l, "password")
		return s.isPassword(ctx, store, l.account.ID, req.Password, own, shared)
	}
	own, shared := s.wrongLimits(store, who, l, "code")
	a := identity.Answer{Kind: l.kind, Target: l.target, Purpose: PurposeLogin, Code: req.Code, Asker: who, Limits: append(own, shared...)}
	err := store.Codes.Redeem(ctx, a)
	if errors.Is(err, identity.ErrCode) {
		return false, nil
	}
	return err == nil && l.found, err
}

// isPassword counts a try against its own limits before it looks, so that many at once do not pass them, and clears them when it is right.
// Against shared limits only wrong ones count: a whole company signs in from one network at nine.
func (s *SignIns) isPassword(ctx context.Context, store *identity.Store, account domain.ID, password string, own, shared []identity.Limit) (bool, error) {
	if err := store.Limits.Peek(ctx, shared...); err != nil {
		return false, err
	}
	if err := store.Limits.Take(ctx, own...); err != nil {
		return false, err
	}
	good, err := store.Passwords.Check(ctx, account, identity.Password(password))
	if err != nil {
		return false, err
	}
	if !good {
		return false, store.Limits.Take(ctx, shared...)
	}
	for _, l := range own {
		err = errors.Join(err, store.Limits.Clear(ctx, l.Key))
	}
	return true, err
}

// isAccount says whether a reservation became an account; a registration that stopped before it was noted is noted now.
func (s *SignIns) isAccount(ctx context.Context, store *identity.Store, a identity.Account) (bool, error) {
	if a.Registered {
		return true, nil
	}
	st, _, err := ledger.FoldStream[domain.AccountState](ctx, s.ledger, domain.AccountStream(a.ID))
	if err != nil || !st.Exists || st.Erased {
		return false, err
	}
	return true, store.Accounts.Registered(ctx, a.ID)
}

// begin makes a session in the place of the one before (rotation), and knows the device from now on. Proven is what Store.SignIn says.
func (s *SignIns) begin(ctx context.Context, store *identity.Store, v Visit, account domain.ID, proven bool) (SignedIn, error) {
	if v.Session != (domain.ID{}) {
		if _, err := store.Sessions.End(ctx, v.Account, v.Session); err != nil {
			return SignedIn{}, err
		}
	}
	token, session, err := store.Sessions.Make(ctx, account, v.Agent, proven)
	if device := v.Device + v.Fresh; err == nil && device != "" {
		err = store.Devices.Know(ctx, device, account)
	}
	return SignedIn{Token: token, Session: session}, err
}

// ChangePassword sets a new password, by a code (purpose reset) or, signed in, by the old one or after a step-up.
type ChangePassword struct {
	Phone    string `json:"phone,omitempty" maxLength:"64"`
	Email    string `json:"email,omitempty" maxLength:"254"`
	Login    string `json:"login,omitempty" maxLength:"300" doc:"number@handle"`
	Code     string `json:"code,omitempty" maxLength:"16"`
	Old      string `json:"old,omitempty" maxLength:"1024"`
	Password string `json:"password" maxLength:"1024"`
}

// ChangePassword sets a password, ends every session of the person, tells the number, and gives a new session. Devices are strangers from
// then on, but the one that asks.
func (s *SignIns) ChangePassword(ctx context.Context, v Visit, req ChangePassword) (SignedIn, error) {
	store, err := s.identity.Store()
	if err != nil {
		return SignedIn{}, err
	}
	if err := checkPassword("/password", req.Password); err != nil {
		return SignedIn{}, err
	}
	account, proven, err := s.mayChange(ctx, store, v, req)
	if err != nil {
		s.security.Tried(ctx, v, v.Account, "", CodeFailed, PurposeReset, err)
		return SignedIn{}, err
	}
	if err := store.Passwords.Set(ctx, account, identity.Password(req.Password)); err != nil {
		return SignedIn{}, err
	}
	if _, err := store.Sessions.EndAll(ctx, account, domain.ID{}); err != nil {
		return SignedIn{}, err
	}
	if err := store.Devices.Forget(ctx, account); err != nil {
		return SignedIn{}, err
	}
	s.outbox.tellChange(ctx, v, account, uuid.New(), PurposePasswordChanged)
	s.security.Tried(ctx, v, account, PasswordChanged, "", "", nil)
	v.Session = domain.ID{}
	return s.begin(ctx, store, v, account, proven)
}

// mayChange gives whose password is changed, and whether it was shown that it is their person: a code by e-mail alone is no step-up.
func (s *SignIns) mayChange(ctx context.Context, store *identity.Store, v Visit, req ChangePassword) (account domain.ID, proven bool, err error) {
	if req.Phone != "" || req.Email != "" || req.Login != "" {
		return s.byReset(ctx, store, v, req)
	}
	if v.Account == (domain.ID{}) {
		return v.Account, false, domain.Refuse("unauthenticated", "sign in and give the old password, or give a phone or e-mail and the code that was sent there")
	}
	p, err := s.profiles.Read(ctx, v.Account)
	if err != nil {
		return v.Account, false, err
	}
	if err := checkPassword("/password", req.Password, append(s.companies(v.Account), p.Phone, p.Name, p.Email)...); err != nil {
		return v.Account, false, err
	}
	if req.Old == "" {
		return v.Account, true, s.steppedUp(ctx, store, v)
	}
	return v.Account, true, s.ownPassword(ctx, store, v, req.Old)
}

// companies are the names of the organizations that an account belongs to.
func (s *SignIns) companies(account domain.ID) (names []string) {
	for _, m := range s.directory.Memberships(account) {
		if o, known := s.directory.Organization(m.Org); known {
			names = append(names, o.Name)
		}
	}
	return names
}

// byReset gives the account behind a reset code; it is told before the password is compared with number or address, so that nobody learns of an account.
func (s *SignIns) byReset(ctx context.Context, store *identity.Store, v Visit, req ChangePassword) (account domain.ID, proven bool, err error) {
	l, m, err := s.codes.addressee(ctx, store, RequestCode{Phone: req.Phone, Email: req.Email, Login: req.Login, Purpose: PurposeReset})
	if err != nil {
		return domain.ID{}, false, err
	}
	if err := checkPassword("/password", req.Password, m.To); err != nil {
		return domain.ID{}, false, err
	}
	who, err := v.asker(ctx, store, l.account.ID)
	if err != nil {
		return domain.ID{}, false, err
	}
	own, shared := s.wrongLimits(store, who, l, "code")
	err = store.Codes.Redeem(ctx, identity.Answer{Kind: l.kind, Target: l.target, Purpose: PurposeReset, Code: req.Code, Asker: who, Limits: append(own, shared...)})
	if errors.Is(err, identity.ErrCode) || err == nil && !l.found {
		return domain.ID{}, false, errCode()
	}
	if err != nil {
		return domain.ID{}, false, err
	}
	good, err := s.isAccount(ctx, store, l.account)
	if err == nil && !good {
		err = errCode()
	}
	return l.account.ID, l.kind != identity.Email, err
}
