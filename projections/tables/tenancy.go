package tables

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dakahq/daka/domain"
)

// AppRole is the role that reads for people: it owns nothing, may write nothing, and obeys row-level security.
const AppRole = "daka_app"

const makeRole = "CREATE ROLE " + AppRole + " NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS"

// The codes of Postgres that are no fault here.
const (
	StateNoPrivilege = "42501"
	stateDuplicate   = "42710"
	stateUnique      = "23505"
	StateNoTable     = "42P01"
	stateCachedPlan  = "0A000"
)

// IsState tells an error of Postgres with one of the codes.
func IsState(err error, states ...string) bool {
	said, ok := errors.AsType[*pgconn.PgError](err)
	return ok && strings.Contains(strings.Join(states, " "), said.Code)
}

// EnsureRole makes the application's role where it is missing, and makes sure that the owner may step down to it. What the owner is
// not allowed to do is told as the exact SQL for a superuser.
func EnsureRole(ctx context.Context, pool *pgxpool.Pool) error {
	step := func() error {
		return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "SET LOCAL ROLE "+AppRole)
			return err
		})
	}
	if step() == nil {
		return nil
	}
	var user string
	var exists bool
	err := pool.QueryRow(ctx, "SELECT current_user, EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1)", AppRole).Scan(&user, &exists)
	if err != nil {
		return fmt.Errorf("look for the role %s: %w", AppRole, err)
	}
	grant := "GRANT " + AppRole + " TO " + pgx.Identifier{user}.Sanitize()
	help := func(err error) error {
		return fmt.Errorf("the role %s, which reads for people, cannot be made ready (%w); run this as a superuser: %s; %s;", AppRole, err, makeRole, grant)
	}
	if !exists {
		if _, err := pool.Exec(ctx, makeRole); err != nil && !IsState(err, stateDuplicate, stateUnique) {
			return help(err)
		}
	}
	if step() == nil {
		return nil
	}
	if _, err := pool.Exec(ctx, grant); err != nil && !IsState(err, stateUnique) {
		return help(err)
	}
	if err := step(); err != nil {
		return help(err)
	}
	return nil
}

// AppPool is a pool of the owner's address whose sessions have stepped down to the application's role and only read.
func AppPool(ctx context.Context, owner *pgxpool.Pool) (*pgxpool.Pool, error) {
	config := owner.Config()
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "SET ROLE "+AppRole+"; SET default_transaction_read_only = on")
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("prepare the pool of %s: %w", AppRole, err)
	}
	return pool, nil
}

// tenantOf is what makes a row an organization's. stream_heads has no column for it: the stream's name tells.
func tenantOf(table string) string {
	if table == "stream_heads" {
		return "substr(stream, strpos(stream, '-') + 1, 36) = (SELECT current_setting('app.tenant', true)::uuid::text)"
	}
	return "org = (SELECT current_setting('app.tenant', true)::uuid)"
}

// wallScript puts row-level security over the tables of the search path: the application's role sees one organization, the owner all.
func wallScript(tables []string) string {
	var b strings.Builder
	for _, t := range tables {
		fmt.Fprintf(&b, "ALTER TABLE %[1]s ENABLE ROW LEVEL SECURITY; DROP POLICY IF EXISTS tenant ON %[1]s; DROP POLICY IF EXISTS writer ON %[1]s;", t)
		fmt.Fprintf(&b, "CREATE POLICY tenant ON %s TO %s USING (%s) WITH CHECK (%[3]s);", t, AppRole, tenantOf(t))
		fmt.Fprintf(&b, "CREATE POLICY writer ON %s TO CURRENT_USER USING (true) WITH CHECK (true);", t)
	}
	return b.String()
}

// CloseScript forces the walls upon the owner, too, and lets the application's role look. A bulk load comes before it: Postgres takes no
// COPY into a table with forced row-level security.
func CloseScript(version int64, tables []string) string {
	var b strings.Builder
	for _, t := range tables {
		fmt.Fprintf(&b, "ALTER TABLE rm_%d.%s FORCE ROW LEVEL SECURITY;", version, t)
	}
	fmt.Fprintf(&b, "GRANT USAGE ON SCHEMA rm_%[1]d TO %[2]s; GRANT SELECT ON ALL TABLES IN SCHEMA rm_%[1]d TO %[2]s;", version, AppRole)
	return b.String()
}

