package identity_test

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/domain"
)

// guess is an answer to a code that this network address asked for.
func guess(i int, code string) identity.Answer {
	a := answer("login", code)
	a.Target, a.Asker.Address = fmt.Sprintf("+86138%08d", i), netip.AddrFrom4([4]byte{byte(11 + i>>16), byte(i >> 8), byte(i), 9})
	return a
}

// alive makes a code that the guess is at; it is never right.
func (w *town) alive(s *identity.Store, a identity.Answer) {
	w.t.Helper()
	q := issue(a.Purpose)
	q.Target, q.Asker, q.Decoy = a.Target, a.Asker, true
	_, err := s.Codes.Issue(w.t.Context(), q)
	require.NoError(w.t, err)
}

func refused(t *testing.T, err error, code string) *domain.Refusal {
	t.Helper()
	var refusal *domain.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, code, refusal.Code)
	return refusal
}

// TestOneAddressPullsNoBrake: a stranger guesses as much as they like from one neighbourhood, at codes that are alive and at none.
func TestOneAddressPullsNoBrake(t *testing.T) {
	w := newTown(t)
	s, ctx := w.copy(w.pool), t.Context()
	for i := range 300 {
		a := guess(0, "no")
		a.Target = fmt.Sprintf("+86138%08d", i)
		if i < 100 {
			w.alive(s, a)
		}
		require.ErrorIs(t, s.Codes.Redeem(ctx, a), identity.ErrCode, "guess %d", i)
	}
	q := issue("login")
	q.Asker.Address = netip.MustParseAddr("198.51.100.7")
	_, err := s.Codes.Issue(ctx, q)
	require.NoError(t, err)
	code, letter := codeOf(t, s)
	require.NoError(t, s.Outbox.Sent(ctx, letter))
	a := answer("login", code)
	a.Asker = q.Asker
	require.NoError(t, s.Codes.Redeem(ctx, a), "nobody else's codes rest")
}

// TestNobodyUsesUpAnothersCode: guesses from elsewhere neither count against a code nor find it, however right they are.
func TestNobodyUsesUpAnothersCode(t *testing.T) {
	for name, row := range map[string]struct {
		asks, answers identity.Asker
		good          bool
	}{
		"the same network":                        {identity.Asker{Address: netip.MustParseAddr("203.0.113.9")}, identity.Asker{Address: netip.MustParseAddr("203.0.113.9")}, true},
		"the device that it was given":            {identity.Asker{Address: netip.MustParseAddr("203.0.113.9"), Fresh: "d"}, identity.Asker{Address: netip.MustParseAddr("198.51.100.7"), Device: "d"}, true},
		"its own device, elsewhere":               {identity.Asker{Address: netip.MustParseAddr("203.0.113.9"), Device: "d"}, identity.Asker{Address: netip.MustParseAddr("198.51.100.7"), Device: "d"}, true},
		"the same /56":                            {identity.Asker{Address: netip.MustParseAddr("2001:db8::1")}, identity.Asker{Address: netip.MustParseAddr("2001:db8:0:ff::2")}, true},
		"another network":                         {identity.Asker{Address: netip.MustParseAddr("203.0.113.9")}, identity.Asker{Address: netip.MustParseAddr("203.0.113.10")}, false},
		"a stranger in the network of the device": {identity.Asker{Address: netip.MustParseAddr("203.0.113.9"), Device: "d"}, identity.Asker{Address: netip.MustParseAddr("203.0.113.9")}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTown(t)
			s, ctx := w.copy(w.pool), t.Context()
			q := issue("login")
			q.Asker = row.asks
			_, err := s.Codes.Issue(ctx, q)
			require.NoError(t, err)
			code, letter := codeOf(t, s)
			require.NoError(t, s.Outbox.Sent(ctx, letter))
			stranger := answer("login", "no")
			stranger.Asker = identity.Asker{Address: netip.MustParseAddr("192.0.2.1"), Device: "other"}
			for range 3 * identity.CodeTries {
				require.ErrorIs(t, s.Codes.Redeem(ctx, stranger), identity.ErrCode)
			}
			a := answer("login", code)
			a.Asker = row.answers
			if err = s.Codes.Redeem(ctx, a); row.good {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, identity.ErrCode)
			a.Asker = row.asks
			require.NoError(t, s.Codes.Redeem(ctx, a), "its asker still has it")
		})
	}
}

// TestManyNetworksGuess: machines of many neighbourhoods guess at codes that are alive. The brake lets a hundred through in ten minutes, and
// holds no device on which its person has signed in before.
func TestManyNetworksGuess(t *testing.T) {
	w := newTown(t)
	s, ctx := w.copy(w.pool), t.Context()
	judged := 0
	for i := range 200 {
		w.alive(s, guess(i, ""))
		if err := s.Codes.Redeem(ctx, guess(i, "no")); errors.Is(err, identity.ErrCode) {
			judged++
		} else {
			require.Equal(t, identity.BrakeWithin, refused(t, err, "codes_paused").RetryAfter)
		}
	}
	require.Equal(t, identity.BrakeAfter, judged)
	q := issue("login")
	q.Asker = identity.Asker{Device: "mine", Known: true}
	_, err := s.Codes.Issue(ctx, q)
	require.NoError(t, err)
	code, letter := codeOf(t, s)
	require.NoError(t, s.Outbox.Sent(ctx, letter))
	a := answer("login", code)
	a.Asker = q.Asker
	require.NoError(t, s.Codes.Redeem(ctx, a))

	w.alive(s, guess(999, ""))
	refused(t, s.Codes.Redeem(ctx, guess(999, "no")), "codes_paused")
	w.advance(identity.BrakeWithin)
	require.ErrorIs(t, s.Codes.Redeem(ctx, guess(999, "no")), identity.ErrCode, "after ten minutes it is let go")
}

