package projections

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

//go:embed models.sql
var modelsSQL string

//go:embed indexes_facts.sql
var factIndexesSQL string

//go:embed indexes_punches.sql
var punchIndexesSQL string

//go:embed indexes_days.sql
var dayIndexesSQL string

//go:embed views.sql
var viewsSQL string

// migrate brings the schemas ledger and projection up to date; copies that start together wait for one another.
func migrate(ctx context.Context, pool *pgxpool.Pool) error {
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close()
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("read the embedded migrations: %w", err)
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return fmt.Errorf("prepare the migration lock: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, dir, goose.WithSessionLocker(locker), goose.WithTableName("public.daka_migrations"))
	if err != nil {
		return fmt.Errorf("prepare the migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	return nil
}

// tables are the read models in the order of models.sql.
func tables() []string {
	var names []string
	for line := range strings.Lines(modelsSQL) {
		if rest, ok := strings.CutPrefix(line, "CREATE TABLE "); ok {
			name, _, _ := strings.Cut(rest, " ")
			names = append(names, name)
		}
	}
	return names
}

// primaryKeys makes the unique indexes of the big tables their primary keys.
const primaryKeys = "ALTER TABLE punches ADD PRIMARY KEY USING INDEX punches_pkey; ALTER TABLE days ADD PRIMARY KEY USING INDEX days_pkey; ALTER TABLE anomalies ADD PRIMARY KEY USING INDEX anomalies_pkey;"

// keysOf are the statements that make a big table's keys, a key a line.
func keysOf(table string) (statements []string) {
	for line := range strings.Lines(punchIndexesSQL + dayIndexesSQL) {
		if strings.HasPrefix(line, "CREATE ") && strings.Contains(line, " ON "+table+" ") {
			statements = append(statements, line)
		}
	}
	return statements
}

// views are what stands over the tables of a schema.
func views() string { return viewsSQL + monthsView }

// createSchema makes empty read models; keys of the big tables come later when bulk is true.
func (s shape) createSchema(ctx context.Context, tx pgx.Tx, version int64, bulk bool) error {
	name := fmt.Sprintf("rm_%d", version)
	script := "CREATE SCHEMA " + name + "; SET LOCAL search_path TO " + name + ";" + modelsSQL + s.extra + wallScript(tables())
	if !bulk {
		script += factIndexesSQL + punchIndexesSQL + dayIndexesSQL + primaryKeys + views() + closeScript(version, tables())
	}
	if _, err := tx.Exec(ctx, script); err != nil {
		return fmt.Errorf("create the read models %s: %w", name, err)
	}
	return nil
}

// pointViews makes the views of a shape show one version: readers of this program name nothing else. The schema rm, for people with a database
// client, shows the newest shape's.
//
// A reader locks views in the order of its query, so replacing them can meet it halfway round. The views are therefore replaced in one
// statement that gives up within half of what a reader waits before it looks for a deadlock: it is never the reader that fails.
func (s shape) pointViews(ctx context.Context, tx pgx.Tx, version int64) error {
	script, err := s.viewScript(ctx, tx, version)
	if err != nil {
		return err
	}
	for range showTries {
		err = pgx.BeginFunc(ctx, tx, func(try pgx.Tx) error {
			if _, err := try.Exec(ctx, `SELECT set_config('statement_timeout', (extract(epoch FROM current_setting('deadlock_timeout')::interval) * 500)::int::text, true)`); err != nil {
				return err
			}
			_, err := try.Exec(ctx, script+"SET LOCAL statement_timeout TO DEFAULT;")
			return err
		})
		var refused *pgconn.PgError
		if err == nil || !errors.As(err, &refused) || refused.Code != stateCanceled || !sleep(ctx, showPause) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("show the read models rm_%d: %w", version, err)
	}
	return nil
}

// Trying for some seconds outlasts any reader: the API bounds its queries.
const (
	showTries = 20
	showPause = 100 * time.Millisecond
	// stateCanceled is what a statement says that ran into its timeout.
	stateCanceled = "57014"
)

// viewScript is one DO statement, because a timeout counts per statement. The views of rm cannot be replaced in place when they are of other tables.
func (s shape) viewScript(ctx context.Context, tx pgx.Tx, version int64) (string, error) {
	var newest bool
	var shown string
	err := tx.QueryRow(ctx, `SELECT NOT EXISTS (SELECT FROM projection.shapes WHERE fold > $1 AND version > 0), coalesce(obj_description(to_regnamespace('rm'), 'pg_namespace'), '')`, s.fold).
		Scan(&newest, &shown)
	if err != nil {
		return "", fmt.Errorf("look what rm shows: %w", err)
	}
	var b strings.Builder
	b.WriteString("DO $views$ BEGIN ")
	schemas := []string{s.schema()}
	if newest {
		schemas = append(schemas, "rm")
		if shown != s.tables() {
			b.WriteString("DROP SCHEMA IF EXISTS rm CASCADE;")
		}
		fmt.Fprintf(&b, "CREATE SCHEMA IF NOT EXISTS rm; COMMENT ON SCHEMA rm IS '%s'; GRANT USAGE ON SCHEMA rm TO %s;", s.tables(), AppRole)
		fmt.Fprintf(&b, "CREATE OR REPLACE VIEW projection.projector WITH (security_invoker = true) AS SELECT * FROM %s.projector;", s.schema())
	}
	for _, schema := range schemas {
		for _, t := range append(tables(), "slots", "months") {
			fmt.Fprintf(&b, "CREATE OR REPLACE VIEW %[1]s.%[2]s WITH (security_invoker = true) AS SELECT * FROM rm_%[3]d.%[2]s; GRANT SELECT ON %[1]s.%[2]s TO %[4]s;", schema, t, version, AppRole)
		}
	}
	b.WriteString("END $views$;")
	return b.String(), nil
}

// nextVersion is above every schema that exists.
func nextVersion(ctx context.Context, tx pgx.Tx) (version int64, err error) {
	err = tx.QueryRow(ctx, `SELECT greatest(coalesce(max(substr(nspname, 4)::bigint), 0), (SELECT coalesce(max(version), 0) FROM projection.shapes)) + 1
		FROM pg_namespace WHERE nspname ~ '^rm_[0-9]+$'`).Scan(&version)
	if err != nil {
		return 0, fmt.Errorf("number the read models: %w", err)
	}
	return version, nil
}

// dropSchema removes read models that nobody shows; it gives readers that still hold them a moment, several times.
func dropSchema(ctx context.Context, pool *pgxpool.Pool, version int64) error {
	var err error
	for range 20 {
		err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, fmt.Sprintf("SET LOCAL lock_timeout = '500ms'; DROP SCHEMA IF EXISTS rm_%d CASCADE", version))
			return err
		})
		if err == nil || !sleep(ctx, 500*time.Millisecond) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("drop the old read models rm_%d: %w", version, err)
	}
	return nil
}

// sleep waits and says whether ctx still stands.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
