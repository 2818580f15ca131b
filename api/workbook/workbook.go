// Package workbook opens the spreadsheets that people upload, and gives their cells.
//
// A workbook of today (.xlsx) is read by a library, after its parts were measured; one of old (.xls) by a reader of cells of
// this room, because no library that may be used reads a damaged one without a panic.
package workbook

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/dakahq/daka/domain/punchfile"
)

// Kind is what the first bytes of a file say about it.
type Kind int

// The kinds.
const (
	None Kind = iota // no workbook
	XLSX             // a zip of XML parts
	XLS              // a compound file of binary records
)

// headBytes is how much of a file is needed to know its kind.
const headBytes = 8

// KindOf looks at the first bytes of a file.
func KindOf(name string) (Kind, error) {
	f, err := os.Open(name)
	if err != nil {
		return None, fmt.Errorf("open the file: %w", err)
	}
	defer f.Close()
	head := make([]byte, headBytes)
	n, err := io.ReadFull(f, head)
	if err != nil && n == 0 {
		return None, nil //nolint:nilerr // an empty file is no workbook
	}
	switch head = head[:n]; {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return XLSX, nil
	case bytes.HasPrefix(head, compoundMark):
		return XLS, nil
	}
	return None, nil
}

// Book is an open workbook.
type Book interface {
	punchfile.Book
	Close() error
}

// Open opens a workbook; what the library lays aside goes to dir. It fails with a *punchfile.FileError where the file is no workbook, and
// with the refusal workbook_too_large where it unpacks to too much.
func Open(name, dir string) (Book, error) {
	kind, err := KindOf(name)
	switch {
	case err != nil:
		return nil, err
	case kind == XLS:
		return openXLS(name)
	}
	return openXLSX(name, dir)
}

type rows = iter.Seq2[[]punchfile.Cell, error]
