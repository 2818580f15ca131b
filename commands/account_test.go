package commands_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/commands/people"
	"github.com/dakahq/daka/deploy/single/postgres/postgrestest"
	"github.com/dakahq/daka/domain"
)

// mailbox is a sender that keeps what it gets, or fails.
type mailbox struct {
	mu   sync.Mutex
	got  []people.Message
	fail error
}

func (m *mailbox) Send(_ context.Context, msg people.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail == nil {
		m.got = append(m.got, msg)
	}
	return m.fail
}

func (m *mailbox) all() []people.Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]people.Message(nil), m.got...)
}

// neighbourhood is a company whose people sign in.
type neighbourhood struct {
	*company
	store *identity.Store
	pool  *pgxpool.Pool
	box   *mailbox
}

func newNeighbourhood(t *testing.T) *neighbourhood {
	t.Helper()
	n := &neighbourhood{company: newCompany(t), box: &mailbox{}}
	var err error
	n.pool, err = pgxpool.New(context.Background(), postgrestest.Database(t))
	require.NoError(t, err)
	t.Cleanup(n.pool.Close)
	n.store, err = identity.Open(t.Context(), n.pool, n.keys, n.Directory, n.clock)
	require.NoError(t, err)
	n.join(n.Service)
	return n
}

// join gives a copy of the service the identity store and the mailbox, and sends its messages until the test ends.
func (n *neighbourhood) join(s *commands.Service) {
	s.Outbox.Sender, s.Codes.Numbers = n.box, []string{"+86"}
	s.Identity.Join(n.store)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); s.Outbox.Run(ctx, slog.New(slog.DiscardHandler)) }()
	n.t.Cleanup(func() { cancel(); <-done })
}

const zhang, li = "+8613800138001", "+8613800138002"

// here is a browser; each test machine has an address of its own.
func here(account, session domain.ID) people.Visit {
	return people.Visit{Address: netip.MustParseAddr("203.0.113.9"), Agent: "Chrome, Android", Language: "en", Account: account, Session: session}
}

var visitor = here(domain.ID{}, domain.ID{})

// code asks for a code and reads it.
func (n *neighbourhood) code(v people.Visit, req people.RequestCode) people.Message {
	n.t.Helper()
	before := len(n.codes())
	_, err := n.Codes.Request(n.t.Context(), v, req)
	require.NoError(n.t, err)
	require.Eventually(n.t, func() bool { return len(n.codes()) > before }, 20*time.Second, 5*time.Millisecond)
	return n.codes()[before]
}

// codes are the messages with a code; words about changes come between them.
func (n *neighbourhood) codes() []people.Message {
	return slices.DeleteFunc(n.box.all(), func(m people.Message) bool { return m.Code == "" })
}

func (n *neighbourhood) advance(d time.Duration) { n.set(n.clock().Add(d)) }

// founded is an organization of a name.
func (n *neighbourhood) founded(name string) domain.ID {
	n.t.Helper()
	call := n.call()
	call.Org = domain.ID{}
	r, err := n.Organizations.Create(n.t.Context(), call, commands.CreateOrganization{Name: name})
	require.NoError(n.t, err)
	return r.ID
}

// linked is a member of the organization with a number, whom an account holds.
func (n *neighbourhood) linked(number string, account domain.ID) {
	n.t.Helper()
	member := n.hire(number, nil)
	call := n.call()
	call.Subject = member
	_, err := ledger.Handle(n.t.Context(), n.Ledger, call, domain.MemberStream(n.org, member), func(domain.MemberState, domain.Instant) ([]domain.Event, error) {
		return []domain.Event{domain.MemberLinked{Account: account}}, nil
	})
	require.NoError(n.t, err)
}

func (n *neighbourhood) accountCall() ledger.Call {
	return ledger.Call{CommandID: v7(n.clock()), Method: "POST", Path: "/api/v1/auth/register", Body: []byte(`{}`)}
}

