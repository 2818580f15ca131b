package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/deploy/single/postgres"
	"github.com/dakahq/daka/deploy/single/rig"
)

// eventsOlder puts an older event file back: it is noticed, undone by the newer file, and declared at the end.
func (s *stage) eventsOlder(ctx context.Context) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	then := s.acked
	if err := s.server.Stop(); err != nil {
		return err
	}
	older, err := s.keep("events", "older")
	if err != nil {
		return err
	}
	if err := errors.Join(s.start(ctx), s.punch(ctx, 10), s.server.Stop()); err != nil {
		return err
	}
	newer, err := s.keep("events", "newer")
	if err != nil {
		return err
	}
	if err := errors.Join(s.putBack("events", older), s.server.Start()); err != nil {
		return err
	}
	s.refusesToWrite(ctx)
	if err := errors.Join(s.server.Stop(), s.putBack("events", newer), s.start(ctx), s.punch(ctx, 3), s.whole(ctx), s.server.Stop()); err != nil {
		return err
	}
	if err := errors.Join(s.putBack("events", older), s.server.Start()); err != nil {
		return err
	}
	s.refusesToWrite(ctx)
	out, err := s.daka(ctx, "rollback", "declare", "--reason", "a drill")
	s.Expect(err == nil, "rollback declare: %s", strings.TrimSpace(out))
	s.acked = then
	if _, err := s.server.WaitReady(ctx, time.Minute); err != nil {
		return err
	}
	return errors.Join(s.punch(ctx, 7), s.whole(ctx))
}

// refusesToWrite waits until doctor tells of the rollback, and tries a punch.
func (s *stage) refusesToWrite(ctx context.Context) {
	for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(50 * time.Millisecond) {
		if _, err := s.client.Do(ctx, "GET", "/healthz", "", nil); err == nil {
			break // before, doctor would open the stores itself, and the server would find them taken
		}
	}
	var out string
	for began := time.Now(); time.Since(began) < time.Minute && !strings.Contains(out, "rollback_detected"); time.Sleep(200 * time.Millisecond) {
		out, _ = s.daka(ctx, "doctor")
	}
	s.Expect(strings.Contains(out, "put the newer event file back") && strings.Contains(out, "daka rollback declare"), "doctor says what happened and both ways on")
	key, err := uuid.NewV7()
	if err != nil {
		s.Expect(false, "a key for a punch: %v", err)
		return
	}
	a, err := s.client.Do(ctx, "POST", s.company.PunchPath(), key.String(), s.company.Punch(0))
	s.Expect(err == nil && a.Status == 503 && strings.Contains(string(a.Body), "rollback_detected"), "a punch is refused: %d %v", a.Status, err)
}

// indexHole takes rows of the ledger's index away, as a Postgres from an older backup would have it.
func (s *stage) indexHole(ctx context.Context) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	for _, hurt := range []string{
		"DELETE FROM ledger.ledger_index WHERE index IN (3, 9)",
		"DELETE FROM ledger.ledger_index; UPDATE ledger.ledger_head SET commit_pos = 0, prepare_pos = 0",
	} {
		if err := errors.Join(s.server.Stop(), s.inPostgres(ctx, hurt), s.start(ctx), s.punch(ctx, 5), s.whole(ctx)); err != nil {
			return err
		}
	}
	return nil
}

// inPostgres runs a statement in the private Postgres of a server that does not run.
func (s *stage) inPostgres(ctx context.Context, statement string) (err error) {
	server, err := postgres.Start(ctx, postgres.Config{Dir: filepath.Join(s.data, "postgres")})
	if err != nil {
		return fmt.Errorf("starting the private Postgres: %w", err)
	}
	defer func() { err = errors.Join(err, server.Stop(context.WithoutCancel(ctx))) }()
	conn, err := pgx.Connect(ctx, server.URL(postgres.Database))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// otherKeys starts with no key store and with another one, then with the right one again, and declares a loss at the end.
func (s *stage) otherKeys(ctx context.Context) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	if err := s.server.Stop(); err != nil {
		return err
	}
	right, err := s.keep("keys", "keys-right")
	if err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(s.data, "keys")); err != nil {
		return err
	}
	s.refusesToStart(ctx, "is missing")
	other, err := rig.Daka(s.bin, "serve", s.data+"-other", nil)
	if err != nil {
		return err
	}
	if err := other.Start(); err != nil {
		return err
	}
	_, err = other.WaitReady(ctx, time.Minute)
	if err := errors.Join(err, other.Stop(), s.putBack("keys", other.Data+"/keys"), s.tighten()); err != nil {
		return err
	}
	s.refusesToStart(ctx, "is another one")
	if err := errors.Join(s.putBack("keys", right), s.tighten(), s.start(ctx), s.punch(ctx, 5), s.whole(ctx), s.server.Stop()); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(s.data, "keys")); err != nil {
		return err
	}
	out, err := s.daka(ctx, "keys", "replace", "--reason", "a drill")
	s.Expect(err == nil, "keys replace: %s", strings.TrimSpace(out))
	return errors.Join(s.start(ctx), s.punch(ctx, 5), s.whole(ctx))
}

// tighten gives copied keys the rights that a key store asks for.
func (s *stage) tighten() error {
	keys := filepath.Join(s.data, "keys")
	return errors.Join(os.Chmod(keys, 0o700), os.Chmod(filepath.Join(keys, "master.key"), 0o600))
}

// refusesToStart looks for a start that ends by itself, with both ways on in its last words.
func (s *stage) refusesToStart(ctx context.Context, why string) {
	err := s.start(ctx)
	said := s.server.LastWords()
	s.Expect(err != nil && strings.Contains(said, "key_store_mismatch") && strings.Contains(said, why) && strings.Contains(said, "daka keys replace"),
		"the start is refused, because the key store %s", why)
}
