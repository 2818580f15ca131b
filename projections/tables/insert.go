package tables

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// insertAtOnce is how many rows travel in one round trip.
const insertAtOnce = 500

// insert writes the rows by one INSERT each, as a program without COPY would. Values of COPY's format are those of the protocol's binary one.
func (c *Rows) insert(ctx context.Context, tx pgx.Tx, table string, columns []string) error {
	marks := make([]string, len(columns))
	for i := range columns {
		marks[i] = fmt.Sprintf("$%d", i+1)
	}
	conn := tx.Conn().PgConn()
	sql := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(columns, ", "), strings.Join(marks, ", "))
	statement, err := conn.Prepare(ctx, "", sql, nil)
	if err != nil {
		return fmt.Errorf("prepare to write rows of %s: %w", table, err)
	}
	for rest := c.Bytes[len(CopyHeader):]; len(rest) > 0; {
		var b pgconn.Batch
		for n := 0; n < insertAtOnce && len(rest) > 0; n++ {
			var values [][]byte
			values, rest = valuesOf(rest)
			b.ExecParams(sql, values, statement.ParamOIDs, binaryFormat, nil)
		}
		if err := conn.ExecBatch(ctx, &b).Close(); err != nil {
			return fmt.Errorf("write %d rows of %s: %w", c.Count, table, err)
		}
	}
	return nil
}

// binaryFormat is the format of all parameters.
var binaryFormat = []int16{1}

// valuesOf cuts the first row off, nil for null.
func valuesOf(rows []byte) (values [][]byte, rest []byte) {
	n := int(binary.BigEndian.Uint16(rows))
	rest = rows[2:]
	for range n {
		size := int(int32(binary.BigEndian.Uint32(rest)))
		rest = rest[4:]
		if size < 0 {
			values = append(values, nil)
			continue
		}
		values, rest = append(values, rest[:size:size]), rest[size:]
	}
	return values, rest
}
