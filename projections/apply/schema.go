package apply

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dakahq/daka/projections/tables"
)

// Schema is a schema of read models that is written to.
//
// Invariant: Within runs one transaction at a time, and what memory learned in one that did not commit is forgotten before the next begins.
type Schema struct {
	Pool  *pgxpool.Pool
	Log   *slog.Logger
	Shape tables.Shape
	// Version numbers the schema: rm_<version>.
	Version int64
	// Bare transactions have no stage for COPY: a rebuild fills tables before their row-level security is forced.
	Bare bool
	// PlainRows writes rows without COPY; for measurements.
	PlainRows bool
	// Forget drops what memory holds of the schema.
	Forget func()

	mu sync.Mutex
	// turn is held by whoever waits for mu: a page comes after one slice, however eager the sweeper is.
	turn sync.Mutex
}

// Name is the schema's name in Postgres.
func (s *Schema) Name() string { return NameOf(s.Version) }

// NameOf is the name of a version's schema in Postgres.
func NameOf(version int64) string { return fmt.Sprintf("rm_%d", version) }

// opener is a connection or a pool of them.
type opener interface {
	BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error)
}

// begin opens a transaction on the schema. The checkpoint is in the same transaction as the rows, so a commit that Postgres loses in a crash
// is simply read again. Every statement of a page goes by key, whatever the planner thinks of tables that have just been filled.
func (s *Schema) begin(ctx context.Context, on opener) (pgx.Tx, error) {
	begin := `BEGIN; SET LOCAL search_path TO ` + s.Name() + `, ` + s.Shape.Path() + `; SET LOCAL synchronous_commit = off; SET LOCAL jit = off;
		SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off`
	if !s.Bare {
		begin += ";" + tables.StageScript()
	}
	tx, err := on.BeginTx(ctx, pgx.TxOptions{BeginQuery: begin})
	if err != nil {
		return nil, fmt.Errorf("begin a page: %w", err)
	}
	if !s.Bare {
		return &tables.StagedTx{Tx: tx, Used: map[string]bool{}, Plain: s.PlainRows}, nil
	}
	return tx, nil
}

// Within runs one transaction; only one runs at a time, and a failure forgets what memory learned in it.
func (s *Schema) Within(ctx context.Context, do func(pgx.Tx) error) error {
	s.turn.Lock()
	s.mu.Lock()
	s.turn.Unlock()
	defer s.mu.Unlock()
	tx, err := s.begin(ctx, s.Pool)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if err = safely(tx, do); err == nil {
		err = tx.Commit(ctx)
	}
	if err != nil {
		s.Forget()
	}
	return err
}

// Hold runs do while no transaction of Within runs.
func (s *Schema) Hold(do func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return do()
}

// InTx runs do in a transaction of the schema beside others.
func (s *Schema) InTx(ctx context.Context, do func(pgx.Tx) error) error {
	return s.withTx(ctx, s.Pool, do)
}

// InOwnConn does it on a connection of its own, for what takes long while others wait for the pool's.
func (s *Schema) InOwnConn(ctx context.Context, do func(pgx.Tx) error) error {
	conn, err := pgx.ConnectConfig(ctx, s.Pool.Config().ConnConfig.Copy())
	if err != nil {
		return fmt.Errorf("connect for a rebuild: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	return s.withTx(ctx, conn, do)
}

func (s *Schema) withTx(ctx context.Context, on opener, do func(pgx.Tx) error) error {
	tx, err := s.begin(ctx, on)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// panicError is a fault of the program in the middle of a page; it comes again on every try.
type panicError struct{ text string }

func (e *panicError) Error() string { return "panic: " + e.text }

func safely(tx pgx.Tx, do func(pgx.Tx) error) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = &panicError{fmt.Sprintf("%v\n%s", caught, debug.Stack())}
		}
	}()
	return do(tx)
}
