package people

import (
	"context"
	"net/netip"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/google/uuid"

	"github.com/dakahq/daka/commands/directory"
	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// Logins find the account behind what a person calls themselves.
type Logins struct {
	ledger    *ledger.Ledger
	directory *directory.Directory
}

// Visit is from where a person signs in. Nothing of it is kept in clear.
type Visit struct {
	Address netip.Addr
	// Agent is the device in a few words, such as "Chrome, Android".
	Agent string
	// Language is en or zh.
	Language string
	// Account and Session are who is signed in already, nil ids for nobody.
	Account, Session domain.ID
	// Device is the secret of the browser's own cookie, empty before it has one; Fresh is what it gets with this answer.
	Device, Fresh string
}

// asker is the browser of a visit; known says that it may be one on which the account's person has signed in.
func (v Visit) asker(ctx context.Context, store *identity.Store, account domain.ID) (identity.Asker, error) {
	a := identity.Asker{Device: v.Device, Fresh: v.Fresh, Address: v.Address}
	var err error
	if account != (domain.ID{}) {
		a.Known, err = store.Devices.Knows(ctx, v.Device, account)
	}
	return a, err
}

// SignedIn is a session that was just made; Token goes into the cookie and nowhere else.
type SignedIn struct {
	Token   string
	Session identity.Session
}

// Kinds of logins beside a phone number and an e-mail address.
const byNumber = "account"

// login is what a person calls themselves, and whose account it is.
type login struct {
	account identity.Account
	found   bool
	// kind and target name the code that may stand in the password's place.
	kind, target string
	// limit is what attempts are counted under.
	limit []byte
}

// find finds an account by phone, e-mail, number@handle or number@id; what cannot be read is only not found.
func (s *Logins) find(ctx context.Context, store *identity.Store, text string) (login, error) {
	text = norm.NFC.String(strings.TrimSpace(text))
	if !strings.Contains(text, "@") {
		return s.by(ctx, store, identity.Phone, text, domain.Phone)
	}
	l, err := s.by(ctx, store, identity.Email, text, domain.Email)
	if err != nil || l.found {
		return l, err
	}
	if id, known := s.holder(text); known {
		if l.account, l.found, err = store.Accounts.Get(ctx, id); err != nil || !l.found {
			return l, err
		}
		l.kind, l.target, l.limit = byNumber, id.String(), l.account.Phone
	}
	return l, nil
}

func (s *Logins) by(ctx context.Context, store *identity.Store, kind, text string, read func(string) (string, error)) (login, error) {
	target, err := read(text)
	if err != nil {
		target = cases.Fold().String(text)
	}
	l := login{kind: kind, target: target, limit: store.Name(kind, target)}
	l.account, l.found, err = store.Accounts.Find(ctx, kind, target)
	return l, err
}

// holder is the account of who has a number now in the organization of an id or a handle: 0042@acme.
func (s *Logins) holder(text string) (domain.ID, bool) {
	at := strings.LastIndex(text, "@")
	number, err := domain.Number(text[:at])
	org, named := s.named(text[at+1:])
	if err != nil || !named {
		return domain.ID{}, false
	}
	now := s.ledger.Clock()
	for _, h := range s.directory.Holders(org, number) {
		m, known := s.directory.Member(org, h.Member)
		if h.On(domain.DateOf(now, s.directory.Standing(org, h.Member, now).Zone)) && known && m.Account != nil && !s.directory.Ended(org, m, now) {
			return *m.Account, true
		}
	}
	return domain.ID{}, false
}

// named finds an organization by its id or its handle; its name is no sign-in name, for anybody may found one of the same name.
func (s *Logins) named(text string) (found domain.ID, known bool) {
	if id, err := uuid.Parse(text); err == nil {
		_, known = s.directory.Organization(id)
		return id, known
	}
	return s.directory.OrganizationByHandle(domain.FoldHandle(text))
}
