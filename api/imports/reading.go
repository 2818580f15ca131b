package imports

import (
	"context"
	"io"
	"iter"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/domain/punchfile"
)

// reading counts how much of the files was read, and ends the reading when nobody waits for it any more.
type reading struct {
	ctx         context.Context
	done, total int
	tell        func(commands.ImportStage, int, int)
}

func (r *reading) add(n int) error {
	r.done += n
	if r.tell != nil {
		r.tell(commands.StageReading, min(r.done, r.total), r.total)
	}
	return context.Cause(r.ctx)
}

// text counts the bytes of a text.
func (r *reading) text(f io.Reader) io.Reader { return &countedText{f, r} }

type countedText struct {
	io.Reader
	far *reading
}

// Read passes on what the file gives, unless nobody waits for it.
func (c *countedText) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if gone := c.far.add(n); gone != nil {
		return n, gone
	}
	return n, err
}

// book tells now and then that the rows of a workbook are read.
func (r *reading) book(b punchfile.Book) punchfile.Book {
	return &countedBook{b, r}
}

type countedBook struct {
	punchfile.Book
	far *reading
}

// rowsTold is after how many rows a workbook tells that it is being read.
const rowsTold = 1000

// Rows gives the rows of a sheet until nobody waits for them.
func (c *countedBook) Rows(sheet int) iter.Seq2[[]punchfile.Cell, error] {
	return func(yield func([]punchfile.Cell, error) bool) {
		n := 0
		for cells, err := range c.Book.Rows(sheet) {
			if n++; err == nil && n%rowsTold == 0 {
				err = c.far.add(0)
			}
			if !yield(cells, err) {
				return
			}
		}
	}
}

// bytes is how much the files have together.
func (u *upload) bytes() int {
	n := 0
	for _, f := range u.files {
		n += int(f.Bytes)
	}
	return n
}
