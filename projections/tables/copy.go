package tables

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// Rows writes rows in Postgres' binary COPY format. The driver's own encoder looks every value up by type, which costs more than
// all the rest of a page; the two big tables are written by hand.
type Rows struct {
	Bytes []byte
	Count int
}

// CopyHeader begins what a COPY of Rows sends.
const CopyHeader = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// NewRows makes room for about so many rows, each of about so many bytes.
func NewRows(rows, rowSize int) *Rows {
	return &Rows{Bytes: append(make([]byte, 0, len(CopyHeader)+rows*rowSize+2), CopyHeader...)}
}

// Empty takes all rows away and keeps the memory.
func (c *Rows) Empty() { c.Bytes, c.Count = c.Bytes[:len(CopyHeader)], 0 }

// Begin begins a row of so many columns.
func (c *Rows) Begin(columns int) {
	c.Count++
	c.Bytes = binary.BigEndian.AppendUint16(c.Bytes, uint16(columns))
}

func (c *Rows) size(n int) { c.Bytes = binary.BigEndian.AppendUint32(c.Bytes, uint32(n)) }

// Null writes an absent value.
func (c *Rows) Null() { c.size(-1) }

// ID writes a uuid.
func (c *Rows) ID(id domain.ID) {
	c.size(16)
	c.Bytes = append(c.Bytes, id[:]...)
}

// MaybeID writes a uuid, null for nil.
func (c *Rows) MaybeID(id *domain.ID) {
	if id == nil {
		c.Null()
		return
	}
	c.ID(*id)
}

// Text writes a text.
func (c *Rows) Text(s string) {
	c.size(len(s))
	c.Bytes = append(c.Bytes, s...)
}

// Blob writes bytes as they are.
func (c *Rows) Blob(b []byte) {
	c.size(len(b))
	c.Bytes = append(c.Bytes, b...)
}

// MaybeText writes a text, null when empty.
func (c *Rows) MaybeText(s string) {
	if s == "" {
		c.Null()
		return
	}
	c.Text(s)
}

// Int2 writes a smallint.
func (c *Rows) Int2(n int) {
	c.size(2)
	c.Bytes = binary.BigEndian.AppendUint16(c.Bytes, uint16(n))
}

// Int4 writes an int.
func (c *Rows) Int4(n int) {
	c.size(4)
	c.Bytes = binary.BigEndian.AppendUint32(c.Bytes, uint32(n))
}

// Float4 writes a real.
func (c *Rows) Float4(v float64) {
	c.size(4)
	c.Bytes = binary.BigEndian.AppendUint32(c.Bytes, math.Float32bits(float32(v)))
}

// Int8 writes a bigint.
func (c *Rows) Int8(n int64) {
	c.size(8)
	c.Bytes = binary.BigEndian.AppendUint64(c.Bytes, uint64(n))
}

// Truth writes a boolean.
func (c *Rows) Truth(v bool) {
	c.size(1)
	c.Bytes = append(c.Bytes, 0)
	if v {
		c.Bytes[len(c.Bytes)-1] = 1
	}
}

// MaybeTruth writes a boolean, null for nil.
func (c *Rows) MaybeTruth(v *bool) {
	if v == nil {
		c.Null()
		return
	}
	c.Truth(*v)
}

// PgEpoch is 2000-01-01 UTC in microseconds since 1970.
const PgEpoch = 946684800_000_000

// Instant writes a timestamptz.
func (c *Rows) Instant(t time.Time) { c.Int8(t.UnixMicro() - PgEpoch) }

// PgDay is 2000-01-01.
const PgDay attendance.Date = 730120

// Date writes a date.
func (c *Rows) Date(d attendance.Date) { c.Int4(int(d - PgDay)) }

// The type ids of array elements in Postgres.
const (
	OIDText = 25
	OIDInt4 = 23
)

