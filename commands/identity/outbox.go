package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
)

// Outbox holds messages, sealed, until they are sent.
type Outbox struct {
	*database
	brakes *brakes
	wake   chan struct{}
}

// Letter is a message on its way.
type Letter struct {
	ID domain.ID `json:"-"`
	// Code is the id of the code inside, the nil id for none: its five minutes begin when the letter was handed over.
	Code domain.ID `json:"-"`
	// Account is to whose number it goes where Body does not say.
	Account domain.ID `json:"-"`
	// Decoy is never sent.
	Decoy bool `json:"-"`
	// Body is the message; it is sealed.
	Body json.RawMessage
	// Expires is when it is of no use any more.
	Expires time.Time `json:"-"`
	// Tries is how often it was taken out.
	Tries int `json:"-"`
}

const (
	// lease is how long a copy has to hand a letter over before another takes it.
	lease = 30 * time.Second
	// longestPause bounds the pause between two tries.
	longestPause = 5 * time.Minute
)

// Put keeps a letter until it was handed over or expired; the same id twice is one letter.
func (s *Outbox) Put(ctx context.Context, l Letter) error {
	err := s.within(ctx, "keep a message", func(ctx context.Context, tx pgx.Tx) error { return s.put(ctx, tx, l) })
	s.Wake()
	return err
}

func (s *Outbox) put(ctx context.Context, tx pgx.Tx, l Letter) error {
	sealed, err := s.key.Seal(l.Body, letterAAD(l.ID))
	if err != nil {
		return err
	}
	if l.Expires.IsZero() {
		l.Expires = s.now().Add(codeWait)
	}
	_, err = tx.Exec(ctx, `INSERT INTO identity.outbox (id, code, account, decoy, sealed, due, expires) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING`,
		l.ID, unlessNil(l.Code), unlessNil(l.Account), l.Decoy, sealed, s.now(), l.Expires)
	return err
}

func unlessNil(id domain.ID) *domain.ID {
	if id == (domain.ID{}) {
		return nil
	}
	return &id
}

func letterAAD(id domain.ID) []byte { return domain.NewPreimage("daka/outbox/1").Raw(id[:]).Bytes() }

// Wake says that a letter may be due, to who waits on Letters.
func (s *Outbox) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Letters is told when a letter was put here; other copies' are found by looking.
func (s *Outbox) Letters() <-chan struct{} { return s.wake }

// Due takes letters out for half a minute; who does not settle them in time leaves them to another.
func (s *Outbox) Due(ctx context.Context, most int) ([]Letter, error) {
	var out []Letter
	err := s.within(ctx, "take messages out", func(ctx context.Context, tx pgx.Tx) error {
		now := s.now()
		if _, err := tx.Exec(ctx, "DELETE FROM identity.outbox WHERE due <= $1 AND (decoy OR expires <= $1)", now); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `UPDATE identity.outbox SET due = $2, tries = tries + 1 WHERE id IN
			(SELECT id FROM identity.outbox WHERE due <= $1 AND NOT decoy AND expires > $1 ORDER BY due LIMIT $3 FOR UPDATE SKIP LOCKED)
			RETURNING id, code, account, sealed, expires, tries`, now, now.Add(lease), most)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, s.scanLetter)
		return err
	})
	return out, err
}

func (s *Outbox) scanLetter(row pgx.CollectableRow) (l Letter, err error) {
	var code, account *domain.ID
	var sealed string
	if err := row.Scan(&l.ID, &code, &account, &sealed, &l.Expires, &l.Tries); err != nil {
		return l, err
	}
	if code != nil {
		l.Code = *code
	}
	if account != nil {
		l.Account = *account
	}
	if l.Body, err = s.key.Open(sealed, letterAAD(l.ID)); err != nil {
		return l, fmt.Errorf("open the message %s: %w", l.ID, err)
	}
	return l, nil
}

// Sent takes a letter out for good; the life of its code begins.
func (s *Outbox) Sent(ctx context.Context, l Letter) error {
	return s.within(ctx, "settle a message", func(ctx context.Context, tx pgx.Tx) error {
		gone, err := tx.Exec(ctx, "DELETE FROM identity.outbox WHERE id = $1", l.ID)
		if err != nil || gone.RowsAffected() == 0 || l.Code == (domain.ID{}) {
			return err
		}
		if _, err := tx.Exec(ctx, "UPDATE identity.codes SET expires = $2 WHERE id = $1", l.Code, s.now().Add(CodeLife)); err != nil {
			return err
		}
		return s.brakes.countSend(ctx, tx)
	})
}

// Later puts a letter back: 1 s, 2 s, 4 s … at most 5 minutes.
func (s *Outbox) Later(ctx context.Context, l Letter) error {
	pause := min(time.Second<<min(max(l.Tries-1, 0), 16), longestPause)
	return s.within(ctx, "put a message back", func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE identity.outbox SET due = $2 WHERE id = $1", l.ID, s.now().Add(pause))
		return err
	})
}
