package commands_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/commands/people"
	"github.com/dakahq/daka/domain"
)

// from is a browser without a cookie at an address.
func from(address string) people.Visit {
	return people.Visit{Address: netip.MustParseAddr(address), Agent: "Chrome, Android", Language: "en"}
}

func (n *neighbourhood) signIn(v people.Visit, password string) error {
	_, err := n.SignIns.SignIn(n.t.Context(), v, people.SignIn{Login: zhang, Password: password})
	return err
}

// TestStrangersShutNobodyOut: what strangers try wrongly holds neither the person's own device, also in their network, nor other networks.
func TestStrangersShutNobodyOut(t *testing.T) {
	n := newNeighbourhood(t)
	n.register(zhang)
	mine := from("203.0.113.9")
	mine.Fresh = identity.NewDevice()
	require.NoError(t, n.signIn(mine, goodPassword))
	mine.Device, mine.Fresh = mine.Fresh, ""
	for range 10 {
		require.Equal(t, "credentials_wrong", refusal(t, n.signIn(from("203.0.113.9"), "wrong")).Code)
	}
	require.Equal(t, "rate_limited", refusal(t, n.signIn(from("203.0.113.9"), goodPassword)).Code, "the network that guessed waits")
	require.NoError(t, n.signIn(mine, goodPassword), "the device does not")
	require.NoError(t, n.signIn(from("198.51.100.7"), goodPassword), "nor does another network")
	for i := range 12 {
		for range 9 {
			_ = n.signIn(from(fmt.Sprintf("192.0.2.%d", i)), "wrong")
		}
	}
	require.Equal(t, "rate_limited", refusal(t, n.signIn(from("198.51.100.8"), goodPassword)).Code, "all strangers together have a limit")
	require.NoError(t, n.signIn(mine, goodPassword))

	for i := range 10 { // and its codes are not used up by who asks for them
		_, _ = n.Codes.Request(t.Context(), from(fmt.Sprintf("192.0.2.%d", i)), people.RequestCode{Phone: zhang, Purpose: "login"})
		n.advance(time.Minute)
	}
	require.Equal(t, "rate_limited", refusal(t, second(n.Codes.Request(t.Context(), from("198.51.100.9"), people.RequestCode{Phone: zhang, Purpose: "login"}))).Code)
	_, err := n.Codes.Request(t.Context(), mine, people.RequestCode{Phone: zhang, Purpose: "login"})
	require.NoError(t, err)
	for range 9 {
		require.Equal(t, "credentials_wrong", refusal(t, n.signIn(mine, "wrong")).Code)
	}
	require.NoError(t, n.signIn(mine, goodPassword))
	for range 10 {
		require.Equal(t, "credentials_wrong", refusal(t, n.signIn(mine, "wrong")).Code)
	}
	require.Equal(t, 15*time.Minute, refusal(t, n.signIn(mine, goodPassword)).RetryAfter, "a device that was stolen guesses no more than others")
}

func second[T any](_ T, err error) error { return err }

// TestWrongLoginsOfOneHome: the many addresses that one home has of IPv6 are one network.
func TestWrongLoginsOfOneHome(t *testing.T) {
	n := newNeighbourhood(t)
	n.register(zhang)
	for i := range 10 {
		require.Equal(t, "credentials_wrong", refusal(t, n.signIn(from(fmt.Sprintf("2001:db8:1:%x::1", i)), "wrong")).Code)
	}
	require.Equal(t, "rate_limited", refusal(t, n.signIn(from("2001:db8:1:ff::1"), goodPassword)).Code)
	require.NoError(t, n.signIn(from("2001:db8:1:100::1"), goodPassword), "the next home is another network")
}

