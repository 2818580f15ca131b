package projections

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
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

// foldVersion counts changes of what the folds mean; a new number makes every copy rebuild.
const foldVersion = 2

// shape names the tables and the folds of this program; read models of another shape are rebuilt.
func shape() string {
	sum := sha256.Sum256([]byte(strconv.Itoa(foldVersion) + "\n" + modelsSQL + factIndexesSQL + punchIndexesSQL + dayIndexesSQL + views()))
	return hex.EncodeToString(sum[:8])
}

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

// views are what stands over the tables of a schema.
func views() string { return viewsSQL + monthsView }

// createSchema makes empty read models; keys of the big tables come later when bulk is true.
func createSchema(ctx context.Context, tx pgx.Tx, version int64, bulk bool) error {
	name := fmt.Sprintf("rm_%d", version)
	script := "CREATE SCHEMA " + name + "; SET LOCAL search_path TO " + name + ";" + modelsSQL + wallScript(tables())
	if !bulk {
		script += factIndexesSQL + punchIndexesSQL + dayIndexesSQL + primaryKeys + views() + closeScript(version, tables())
	}
	if _, err := tx.Exec(ctx, script); err != nil {
		return fmt.Errorf("create the read models %s: %w", name, err)
	}
	return nil
}

// pointViews makes the schema rm show one version. Readers only ever name rm. Views of another shape cannot be replaced in place.
//
// A reader locks views in the order of its query, so replacing them can meet it halfway round. The views are therefore replaced in one
// statement that gives up within half of what a reader waits before it looks for a deadlock: it is never the reader that fails.
func pointViews(ctx context.Context, tx pgx.Tx, version int64) error {
	var made string
	if err := tx.QueryRow(ctx, "SELECT shape FROM projection.projector").Scan(&made); err != nil {
		return fmt.Errorf("read the projector: %w", err)
	}
	script := viewScript(version, made != shape())
	var err error
	for range showTries {
		err = pgx.BeginFunc(ctx, tx, func(try pgx.Tx) error {
			if _, err := try.Exec(ctx, `SELECT set_config('statement_timeout', (extract(epoch FROM current_setting('deadlock_timeout')::interval) * 500)::int::text, true)`); err != nil {
				return err
			}
			_, err := try.Exec(ctx, script+"SET LOCAL statement_timeout TO DEFAULT;")
			return err
		})
		var refused *pgconn.PgError
		if err == nil || !errors.As(err, &refused) || refused.Code != stateCanceled || !pause(ctx, showPause) {
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

// viewScript is one DO statement, because a timeout counts per statement.
func viewScript(version int64, afresh bool) string {
	var b strings.Builder
	b.WriteString("DO $views$ BEGIN ")
	if afresh {
		b.WriteString("DROP SCHEMA IF EXISTS rm CASCADE;")
	}
	b.WriteString("CREATE SCHEMA IF NOT EXISTS rm;")
	for _, t := range append(tables(), "slots", "months") {
		fmt.Fprintf(&b, "CREATE OR REPLACE VIEW rm.%s WITH (security_invoker = true) AS SELECT * FROM rm_%d.%s;", t, version, t)
	}
	fmt.Fprintf(&b, "GRANT USAGE ON SCHEMA rm TO %[1]s; GRANT SELECT ON ALL TABLES IN SCHEMA rm TO %[1]s;", AppRole)
	b.WriteString("END $views$;")
	return b.String()
}

// found makes the first read models when there are none.
func found(ctx context.Context, pool *pgxpool.Pool) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		var version int64
		if err := tx.QueryRow(ctx, "SELECT version FROM projection.projector FOR UPDATE").Scan(&version); err != nil {
			return fmt.Errorf("read the projector: %w", err)
		}
		if version > 0 {
			return nil
		}
		version, err := nextVersion(ctx, tx)
		if err != nil {
			return err
		}
		if err := createSchema(ctx, tx, version, false); err != nil {
			return err
		}
		if err := pointViews(ctx, tx, version); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "UPDATE projection.projector SET version = $1, shape = $2, commit_pos = 0, prepare_pos = 0", version, shape())
		return err
	})
}

// nextVersion is above every schema that exists.
func nextVersion(ctx context.Context, tx pgx.Tx) (version int64, err error) {
	err = tx.QueryRow(ctx, `SELECT greatest(coalesce(max(substr(nspname, 4)::bigint), 0), (SELECT version FROM projection.projector)) + 1
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
		if err == nil || !pause(ctx, 500*time.Millisecond) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("drop the old read models rm_%d: %w", version, err)
	}
	return nil
}
