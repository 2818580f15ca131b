package rebuild

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/apply"
	"github.com/dakahq/daka/projections/tables"
)

// Difference is what a comparison of the live read models with a fresh replay found.
type Difference struct {
	// Position is where both stand, for people.
	Position string `json:"position"`
	// Tables lists every table compared.
	Tables []TableDifference `json:"tables"`
}

// TableDifference is one table's result; Keys names at most 20 rows.
type TableDifference struct {
	Table string `json:"table"`
	// Rows of the live table.
	Rows int64 `json:"rows"`
	// Differing counts rows that are missing, surplus or different.
	Differing int      `json:"differing"`
	Keys      []RowKey `json:"keys,omitempty"`
}

// RowKey names a row by its key; What is missing, surplus or different, as the live table is.
type RowKey struct {
	Key  string `json:"key"`
	What string `json:"what"`
	Live string `json:"live,omitempty"`
	Want string `json:"want,omitempty"`
}

// Clean says that nothing differs.
func (d Difference) Clean() bool {
	return !slices.ContainsFunc(d.Tables, func(t TableDifference) bool { return t.Differing > 0 })
}

const (
	namedKeys = 20
	// settleLimit bounds the wait for a moment without dirty days.
	settleLimit = 5 * time.Minute
)

// ErrUnsettled says that days kept waiting to be assessed, so that there was no moment to compare.
var ErrUnsettled = errors.New("days are still being assessed again; try later")

// Diff asks check whether the log may be read, then replays the ledger beside the live read models, of one organization or of all, up to the same position, and compares every
// row of every table. Errors: ErrBusy, ErrUnsettled, *apply.GapError, those of check, infrastructure.
func (b *Rebuilder) Diff(ctx context.Context, check func(context.Context) error, org *domain.ID) (Difference, error) {
	var d Difference
	err := b.alone(ctx, func() error {
		if err := check(ctx); err != nil {
			return err
		}
		tx, at, version, err := b.snapshot(ctx, org)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
		s, _, err := b.shadow(ctx, org)
		if err != nil {
			return err
		}
		defer func() {
			if err := tables.DropSchema(context.WithoutCancel(ctx), b.Pool, s.schema.Version); err != nil {
				b.Log.WarnContext(ctx, "the comparison's tables stay for now", slog.Any("error", err))
			}
		}()
		epoch, err := s.indexBeside(ctx)
		if err != nil {
			return err
		}
		if err := b.fill(ctx, s, func(context.Context) (eventlog.Position, error) { return at, nil }, nil); err != nil {
			return err
		}
		if err := s.sweep(ctx); err != nil {
			return err
		}
		d.Position = fmt.Sprintf("%d/%d", at.Commit, at.Prepare)
		d.Tables, err = b.compareAll(ctx, side{tx, apply.NameOf(version)}, s, org, epoch)
		return err
	})
	return d, err
}

// snapshot opens a transaction that sees the live read models at one position, with nothing dirty.
func (b *Rebuilder) snapshot(ctx context.Context, org *domain.ID) (tx pgx.Tx, at eventlog.Position, version int64, err error) {
	for deadline := time.Now().Add(settleLimit); ; {
		tx, err = b.Pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
		if err != nil {
			return nil, at, 0, fmt.Errorf("open a snapshot: %w", err)
		}
		var dirty bool
		err = tx.QueryRow(ctx, `SELECT version, commit_pos, prepare_pos, EXISTS (SELECT 1 FROM dirty WHERE $1::uuid IS NULL OR org = $1) FROM projector`, org).
			Scan(&version, &at.Commit, &at.Prepare, &dirty)
		if err == nil && !dirty && version > 0 {
			return tx, at, version, nil
		}
		_ = tx.Rollback(ctx)
		switch {
		case tables.IsState(err, tables.StateNoTable), err == nil && version == 0:
			return nil, at, 0, tables.ErrBuilding
		case err != nil:
			return nil, at, 0, fmt.Errorf("open a snapshot: %w", err)
		case time.Now().After(deadline):
			return nil, at, 0, ErrUnsettled
		case !eventlog.Pause(ctx, 100*time.Millisecond):
			return nil, at, 0, context.Cause(ctx)
		}
	}
}

