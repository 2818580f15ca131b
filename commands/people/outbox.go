package people

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/dakahq/daka/commands/identity"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
)

// Outbox keeps messages to people until they are sent.
type Outbox struct {
	ledger   *ledger.Ledger
	identity *Identity
	profiles *Profiles
	// Sender takes messages to people on; nil sends none, and codes are then of no use.
	Sender Sender
}

// ErrNoSender is a server that sends no messages.
var ErrNoSender = errors.New("this server sends no messages")

var _ Sender = (*Outbox)(nil)

const (
	// messageLife is how long a message without a code waits for its sender.
	messageLife = 72 * time.Hour
	sendTimeout = 10 * time.Second
	lookEvery   = 2 * time.Second
	sweepEvery  = 10 * time.Minute
	atOnce      = 8
)

// Send keeps a message until the Sender took it on, for three days at most; ErrNoSender or identity.ErrDown when it cannot be kept.
func (s *Outbox) Send(ctx context.Context, m Message) error {
	if s.Sender == nil {
		return ErrNoSender
	}
	store, err := s.identity.Store()
	if err != nil {
		return err
	}
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write the message %s: %w", m.ID, err)
	}
	return store.Outbox.Put(ctx, identity.Letter{ID: m.ID, Body: body, Expires: s.ledger.Clock().Add(messageLife)})
}

// Reaches says whether a message that was kept goes to its receiver: a Sender that only writes a log for developers says no.
func (s *Outbox) Reaches() bool {
	if only, ok := s.Sender.(interface{ Reaches() bool }); ok {
		return only.Reaches()
	}
	return s.Sender != nil
}

// Run hands kept messages to the Sender until ctx ends; any number of copies may.
func (s *Outbox) Run(ctx context.Context, log *slog.Logger) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	var swept time.Time
	for ctx.Err() == nil {
		store, err := s.identity.Store()
		if err != nil {
			wait(ctx, look.C, nil)
			continue
		}
		if err := s.sendDue(ctx, store, log); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "messages to people cannot be taken out; they are kept", slog.Any("error", err))
			wait(ctx, look.C, nil)
			continue
		}
		if now := s.ledger.Clock(); now.Sub(swept) >= sweepEvery {
			swept = now
			if err := store.Sweep(ctx); err != nil && ctx.Err() == nil {
				log.WarnContext(ctx, "the identity store was not swept", slog.Any("error", err))
			}
		}
		wait(ctx, look.C, store.Outbox.Letters())
	}
}

func wait(ctx context.Context, tick <-chan time.Time, letters <-chan struct{}) {
	select {
	case <-ctx.Done():
	case <-tick:
	case <-letters:
	}
}

// sendDue sends what is due, until nothing is.
func (s *Outbox) sendDue(ctx context.Context, store *identity.Store, log *slog.Logger) error {
	for ctx.Err() == nil {
		letters, err := store.Outbox.Due(ctx, atOnce)
		if err != nil || len(letters) == 0 {
			return err
		}
		for _, l := range letters {
			err := s.deliver(ctx, l)
			switch {
			case err == nil:
				err = store.Outbox.Sent(ctx, l)
			case ctx.Err() == nil:
				log.WarnContext(ctx, "a message to a person was not taken on; it is tried again", slog.String("message", l.ID.String()), slog.Int("tries", l.Tries), slog.Any("error", err))
				err = store.Outbox.Later(ctx, l)
			}
			if err != nil {
				return err
			}
		}
	}
	return context.Cause(ctx)
}

// deliver hands one letter over; what goes to an account goes to the number that it has now.
func (s *Outbox) deliver(ctx context.Context, l identity.Letter) error {
	if s.Sender == nil {
		return ErrNoSender
	}
	var m Message
	if err := json.Unmarshal(l.Body, &m); err != nil {
		return fmt.Errorf("read the message %s: %w", l.ID, err)
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	if l.Account != (domain.ID{}) {
		p, err := s.profiles.Read(ctx, l.Account)
		if err != nil {
			return err
		}
		m.To = p.Phone
	}
	return s.Sender.Send(ctx, m)
}