const goodPassword = "four green horses"

func (n *neighbourhood) register(phone string) domain.ID {
	n.t.Helper()
	m := n.code(visitor, people.RequestCode{Phone: phone, Purpose: "register"})
	r, in, err := n.Accounts.Register(n.t.Context(), n.accountCall(), visitor, people.Register{Phone: phone, Code: m.Code, Password: goodPassword, Name: "张三"})
	require.NoError(n.t, err)
	require.NotNil(n.t, in)
	require.Equal(n.t, r.ID, in.Session.Account)
	return r.ID
}

func refusal(t *testing.T, err error) *domain.Refusal {
	t.Helper()
	var r *domain.Refusal
	require.ErrorAs(t, err, &r)
	return r
}

func TestAProfileIsTheAccountsOwnStream(t *testing.T) {
	n := newNeighbourhood(t)
	account := n.register(zhang)
	p, err := n.Profiles.Read(t.Context(), account)
	require.NoError(t, err)
	require.Equal(t, people.Profile{Account: account, Name: "张三", Phone: zhang}, p)
	raws, err := n.log.Read(t.Context(), domain.AccountStream(account), 0, 0)
	require.NoError(t, err)
	require.Len(t, raws, 1)
	for _, secret := range []string{"张三", "13800138001", goodPassword} {
		require.NotContains(t, string(raws[0].Data)+string(raws[0].Metadata), secret)
	}
	require.NotContains(t, string(raws[0].Metadata), `"org"`)
	require.Contains(t, string(raws[0].Metadata), `"subject":"`+account.String()+`"`)
	_, err = n.Profiles.Read(t.Context(), uuid.New())
	require.Equal(t, "account_not_found", refusal(t, err).Code)
}

// TestARegistrationThatStopped ends a registration between the identity store and the ledger, and after the ledger.
func TestARegistrationThatStopped(t *testing.T) {
	n := newNeighbourhood(t)
	ctx, cancel := context.WithCancel(t.Context())
	dying := n.stopping(func([]domain.Recorded) { cancel() })
	n.join(dying)
	m := n.code(visitor, people.RequestCode{Phone: zhang, Purpose: "register"})
	first := n.accountCall()
	req := people.Register{Phone: zhang, Code: m.Code, Password: goodPassword}
	_, in, err := dying.Accounts.Register(ctx, first, visitor, req)
	require.Error(t, err, "the event is written, the password is not")
	require.Zero(t, *in)
	_, err = n.SignIns.SignIn(t.Context(), visitor, people.SignIn{Login: zhang, Password: goodPassword})
	require.Equal(t, "credentials_wrong", refusal(t, err).Code)
	r, in, err := n.Accounts.Register(t.Context(), first, visitor, req)
	require.NoError(t, err)
	require.True(t, r.Replay)
	require.NotEmpty(t, in.Token)
	_, err = n.SignIns.SignIn(t.Context(), visitor, people.SignIn{Login: zhang, Password: goodPassword})
	require.NoError(t, err, "the repeat finished it")

	stopped := uuid.New()
	holder, err := n.store.Accounts.Reserve(t.Context(), stopped, li) // and nothing more
	require.NoError(t, err)
	require.Equal(t, stopped, holder)
	m = n.code(visitor, people.RequestCode{Phone: li, Purpose: "register"})
	req = people.Register{Phone: li, Code: m.Code}
	call := n.accountCall()
	r, _, err = n.Accounts.Register(t.Context(), call, visitor, req)
	require.NoError(t, err)
	require.Equal(t, stopped, r.ID, "another command goes on where the first one stopped")
	again, _, err := n.Accounts.Register(t.Context(), call, visitor, req)
	require.NoError(t, err)
	require.True(t, again.Replay)
	require.Equal(t, r.Events, again.Events)

	n.advance(2 * time.Minute)
	m = n.code(visitor, people.RequestCode{Phone: li, Purpose: "register"})
	_, _, err = n.Accounts.Register(t.Context(), n.accountCall(), visitor, people.Register{Phone: li, Code: m.Code})
	require.Equal(t, "phone_taken", refusal(t, err).Code, "who can read the number learns that it has an account")
}

