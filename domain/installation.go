package domain

// InstallationFounded begins an installation and binds its ledger to one key store.
type InstallationFounded struct {
	Installation ID `json:"installation"`
	// Fingerprint is the SHA-256 of the 32 random bytes kept with the keys, lower-case hex.
	Fingerprint string `json:"fingerprint"`
}

// EventType names it on the wire.
func (InstallationFounded) EventType() string { return "InstallationFounded" }

// KeyStoreReplaced says that the key store before is lost for good, with all that only its keys open.
type KeyStoreReplaced struct {
	// Fingerprint is that of the key store in force from here on.
	Fingerprint string `json:"fingerprint"`
	// Reason is in clear: it must be readable without the lost keys, and names nobody.
	Reason string `json:"reason"`
}

// EventType names it on the wire.
func (KeyStoreReplaced) EventType() string { return "KeyStoreReplaced" }

// RollbackDeclared says that the ledger was put back to an older copy on purpose, and begins the next epoch of its transparency log (events §5).
type RollbackDeclared struct {
	Reason string `json:"reason"`
	Epoch  int    `json:"epoch" min:"1"`
}

// EventType names it on the wire.
func (RollbackDeclared) EventType() string { return "RollbackDeclared" }

// InstallationState is the fold of the installation's stream.
type InstallationState struct {
	Founded      bool
	Installation ID
	// Fingerprint is that of the key store in force, empty before the founding.
	Fingerprint string
	// Epoch is the greatest one declared, 0 for none.
	Epoch int
}

// Subject is whom the installation's events concern: itself. A ledger that was rolled back to before its founding has no id; its stream's
// stands in.
func (s InstallationState) Subject() ID {
	if s.Installation != (ID{}) {
		return s.Installation
	}
	return installationID()
}

// Evolve folds one event.
func (s InstallationState) Evolve(r Recorded) InstallationState {
	switch e := r.Event.(type) {
	case InstallationFounded:
		s.Founded, s.Installation, s.Fingerprint = true, e.Installation, e.Fingerprint
	case KeyStoreReplaced:
		s.Fingerprint = e.Fingerprint
	case RollbackDeclared:
		s.Epoch = max(s.Epoch, e.Epoch)
	}
	return s
}

// Found begins the installation; a second founding writes nothing, whoever comes second compares fingerprints.
func (s InstallationState) Found(installation ID, fingerprint string) ([]Event, error) {
	if s.Founded {
		return None, nil
	}
	return []Event{InstallationFounded{Installation: installation, Fingerprint: fingerprint}}, nil
}

// ReplaceKeyStore declares the key store before lost; the same one again writes nothing.
func (s InstallationState) ReplaceKeyStore(fingerprint, reason string) ([]Event, error) {
	reason, err := statedReason(reason)
	if err != nil || s.Fingerprint == fingerprint {
		return None, err
	}
	return []Event{KeyStoreReplaced{Fingerprint: fingerprint, Reason: reason}}, nil
}

// DeclareRollback begins an epoch above all that were declared; epoch may be higher, where the ledger's index knew of one that the log lost.
func (s InstallationState) DeclareRollback(reason string, epoch int) ([]Event, error) {
	reason, err := statedReason(reason)
	if err != nil {
		return None, err
	}
	return []Event{RollbackDeclared{Reason: reason, Epoch: max(epoch, s.Epoch+1)}}, nil
}

func statedReason(reason string) (string, error) {
	var p Problems
	clean := p.Text("/reason", reason, true)
	return clean, p.Err()
}