// compareAll compares the read models, and the ledger's index with one that was made from the log.
func (b *Rebuilder) compareAll(ctx context.Context, live side, s *Shadow, org *domain.ID, epoch int64) ([]TableDifference, error) {
	shadow, err := b.Pool.Begin(ctx)
	if err != nil {
		return nil, fmt.Errorf("open the replay: %w", err)
	}
	defer func() { _ = shadow.Rollback(context.WithoutCancel(ctx)) }()
	var out []TableDifference
	for _, table := range tables.Names() {
		t := comparison{table: table, where: whereOrg(table, org)}
		d, err := t.compare(ctx, live, side{shadow, s.schema.Name()})
		if err != nil {
			return nil, fmt.Errorf("compare %s: %w", table, err)
		}
		out = append(out, d)
	}
	index := comparison{table: "ledger_index", where: fmt.Sprintf(" WHERE epoch = %d", epoch)}
	if org != nil {
		index.where += fmt.Sprintf(" AND org = '%s'", org)
	}
	d, err := index.compare(ctx, side{live.tx, "ledger"}, side{shadow, s.schema.Name()})
	if err != nil {
		return nil, fmt.Errorf("compare the ledger's index: %w", err)
	}
	return append(out, d), nil
}

// whereOrg limits a table to one organization; stream heads name it inside the stream.
func whereOrg(table string, org *domain.ID) string {
	if org == nil {
		return ""
	}
	if table == "stream_heads" {
		return fmt.Sprintf(" WHERE strpos(stream, '%s') > 0", org)
	}
	return fmt.Sprintf(" WHERE org = '%s'", org)
}

// side is one of the two copies of a table.
type side struct {
	tx     pgx.Tx
	schema string
}

type comparison struct{ table, where string }

func (c comparison) from(s side) string {
	return fmt.Sprintf("%s.%s t%s", s.schema, c.table, c.where)
}

// compare adds up a hash of every row; only tables whose sums differ are read row by row.
func (c comparison) compare(ctx context.Context, live, want side) (TableDifference, error) {
	d := TableDifference{Table: c.table}
	var sums [2]string
	for i, s := range []side{live, want} {
		var rows int64
		err := s.tx.QueryRow(ctx, `SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM `+c.from(s)).Scan(&rows, &sums[i])
		if err != nil {
			return d, fmt.Errorf("add up the rows: %w", err)
		}
		sums[i] = fmt.Sprintf("%d %s", rows, sums[i])
		if i == 0 {
			d.Rows = rows
		}
	}
	if sums[0] == sums[1] {
		return d, nil
	}
	return d, c.name(ctx, live, want, &d)
}

// name walks both copies in the order of their key.
func (c comparison) name(ctx context.Context, live, want side, d *TableDifference) error {
	key, err := c.key(ctx, live)
	if err != nil {
		return err
	}
	a, err := c.walk(ctx, live, key)
	if err != nil {
		return err
	}
	defer a.rows.Close()
	b, err := c.walk(ctx, want, key)
	if err != nil {
		return err
	}
	defer b.rows.Close()
	a.next()
	b.next()
	for a.ok || b.ok {
		switch {
		case !b.ok || (a.ok && a.key < b.key):
			d.add(RowKey{Key: a.key, What: "surplus", Live: a.row})
			a.next()
		case !a.ok || b.key < a.key:
			d.add(RowKey{Key: b.key, What: "missing", Want: b.row})
			b.next()
		default:
			if a.row != b.row {
				d.add(RowKey{Key: a.key, What: "different", Live: a.row, Want: b.row})
			}
			a.next()
			b.next()
		}
	}
	return errors.Join(a.err, b.err)
}

func (d *TableDifference) add(k RowKey) {
	d.Differing++
	if len(d.Keys) < namedKeys {
		d.Keys = append(d.Keys, k)
	}
}

// key is the primary key's columns as one text.
func (c comparison) key(ctx context.Context, s side) (string, error) {
	rows, err := s.tx.Query(ctx, `SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
		WHERE i.indrelid = $1::regclass AND i.indisprimary ORDER BY array_position(i.indkey, a.attnum)`, s.schema+"."+c.table)
	if err != nil {
		return "", fmt.Errorf("find the key: %w", err)
	}
	columns, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return "", fmt.Errorf("find the key: %w", err)
	}
	for i := range columns {
		columns[i] += "::text"
	}
	return "concat_ws(' ', " + strings.Join(columns, ", ") + `) COLLATE "C"`, nil
}

// walker reads one copy in order.
type walker struct {
	rows     pgx.Rows
	key, row string
	ok       bool
	err      error
}

func (c comparison) walk(ctx context.Context, s side, key string) (*walker, error) {
	rows, err := s.tx.Query(ctx, "SELECT "+key+" AS k, t::text FROM "+c.from(s)+" ORDER BY 1")
	if err != nil {
		return nil, fmt.Errorf("read the rows: %w", err)
	}
	return &walker{rows: rows}, nil
}

func (w *walker) next() {
	if w.ok = w.rows.Next(); w.ok {
		w.err = w.rows.Scan(&w.key, &w.row)
		w.ok = w.err == nil
		return
	}
	w.err = w.rows.Err()
}