// TestSigningInByNumber signs in as 0042@handle or 0042@id; a name is no sign-in name, so that a stranger who founds one of the same name breaks nothing.
func TestSigningInByNumber(t *testing.T) {
	n := newNeighbourhood(t)
	account := n.register(zhang)
	n.org = n.founded("Straße GmbH")
	n.linked("0042", account)
	_, err := n.Organizations.Change(t.Context(), n.call(), commands.ChangeOrganization{Handle: ptr("strasse-2")})
	require.NoError(t, err)
	signIn := func(login string) error {
		in, err := n.SignIns.SignIn(t.Context(), visitor, people.SignIn{Login: login, Password: goodPassword})
		if err == nil {
			require.Equal(t, account, in.Session.Account)
		}
		return err
	}
	for _, login := range []string{"0042@" + n.org.String(), "0042@strasse-2", " 0042@STRASSE-2 ", zhang} {
		require.NoError(t, signIn(login), login)
	}
	for _, login := range []string{"42@strasse-2", "0042@strasse", "0042@Straße GmbH", "0042@" + uuid.NewString(), "0042@", "@strasse-2", "@", "", "0042"} {
		err := signIn(login)
		require.Contains(t, []string{"credentials_wrong", "invalid_request"}, refusal(t, err).Code, login)
	}
	m := n.code(visitor, people.RequestCode{Login: "0042@strasse-2", Purpose: "login"})
	require.Equal(t, zhang, m.To, "the code goes to the account's number")
	_, err = n.SignIns.SignIn(t.Context(), visitor, people.SignIn{Login: "0042@" + n.org.String(), Code: m.Code})
	require.NoError(t, err)

	other := n.org
	n.org = n.founded("Straße GmbH")
	require.NoError(t, signIn("0042@strasse-2"), "two organizations have that name")
	require.NoError(t, signIn("0042@"+other.String()))
}

// TestUnknownNumbers: they get no message, and each answer is that of a known number.
func TestUnknownNumbers(t *testing.T) {
	n := newNeighbourhood(t)
	n.Codes.PerAddress = 1 << 30
	n.register(zhang)
	known, err := n.Codes.Request(t.Context(), visitor, people.RequestCode{Phone: zhang, Purpose: "login"})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return len(n.box.all()) == 2 }, 20*time.Second, 5*time.Millisecond)
	const many = 300
	for i := range many {
		req := people.RequestCode{Phone: fmt.Sprintf("+86139%08d", i), Purpose: "login"}
		switch i % 3 {
		case 1:
			req = people.RequestCode{Email: fmt.Sprintf("nobody%d@example.org", i), Purpose: "reset"}
		case 2:
			req = people.RequestCode{Login: fmt.Sprintf("%d@Nowhere", i), Purpose: "login"}
		}
		sent, err := n.Codes.Request(t.Context(), visitor, req)
		require.NoError(t, err)
		require.Equal(t, known, sent)
	}
	require.Eventually(t, func() bool {
		var waiting int
		require.NoError(t, n.pool.QueryRow(t.Context(), "SELECT count(*) FROM identity.outbox").Scan(&waiting))
		return waiting == 0
	}, 20*time.Second, 20*time.Millisecond)
	require.Len(t, n.box.all(), 2)
	unknown, err1 := n.SignIns.SignIn(t.Context(), visitor, people.SignIn{Login: li, Password: "x"})
	wrong, err2 := n.SignIns.SignIn(t.Context(), visitor, people.SignIn{Login: zhang, Password: "x"})
	require.Equal(t, unknown, wrong)
	require.Equal(t, refusal(t, err1), refusal(t, err2))
}

