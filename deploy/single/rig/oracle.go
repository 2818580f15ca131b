package rig

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
)

// Ledger is what a whole reading of the store found.
type Ledger struct {
	Events   int
	Commands map[uuid.UUID]int
	// Places maps "<stream>@<revision>" to the command that stands there.
	Places map[string]uuid.UUID
}

// ReadLedger reads $all and checks that every stream is gapless from 0.
func ReadLedger(ctx context.Context, log *eventlog.Log) (*Ledger, error) {
	found := &Ledger{Commands: map[uuid.UUID]int{}, Places: map[string]uuid.UUID{}}
	next := map[string]uint64{}
	var after eventlog.Position
	for {
		n := 0
		err := log.ReadAll(ctx, after, 4096, func(e eventlog.Raw) error {
			n, after = n+1, e.Position
			return found.add(e, next)
		})
		if err != nil {
			return nil, fmt.Errorf("reading $all: %w", err)
		}
		if n == 0 {
			return found, nil
		}
	}
}

func (l *Ledger) add(e eventlog.Raw, next map[string]uint64) error {
	if _, ours := domain.ParseStream(e.Stream); !ours {
		return nil
	}
	if e.Revision != next[e.Stream] {
		return fmt.Errorf("%s has revision %d where %d was due", e.Stream, e.Revision, next[e.Stream])
	}
	next[e.Stream]++
	var meta struct {
		CommandID uuid.UUID `json:"command_id"`
	}
	if err := json.Unmarshal(e.Metadata, &meta); err != nil {
		return fmt.Errorf("metadata of %s@%d: %w", e.Stream, e.Revision, err)
	}
	l.Events++
	l.Commands[meta.CommandID]++
	l.Places[fmt.Sprintf("%s@%d", e.Stream, e.Revision)] = meta.CommandID
	return nil
}

// Check compares acknowledgements with the ledger: lost ones are missing or not where the receipt says, doubled ones stand twice.
func (l *Ledger) Check(acks []Ack) (lost, doubled int) {
	for _, a := range acks {
		switch {
		case l.Commands[a.Command] == 0 || l.Places[a.Position] != a.Command:
			lost++
		case l.Commands[a.Command] > 1:
			doubled++
		}
	}
	return lost, doubled
}
