package ledger

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/domain"
)

// installation is the check with a key store of its own; an empty path is a fresh place.
func (b *bench) installation(t *testing.T, path string) (Installation, *keys.Store) {
	t.Helper()
	if path == "" {
		path = filepath.Join(t.TempDir(), "keys.db")
	}
	store, err := keys.Open(t.Context(), keys.Config{Path: path})
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	return Installation{Ledger: New(b.log, store, b.clock), Log: b.log, KeysPath: path, Logger: slog.New(slog.DiscardHandler)}, store
}

// sealedFact is an event that only its key opens.
func (b *bench) sealedFact(t *testing.T) {
	t.Helper()
	p := person{org: domain.ID{1}, member: domain.ID{2}}
	call := Call{CommandID: newCommand(t), Org: p.org, Subject: p.member, Actor: domain.Actor{Kind: domain.ActorSystem, ID: "test"}}
	_, err := Handle(t.Context(), b.ledger(), call, domain.MemberStream(p.org, p.member), func(domain.MemberState, domain.Instant) ([]domain.Event, error) {
		return []domain.Event{domain.MemberProvisioned{Member: p.member, Number: "1", Name: domain.Private("王芳"), Joined: "2026-03-01"}}, nil
	})
	require.NoError(t, err)
}

func TestAKeyStoreIsBoundToItsLedger(t *testing.T) {
	b := newBench(t)
	first, _ := b.installation(t, "")
	require.NoError(t, first.Check(t.Context()), "an empty ledger takes any keys")
	require.NoError(t, first.Check(t.Context()))
	again, _ := b.installation(t, first.KeysPath)
	require.NoError(t, again.Check(t.Context()), "another start with the same store")

	gone, made := b.installation(t, "")
	err := gone.Check(t.Context())
	var refused *KeyStoreError
	require.ErrorAs(t, err, &refused)
	require.ErrorContains(t, err, "is missing")
	require.ErrorContains(t, err, "daka keys replace")
	require.NoError(t, made.Discard())
	left, err := os.ReadDir(filepath.Dir(gone.KeysPath))
	require.NoError(t, err)
	require.Empty(t, left, "nothing that looks like a key store is left behind")

	elsewhere := newBench(t)
	other, _ := elsewhere.installation(t, "")
	require.NoError(t, other.Check(t.Context()))
	swapped, _ := b.installation(t, other.KeysPath)
	err = swapped.Check(t.Context())
	require.ErrorAs(t, err, &refused)
	require.ErrorContains(t, err, "is another one")

	_, err = swapped.Replace(t.Context(), " ")
	require.Error(t, err, "a loss is declared with its reason")
	_, err = swapped.Replace(t.Context(), "the disk and its backup burnt")
	require.NoError(t, err)
	require.NoError(t, swapped.Check(t.Context()))
	require.ErrorAs(t, first.Check(t.Context()), &refused, "the store before is no longer the ledger's")
}

func TestAnOlderInstallationIsFoundedWhenItsKeysOpenTheLedger(t *testing.T) {
	b := newBench(t)
	b.sealedFact(t)
	var refused *KeyStoreError
	gone, _ := b.installation(t, "")
	require.ErrorAs(t, gone.Check(t.Context()), &refused)

	strange, store := b.installation(t, "")
	_, _, err := store.Key(t.Context(), domain.ID{9}, domain.ID{9})
	require.NoError(t, err)
	require.NoError(t, store.Close())
	strange, _ = b.installation(t, strange.KeysPath)
	err = strange.Check(t.Context())
	require.ErrorAs(t, err, &refused, "keys that open nothing of this ledger are not its own")
	require.ErrorContains(t, err, "does not open what this ledger sealed")

	same, store := b.installation(t, "")
	_, _, err = store.Key(t.Context(), domain.ID{1}, domain.ID{2})
	require.NoError(t, err)
	require.NoError(t, store.Close())
	same, _ = b.installation(t, same.KeysPath)
	require.ErrorAs(t, same.Check(t.Context()), &refused, "a key of the same name is not the same key")

	own, _ := b.installation(t, b.path)
	require.NoError(t, own.Check(t.Context()))
	require.NoError(t, own.Check(t.Context()))
}

func TestWritesAreHeldForAReason(t *testing.T) {
	b, hold := newBench(t), &Hold{}
	l := b.ledger(WithHold(hold))
	call := Call{CommandID: newCommand(t), Subject: domain.ID{7}, Actor: domain.Actor{Kind: domain.ActorSystem, ID: "test"}}
	found := func(s domain.InstallationState, _ domain.Instant) ([]domain.Event, error) {
		return s.Found(domain.ID{7}, "aa")
	}
	hold.Set("log", &HeldError{Code: "rollback_detected", Text: "older"})
	_, err := Handle(t.Context(), l, call, domain.InstallationStream(), found)
	var held *HeldError
	require.ErrorAs(t, err, &held)
	require.Equal(t, "rollback_detected", held.Code)
	raws, err := b.log.Read(t.Context(), domain.InstallationStream(), 0, 0)
	require.NoError(t, err)
	require.Empty(t, raws, "nothing was written")

	_, err = Handle(PastHold(t.Context()), l, call, domain.InstallationStream(), found)
	require.NoError(t, err, "what ends the hold is written")
	hold.Set("log", nil)
	call.CommandID = newCommand(t)
	_, err = Handle(t.Context(), l, call, domain.InstallationStream(), found)
	require.NoError(t, err)
}

func newCommand(t *testing.T) domain.ID {
	t.Helper()
	id, err := uuid.NewV7()
	require.NoError(t, err)
	return id
}
