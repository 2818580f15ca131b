package identity

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/dakahq/daka/commands/keys"
	"github.com/dakahq/daka/domain"
)

//go:embed migrations/*.sql
var migrations embed.FS

var (
	// ErrDown is a Postgres that does not answer; the same may be asked again in a moment.
	ErrDown = errors.New("the identity store does not answer")
	// ErrNoSession is a token that names no session, or one that ended.
	ErrNoSession = errors.New("there is no such session")
	// ErrExpired is a session that was not used for too long, or is too old for its person's roles; it is an ErrNoSession, too.
	ErrExpired = fmt.Errorf("%w: it has expired", ErrNoSession)
	// ErrTaken is a number or an address that another account holds.
	ErrTaken = errors.New("it belongs to another account")
	// ErrCode is a code that is wrong, used, expired, or was never sent; they are told apart nowhere.
	ErrCode = errors.New("the code is wrong or has expired")
)

// Store is the identity store: a plain struct of nouns over one database. It is safe for many goroutines, and many processes may share one
// database.
type Store struct {
	*database
	Accounts  *Accounts
	Passwords *Passwords
	Sessions  *Sessions
	Codes     *Codes
	Limits    *Limits
	Devices   *Devices
	Cookies   *Cookies
	Outbox    *Outbox
	Security  *Security
}

// database is what every noun works on: Postgres, the store's key and the clock.
type database struct {
	pool *pgxpool.Pool
	key  keys.Key
	now  func() time.Time
}

// Subject is whose key the store uses in the key store, of no organization.
func Subject() domain.ID { return domain.NewPreimage("daka/identity/1").ID() }

// Open brings the schema up to date and takes the store's key. The pool stays the caller's.
func Open(ctx context.Context, pool *pgxpool.Pool, store *keys.Store, roles Roles, now func() time.Time) (*Store, error) {
	if err := migrate(ctx, pool); err != nil {
		return nil, err
	}
	_, key, err := store.Key(ctx, domain.ID{}, Subject())
	if err != nil {
		return nil, fmt.Errorf("the key of the identity store: %w", err)
	}
	db := &database{pool: pool, key: key, now: now}
	s := &Store{
		database: db, Passwords: &Passwords{database: db, hasher: newHasher()}, Limits: &Limits{db}, Devices: &Devices{db}, Security: &Security{db},
		Cookies: &Cookies{database: db, cookies: map[string]ended{}}, Sessions: &Sessions{database: db, roles: roles, cache: map[[32]byte]*seen{}},
	}
	s.Accounts = &Accounts{database: db, sessions: s.Sessions}
	held := &brakes{database: db, limits: s.Limits}
	s.Outbox = &Outbox{database: db, brakes: held, wake: make(chan struct{}, 1)}
	s.Codes = &Codes{database: db, limits: s.Limits, brakes: held, outbox: s.Outbox}
	return s, nil
}

func migrate(ctx context.Context, pool *pgxpool.Pool) error {
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close()
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("read the identity store's migrations: %w", err)
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(migrationLock))
	if err != nil {
		return fmt.Errorf("prepare the identity store's migration lock: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, dir, goose.WithSessionLocker(locker), goose.WithTableName("public.daka_identity_migrations"))
	if err != nil {
		return fmt.Errorf("prepare the identity store's migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the identity store: %w", err)
	}
	return nil
}

// migrationLock differs from the read models' lock, so that neither waits for the other.
const migrationLock = 0x64616b61_6964

// timeout bounds a use of the database that a person waits for.
const timeout = 4 * time.Second

// within runs fn in a transaction that ends in time; ErrDown when Postgres does not answer.
func (s *database) within(ctx context.Context, what string, fn func(context.Context, pgx.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return said(what, pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return fn(ctx, tx) }))
}

// exec runs one statement and gives how many rows it touched; what names it in errors.
func (s *database) exec(ctx context.Context, what, statement string, args ...any) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	tag, err := s.pool.Exec(ctx, statement, args...)
	return int(tag.RowsAffected()), said(what, err)
}

// said names what was tried, and marks an error of a Postgres that does not answer.
func said(what string, err error) error {
	var refusal *domain.Refusal
	switch {
	case err == nil, errors.As(err, &refusal), errors.Is(err, ErrCode), errors.Is(err, ErrTaken):
		return err
	case isDown(err):
		return fmt.Errorf("%s: %w: %w", what, ErrDown, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

func isDown(err error) bool {
	var pg *pgconn.PgError
	var connect *pgconn.ConnectError
	var network net.Error
	if errors.As(err, &pg) { // shutting down, starting up, too many connections
		return strings.HasPrefix(pg.Code, "57P") || strings.HasPrefix(pg.Code, "08") || pg.Code == "53300"
	}
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded) || pgconn.SafeToRetry(err) ||
		strings.Contains(err.Error(), "conn closed") || strings.Contains(err.Error(), "closed pool") || strings.Contains(err.Error(), "unexpected EOF")
}

// isTaken says that a unique index refused.
func isTaken(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505"
}

// Sweep removes what is of no use any more.
func (s *Store) Sweep(ctx context.Context) error {
	now := s.now()
	return s.within(ctx, "sweep the identity store", func(ctx context.Context, tx pgx.Tx) error {
		for statement, at := range map[string]time.Time{
			"DELETE FROM identity.attempts WHERE at < $1":              now.Add(-attemptLife),
			"DELETE FROM identity.codes WHERE expires < $1":            now.Add(-CodeLife),
			"DELETE FROM identity.brakes WHERE until < $1":             now.Add(-brakeLife),
			"DELETE FROM identity.sends WHERE hour < $1":               now.Add(-(sendsDays + 1) * 24 * time.Hour),
			"DELETE FROM identity.sessions WHERE expires <= $1":        now,
			"DELETE FROM identity.sessions WHERE seen <= $1":           now.Add(-SessionIdle),
			"DELETE FROM identity.outbox WHERE decoy AND expires < $1": now,
			"DELETE FROM identity.devices WHERE seen < $1":             now.Add(-DeviceLife),
			"DELETE FROM identity.ended WHERE until < $1":              now,
		} {
			if _, err := tx.Exec(ctx, statement, at); err != nil {
				return err
			}
		}
		return nil
	})
}
