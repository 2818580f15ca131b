package tables

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

// ModelsSQL makes the tables, without keys of the big ones.
//
//go:embed models.sql
var ModelsSQL string

// FactIndexesSQL makes the keys that assessing needs.
//
//go:embed indexes_facts.sql
var FactIndexesSQL string

// PunchIndexesSQL makes the keys of the punches.
//
//go:embed indexes_punches.sql
var PunchIndexesSQL string

//go:embed indexes_days.sql
var dayIndexesSQL string

//go:embed views.sql
var viewsSQL string

// Migrate brings the schemas ledger and projection up to date; copies that start together wait for one another.
func Migrate(ctx context.Context, pool *pgxpool.Pool) error {
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

// Names are the read models in the order of models.sql.
func Names() []string {
	var names []string
	for line := range strings.Lines(ModelsSQL) {
		if rest, ok := strings.CutPrefix(line, "CREATE TABLE "); ok {
			name, _, _ := strings.Cut(rest, " ")
			names = append(names, name)
		}
	}
	return names
}

// PrimaryKeys makes the unique indexes of the big tables their primary keys.
const PrimaryKeys = "ALTER TABLE punches ADD PRIMARY KEY USING INDEX punches_pkey; ALTER TABLE days ADD PRIMARY KEY USING INDEX days_pkey; ALTER TABLE anomalies ADD PRIMARY KEY USING INDEX anomalies_pkey;"

// KeysOf are the statements that make a big table's keys, a key a line.
func KeysOf(table string) (statements []string) {
	for line := range strings.Lines(PunchIndexesSQL + dayIndexesSQL) {
		if strings.HasPrefix(line, "CREATE ") && strings.Contains(line, " ON "+table+" ") {
			statements = append(statements, line)
		}
	}
	return statements
}

// Views are what stands over the tables of a schema.
func Views() string { return viewsSQL + monthsView() }

// Create makes empty read models; keys of the big tables come later when bulk is true.
func (s Shape) Create(ctx context.Context, tx pgx.Tx, version int64, bulk bool) error {
	name := fmt.Sprintf("rm_%d", version)
	script := "CREATE SCHEMA " + name + "; SET LOCAL search_path TO " + name + ";" + ModelsSQL + s.Extra + wallScript(Names())
	if !bulk {
		script += FactIndexesSQL + PunchIndexesSQL + dayIndexesSQL + PrimaryKeys + Views() + CloseScript(version, Names())
	}
	if _, err := tx.Exec(ctx, script); err != nil {
		return fmt.Errorf("create the read models %s: %w", name, err)
	}
	return nil
}

// PointViews makes the views of a shape show one version: readers of this program name nothing else. The schema rm, for people with a database
// client, shows the newest shape's.
//
// A reader locks views in the order of its query, so replacing them can meet it halfway round. The views are therefore replaced in one
// statement that gives up within half of what a reader waits before it looks for a deadlock: it is never the reader that fails.
func (s Shape) PointViews(ctx context.Context, tx pgx.Tx, version int64) error {
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
func (s Shape) viewScript(ctx context.Context, tx pgx.Tx, version int64) (string, error) {
	var newest bool
	var shown string
	err := tx.QueryRow(ctx, `SELECT NOT EXISTS (SELECT FROM projection.shapes WHERE fold > $1 AND version > 0), coalesce(obj_description(to_regnamespace('rm'), 'pg_namespace'), '')`, s.Fold).
		Scan(&newest, &shown)
	if err != nil {
		return "", fmt.Errorf("look what rm shows: %w", err)
	}
	var b strings.Builder
	b.WriteString("DO $views$ BEGIN ")
	schemas := []string{s.Schema()}
	if newest {
		schemas = append(schemas, "rm")
		if shown != s.Tables() {
			b.WriteString("DROP SCHEMA IF EXISTS rm CASCADE;")
		}
		fmt.Fprintf(&b, "CREATE SCHEMA IF NOT EXISTS rm; COMMENT ON SCHEMA rm IS '%s'; GRANT USAGE ON SCHEMA rm TO %s;", s.Tables(), AppRole)
		fmt.Fprintf(&b, "CREATE OR REPLACE VIEW projection.projector WITH (security_invoker = true) AS SELECT * FROM %s.projector;", s.Schema())
	}
	for _, schema := range schemas {
		for _, t := range append(Names(), "slots", "months") {
			fmt.Fprintf(&b, "CREATE OR REPLACE VIEW %[1]s.%[2]s WITH (security_invoker = true) AS SELECT * FROM rm_%[3]d.%[2]s; GRANT SELECT ON %[1]s.%[2]s TO %[4]s;", schema, t, version, AppRole)
		}
	}
	b.WriteString("END $views$;")
	return b.String(), nil
}

// NextVersion is above every schema that exists.
func NextVersion(ctx context.Context, tx pgx.Tx) (version int64, err error) {
	err = tx.QueryRow(ctx, `SELECT greatest(coalesce(max(substr(nspname, 4)::bigint), 0), (SELECT coalesce(max(version), 0) FROM projection.shapes)) + 1
		FROM pg_namespace WHERE nspname ~ '^rm_[0-9]+$'`).Scan(&version)
	if err != nil {
		return 0, fmt.Errorf("number the read models: %w", err)
	}
	return version, nil
}

// DropSchema removes read models that nobody shows; it gives readers that still hold them a moment, several times.
func DropSchema(ctx context.Context, pool *pgxpool.Pool, version int64) error {
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