// TestAHundredDaysOfGuessing counts what an attack from everywhere that never rests gets through, by the brake's own figures: so few of a
// million that less than one guess in a hundred days is right.
func TestAHundredDaysOfGuessing(t *testing.T) {
	const days = 100
	var pulled []time.Duration
	guesses := 0
	for at := time.Duration(0); at < days*24*time.Hour; {
		today := 0
		for _, p := range pulled {
			if at-p < 24*time.Hour {
				today++
			}
		}
		guesses += identity.BrakeAfter
		pulled = append(pulled, at)
		at += identity.BrakeFor(today)
	}
	require.Less(t, float64(guesses)/1e6, 1.0, "expected right guesses in %d days", days)
	require.Greater(t, guesses, days, "the attack is one")
}

// TestTheBrakeHoldsLongerEachTime is the same on the real store, for its first five times; an hour is the most.
func TestTheBrakeHoldsLongerEachTime(t *testing.T) {
	w := newTown(t)
	s, ctx := w.copy(w.pool), t.Context()
	for round, want := range []time.Duration{10 * time.Minute, 20 * time.Minute, 40 * time.Minute, time.Hour, time.Hour} {
		for i := range identity.BrakeAfter {
			a := guess(1000*round+i, "no")
			w.alive(s, a)
			require.ErrorIs(t, s.Codes.Redeem(ctx, a), identity.ErrCode)
		}
		require.Equal(t, want, refused(t, s.Codes.Redeem(ctx, guess(1000*round, "no")), "codes_paused").RetryAfter)
		w.advance(want)
	}
}

// TestLimitsGrow: each attempt beyond the limit waits twice as long, four hours at most; a day later all is as at first.
func TestLimitsGrow(t *testing.T) {
	w := newTown(t)
	s, ctx := w.copy(w.pool), t.Context()
	l := identity.Limit{Key: s.Name("t", "grows"), Most: 2, Within: 15 * time.Minute, Grows: true}
	require.NoError(t, s.Limits.Take(ctx, l))
	require.NoError(t, s.Limits.Take(ctx, l))
	for _, want := range []time.Duration{15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 4 * time.Hour} {
		require.Equal(t, want, refused(t, s.Limits.Take(ctx, l), "rate_limited").RetryAfter)
		w.advance(want)
		require.NoError(t, s.Limits.Take(ctx, l))
	}
	w.advance(25 * time.Hour)
	require.NoError(t, s.Limits.Take(ctx, l))
	require.NoError(t, s.Limits.Take(ctx, l))
}

// TestAllMessagesTogether: far more messages than are usual for the hour are stopped. Only those that went out count, and a device on which
// the person has signed in before is not stopped.
func TestAllMessagesTogether(t *testing.T) {
	w := newTown(t)
	s, ctx := w.copy(w.pool), t.Context()
	sent := func(n int, at time.Time) {
		_, err := w.pool.Exec(ctx, "INSERT INTO identity.sends (hour, n) VALUES ($1, $2) ON CONFLICT (hour) DO UPDATE SET n = excluded.n", at, n)
		require.NoError(t, err)
	}
	counted := func() (n int) {
		require.NoError(t, w.pool.QueryRow(ctx, "SELECT coalesce(sum(n), 0) FROM identity.sends").Scan(&n))
		return n
	}
	sent(498, w.clock())
	for range 3 {
		_, err := s.Codes.Issue(ctx, issue("login"))
		require.NoError(t, err)
	}
	require.Equal(t, 498, counted(), "what waits, or was replaced, is not sent")
	_, letter := codeOf(t, s)
	require.NoError(t, s.Outbox.Sent(ctx, letter))
	require.NoError(t, s.Outbox.Sent(ctx, letter), "by another copy, too")
	require.Equal(t, 499, counted())
	sent(500, w.clock())
	w.advance(20 * time.Minute)
	_, err := s.Codes.Issue(ctx, issue("login"))
	require.Equal(t, 40*time.Minute, refused(t, err, "codes_paused").RetryAfter, "until the hour is over")
	q := issue("login")
	q.Decoy = true
	_, err = s.Codes.Issue(ctx, q)
	refused(t, err, "codes_paused") // the answer tells nobody whether there is an account
	q = issue("login")
	q.Asker = identity.Asker{Device: "mine", Known: true}
	_, err = s.Codes.Issue(ctx, q)
	require.NoError(t, err)
	for day := range 8 {
		sent(400, w.clock().Truncate(time.Hour).AddDate(0, 0, -day-1))
	}
	_, err = s.Codes.Issue(ctx, issue("login"))
	require.NoError(t, err, "so many are usual here")
}
