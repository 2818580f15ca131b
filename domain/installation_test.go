package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// evolved folds decided events into a state.
func (s InstallationState) evolved(events ...Event) InstallationState {
	for _, e := range events {
		s = s.Evolve(Recorded{Event: e})
	}
	return s
}

func TestAnInstallationIsFoundedOnce(t *testing.T) {
	var s InstallationState
	events, err := s.Found(ID{1}, "aa")
	require.NoError(t, err)
	require.Equal(t, []Event{InstallationFounded{Installation: ID{1}, Fingerprint: "aa"}}, events)
	s = s.evolved(events...)
	again, err := s.Found(ID{2}, "bb")
	require.NoError(t, err)
	require.Empty(t, again, "whoever comes second compares")
	require.Equal(t, "aa", s.Fingerprint)
}

func TestAKeyStoreIsReplacedWithAReason(t *testing.T) {
	s := InstallationState{}.evolved(InstallationFounded{Fingerprint: "aa"})
	_, err := s.ReplaceKeyStore("bb", "  ")
	require.ErrorContains(t, err, "/reason")
	events, err := s.ReplaceKeyStore("bb", "burnt")
	require.NoError(t, err)
	require.Equal(t, []Event{KeyStoreReplaced{Fingerprint: "bb", Reason: "burnt"}}, events)
	events, err = s.evolved(events...).ReplaceKeyStore("bb", "burnt")
	require.NoError(t, err)
	require.Empty(t, events)
}

func TestEpochsOnlyRise(t *testing.T) {
	s := InstallationState{}.evolved(RollbackDeclared{Epoch: 2})
	for asked, want := range map[int]int{0: 3, 1: 3, 3: 3, 7: 7} {
		events, err := s.DeclareRollback("disk", asked)
		require.NoError(t, err)
		require.Equal(t, []Event{RollbackDeclared{Reason: "disk", Epoch: want}}, events)
	}
}

func TestTheInstallationsStreamIsOneOfTheLedger(t *testing.T) {
	name, ours := ParseStream(InstallationStream())
	require.True(t, ours)
	require.Equal(t, ID{}, name.Org)
	require.Contains(t, Categories(), name.Category)
}
