package tables

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// FoldVersion counts changes of the read models: of what the folds mean, and of the tables. It rises by one with each; testdata/shapes.txt
// holds the shape of every number, so that a change without a new one fails a test.
const FoldVersion = 6

// leaderLock is what the advisory locks of projectors are made from, one a shape; "daka" in ASCII.
const leaderLock int64 = 0x64616b61

// Shape names the tables and the folds of one version of the program. Versions that run side by side each have a shape of their own: a schema
// shape_<name> with a projector's row and the views that this version reads, over tables rm_<number> that it makes from the log itself. So
// neither rebuilds the other's tables, and nobody reads columns that it does not know.
type Shape struct {
	Fold int
	// extra changes tables, for tests of versions that differ in them.
	Extra string
}

// Tables is the sum of the tables alone: versions that differ in folds only can show each other's rows.
func (s Shape) Tables() string {
	sum := sha256.Sum256([]byte(ModelsSQL + FactIndexesSQL + PunchIndexesSQL + dayIndexesSQL + Views() + s.Extra))
	return hex.EncodeToString(sum[:8])
}

// Name is the sum of tables and folds.
func (s Shape) Name() string {
	sum := sha256.Sum256([]byte(strconv.Itoa(s.Fold) + s.Tables()))
	return hex.EncodeToString(sum[:8])
}

// Schema is where the shape's projector and views are.
func (s Shape) Schema() string { return "shape_" + s.Name() }

// Path is what connections of this version look through.
func (s Shape) Path() string { return s.Schema() + ", public" }

// Lock is the advisory lock of the shape's one projector.
func (s Shape) Lock() int64 {
	n, _ := strconv.ParseUint(s.Name(), 16, 64) // it is hexadecimal
	return leaderLock ^ int64(n)
}

var (
	// ErrTooOld is a program two versions or more behind the newest that has written read models here.
	ErrTooOld = errors.New("this version of the program is too old for the database")
	// ErrBuilding is a version whose read models are being made from the log for the first time; other versions' go on meanwhile.
	ErrBuilding = errors.New("the read models of this version are being made")
)

//go:embed projector.sql
var projectorTable string

// CreateFirst makes the place of this shape where there is none. In a database without any read models they are made, too, empty; else the shape's
// leader makes them from the log, and until then another version's are shown if their tables are the same.
func (s Shape) CreateFirst(ctx context.Context, pool *pgxpool.Pool) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if err := s.admitted(ctx, tx); err != nil {
			return err
		}
		script := fmt.Sprintf("CREATE SCHEMA IF NOT EXISTS %[1]s; GRANT USAGE ON SCHEMA %[1]s TO %[2]s;"+projectorTable, s.Schema(), AppRole)
		if _, err := tx.Exec(ctx, script); err != nil {
			return fmt.Errorf("make the place of the read models: %w", err)
		}
		_, err := tx.Exec(ctx, "INSERT INTO "+s.Schema()+".projector (shape) VALUES ($1) ON CONFLICT DO NOTHING", s.Name())
		if err == nil {
			_, err = tx.Exec(ctx, `INSERT INTO projection.shapes (shape, fold, tables) VALUES ($1, $2, $3) ON CONFLICT (shape) DO UPDATE SET seen_at = now()`, s.Name(), s.Fold, s.Tables())
		}
		if err != nil {
			return fmt.Errorf("note the shape of the read models: %w", err)
		}
		return s.foundTables(ctx, tx)
	})
}

// admitted holds other starts back, and refuses one that is two versions behind.
func (s Shape) admitted(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, "SELECT FROM projection.log FOR UPDATE"); err != nil {
		return fmt.Errorf("wait for other starts: %w", err)
	}
	var newest int
	if err := tx.QueryRow(ctx, "SELECT coalesce(max(fold), 0) FROM projection.shapes").Scan(&newest); err != nil {
		return fmt.Errorf("look for newer versions: %w", err)
	}
	if newest > s.Fold+1 {
		return fmt.Errorf("%w: its read models are version %d, and version %d has written here; start a program of version %d or later", ErrTooOld, s.Fold, newest, newest-1)
	}
	return nil
}

// foundTables makes empty read models where no version has any, and else shows another version's of the same tables for the time being.
func (s Shape) foundTables(ctx context.Context, tx pgx.Tx) error {
	var version, other int64
	var empty bool
	err := tx.QueryRow(ctx, `SELECT p.version, coalesce((SELECT max(o.version) FROM projection.shapes o WHERE o.tables = $1), 0),
			NOT EXISTS (SELECT FROM projection.shapes WHERE version > 0) AND (SELECT commit_pos = 0 FROM ledger.ledger_head)
		FROM `+s.Schema()+`.projector p`, s.Tables()).Scan(&version, &other, &empty)
	switch {
	case err != nil:
		return fmt.Errorf("look for read models: %w", err)
	case version > 0:
		return nil
	case other > 0:
		return s.PointViews(ctx, tx, other)
	case !empty:
		return nil
	}
	if version, err = NextVersion(ctx, tx); err != nil {
		return err
	}
	if err := s.Create(ctx, tx, version, false); err != nil {
		return err
	}
	return s.Show(ctx, tx, version)
}

// Show points the shape's views at a version and notes it.
func (s Shape) Show(ctx context.Context, tx pgx.Tx, version int64) error {
	_, err := tx.Exec(ctx, "UPDATE "+s.Schema()+".projector SET version = $1", version)
	if err == nil {
		_, err = tx.Exec(ctx, "UPDATE projection.shapes SET version = $1 WHERE shape = $2", version, s.Name())
	}
	if err != nil {
		return fmt.Errorf("note the version of the read models: %w", err)
	}
	return s.PointViews(ctx, tx, version)
}

// DropOthers drops what other shapes have made from a log that is no longer true; their copies begin anew.
func (s Shape) DropOthers(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, "DELETE FROM projection.shapes WHERE shape <> $1 RETURNING shape, version", s.Name())
	if err != nil {
		return fmt.Errorf("forget other shapes: %w", err)
	}
	others, err := pgx.CollectRows(rows, pgx.RowToStructByName[OtherShape])
	for i := 0; err == nil && i < len(others); i++ {
		_, err = tx.Exec(ctx, others[i].Drop())
	}
	if err != nil {
		return fmt.Errorf("forget other shapes: %w", err)
	}
	return nil
}

// OtherShape is another version's row of projection.shapes.
type OtherShape struct {
	Shape   string
	Version int64
}

// Drop is the script that drops another version's read models.
func (o OtherShape) Drop() string {
	return fmt.Sprintf("DROP SCHEMA IF EXISTS %s CASCADE; DROP SCHEMA IF EXISTS rm_%d CASCADE", pgx.Identifier{"shape_" + o.Shape}.Sanitize(), o.Version)
}

// Connect is a pool of the same address whose connections look through the shape's views.
func (s Shape) Connect(ctx context.Context, of *pgxpool.Pool) (*pgxpool.Pool, error) {
	config := of.Config()
	config.ConnConfig.RuntimeParams["search_path"] = s.Path()
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("prepare the pool of the read models: %w", err)
	}
	return pool, nil
}
