package ledger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/google/uuid"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/wire"
)

// KeyStoreError is a key store that is not the one of this ledger.
type KeyStoreError struct {
	// Path is where the store was looked for; What says how it differs.
	Path, What string
}

// Error says what is wrong and both ways on.
func (e *KeyStoreError) Error() string {
	return fmt.Sprintf("%s: the key store %s %s. Put the right one back from its backup (keys.db and master.key, or name their place with DAKA_KEYS and DAKA_MASTER_KEY_FILE). "+
		"Only if it is lost for good: `daka keys replace --reason …` declares that; what it sealed (names, phone numbers, places) can then never be read again",
		"key_store_mismatch", e.Path, e.What)
}

// Installation binds a ledger to its key store (events §1).
type Installation struct {
	Ledger *Ledger
	// Log is the ledger's log, read from its beginning where the installation's stream is missing.
	Log wholeLog
	// KeysPath names the key store in messages.
	KeysPath string
	Logger   *slog.Logger
}

// Check compares the key store with the ledger's, and founds the installation where none is: in an empty ledger, or in one of a version
// before this one whose sealed values the keys open. Errors: *KeyStoreError, and those of a log that cannot be asked.
func (i Installation) Check(ctx context.Context) error {
	state, err := i.state(ctx)
	if err != nil {
		return err
	}
	if !state.Founded {
		return i.found(ctx)
	}
	return i.compare(ctx, state)
}

// Look is Check that writes nothing.
func (i Installation) Look(ctx context.Context) error {
	state, err := i.state(ctx)
	if err != nil {
		return err
	}
	if !state.Founded {
		return i.keysFit(ctx)
	}
	return i.compare(ctx, state)
}

func (i Installation) state(ctx context.Context) (domain.InstallationState, error) {
	state, _, err := FoldStream[domain.InstallationState](ctx, i.Ledger, domain.InstallationStream())
	if err != nil {
		return state, fmt.Errorf("read the installation: %w", err)
	}
	return state, nil
}

func (i Installation) compare(ctx context.Context, state domain.InstallationState) error {
	mark, err := i.Ledger.keys.Fingerprint(ctx)
	switch {
	case err != nil:
		return err
	case mark == state.Fingerprint:
		return nil
	case i.Ledger.keys.Made():
		return i.refused("is missing, and the ledger holds what was sealed with it")
	case mark == "":
		return i.refused("is an older copy than the installation: it has no fingerprint, the ledger's is " + shortened(state.Fingerprint))
	}
	return i.refused(fmt.Sprintf("is another one: its fingerprint is %s, the ledger's is %s", shortened(mark), shortened(state.Fingerprint)))
}

func (i Installation) refused(what string) error { return &KeyStoreError{Path: i.KeysPath, What: what} }

func shortened(fingerprint string) string { return fingerprint[:min(16, len(fingerprint))] + "…" }

// found writes InstallationFounded; copies that start together write it once, and each compares then.
func (i Installation) found(ctx context.Context) error {
	if err := i.keysFit(ctx); err != nil {
		return err
	}
	mark, err := i.Ledger.keys.MakeFingerprint(ctx)
	if err != nil {
		return err
	}
	call, err := installationCall()
	if err != nil {
		return err
	}
	id := domain.ServerID("installation", call.CommandID)
	call.Subject = id
	_, err = Handle(PastHold(ctx), i.Ledger, call, domain.InstallationStream(), func(s domain.InstallationState, _ domain.Instant) ([]domain.Event, error) {
		return s.Found(id, mark)
	})
	if err != nil {
		return fmt.Errorf("found the installation: %w", err)
	}
	state, err := i.state(ctx)
	if err != nil {
		return err
	}
	i.Logger.InfoContext(ctx, "installation founded", slog.String("installation", state.Installation.String()), slog.String("key_store", shortened(state.Fingerprint)))
	return i.compare(ctx, state)
}

// installationCall is a command of the server itself about the installation.
func installationCall() (Call, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Call{}, fmt.Errorf("make a command id: %w", err)
	}
	return Call{CommandID: id, Method: "SYSTEM", Path: "/installation", Actor: domain.Actor{Kind: domain.ActorSystem, ID: "daka"}}, nil
}

// Replace declares the key store before lost for good: the present one, made now if there was none, is the ledger's from here on.
func (i Installation) Replace(ctx context.Context, reason string) (Receipt, error) {
	mark, err := i.Ledger.keys.MakeFingerprint(ctx)
	if err != nil {
		return Receipt{}, err
	}
	state, err := i.state(ctx)
	if err != nil {
		return Receipt{}, err
	}
	call, err := installationCall()
	if err != nil {
		return Receipt{}, err
	}
	call.Subject = state.Subject()
	r, err := Handle(PastHold(ctx), i.Ledger, call, domain.InstallationStream(), func(s domain.InstallationState, _ domain.Instant) ([]domain.Event, error) {
		return s.ReplaceKeyStore(mark, reason)
	})
	r.ID = state.Installation
	return r, err
}

// fitMost bounds how many events a ledger without an installation is searched for one that tells whether the keys are its own.
const fitMost = 50_000

// errEnough ends a reading of the log.
var errEnough = errors.New("enough")

// keysFit says whether the keys are those of a ledger that has no installation yet: an empty ledger takes any, another one needs keys that
// open what it sealed.
func (i Installation) keysFit(ctx context.Context) error {
	f := fitting{keys: i.Ledger.keys}
	err := i.Log.ReadAll(ctx, eventlog.Position{}, fitMost, func(raw eventlog.Raw) error { return f.look(ctx, raw) })
	switch {
	case err != nil && !errors.Is(err, errEnough):
		return fmt.Errorf("look whether the keys open the ledger: %w", err)
	case f.events == 0, f.opened:
		return nil
	case i.Ledger.keys.Made():
		return i.refused("is missing, and the ledger holds what was sealed with it")
	case f.shut > 0 || f.unknown > 0:
		return i.refused(fmt.Sprintf("is another one: it does not open what this ledger sealed (%d of its first %d events)", f.shut+f.unknown, f.events))
	}
	return nil
}

// fitting tries keys on the events of a log.
type fitting struct {
	keys                  *keys.Store
	events, unknown, shut int
	opened                bool
}

// look tries one event; the first value that opens is proof enough.
func (f *fitting) look(ctx context.Context, raw eventlog.Raw) error {
	name, ours := domain.ParseStream(raw.Stream)
	if !ours || eventlog.IsSystem(raw) {
		return nil
	}
	f.events++
	e, m, err := wire.Decode(raw.Type, raw.Data, raw.Metadata)
	if err != nil { // of a newer version, or damaged: it tells nothing about keys
		return nil
	}
	id := keys.ID(name.Org, Call{Org: name.Org, Subject: m.Subject}.keySubject(raw.Stream))
	if m.KeyID != nil {
		id = *m.KeyID
	}
	key, err := f.keys.Lookup(ctx, id)
	switch {
	case errors.Is(err, keys.ErrDestroyed):
		return nil
	case errors.Is(err, keys.ErrUnknown):
		f.unknown++
		return nil
	case err != nil:
		return err
	case m.KeyID == nil || !wire.HasPersonal(e):
		return nil
	}
	if _, err := wire.Reveal(raw.Stream, raw.ID, name.Org, e, key.Open); err != nil {
		f.shut++
		return nil
	}
	f.opened = true
	return errEnough
}
