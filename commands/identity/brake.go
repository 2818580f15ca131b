package identity

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
)

// The brake on guessing at codes, and that on sending them. Neither holds a device on which the person has signed in before.
const (
	// BrakeAfter wrong guesses at codes that were alive, within BrakeWithin, rest the codes of strangers; each time of a day twice as long.
	BrakeAfter  = 100
	BrakeWithin = 10 * time.Minute
	// BrakeShare is how many of them one neighbourhood of the network may add, so that no single one pulls the brake.
	BrakeShare = 5
	// BrakeMost bounds how long it holds.
	BrakeMost = time.Hour
	brakeLife = 30 * 24 * time.Hour

	// Messages with codes of everybody together within an hour: three times what is usual for the hour, and never stopped below a floor.
	sendsFloor = 500
	sendsTimes = 3
	sendsDays  = 14
)

// brakes hold back strangers while far more guesses or messages come than usual.
type brakes struct {
	*database
	limits *Limits
}

// guessesRest refuses a stranger while the brake holds.
func (s *brakes) guessesRest(ctx context.Context, tx pgx.Tx, who Asker) error {
	if who.Known {
		return nil
	}
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
		Text: "far more codes than usual were asked for or tried wrongly, so codes rest for devices that have not signed in before; use such a device, sign in with the password, or wait as long as Retry-After says"}
}

// countGuess counts a wrong guess of a stranger, and pulls the brake when there were too many since it was last let go.
func (s *brakes) countGuess(ctx context.Context, tx pgx.Tx, who Asker) error {
	if who.Known {
		return nil
	}
	if err := hold(ctx, tx, s.Name("brake", "")); err != nil {
		return err
	}
	all := s.Name("wrong code", "")
	mine := Limit{Key: s.Name("wrong code", s.neighbourhood(who.Address)), Most: BrakeShare, Within: BrakeWithin}
	if wait, err := s.limits.left(ctx, tx, mine); err != nil || wait > 0 {
		return err
	}
	if err := s.limits.note(ctx, tx, []Limit{mine, {Key: all}}); err != nil {
		return err
	}
	var wrong, today int
	now := s.now()
	err := tx.QueryRow(ctx, `SELECT
		(SELECT count(*) FROM identity.attempts WHERE key = $1 AND at >= greatest($2, (SELECT coalesce(max(until), $2) FROM identity.brakes))),
		(SELECT count(*) FROM identity.brakes WHERE began > $3)`, all, now.Add(-BrakeWithin), now.Add(-24*time.Hour)).Scan(&wrong, &today)
	if err != nil || wrong < BrakeAfter {
		return err
	}
	_, err = tx.Exec(ctx, "INSERT INTO identity.brakes (began, until) VALUES ($1, $2) ON CONFLICT DO NOTHING", now, now.Add(BrakeFor(today)))
	return err
}

// BrakeFor is how long the brake holds after it was pulled so many times in the last 24 hours: 10 minutes, doubled each time, an hour at most.
func BrakeFor(before int) time.Duration { return min(BrakeWithin<<min(before, 16), BrakeMost) }

// countSend counts a message with a code that was handed over.
func (s *brakes) countSend(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, "INSERT INTO identity.sends (hour, n) VALUES ($1, 1) ON CONFLICT (hour) DO UPDATE SET n = sends.n + 1", s.now().UTC().Truncate(time.Hour))
	return err
}

// sendsRest refuses a stranger with codes_paused when far more messages than usual went out in this hour; it asks nothing about who gets
// this one, so that the answer tells nobody whether there is an account.
func (s *brakes) sendsRest(ctx context.Context, tx pgx.Tx, who Asker) error {
	if who.Known {
		return nil
	}
	hour := s.now().UTC().Truncate(time.Hour)
	var n, usual int
	err := tx.QueryRow(ctx, "SELECT coalesce((SELECT n FROM identity.sends WHERE hour = $1), 0)", hour).Scan(&n)
	if err != nil || n < sendsFloor {
		return err
	}
	err = tx.QueryRow(ctx, `SELECT coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY coalesce(s.n, 0)), 0)
		FROM generate_series(1, $2::int) AS day LEFT JOIN identity.sends s ON s.hour = $1::timestamptz - day * interval '1 day'`, hour, sendsDays).Scan(&usual)
	if err == nil && n >= sendsTimes*usual {
		return paused(hour.Add(time.Hour).Sub(s.now()))
	}
	return err
}