// ForceRowSecurity puts row-level security over live read models that an older program of the same shape made.
func (s Shape) ForceRowSecurity(ctx context.Context, pool *pgxpool.Pool) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		var version int64
		if err := tx.QueryRow(ctx, "SELECT version FROM "+s.Schema()+".projector FOR UPDATE").Scan(&version); err != nil {
			return fmt.Errorf("read the projector: %w", err)
		}
		if version == 0 {
			return nil
		}
		holes, err := s.Holes(ctx, tx, version)
		if err != nil || len(holes) == 0 {
			return err
		}
		made, err := RelationsOf(ctx, tx, fmt.Sprintf("rm_%d", version), "r")
		if err != nil {
			return err
		}
		script := fmt.Sprintf("SET LOCAL search_path TO rm_%d;", version) + wallScript(made) + CloseScript(version, made) +
			fmt.Sprintf("GRANT USAGE ON SCHEMA %[1]s TO %[2]s; GRANT SELECT ON ALL TABLES IN SCHEMA %[1]s TO %[2]s; REVOKE ALL ON %[1]s.projector FROM %[2]s", s.Schema(), AppRole)
		if _, err := tx.Exec(ctx, script); err != nil {
			return fmt.Errorf("put walls over the read models rm_%d: %w", version, err)
		}
		return nil
	})
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// RelationsOf names a schema's tables ("r") or views ("v"), which another program may have made.
func RelationsOf(ctx context.Context, q querier, schema, kind string) ([]string, error) {
	rows, err := q.Query(ctx, `SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = $1 AND c.relkind = $2::"char" AND c.relpersistence = 'p' ORDER BY 1`, schema, kind)
	if err != nil {
		return nil, fmt.Errorf("list the read models: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("list the read models: %w", err)
	}
	return names, nil
}

// Holes names tables without forced row-level security and views that do not look with the reader's eyes; the projector's row is nobody's.
func (s Shape) Holes(ctx context.Context, q querier, version int64) ([]string, error) {
	rows, err := q.Query(ctx, `SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE (n.nspname IN ('rm', $1, $2) AND c.relname <> 'projector' OR n.nspname = 'ledger' AND c.relname = 'ledger_index') AND (c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
			OR c.relkind IN ('v', 'm') AND NOT coalesce('security_invoker=true' = ANY(c.reloptions), false)) ORDER BY 1`, fmt.Sprintf("rm_%d", version), s.Schema())
	if err != nil {
		return nil, fmt.Errorf("look for holes in the walls: %w", err)
	}
	holes, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("look for holes in the walls: %w", err)
	}
	return holes, nil
}

// ErrWalls says that one organization could read another's rows; no reads are served then.
var ErrWalls = errors.New("the walls between organizations do not hold")

// VerifyIsolation tries the walls before anything is read through them: owner and app look through the shape's views, version is that of its own
// tables, 0 for none.
func (s Shape) VerifyIsolation(ctx context.Context, owner, app *pgxpool.Pool, version int64) error {
	if err := VerifyRole(ctx, app); err != nil {
		return err
	}
	holes, err := s.Holes(ctx, owner, version)
	if err != nil {
		return err
	}
	if len(holes) > 0 {
		return fmt.Errorf("%w: %s stand open", ErrWalls, strings.Join(holes, ", "))
	}
	if version == 0 { // another version's tables are shown for the time being
		return proveTables(ctx, app, "", nil)
	}
	member, streams, err := someRows(ctx, owner)
	if err == nil {
		err = proveTables(ctx, app, member.String(), streams)
	}
	if err != nil {
		return err
	}
	return proveCanary(ctx, owner, version)
}

// VerifyRole looks at the role that reads: it must not be able to pass row-level security.
func VerifyRole(ctx context.Context, app *pgxpool.Pool) error {
	var role string
	var mighty bool
	var owned int
	err := app.QueryRow(ctx, `SELECT rolname, rolsuper OR rolbypassrls, (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE (n.nspname ~ '^(rm(_[0-9]+)?|shape_.*)$' OR n.nspname IN ('ledger', 'projection')) AND pg_has_role(r.oid, c.relowner, 'USAGE')) FROM pg_roles r WHERE rolname = current_user`).
		Scan(&role, &mighty, &owned)
	switch {
	case err != nil:
		return fmt.Errorf("look at the role that reads: %w", err)
	case mighty:
		return fmt.Errorf("%w: the role %s is a superuser or bypasses row-level security", ErrWalls, role)
	case owned > 0:
		return fmt.Errorf("%w: the role %s owns %d of the tables", ErrWalls, role, owned)
	}
	return nil
}