func TestLimitsOfCodes(t *testing.T) {
	n := newNeighbourhood(t)
	ask := func(phone, purpose, address string) error {
		v := visitor
		v.Address = netip.MustParseAddr(address)
		_, err := n.Codes.Request(t.Context(), v, people.RequestCode{Phone: phone, Purpose: purpose})
		return err
	}
	refused := func(err error, code string, after time.Duration) {
		t.Helper()
		r := refusal(t, err)
		require.Equal(t, code, r.Code)
		require.Equal(t, after, r.RetryAfter)
	}
	limited := func(err error, after time.Duration) { t.Helper(); refused(err, "rate_limited", after) }
	require.NoError(t, ask(zhang, "register", "203.0.113.1"))
	limited(ask(zhang, "register", "203.0.113.2"), time.Minute)
	require.NoError(t, ask(zhang, "login", "203.0.113.2"), "another purpose may follow at once")
	for i := range 3 {
		n.advance(time.Minute)
		require.NoError(t, ask(zhang, "register", fmt.Sprintf("203.0.113.%d", 3+i)))
	}
	n.advance(time.Minute)
	limited(ask(zhang, "register", "203.0.113.1"), 56*time.Minute)
	n.advance(2 * time.Hour)
	for range 20 {
		require.NoError(t, ask("+8613900000"+fmt.Sprint(100+n.clock().Unix()%100), "register", "198.51.100.7"))
		n.advance(time.Second)
	}
	refused(ask(li, "register", "198.51.100.7"), "network_limited", time.Hour-20*time.Second)
	require.NoError(t, ask(li, "register", "198.51.100.8"))
	for _, phone := range []string{"+1 415 555 2671", "123"} {
		require.Contains(t, []string{"phone_not_supported", "phone_invalid"}, refusal(t, ask(phone, "register", "198.51.100.9")).Code)
	}
}

// TestATenantsCap: an organization's people cause three codes a day for each member, ten at least; beyond that nothing is sent and nothing said.
func TestATenantsCap(t *testing.T) {
	n := newNeighbourhood(t)
	account := n.register(zhang)
	n.org = n.founded("Acme")
	n.linked("1", account)
	key := n.store.Name("organization", n.org.String())
	for range 10 {
		require.NoError(t, n.store.Limits.Take(t.Context(), identity.Limit{Key: key, Most: 100, Within: time.Hour}))
	}
	before := len(n.box.all())
	sent, err := n.Codes.Request(t.Context(), visitor, people.RequestCode{Phone: zhang, Purpose: "login"})
	require.NoError(t, err)
	require.False(t, sent.Delayed)
	n.advance(25 * time.Hour)
	m := n.code(visitor, people.RequestCode{Phone: zhang, Purpose: "login"})
	require.Equal(t, "login", m.Purpose)
	require.Len(t, n.box.all(), before+1, "only the second was sent")
}

func TestWrongPasswordsAreLimited(t *testing.T) {
	n := newNeighbourhood(t)
	n.register(zhang)
	try := func(password string) error {
		_, err := n.SignIns.SignIn(t.Context(), visitor, people.SignIn{Login: zhang, Password: password})
		return err
	}
	for range 9 {
		require.Equal(t, "credentials_wrong", refusal(t, try("wrong")).Code)
	}
	require.NoError(t, try(goodPassword), "the right one clears the count")
	for range 10 {
		require.Equal(t, "credentials_wrong", refusal(t, try("wrong")).Code)
	}
	r := refusal(t, try(goodPassword))
	require.Equal(t, "rate_limited", r.Code)
	require.Equal(t, 15*time.Minute, r.RetryAfter)
	m := n.code(visitor, people.RequestCode{Phone: zhang, Purpose: "login"})
	_, err := n.SignIns.SignIn(t.Context(), visitor, people.SignIn{Login: zhang, Code: m.Code})
	require.NoError(t, err, "a code still lets the person in")
	n.advance(15 * time.Minute)
	require.NoError(t, try(goodPassword))
}

