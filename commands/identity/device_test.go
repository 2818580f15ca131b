package identity_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/domain"
)

// TestDevices: a device is its person's alone, and is forgotten.
func TestDevices(t *testing.T) {
	w := newTown(t)
	s, ctx := w.copy(w.pool), t.Context()
	anna, ben := w.account(s, zhang), w.account(s, li)
	knows := func(device string, account domain.ID) bool {
		known, err := s.Devices.Knows(ctx, device, account)
		require.NoError(t, err)
		return known
	}
	device := identity.NewDevice()
	require.True(t, identity.IsDevice(device))
	require.False(t, knows(device, anna))
	require.NoError(t, s.Devices.Know(ctx, device, anna))
	require.True(t, knows(device, anna))
	require.False(t, knows(device, ben))
	require.False(t, knows("", anna))
	w.advance(identity.DeviceLife)
	require.False(t, knows(device, anna), "nobody signed in there for half a year")
	for range 30 {
		require.NoError(t, s.Devices.Know(ctx, identity.NewDevice(), anna))
	}
	var kept int
	require.NoError(t, w.pool.QueryRow(ctx, "SELECT count(*) FROM identity.devices").Scan(&kept))
	require.Equal(t, 20, kept)
	require.NoError(t, s.Devices.Know(ctx, device, ben))
	require.NoError(t, s.Devices.Forget(ctx, anna))
	require.True(t, knows(device, ben))
	require.NoError(t, w.pool.QueryRow(ctx, "SELECT count(*) FROM identity.devices").Scan(&kept))
	require.Equal(t, 1, kept)
}

// TestAStepUpTurnsTheToken: it holds for five minutes, and the token before for some seconds.
func TestAStepUpTurnsTheToken(t *testing.T) {
	w := newTown(t)
	here, there, ctx := w.copy(w.pool), w.copy(w.connect()), t.Context()
	anna := w.account(here, zhang)
	proven, _, err := here.Sessions.Make(ctx, anna, "", true)
	require.NoError(t, err)
	got, err := here.Sessions.Get(ctx, proven, w.clock())
	require.NoError(t, err)
	require.True(t, got.SteppedUp, "who has just signed in is not asked again")
	before, made, err := here.Sessions.Make(ctx, anna, "", false)
	require.NoError(t, err)
	got, err = there.Sessions.Get(ctx, before, w.clock())
	require.NoError(t, err)
	require.False(t, got.SteppedUp)
	token, err := here.Sessions.StepUp(ctx, anna, made.ID)
	require.NoError(t, err)
	require.NotEqual(t, before, token)
	for _, copied := range []*identity.Store{here, there} {
		got, err = copied.Sessions.Get(ctx, token, w.clock())
		require.NoError(t, err)
		require.True(t, got.SteppedUp)
		require.Equal(t, made.ID, got.ID)
		_, err = copied.Sessions.Get(ctx, before, w.clock())
		require.NoError(t, err, "requests may be on their way")
	}
	w.advance(11 * time.Second)
	for _, copied := range []*identity.Store{here, there} {
		_, err = copied.Sessions.Get(ctx, before, w.clock())
		require.ErrorIs(t, err, identity.ErrNoSession)
	}
	w.advance(identity.StepUpLife - 12*time.Second)
	got, err = here.Sessions.Get(ctx, token, w.clock())
	require.NoError(t, err)
	require.True(t, got.SteppedUp)
	w.advance(time.Second)
	got, err = here.Sessions.Get(ctx, token, w.clock())
	require.NoError(t, err)
	require.False(t, got.SteppedUp)
	_, err = here.Sessions.StepUp(ctx, anna, uuid.New())
	require.ErrorIs(t, err, identity.ErrNoSession)
}