// proveTables reads every table as an organization that does not exist, and as none: it must see nothing. A member with days and some
// streams stand for the tables that have no key by organization; without a member those are looked through.
func proveTables(ctx context.Context, app *pgxpool.Pool, member string, streams []string) error {
	for _, tenant := range []string{domain.ID{}.String(), ""} {
		if err := tryTables(ctx, app, tenant, member, streams); err != nil {
			return err
		}
	}
	return nil
}

// someRows gives a member with days, or the nil id, and some streams.
func someRows(ctx context.Context, owner *pgxpool.Pool) (member domain.ID, streams []string, err error) {
	err = owner.QueryRow(ctx, `SELECT coalesce((SELECT member FROM days ORDER BY date DESC LIMIT 1), $2),
		array(SELECT stream FROM stream_heads ORDER BY stream LIMIT $1) || array(SELECT stream FROM stream_heads ORDER BY stream DESC LIMIT $1)`,
		headsTried, member).Scan(&member, &streams)
	if err != nil {
		return member, nil, fmt.Errorf("name some rows: %w", err)
	}
	return member, streams, nil
}

// headsTried is how many of the first and of the last streams are looked for.
const headsTried = 100

// stateWallOpen is what tryWalls raises, with the table's name.
const stateWallOpen = "DAKA1"

// tryWalls looks whether any table shows a row, in one round trip: a start that competes with a crowd of punches would wait its turn at
// each. Without a tenant the policies' cast fails, which shows nothing, too. The planner expects rows and would read big tables from end to
// end, hence no sequential scans; what has no key by organization is tried on some of its rows.
//
//go:embed verify_isolation.sql
var tryWalls string

func tryTables(ctx context.Context, app *pgxpool.Pool, tenant, member string, streams []string) error {
	var b pgx.Batch
	b.Queue(EnterTenant, tenant)
	b.Queue(`SELECT set_config('enable_seqscan', 'off', true), set_config('daka.streams', $1::text[]::text, true), set_config('daka.member', $2::text, true)`,
		streams, member)
	b.Queue(tryWalls)
	err := app.SendBatch(ctx, &b).Close()
	if said, ok := errors.AsType[*pgconn.PgError](err); ok && said.Code == stateWallOpen {
		return fmt.Errorf("%w: %s shows rows to %q", ErrWalls, said.Message, tenant)
	}
	if err != nil {
		return fmt.Errorf("try the walls of the tables as %q: %w", tenant, err)
	}
	return nil
}

var errProved = errors.New("the canaries are let go")

// proveCanary writes two organizations into a transaction that is rolled back, and looks from one of them.
func proveCanary(ctx context.Context, owner *pgxpool.Pool, version int64) error {
	one, other := domain.NewPreimage("daka/canary/1").ID(), domain.NewPreimage("daka/canary/2").ID()
	err := pgx.BeginFunc(ctx, owner, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, fmt.Sprintf(`INSERT INTO rm_%d.clocks (org, through) SELECT unnest($1::uuid[]), now()`, version), []domain.ID{one, other})
		if err == nil {
			_, err = tx.Exec(ctx, "SET LOCAL ROLE "+AppRole)
		}
		if err == nil {
			_, err = tx.Exec(ctx, EnterTenant, one.String())
		}
		var own, foreign int
		if err == nil {
			err = tx.QueryRow(ctx, "SELECT count(*) FILTER (WHERE org = $1), count(*) FILTER (WHERE org <> $1) FROM clocks", one).Scan(&own, &foreign)
		}
		switch {
		case err != nil:
			return fmt.Errorf("look from one organization: %w", err)
		case own != 1 || foreign != 0:
			return fmt.Errorf("%w: an organization saw %d rows of its own and %d of others, not 1 and 0", ErrWalls, own, foreign)
		}
		return errProved
	})
	if errors.Is(err, errProved) {
		return nil
	}
	return err
}