// TestManyPeopleBehindOneAddress: right passwords are never counted against an address.
func TestManyPeopleBehindOneAddress(t *testing.T) {
	n := newNeighbourhood(t)
	n.register(zhang)
	own := n.store.Place(visitor.Address)
	for range 58 { // as many wrong ones within the hour, without their work
		require.NoError(t, n.store.Limits.Take(t.Context(), identity.Limit{Key: n.store.Name("wrong logins", string(own)), Most: 60, Within: time.Hour}))
	}
	for range 5 {
		_, err := n.SignIns.SignIn(t.Context(), visitor, people.SignIn{Login: zhang, Password: goodPassword})
		require.NoError(t, err, "whoever signs in rightly is not counted")
	}
	for range 2 {
		_, err := n.SignIns.SignIn(t.Context(), visitor, people.SignIn{Login: li, Password: "wrong"})
		require.Equal(t, "credentials_wrong", refusal(t, err).Code)
	}
	_, err := n.SignIns.SignIn(t.Context(), visitor, people.SignIn{Login: zhang, Password: goodPassword})
	r := refusal(t, err)
	require.Equal(t, "network_limited", r.Code, "sixty wrong ones are an attack")
	require.Equal(t, "too many codes or wrong logins came from this network; wait as long as Retry-After says, or use another network, such as mobile data", r.Text)
	n.Codes.PerAddress = 21
	_, err = n.SignIns.SignIn(t.Context(), visitor, people.SignIn{Login: zhang, Password: goodPassword})
	require.NoError(t, err, "an office with more people is given more")
}

func TestPasswordsAreChanged(t *testing.T) {
	n := newNeighbourhood(t)
	ctx := t.Context()
	account := n.register(zhang)
	in, err := n.SignIns.SignIn(ctx, visitor, people.SignIn{Login: zhang, Password: goodPassword})
	require.NoError(t, err)
	me := here(account, in.Session.ID)
	const next = "five blue whales"
	for _, row := range []struct {
		name string
		v    people.Visit
		req  people.ChangePassword
		code string
	}{
		{"nobody", visitor, people.ChangePassword{Old: goodPassword, Password: next}, "unauthenticated"},
		{"a wrong old one", me, people.ChangePassword{Old: "wrong", Password: next}, "password_wrong"},
		{"a weak one", me, people.ChangePassword{Old: goodPassword, Password: "password123"}, "password_weak"},
		{"one's own number", me, people.ChangePassword{Old: goodPassword, Password: "13800138001"}, "password_weak"},
		{"a wrong code", visitor, people.ChangePassword{Phone: zhang, Code: "x", Password: next}, "code_wrong"},
		{"an unknown number", visitor, people.ChangePassword{Phone: li, Code: "123456", Password: next}, "code_wrong"},
	} {
		_, err := n.SignIns.ChangePassword(ctx, row.v, row.req)
		require.Equal(t, row.code, refusal(t, err).Code, row.name)
	}
	changed, err := n.SignIns.ChangePassword(ctx, me, people.ChangePassword{Old: goodPassword, Password: next})
	require.NoError(t, err)
	_, err = n.store.Sessions.Get(ctx, in.Token, n.clock())
	require.ErrorIs(t, err, identity.ErrNoSession, "the other sessions end")
	_, err = n.store.Sessions.Get(ctx, changed.Token, n.clock())
	require.NoError(t, err)

	m := n.code(visitor, people.RequestCode{Phone: zhang, Purpose: "reset"})
	reset, err := n.SignIns.ChangePassword(ctx, visitor, people.ChangePassword{Phone: zhang, Code: m.Code, Password: goodPassword})
	require.NoError(t, err)
	_, err = n.store.Sessions.Get(ctx, changed.Token, n.clock())
	require.ErrorIs(t, err, identity.ErrNoSession)
	_, err = n.store.Sessions.Get(ctx, reset.Token, n.clock())
	require.NoError(t, err)
	_, err = n.SignIns.ChangePassword(ctx, visitor, people.ChangePassword{Phone: zhang, Code: m.Code, Password: next})
	require.Equal(t, "code_wrong", refusal(t, err).Code, "a code is used once")
}

