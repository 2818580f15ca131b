package identity_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/domain"
)

const day = 24 * time.Hour

func TestLengthsOf(t *testing.T) {
	member := identity.Lengths{Idle: 14 * day, Life: 30 * day}
	manager := identity.Lengths{Idle: 8 * time.Hour, Life: 7 * day}
	office := identity.Lengths{Idle: 30 * time.Minute, Life: 12 * time.Hour}
	for roles, want := range map[string]identity.Lengths{
		"":                         member,
		"employee":                 member,
		"device":                   member,
		"manager":                  manager,
		"owner":                    office,
		"hr":                       office,
		"auditor":                  office,
		"employee manager":         manager,
		"manager employee hr":      office,
		"employee employee owner":  office,
		"manager manager employee": manager,
	} {
		var list []domain.Role
		for _, role := range strings.Fields(roles) {
			list = append(list, domain.Role(role))
		}
		require.Equal(t, want, identity.LengthsOf(list), roles)
		slices.Reverse(list)
		require.Equal(t, want, identity.LengthsOf(list), "the order of %s does not matter", roles)
	}
}

// lasting signs a new person in, and gives what looks at the session after a pause, as the person's own act or as the page's.
func lasting(t *testing.T, roles ...domain.Role) (w *town, s *identity.Store, account domain.ID, after func(pause time.Duration, used bool) error) {
	w = newTown(t)
	s = w.copy(w.pool)
	account = w.account(s, zhang)
	w.give(account, roles...)
	token, _, err := s.Sessions.Make(t.Context(), account, "", true)
	require.NoError(t, err)
	return w, s, account, func(pause time.Duration, used bool) error {
		w.advance(pause)
		at := time.Time{}
		if used {
			at = w.clock()
		}
		_, err := s.Sessions.Get(t.Context(), token, at)
		return err
	}
}

func TestWhoMayDoMoreIsSignedOutSooner(t *testing.T) {
	for name, c := range map[string]struct {
		role       domain.Role
		idle, life time.Duration
	}{
		"a member":  {domain.RoleEmployee, 14 * day, 30 * day},
		"a manager": {domain.RoleManager, 8 * time.Hour, 7 * day},
		"an owner":  {domain.RoleOwner, 30 * time.Minute, 12 * time.Hour},
	} {
		t.Run(name+" who pauses", func(t *testing.T) {
			_, _, _, after := lasting(t, c.role)
			require.NoError(t, after(c.idle-time.Second, true))
			require.NoError(t, after(c.idle-time.Second, true), "the pause before does not count")
			require.ErrorIs(t, after(c.idle, true), identity.ErrExpired, "who comes back too late does not come in by coming back")
			require.ErrorIs(t, after(time.Second, true), identity.ErrExpired)
		})
		t.Run(name+" who never pauses", func(t *testing.T) {
			_, _, _, after := lasting(t, c.role)
			step := c.idle / 2
			rest := c.life
			for ; rest > step; rest -= step {
				require.NoError(t, after(step, true))
			}
			require.NoError(t, after(rest-time.Second, true))
			require.ErrorIs(t, after(time.Second, true), identity.ErrExpired)
		})
	}
}

func TestWhatThePageAsksByItselfIsNoUse(t *testing.T) {
	_, _, _, after := lasting(t, domain.RoleHR)
	for range 29 {
		require.NoError(t, after(time.Minute, false))
	}
	require.ErrorIs(t, after(time.Minute, false), identity.ErrExpired)

	_, _, _, after = lasting(t, domain.RoleHR)
	require.NoError(t, after(29*time.Minute, false))
	require.NoError(t, after(100*time.Millisecond, true), "the person's own act counts though the page asked a moment ago")
	require.NoError(t, after(29*time.Minute, true))
}

func TestARoleThatChangesMovesTheEnd(t *testing.T) {
	w, _, anna, after := lasting(t, domain.RoleEmployee)
	require.NoError(t, after(time.Hour, true))
	w.give(anna, domain.RoleHR)
	require.NoError(t, after(29*time.Minute, true))
	w.give(anna, domain.RoleEmployee)
	require.NoError(t, after(time.Hour, true), "nobody's role ended it meanwhile")
	w.give(anna, domain.RoleHR)
	require.ErrorIs(t, after(31*time.Minute, true), identity.ErrExpired)
	w.give(anna, domain.RoleEmployee)
	require.ErrorIs(t, after(time.Second, true), identity.ErrExpired, "what has ended stays ended")
}

func TestAnOldSessionEndsWithThePromotion(t *testing.T) {
	w, s, anna, after := lasting(t, domain.RoleEmployee)
	require.NoError(t, after(13*time.Hour, true))
	list, err := s.Sessions.List(t.Context(), anna)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, 14*day, list[0].Idle.Sub(list[0].Seen))
	w.give(anna, domain.RoleOwner)
	require.ErrorIs(t, after(time.Millisecond, true), identity.ErrExpired, "owners sign in every twelve hours")
	list, err = s.Sessions.List(t.Context(), anna)
	require.NoError(t, err)
	require.Empty(t, list)
}

// TestWhileRolesAreUnknown: nothing is noted that a role would have forbidden.
func TestWhileRolesAreUnknown(t *testing.T) {
	w, _, _, after := lasting(t, domain.RoleOwner)
	w.hide(true)
	require.NoError(t, after(29*time.Minute, true))
	w.hide(false)
	require.ErrorIs(t, after(2*time.Minute, true), identity.ErrExpired)
}