// Array writes the head of a one-dimensional array; the caller writes its elements and then calls Close with the returned place.
func (c *Rows) Array(oid, n int) (at int) {
	at = len(c.Bytes)
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

// Open begins a value of unknown size; Close ends it.
func (c *Rows) Open() (at int) {
	c.size(0)
	return len(c.Bytes) - 4
}

// Close ends an array or a value that Open began.
func (c *Rows) Close(at int) { binary.BigEndian.PutUint32(c.Bytes[at:], uint32(len(c.Bytes)-at-4)) }

// Staged are the tables that pages fill by COPY.
var Staged = []string{"punches", "days", "anomalies"}

// StageScript makes the tables of a session that stand before the big ones, since Postgres takes no COPY into a table with forced
// row-level security. They are made once; at each commit they are empty.
func StageScript() string {
	var b strings.Builder
	b.WriteString("SET LOCAL client_min_messages = warning;")
	for _, t := range append([]string{forcedIndex}, Staged...) {
		fmt.Fprintf(&b, "CREATE TEMP TABLE IF NOT EXISTS %s (LIKE %s) ON COMMIT DELETE ROWS;", stageOf(t), t)
	}
	return b.String()
}

// forcedIndex is the one table outside of the read models that pages fill by COPY.
const forcedIndex = "ledger.ledger_index"

// stageOf is the session's table that stands before another.
func stageOf(table string) string { return "staged_" + strings.TrimPrefix(table, "ledger.") }

// StagedTx is a transaction on tables with forced row-level security.
type StagedTx struct {
	pgx.Tx
	Used map[string]bool
	// Plain inserts row by row, without COPY; for measurements.
	Plain bool
}

// Send copies the rows into a table of the transaction, where need be by way of a staged one.
func (c *Rows) Send(ctx context.Context, tx pgx.Tx, table string, columns []string) error {
	s, staged := tx.(*StagedTx)
	switch {
	case c.Count == 0:
		return nil
	case staged && s.Plain:
		return c.insert(ctx, tx, table, columns)
	case staged && (table == forcedIndex || slices.Contains(Staged, table)):
		if s.Used[table] {
			if _, err := tx.Exec(ctx, "DELETE FROM "+stageOf(table)); err != nil {
				return fmt.Errorf("empty the staged %s: %w", table, err)
			}
		}
		s.Used[table] = true
	case table == forcedIndex:
		if _, err := tx.Exec(ctx, fmt.Sprintf("CREATE TEMP TABLE IF NOT EXISTS %[1]s (LIKE %[2]s) ON COMMIT DELETE ROWS; DELETE FROM %[1]s", stageOf(table), table)); err != nil {
			return fmt.Errorf("make the staged %s: %w", table, err)
		}
	default:
		return c.Copy(ctx, tx, table, columns)
	}
	return c.throughStage(ctx, tx, table, columns)
}

// throughStage copies into the session's table and inserts from there.
func (c *Rows) throughStage(ctx context.Context, tx pgx.Tx, table string, columns []string) error {
	if err := c.Copy(ctx, tx, stageOf(table), columns); err != nil {
		return err
	}
	names := strings.Join(columns, ", ")
	tag, err := tx.Exec(ctx, fmt.Sprintf("INSERT INTO %[1]s (%[2]s) SELECT %[2]s FROM %[3]s", table, names, stageOf(table)))
	if err == nil && tag.RowsAffected() != int64(c.Count) {
		err = fmt.Errorf("only %d arrived", tag.RowsAffected())
	}
	if err != nil {
		return fmt.Errorf("write %d rows of %s: %w", c.Count, table, err)
	}
	return nil
}

// Copy writes the rows straight into a table, which must not have forced row-level security.
func (c *Rows) Copy(ctx context.Context, tx pgx.Tx, table string, columns []string) error {
	if c.Count == 0 {
		return nil
	}
	c.Bytes = append(c.Bytes, 0xff, 0xff)
	sql := fmt.Sprintf("COPY %s (%s) FROM STDIN BINARY", table, strings.Join(columns, ", "))
	tag, err := tx.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(c.Bytes), sql)
	if err != nil {
		return fmt.Errorf("write %d rows of %s: %w", c.Count, table, err)
	}
	if tag.RowsAffected() != int64(c.Count) {
		return fmt.Errorf("write %d rows of %s: only %d arrived", c.Count, table, tag.RowsAffected())
	}
	return nil
}