func TestAFirstPassword(t *testing.T) {
	n := newNeighbourhood(t)
	ctx := t.Context()
	m := n.code(visitor, people.RequestCode{Phone: zhang, Purpose: "register"})
	r, in, err := n.Accounts.Register(ctx, n.accountCall(), visitor, people.Register{Phone: zhang, Code: m.Code})
	require.NoError(t, err)
	me := here(r.ID, in.Session.ID)
	n.advance(10 * time.Minute)
	_, err = n.SignIns.ChangePassword(ctx, me, people.ChangePassword{Password: goodPassword})
	require.Equal(t, "step_up_required", refusal(t, err).Code, "a browser that was left open sets no password")
	m = n.code(visitor, people.RequestCode{Phone: zhang, Purpose: "login"})
	fresh, err := n.SignIns.SignIn(ctx, me, people.SignIn{Login: zhang, Code: m.Code})
	require.NoError(t, err)
	_, err = n.store.Sessions.Get(ctx, in.Token, n.clock())
	require.ErrorIs(t, err, identity.ErrNoSession, "signing in again takes the session's place")
	_, err = n.SignIns.ChangePassword(ctx, here(r.ID, fresh.Session.ID), people.ChangePassword{Password: goodPassword})
	require.NoError(t, err)
}

func TestTheProfileChanges(t *testing.T) {
	n := newNeighbourhood(t)
	ctx := t.Context()
	account := n.register(zhang)
	in, err := n.SignIns.SignIn(ctx, visitor, people.SignIn{Login: zhang, Password: goodPassword})
	require.NoError(t, err)
	me := here(account, in.Session.ID)
	change := func(req people.ChangeProfile) (ledger.Receipt, error) {
		call := n.accountCall()
		call.Subject, call.Actor = account, domain.Actor{Kind: domain.ActorAccount, ID: account.String()}
		return n.Accounts.ChangeProfile(ctx, call, me, req)
	}
	name, address, number, empty, zh := "Zhang San", "Zhang@Example.org", "138 0013 8009", "", "zh"
	_, err = change(people.ChangeProfile{Name: &name, Language: &zh})
	require.NoError(t, err)

	_, err = n.Codes.Request(ctx, visitor, people.RequestCode{Email: address, Purpose: "email"})
	require.Equal(t, "unauthenticated", refusal(t, err).Code)
	m := n.code(me, people.RequestCode{Email: address, Purpose: "email"})
	require.Equal(t, people.ChannelEmail, m.Channel)
	require.Equal(t, "zhang@example.org", m.To)
	_, err = change(people.ChangeProfile{Email: &address, EmailCode: "x"})
	require.Equal(t, "code_wrong", refusal(t, err).Code)
	_, err = change(people.ChangeProfile{Email: &address, EmailCode: m.Code})
	require.NoError(t, err)
	_, err = n.SignIns.SignIn(ctx, visitor, people.SignIn{Login: "ZHANG@example.org", Password: goodPassword})
	require.NoError(t, err)

	m = n.code(me, people.RequestCode{Phone: number, Purpose: "phone"})
	_, err = change(people.ChangeProfile{Phone: &number, PhoneCode: m.Code})
	require.NoError(t, err)
	p, err := n.Profiles.Read(ctx, account)
	require.NoError(t, err)
	require.Equal(t, people.Profile{Account: account, Name: name, Phone: "+8613800138009", Email: "zhang@example.org", Language: "zh"}, p)
	_, err = n.SignIns.SignIn(ctx, visitor, people.SignIn{Login: zhang, Password: goodPassword})
	require.Equal(t, "credentials_wrong", refusal(t, err).Code, "the old number is nobody's")

	m = n.code(visitor, people.RequestCode{Phone: li, Purpose: "register"})
	other, in2, err := n.Accounts.Register(ctx, n.accountCall(), visitor, people.Register{Phone: li, Code: m.Code})
	require.NoError(t, err)
	n.advance(2 * time.Minute)
	m = n.code(here(other.ID, in2.Session.ID), people.RequestCode{Email: "zhang@example.org", Purpose: "email"})
	call := n.accountCall()
	call.Subject, call.Actor = other.ID, domain.Actor{Kind: domain.ActorAccount, ID: other.ID.String()}
	_, err = n.Accounts.ChangeProfile(ctx, call, here(other.ID, in2.Session.ID), people.ChangeProfile{Email: &address, EmailCode: m.Code})
	require.Equal(t, "email_taken", refusal(t, err).Code)
	_, err = change(people.ChangeProfile{Email: &empty})
	require.NoError(t, err)
	_, err = n.SignIns.SignIn(ctx, visitor, people.SignIn{Login: address, Password: goodPassword})
	require.Equal(t, "credentials_wrong", refusal(t, err).Code)
}

