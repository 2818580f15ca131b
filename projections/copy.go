package projections

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// copyRows writes rows in Postgres' binary COPY format. The driver's own encoder looks every value up by type, which costs more than
// all the rest of a page; the two big tables are written by hand.
type copyRows struct {
	b    []byte
	rows int
}

const copyHeader = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"

func newCopyRows(rows, rowSize int) *copyRows {
	return &copyRows{b: append(make([]byte, 0, len(copyHeader)+rows*rowSize+2), copyHeader...)}
}

// empty takes all rows away and keeps the memory.
func (c *copyRows) empty() { c.b, c.rows = c.b[:len(copyHeader)], 0 }

func (c *copyRows) row(columns int) {
	c.rows++
	c.b = binary.BigEndian.AppendUint16(c.b, uint16(columns))
}

func (c *copyRows) size(n int) { c.b = binary.BigEndian.AppendUint32(c.b, uint32(n)) }

func (c *copyRows) null() { c.size(-1) }

func (c *copyRows) id(id domain.ID) {
	c.size(16)
	c.b = append(c.b, id[:]...)
}

func (c *copyRows) maybeID(id *domain.ID) {
	if id == nil {
		c.null()
		return
	}
	c.id(*id)
}

func (c *copyRows) text(s string) {
	c.size(len(s))
	c.b = append(c.b, s...)
}

func (c *copyRows) bytes(b []byte) {
	c.size(len(b))
	c.b = append(c.b, b...)
}

func (c *copyRows) maybeText(s string) {
	if s == "" {
		c.null()
		return
	}
	c.text(s)
}

func (c *copyRows) int2(n int) {
	c.size(2)
	c.b = binary.BigEndian.AppendUint16(c.b, uint16(n))
}

func (c *copyRows) int4(n int) {
	c.size(4)
	c.b = binary.BigEndian.AppendUint32(c.b, uint32(n))
}

func (c *copyRows) int8(n int64) {
	c.size(8)
	c.b = binary.BigEndian.AppendUint64(c.b, uint64(n))
}

func (c *copyRows) truth(v bool) {
	c.size(1)
	c.b = append(c.b, 0)
	if v {
		c.b[len(c.b)-1] = 1
	}
}

func (c *copyRows) maybeTruth(v *bool) {
	if v == nil {
		c.null()
		return
	}
	c.truth(*v)
}

// pgEpoch is 2000-01-01 UTC in microseconds since 1970.
const pgEpoch = 946684800_000_000

func (c *copyRows) instant(t time.Time) { c.int8(t.UnixMicro() - pgEpoch) }

// pgDay is 2000-01-01.
const pgDay attendance.Date = 730120

func (c *copyRows) date(d attendance.Date) { c.int4(int(d - pgDay)) }

// The type ids of array elements in Postgres.
const (
	oidText = 25
	oidInt4 = 23
)

// array writes the head of a one-dimensional array; the caller writes its elements and then calls close with the returned place.
func (c *copyRows) array(oid, n int) (at int) {
	at = len(c.b)
	c.size(0)
	dimensions := 1
	if n == 0 {
		dimensions = 0
	}
	for _, v := range []int{dimensions, 0, oid} {
		c.size(v)
	}
	if n > 0 {
		c.size(n)
		c.size(1)
	}
	return at
}

// open begins a value of unknown size; close ends it.
func (c *copyRows) open() (at int) {
	c.size(0)
	return len(c.b) - 4
}

func (c *copyRows) close(at int) { binary.BigEndian.PutUint32(c.b[at:], uint32(len(c.b)-at-4)) }

// stagedTables are those that pages fill by COPY.
var stagedTables = []string{"punches", "days", "anomalies"}

// stageScript makes the tables of a session that stand before the big ones, since Postgres takes no COPY into a table with forced
// row-level security. They are made once; at each commit they are empty.
func stageScript() string {
	var b strings.Builder
	b.WriteString("SET LOCAL client_min_messages = warning;")
	for _, t := range append([]string{forcedIndex}, stagedTables...) {
		fmt.Fprintf(&b, "CREATE TEMP TABLE IF NOT EXISTS %s (LIKE %s) ON COMMIT DELETE ROWS;", stageOf(t), t)
	}
	return b.String()
}

// forcedIndex is the one table outside of the read models that pages fill by COPY.
const forcedIndex = "ledger.ledger_index"

// stageOf is the session's table that stands before another.
func stageOf(table string) string { return "staged_" + strings.TrimPrefix(table, "ledger.") }

// stagedTx is a transaction on tables with forced row-level security.
type stagedTx struct {
	pgx.Tx
	used map[string]bool
}

// send copies the rows into a table of the transaction, where need be by way of a staged one.
func (c *copyRows) send(ctx context.Context, tx pgx.Tx, table string, columns []string) error {
	s, staged := tx.(*stagedTx)
	switch {
	case c.rows == 0:
		return nil
	case staged && (table == forcedIndex || slices.Contains(stagedTables, table)):
		if s.used[table] {
			if _, err := tx.Exec(ctx, "DELETE FROM "+stageOf(table)); err != nil {
				return fmt.Errorf("empty the staged %s: %w", table, err)
			}
		}
		s.used[table] = true
	case table == forcedIndex:
		if _, err := tx.Exec(ctx, fmt.Sprintf("CREATE TEMP TABLE IF NOT EXISTS %[1]s (LIKE %[2]s) ON COMMIT DELETE ROWS; DELETE FROM %[1]s", stageOf(table), table)); err != nil {
			return fmt.Errorf("make the staged %s: %w", table, err)
		}
	default:
		return c.copy(ctx, tx, table, columns)
	}
	return c.throughStage(ctx, tx, table, columns)
}

// throughStage copies into the session's table and inserts from there.
func (c *copyRows) throughStage(ctx context.Context, tx pgx.Tx, table string, columns []string) error {
	if err := c.copy(ctx, tx, stageOf(table), columns); err != nil {
		return err
	}
	names := strings.Join(columns, ", ")
	tag, err := tx.Exec(ctx, fmt.Sprintf("INSERT INTO %[1]s (%[2]s) SELECT %[2]s FROM %[3]s", table, names, stageOf(table)))
	if err == nil && tag.RowsAffected() != int64(c.rows) {
		err = fmt.Errorf("only %d arrived", tag.RowsAffected())
	}
	if err != nil {
		return fmt.Errorf("write %d rows of %s: %w", c.rows, table, err)
	}
	return nil
}

func (c *copyRows) copy(ctx context.Context, tx pgx.Tx, table string, columns []string) error {
	if c.rows == 0 {
		return nil
	}
	c.b = append(c.b, 0xff, 0xff)
	sql := fmt.Sprintf("COPY %s (%s) FROM STDIN BINARY", table, strings.Join(columns, ", "))
	tag, err := tx.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(c.b), sql)
	if err != nil {
		return fmt.Errorf("write %d rows of %s: %w", c.rows, table, err)
	}
	if tag.RowsAffected() != int64(c.rows) {
		return fmt.Errorf("write %d rows of %s: only %d arrived", c.rows, table, tag.RowsAffected())
	}
	return nil
}
