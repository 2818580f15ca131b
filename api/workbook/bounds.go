package workbook

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/punchfile"
)

// What a workbook may unpack to. A month of 10,000 people's original records has about a million rows, and stays below all of them.
const (
	bookBytes = 512 << 20
	// bookRatio is how many times its packed size a part may have, from bookRatioFrom bytes on; tables of repeated words have up to 100.
	bookRatio     = 200
	bookRatioFrom = 4 << 20
	bookParts     = 1000
	bookCells     = 10_000_000
	bookTexts     = 4_000_000 // shared texts, each kept as a place in a file
	// partInMemory is the size up to which a sheet or the shared texts are kept in memory; bookInMemory bounds all such parts together.
	partInMemory = 8 << 20
	bookInMemory = 32 << 20
	// cellBytes bounds a cell's text as it stands in the file; cellRunes is a spreadsheet's own limit.
	cellBytes = 512 << 10
	cellRunes = 32_767
	tagBytes  = 64 << 10
	// columnLetters bounds the columns of a row: a cell far to the right makes all before it.
	columnLetters = 2
)

func bookTooLarge(format string, args ...any) error {
	return domain.Refuse("workbook_too_large", format+"; split it by month or by department, or save the sheet as CSV", args...)
}

func noBook(format string, args ...any) error {
	return &punchfile.FileError{Text: "this is no workbook (.xlsx or .xls): " + fmt.Sprintf(format, args...)}
}

// checkBook unpacks a workbook once without keeping anything, so that what reads it afterwards meets nothing out of bounds.
func checkBook(name string) error {
	book, err := zip.OpenReader(name)
	if err != nil {
		return noBook("%v", err)
	}
	defer book.Close()
	if len(book.File) > bookParts {
		return bookTooLarge("the workbook has %d parts, more than %d", len(book.File), bookParts)
	}
	var total, inMemory uint64
	scan := &bookScan{}
	for _, part := range book.File {
		size := part.UncompressedSize64
		if total += size; size > bookBytes || total > bookBytes {
			return bookTooLarge("the workbook unpacks to more than %d MiB", bookBytes>>20)
		}
		if size > bookRatioFrom && size/max(part.CompressedSize64, 1) > bookRatio {
			return bookTooLarge("a part of the workbook unpacks to more than %d times its size", bookRatio)
		}
		if !onDisk(part.Name) || size <= partInMemory {
			inMemory += size
		}
		if inMemory > bookInMemory {
			return bookTooLarge("the workbook has more than %d MiB beside its tables", bookInMemory>>20)
		}
		if err := scan.part(part); err != nil {
			return err
		}
	}
	return nil
}

// onDisk parts are the ones that the library lays aside when they are large.
func onDisk(name string) bool {
	name = strings.ToLower(strings.ReplaceAll(name, `\`, "/"))
	return strings.HasPrefix(name, "xl/worksheets/") || name == "xl/sharedstrings.xml"
}

// bookScan counts what a workbook's parts hold.
type bookScan struct{ cells, texts int }

// part reads one to its end; it may hold no more than it declares.
func (s *bookScan) part(part *zip.File) error {
	content, err := part.Open()
	if err != nil {
		return noBook("%s: %v", part.Name, err)
	}
	defer content.Close()
	declared := int64(part.UncompressedSize64)
	limited := &io.LimitedReader{R: content, N: declared + 1}
	if strings.EqualFold(path.Ext(part.Name), ".xml") {
		err = s.xml(bufio.NewReaderSize(limited, tagBytes))
	} else {
		_, err = io.Copy(io.Discard, limited)
	}
	var refusal *domain.Refusal
	switch {
	case errors.As(err, &refusal):
		return err
	case err != nil:
		return noBook("%s: %v", part.Name, err)
	case limited.N == 0:
		return bookTooLarge("a part of the workbook unpacks to more than it declares")
	}
	return nil
}

// xml goes from tag to tag; of the text between them only its length in a cell matters.
func (s *bookScan) xml(in *bufio.Reader) error {
	length := 0
	for {
		text, err := in.ReadSlice('<')
		if length += len(text); length > cellBytes {
			return bookTooLarge("a cell of the workbook has more than %d characters", cellRunes)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		tag, err := in.ReadSlice('>')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return bookTooLarge("a cell of the workbook has more than %d characters", cellRunes)
		case err != nil && !errors.Is(err, io.EOF):
			return err
		case bytes.HasPrefix(tag, []byte("![CDATA[")):
			length += len(tag)
			continue
		}
		begins, err := s.tag(tag)
		if err != nil {
			return err
		}
		if begins {
			length = 0
		}
	}
}

// tag counts cells and shared texts, and says whether a new text begins.
func (s *bookScan) tag(tag []byte) (begins bool, err error) {
	name := tag
	if end := bytes.IndexAny(tag, " \t\r\n/>"); end >= 0 {
		name = tag[:end]
	}
	if colon := bytes.IndexByte(name, ':'); colon >= 0 {
		name = name[colon+1:]
	}
	switch string(name) {
	case "c":
		s.cells++
		if farRight(tag) {
			return true, bookTooLarge("a row of the workbook has more than 702 columns")
		}
	case "si":
		s.texts++
	case "row":
	default:
		return false, nil
	}
	if s.cells > bookCells || s.texts > bookTexts {
		return true, bookTooLarge("the workbook has more than %d cells or %d different texts", bookCells, bookTexts)
	}
	return true, nil
}

// farRight says that a cell's place has more letters than a column may have.
func farRight(tag []byte) bool {
	for _, field := range bytes.Fields(tag) {
		if place, is := bytes.CutPrefix(field, []byte("r=")); is {
			letters := bytes.IndexAny(bytes.Trim(place, `"'`), "0123456789")
			return letters > columnLetters
		}
	}
	return false
}