// TestASenderThatFails: nothing is lost, the next one who asks is told, and the code is good once it came.
func TestASenderThatFails(t *testing.T) {
	n := newNeighbourhood(t)
	n.box.fail = errors.New("no route")
	sent, err := n.Codes.Request(t.Context(), visitor, people.RequestCode{Phone: zhang, Purpose: "register"})
	require.NoError(t, err)
	require.Contains(t, sent.Text, "arrives within a minute")
	tries := func() (tries int) {
		_ = n.pool.QueryRow(t.Context(), "SELECT coalesce(max(tries), 0) FROM identity.outbox WHERE due > $1 AND due < $2", n.clock(), n.clock().Add(25*time.Second)).Scan(&tries) // put back, not only taken out
		return tries
	}
	for want := range 2 {
		require.Eventually(t, func() bool { return tries() > want }, 20*time.Second, 10*time.Millisecond)
		n.advance(40 * time.Second)
	}
	zh := visitor
	zh.Language = "zh"
	require.Eventually(t, func() bool { return tries() > 2 }, 20*time.Second, 10*time.Millisecond)
	sent, err = n.Codes.Request(t.Context(), zh, people.RequestCode{Phone: li, Purpose: "register"})
	require.NoError(t, err)
	require.True(t, sent.Delayed)
	require.True(t, strings.HasPrefix(sent.Text, "短信或邮件目前发送较慢"), sent.Text)
	n.box.mu.Lock()
	n.box.fail = nil
	n.box.mu.Unlock()
	n.advance(5 * time.Minute)
	require.Eventually(t, func() bool { return len(n.box.all()) == 2 }, 20*time.Second, 10*time.Millisecond)
	for _, m := range n.box.all() {
		if m.To == zhang {
			_, _, err = n.Accounts.Register(t.Context(), n.accountCall(), visitor, people.Register{Phone: zhang, Code: m.Code})
			require.NoError(t, err)
			continue
		}
		require.Contains(t, m.Text, "【打卡】您的注册验证码是 "+m.Code)
	}
}

func TestWithoutTheIdentityStore(t *testing.T) {
	c := newCompany(t)
	_, err := c.SignIns.SignIn(t.Context(), visitor, people.SignIn{Login: zhang, Password: "x"})
	require.ErrorIs(t, err, identity.ErrDown)
	require.ErrorIs(t, c.Outbox.Send(t.Context(), people.Message{}), people.ErrNoSender)
	c.Outbox.Sender = &mailbox{}
	require.ErrorIs(t, c.Outbox.Send(t.Context(), people.Message{}), identity.ErrDown)
}
