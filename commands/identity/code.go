package identity

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
)

// What one-time codes are bound to (reliability §7.4).
const (
	// CodeLife begins when the message was handed over.
	CodeLife = 5 * time.Minute
	// CodeTries is how often one code may be guessed.
	CodeTries = 5
	// codeWait is how long a message may wait for its sender, and its code with it.
	codeWait = 30 * time.Minute
)

// Codes are one-time codes, kept as HMACs.
type Codes struct {
	*database
	limits *Limits
	brakes *brakes
	outbox *Outbox
}

// Issue is a request for a code.
type Issue struct {
	// Kind and Target say to what number or address; the code is good for Purpose only.
	Kind, Target, Purpose string
	// Account must be the one who answers, if it is not the nil id.
	Account domain.ID
	// Asker is who asks, and the only one who may answer.
	Asker Asker
	// Limits are refused aloud, Silent ones keep the message back and say nothing.
	Limits, Silent []Limit
	// Decoy does the same work and sends nothing: nobody holds the number.
	Decoy bool
	// Letter makes the message for a code; the store seals it.
	Letter func(id domain.ID, code string) Letter
}

// Issue makes a code that takes the place of the asker's one before, and puts its message into the outbox. Refusals: rate_limited, codes_paused.
// Delayed says that messages wait for their sender at the moment.
func (s *Codes) Issue(ctx context.Context, q Issue) (delayed bool, err error) {
	code, err := newCode()
	if err != nil {
		return false, err
	}
	id := uuid.New()
	letter := q.Letter(id, code)
	err = s.within(ctx, "make a code", func(ctx context.Context, tx pgx.Tx) error {
		if err := s.limits.take(ctx, tx, q.Limits); err != nil {
			return err
		}
		if err := s.brakes.sendsRest(ctx, tx, q.Asker); err != nil {
			return err
		}
		if letter.Decoy, err = s.holdBack(ctx, tx, q); err != nil {
			return err
		}
		if err := s.put(ctx, tx, q, id, code); err != nil {
			return err
		}
		if err := s.outbox.put(ctx, tx, letter); err != nil {
			return err
		}
		return tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM identity.outbox WHERE tries > 1 AND NOT decoy)").Scan(&delayed)
	})
	s.outbox.Wake()
	return delayed, err
}

// holdBack says that the message is not to be sent, and counts it against the silent limits if it is.
func (s *Codes) holdBack(ctx context.Context, tx pgx.Tx, q Issue) (bool, error) {
	if q.Decoy {
		return true, nil
	}
	err := s.limits.take(ctx, tx, q.Silent)
	var refusal *domain.Refusal
	if errors.As(err, &refusal) {
		return true, nil
	}
	return false, err
}

func newCode() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", fmt.Errorf("draw a code: %w", err)
	}
	return fmt.Sprintf("%06d", n), nil
}

func (s *Codes) put(ctx context.Context, tx pgx.Tx, q Issue, id domain.ID, code string) error {
	var account *domain.ID
	if q.Account != (domain.ID{}) {
		account = &q.Account
	}
	target, asker, fresh := s.Name(q.Kind, q.Target), s.names(q.Asker)[0], []byte(nil)
	if q.Asker.Fresh != "" {
		fresh = s.Name("device", q.Asker.Fresh)
	}
	if _, err := tx.Exec(ctx, "DELETE FROM identity.outbox WHERE code = (SELECT id FROM identity.codes WHERE target = $1 AND purpose = $2 AND asker = $3)", target, q.Purpose, asker); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO identity.codes (id, target, purpose, asker, device, account, code, expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (target, purpose, asker) DO UPDATE SET id = excluded.id, device = excluded.device, account = excluded.account, code = excluded.code,
		expires = excluded.expires, tries = 0, used_by = NULL`,
		id, target, q.Purpose, asker, fresh, account, s.mac(id, code), s.now().Add(codeWait))
	return err
}

func (s *Codes) mac(id domain.ID, code string) []byte {
	return s.key.MAC("daka/identity/code", domain.NewPreimage("").Raw(id[:]).LP(code).Bytes())
}

// Answer is a code that a person typed.
type Answer struct {
	Kind, Target, Purpose string
	Account               domain.ID
	Code                  string
	// Command may use the code again, so that a retry of the same command succeeds; the nil id never may.
	Command domain.ID
	// Asker must be who asked for the code: the same device or, where that has no cookie, the same network.
	Asker Asker
	// Limits are looked at first, and a wrong code counts against them.
	Limits []Limit
}

// Redeem uses a code up: ErrCode when it is wrong in any way, or a refusal rate_limited, network_limited or codes_paused.
func (s *Codes) Redeem(ctx context.Context, a Answer) error {
	wrong := false
	err := s.within(ctx, "check a code", func(ctx context.Context, tx pgx.Tx) error {
		if err := s.brakes.guessesRest(ctx, tx, a.Asker); err != nil {
			return err
		}
		if err := s.limits.over(ctx, tx, a.Limits); err != nil {
			return err
		}
		good, alive, err := s.redeem(ctx, tx, a)
		if err != nil || good {
			return err
		}
		wrong = true
		if err := s.limits.note(ctx, tx, a.Limits); err != nil || !alive {
			return err
		}
		return s.brakes.countGuess(ctx, tx, a.Asker)
	})
	if err == nil && wrong {
		return ErrCode
	}
	return err
}

// kept is a code as it is kept.
type kept struct {
	id      domain.ID
	account *domain.ID
	code    []byte
	expires time.Time
	tries   int
	usedBy  *domain.ID
}

func scanKept(row pgx.CollectableRow) (k kept, err error) {
	err = row.Scan(&k.id, &k.account, &k.code, &k.expires, &k.tries, &k.usedBy)
	return k, err
}

// redeem says whether the answer is one of the asker's codes, and whether there was one to guess at.
func (s *Codes) redeem(ctx context.Context, tx pgx.Tx, a Answer) (good, alive bool, err error) {
	rows, err := tx.Query(ctx, `SELECT id, account, code, expires, tries, used_by FROM identity.codes
		WHERE target = $1 AND purpose = $2 AND (asker = ANY($3) OR device = ANY($3)) ORDER BY asker FOR UPDATE`, s.Name(a.Kind, a.Target), a.Purpose, s.names(a.Asker))
	if err != nil {
		return false, false, err
	}
	codes, err := pgx.CollectRows(rows, scanKept)
	if err != nil {
		return false, false, err
	}
	for _, k := range codes {
		if !k.good(a, s.now()) {
			continue
		}
		if hmac.Equal(k.code, s.mac(k.id, a.Code)) {
			_, err = tx.Exec(ctx, "UPDATE identity.codes SET used_by = $2 WHERE id = $1", k.id, a.Command)
			return true, true, err
		}
		alive = true
	}
	for _, k := range codes {
		if _, err := tx.Exec(ctx, "UPDATE identity.codes SET tries = tries + 1 WHERE id = $1", k.id); err != nil {
			return false, alive, err
		}
	}
	return false, alive, nil
}

// good says that the code may be looked at.
func (k kept) good(a Answer, now time.Time) bool {
	mine := k.account == nil && a.Account == domain.ID{} || k.account != nil && *k.account == a.Account
	unused := k.usedBy == nil || a.Command != domain.ID{} && *k.usedBy == a.Command
	return now.Before(k.expires) && k.tries < CodeTries && mine && unused
}
