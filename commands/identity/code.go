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

	// BrakeAfter wrong codes within BrakeWithin, from everybody together, stop all codes; each time of a day twice as long.
	BrakeAfter  = 100
	BrakeWithin = 10 * time.Minute
	brakeLife   = 30 * 24 * time.Hour
)

// Issue is a request for a code.
type Issue struct {
	// Kind and Target say to what number or address; the code is good for Purpose only.
	Kind, Target, Purpose string
	// Account must be the one who answers, if it is not the nil id.
	Account domain.ID
	// Limits are refused aloud, Silent ones keep the message back and say nothing.
	Limits, Silent []Limit
	// Decoy does the same work and sends nothing: nobody holds the number.
	Decoy bool
	// Letter makes the message for a code; the store seals it.
	Letter func(id domain.ID, code string) Letter
}

// Issue makes a code that takes the place of the one before, and puts its message into the outbox. Refusals: rate_limited, codes_paused.
// Delayed says that messages wait for their sender at the moment.
func (s *Store) Issue(ctx context.Context, q Issue) (delayed bool, err error) {
	code, err := newCode()
	if err != nil {
		return false, err
	}
	id := uuid.New()
	letter := q.Letter(id, code)
	err = s.within(ctx, "make a code", func(ctx context.Context, tx pgx.Tx) error {
		if err := s.take(ctx, tx, q.Limits); err != nil {
			return err
		}
		if letter.Decoy, err = s.holdBack(ctx, tx, q); err != nil {
			return err
		}
		if err := s.putCode(ctx, tx, q, id, code); err != nil {
			return err
		}
		if err := s.put(ctx, tx, letter); err != nil {
			return err
		}
		return tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM identity.outbox WHERE tries > 1 AND NOT decoy)").Scan(&delayed)
	})
	s.Wake()
	return delayed, err
}

// holdBack says that the message is not to be sent, and counts it if it is.
func (s *Store) holdBack(ctx context.Context, tx pgx.Tx, q Issue) (bool, error) {
	if q.Decoy {
		return true, nil
	}
	err := s.take(ctx, tx, q.Silent)
	var refusal *domain.Refusal
	if errors.As(err, &refusal) {
		return true, nil
	}
	if err != nil {
		return true, err
	}
	return false, s.countSend(ctx, tx)
}

func newCode() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", fmt.Errorf("draw a code: %w", err)
	}
	return fmt.Sprintf("%06d", n), nil
}

