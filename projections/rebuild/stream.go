package rebuild

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/dakahq/daka/projections/tables"
)

// copyStream fills a whole table of a rebuild by one COPY, in the transaction that empties it: so Postgres need not keep the rows apart
// from older ones (FREEZE), and with wal_level minimal writes them once.
type copyStream struct {
	table string
	// asked are the columns that queries look for; the planner is told of them.
	asked string
	pipe  *io.PipeWriter
	out   *bufio.Writer
	rows  int
}

// errUnfinished tells Postgres to forget a COPY whose writer gave up.
var errUnfinished = errors.New("the rebuild ended early")

// stream starts filling a table; the group waits until it is committed.
func (s *Shadow) stream(ctx context.Context, g *errgroup.Group, table string, columns []string, asked string) *copyStream {
	r, w := io.Pipe()
	c := &copyStream{table: table, asked: asked, pipe: w, out: bufio.NewWriterSize(w, 64<<10)}
	g.Go(func() error {
		err := s.schema.InOwnConn(ctx, func(tx pgx.Tx) error { return c.copy(ctx, tx, columns, r) })
		_ = r.CloseWithError(errors.Join(err, errUnfinished)) // who still writes must not wait
		if err == nil {
			s.makeKeys(ctx, g, c.table)
		}
		return err
	})
	_, _ = c.out.WriteString(tables.CopyHeader) // fits the buffer
	return c
}

// factTables are those that are not filled by a stream.
func factTables() []string {
	return slices.DeleteFunc(tables.Names(), func(t string) bool { return slices.Contains(tables.Staged, t) })
}

func (s *copyStream) copy(ctx context.Context, tx pgx.Tx, columns []string, rows io.Reader) error {
	if _, err := tx.Exec(ctx, "TRUNCATE "+s.table); err != nil {
		return fmt.Errorf("empty %s: %w", s.table, err)
	}
	tag, err := tx.Conn().PgConn().CopyFrom(ctx, rows, fmt.Sprintf("COPY %s (%s) FROM STDIN (FORMAT binary, FREEZE)", s.table, strings.Join(columns, ", ")))
	if err == nil && tag.RowsAffected() != int64(s.rows) {
		err = fmt.Errorf("%d of %d rows arrived", tag.RowsAffected(), s.rows)
	}
	if err != nil {
		return fmt.Errorf("fill %s: %w", s.table, err)
	}
	if _, err := tx.Exec(ctx, fmt.Sprintf("%sANALYZE %s (%s)", tables.Sampled, s.table, s.asked)); err != nil {
		return fmt.Errorf("analyze %s: %w", s.table, err)
	}
	return nil
}

// row adds a row in COPY's format.
func (s *copyStream) row(b []byte) error {
	s.rows++
	_, err := s.out.Write(b)
	return err
}

// add adds rows, and takes away the header that they have for a COPY of their own.
func (s *copyStream) add(c *tables.Rows) error {
	s.rows += c.Count
	_, err := s.out.Write(c.Bytes[len(tables.CopyHeader):])
	return err
}

// end says that all rows are there; a failure before it undoes them all.
func (s *copyStream) end() error {
	if _, err := s.out.Write([]byte{0xff, 0xff}); err != nil {
		return err
	}
	if err := s.out.Flush(); err != nil {
		return err
	}
	return s.pipe.Close()
}

// abort ends a stream that did not reach its end; it does nothing to one that did.
func (s *copyStream) abort() { _ = s.pipe.CloseWithError(errUnfinished) }