// TestAStolenSession: who has nothing but the session changes neither number, address nor password.
func TestAStolenSession(t *testing.T) {
	n := newNeighbourhood(t)
	ctx := t.Context()
	account := n.register(zhang)
	in, err := n.SignIns.SignIn(ctx, visitor, people.SignIn{Login: zhang, Password: goodPassword})
	require.NoError(t, err)
	me := here(account, in.Session.ID)
	n.advance(identity.StepUpLife)
	const theirs = "138 0013 8009"
	m := n.code(me, people.RequestCode{Phone: theirs, Purpose: "phone"})
	number, address := theirs, "thief@example.org"
	change := func(req people.ChangeProfile) error {
		call := n.accountCall()
		call.Subject, call.Actor = account, domain.Actor{Kind: domain.ActorAccount, ID: account.String()}
		return second(n.Accounts.ChangeProfile(ctx, call, me, req))
	}
	takeOver := people.ChangeProfile{Phone: &number, PhoneCode: m.Code}
	require.Equal(t, "step_up_required", refusal(t, change(takeOver)).Code)
	require.Equal(t, "step_up_required", refusal(t, change(people.ChangeProfile{Email: &address, EmailCode: "123456"})).Code)
	require.Equal(t, "step_up_required", refusal(t, second(n.SignIns.ChangePassword(ctx, me, people.ChangePassword{Password: "five blue whales swim"}))).Code)
	require.Equal(t, "password_wrong", refusal(t, second(n.SignIns.StepUp(ctx, me, people.StepUp{Password: "wrong"}))).Code)
	require.Equal(t, "code_wrong", refusal(t, second(n.SignIns.StepUp(ctx, me, people.StepUp{Code: m.Code}))).Code, "a code to the new number shows nothing")
	require.Equal(t, "invalid_request", refusal(t, second(n.SignIns.StepUp(ctx, me, people.StepUp{}))).Code)

	sent := n.code(me, people.RequestCode{Purpose: "step-up"})
	require.Equal(t, zhang, sent.To, "the code goes to the number that the account has")
	_, err = n.SignIns.StepUp(ctx, me, people.StepUp{Code: sent.Code})
	require.NoError(t, err)
	other, err := n.SignIns.SignIn(ctx, visitor, people.SignIn{Login: zhang, Password: goodPassword})
	require.NoError(t, err)
	before := len(n.box.all())
	require.NoError(t, change(takeOver))
	require.Eventually(t, func() bool { return len(n.box.all()) > before }, 20*time.Second, 5*time.Millisecond)
	told := n.box.all()[before]
	require.Equal(t, zhang, told.To, "the number before is told")
	require.Equal(t, "phone_changed", told.Purpose)
	require.True(t, strings.HasPrefix(told.Text, "daka: your account has moved to another phone number"), told.Text)
	_, err = n.store.Sessions.Get(ctx, other.Token, n.clock())
	require.ErrorIs(t, err, identity.ErrNoSession, "other sessions end")
	_, err = n.SignIns.ChangePassword(ctx, me, people.ChangePassword{Password: "five blue whales swim"})
	require.NoError(t, err, "within five minutes nothing is asked again")
}

// TestStepUpIsLimited: a stolen session does not guess the password, and uses up nobody else's tries.
func TestStepUpIsLimited(t *testing.T) {
	n := newNeighbourhood(t)
	ctx := t.Context()
	account := n.register(zhang)
	sessions := make([]people.Visit, 2)
	for i := range sessions {
		in, err := n.SignIns.SignIn(ctx, visitor, people.SignIn{Login: zhang, Password: goodPassword})
		require.NoError(t, err)
		sessions[i] = here(account, in.Session.ID)
	}
	for range 10 {
		require.Equal(t, "password_wrong", refusal(t, second(n.SignIns.StepUp(ctx, sessions[0], people.StepUp{Password: "wrong"}))).Code)
	}
	require.Equal(t, "rate_limited", refusal(t, second(n.SignIns.StepUp(ctx, sessions[0], people.StepUp{Password: goodPassword}))).Code)
	_, err := n.SignIns.StepUp(ctx, sessions[1], people.StepUp{Password: goodPassword})
	require.NoError(t, err)
}

// TestACodeByMailIsNoStepUp: it signs in, and shows nothing about the number.
func TestACodeByMailIsNoStepUp(t *testing.T) {
	n := newNeighbourhood(t)
	ctx := t.Context()
	account := n.register(zhang)
	require.NoError(t, n.store.Accounts.SetEmail(ctx, account, "z@example.org"))
	m := n.code(visitor, people.RequestCode{Email: "z@example.org", Purpose: "login"})
	in, err := n.SignIns.SignIn(ctx, visitor, people.SignIn{Login: "z@example.org", Code: m.Code})
	require.NoError(t, err)
	session, err := n.store.Sessions.Get(ctx, in.Token, n.clock())
	require.NoError(t, err)
	require.False(t, session.SteppedUp)
}

// TestAResetByMailIsNoStepUp: who reads the mail sets a new password, and has shown nothing about the number until the password is given again.
func TestAResetByMailIsNoStepUp(t *testing.T) {
	n := newNeighbourhood(t)
	ctx := t.Context()
	account := n.register(zhang)
	require.NoError(t, n.store.Accounts.SetEmail(ctx, account, "z@example.org"))
	stepped := func(in people.SignedIn) bool {
		session, err := n.store.Sessions.Get(ctx, in.Token, n.clock())
		require.NoError(t, err)
		return session.SteppedUp
	}
	m := n.code(visitor, people.RequestCode{Email: "z@example.org", Purpose: "reset"})
	byMail, err := n.SignIns.ChangePassword(ctx, visitor, people.ChangePassword{Email: "z@example.org", Code: m.Code, Password: "five blue whales swim"})
	require.NoError(t, err)
	require.False(t, stepped(byMail))
	again, err := n.SignIns.StepUp(ctx, here(account, byMail.Session.ID), people.StepUp{Password: "five blue whales swim"})
	require.NoError(t, err)
	require.True(t, stepped(people.SignedIn{Token: again.Token}))

	m = n.code(visitor, people.RequestCode{Phone: zhang, Purpose: "reset"})
	byPhone, err := n.SignIns.ChangePassword(ctx, visitor, people.ChangePassword{Phone: zhang, Code: m.Code, Password: goodPassword})
	require.NoError(t, err)
	require.True(t, stepped(byPhone), "a code to the number is a step-up")
}