func (s *Store) putCode(ctx context.Context, tx pgx.Tx, q Issue, id domain.ID, code string) error {
	var account *domain.ID
	if q.Account != (domain.ID{}) {
		account = &q.Account
	}
	target := s.Name(q.Kind, q.Target)
	if _, err := tx.Exec(ctx, "DELETE FROM identity.outbox WHERE code = (SELECT id FROM identity.codes WHERE target = $1 AND purpose = $2)", target, q.Purpose); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO identity.codes (id, target, purpose, account, code, expires) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (target, purpose) DO UPDATE SET id = excluded.id, account = excluded.account, code = excluded.code, expires = excluded.expires, tries = 0, used_by = NULL`,
		id, target, q.Purpose, account, s.codeMAC(id, code), s.now().Add(codeWait))
	return err
}

func (s *Store) codeMAC(id domain.ID, code string) []byte {
	return s.key.MAC("daka/identity/code", domain.NewPreimage("").Raw(id[:]).LP(code).Bytes())
}

// Answer is a code that a person typed.
type Answer struct {
	Kind, Target, Purpose string
	Account               domain.ID
	Code                  string
	// Command may use the code again, so that a retry of the same command succeeds; the nil id never may.
	Command domain.ID
}

// Redeem uses a code up: ErrCode when it is wrong in any way, or a refusal codes_paused while everybody's guesses are too many.
func (s *Store) Redeem(ctx context.Context, a Answer) error {
	wrong := false
	err := s.within(ctx, "check a code", func(ctx context.Context, tx pgx.Tx) error {
		if err := hold(ctx, tx, s.Name("brake", "")); err != nil {
			return err
		}
		if err := s.braked(ctx, tx); err != nil {
			return err
		}
		good, err := s.redeem(ctx, tx, a)
		if err != nil || good {
			return err
		}
		wrong = true
		return s.brake(ctx, tx)
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

func (s *Store) redeem(ctx context.Context, tx pgx.Tx, a Answer) (bool, error) {
	target := s.Name(a.Kind, a.Target)
	var k kept
	err := tx.QueryRow(ctx, "SELECT id, account, code, expires, tries, used_by FROM identity.codes WHERE target = $1 AND purpose = $2 FOR UPDATE", target, a.Purpose).
		Scan(&k.id, &k.account, &k.code, &k.expires, &k.tries, &k.usedBy)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return false, err
	}
	if !k.good(a, s.now()) || !hmac.Equal(k.code, s.codeMAC(k.id, a.Code)) {
		_, err := tx.Exec(ctx, "UPDATE identity.codes SET tries = tries + 1 WHERE target = $1 AND purpose = $2", target, a.Purpose)
		return false, err
	}
	_, err = tx.Exec(ctx, "UPDATE identity.codes SET used_by = $2 WHERE id = $1", k.id, a.Command)
	return true, err
}

// good says that the code may be looked at; the zero value never is.
func (k kept) good(a Answer, now time.Time) bool {
	mine := k.account == nil && a.Account == domain.ID{} || k.account != nil && *k.account == a.Account
	unused := k.usedBy == nil || a.Command != domain.ID{} && *k.usedBy == a.Command
	return now.Before(k.expires) && k.tries < CodeTries && mine && unused
}

// braked refuses while the brake holds.
func (s *Store) braked(ctx context.Context, tx pgx.Tx) error {
	var until time.Time
	now := s.now()
	err := tx.QueryRow(ctx, "SELECT until FROM identity.brakes WHERE until > $1 ORDER BY until DESC LIMIT 1", now).Scan(&until)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return paused(until.Sub(now))
}

func paused(wait time.Duration) error {
	return &domain.Refusal{Code: "codes_paused", RetryAfter: wait,
		Text: "far more codes than usual were asked for or tried wrongly, so codes rest for a while; sign in with the password, or wait as long as Retry-After says"}
}

// brake counts a wrong code, and pulls the brake when there were too many since it was last let go.
func (s *Store) brake(ctx context.Context, tx pgx.Tx) error {
	now, key := s.now(), s.Name("wrong code", "")
	if _, err := tx.Exec(ctx, "INSERT INTO identity.attempts (key, at) VALUES ($1, $2)", key, now); err != nil {
		return err
	}
	var wrong, today int
	err := tx.QueryRow(ctx, `SELECT
		(SELECT count(*) FROM identity.attempts WHERE key = $1 AND at >= greatest($2, (SELECT coalesce(max(until), $2) FROM identity.brakes))),
		(SELECT count(*) FROM identity.brakes WHERE began > $3)`, key, now.Add(-BrakeWithin), now.Add(-24*time.Hour)).Scan(&wrong, &today)
	if err != nil || wrong < BrakeAfter {
		return err
	}
	_, err = tx.Exec(ctx, "INSERT INTO identity.brakes (began, until) VALUES ($1, $2) ON CONFLICT DO NOTHING", now, now.Add(BrakeFor(today)))
	return err
}

// BrakeFor is how long the brake holds after it was pulled so many times in the last 24 hours: 10 minutes, doubled each time, a day at most.
func BrakeFor(before int) time.Duration { return min(BrakeWithin<<min(before, 16), 24*time.Hour) }

// Sends of everybody together within an hour: three times what is usual for the hour, and never stopped below a floor.
const (
	sendsFloor = 500
	sendsTimes = 3
	sendsDays  = 14
)

// countSend counts a message that will go out, or refuses with codes_paused when all together are far beyond what is usual.
func (s *Store) countSend(ctx context.Context, tx pgx.Tx) error {
	hour := s.now().UTC().Truncate(time.Hour)
	var n, usual int
	err := tx.QueryRow(ctx, "INSERT INTO identity.sends (hour, n) VALUES ($1, 1) ON CONFLICT (hour) DO UPDATE SET n = sends.n + 1 RETURNING n", hour).Scan(&n)
	if err != nil || n <= sendsFloor {
		return err
	}
	err = tx.QueryRow(ctx, `SELECT coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY coalesce(s.n, 0)), 0)
		FROM generate_series(1, $2::int) AS day LEFT JOIN identity.sends s ON s.hour = $1::timestamptz - day * interval '1 day'`, hour, sendsDays).Scan(&usual)
	if err == nil && n > sendsTimes*usual {
		return paused(hour.Add(time.Hour).Sub(s.now()))
	}
	return err
}
