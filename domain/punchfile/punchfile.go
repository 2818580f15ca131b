// Package punchfile reads the files that attendance machines and HR programs write, line by line.
//
// No line is lost: each one becomes a punch, a duplicate of an earlier punch, or a refusal that names its
// number. A doubt (a clock jump, a run of NUL bytes) is a warning beside the punch. The package reads no
// clock; of a file it keeps some 60 bytes per punch, because the last line may decide how the first is read.
package punchfile

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/dakahq/daka/domain"
)

// Format names how a file is written (design §7).
type Format string

// The formats.
const (
	Auto         Format = "auto"          // whichever of the others the file shows itself to be
	WideCSV      Format = "wide-csv"      // the pair IN.csv OUT.csv, one row per employee, one column per date
	CSV          Format = "csv"           // a table under a header
	AttLog       Format = "attlog"        // a ZKTeco machine's export, TAB between the columns, without a header
	DingTalkXLSX Format = "dingtalk-xlsx" // a workbook; of DingTalk's sheets 原始记录
)

// Formats lists the formats that exist, the usual one first.
func Formats() []Format { return []Format{Auto, WideCSV, CSV, AttLog, DingTalkXLSX} }

// Named lists the formats as a sentence does, with "or" or "and" before the last.
func Named(word string) string {
	var text strings.Builder
	all := Formats()
	for i, format := range all {
		switch i {
		case 0:
		case len(all) - 1:
			text.WriteString(" " + word + " ")
		default:
			text.WriteString(", ")
		}
		text.WriteString(string(format))
	}
	return text.String()
}

// Options say what a person knows about files.
type Options struct {
	Format Format
	// Now is the import's time as a local wall clock, YYYY-MM-DDTHH:MM:SS; later lines are in doubt.
	Now string
	// Zone is the zone of the wall clocks; times with an offset of their own are brought to it. Nil is UTC.
	Zone *time.Location
	// Dates is ymd, dmy or mdy where a person states the order, else empty: the file proves it.
	Dates string
	// Encoding is the name of an encoding where a person states it, else empty: it is detected.
	Encoding string
	// Map names columns by field (number, at, date, time, in, out, check_type, state) where the header's names are unknown.
	Map map[string]string
}

// Source is one file: a text, or a workbook that the caller has opened.
type Source struct {
	Text io.Reader
	Book Book
}

// Line is one punch as a file tells it.
type Line struct {
	// File is the index of the file, from 0; Number its line, from 1; Column its column in a wide file, from 1, else 0.
	File, Number, Column int
	// Badge is the number: NFC, trimmed, leading zeros kept.
	Badge string
	// Wall is the local time, YYYY-MM-DDTHH:MM:SS.
	Wall string
	// State is the machine's state column verbatim, IN or OUT in wide files, else the check type or empty (events §1).
	State string
	// CheckType is set where the file says in words what the punch is; a machine's state column says nothing certain.
	CheckType domain.CheckType
	// Jump says that the clock cannot be right: before 2010, after the import, or more than 24 h off its neighbours.
	Jump bool
}

// Kind says what became of a line that is named.
type Kind int

// The kinds of issue.
const (
	Refused   Kind = iota // not imported
	Duplicate             // equal to an earlier line; one fact
	Warning               // imported, with a doubt or a reading that a person should see
)

// Issue names a line that was not simply imported.
type Issue struct {
	File, Number int
	Kind         Kind
	// Code is stable: time, fields, number, text, too_long, nul, quotes, encoding, header, check_type, clock_jump, duplicate, next_day.
	Code string
	// Text says what is wrong, in English.
	Text string
}

// Sink takes what is read; an error from it ends the reading. Refusals come as they are met, punches at the end of their file.
type Sink struct {
	Line  func(Line) error
	Issue func(Issue) error
}

// Summary counts what was read; Lines = Punches + Duplicates + Refused, where tables of days count cells that are not empty.
type Summary struct {
	Lines, Punches, Duplicates, Refused, Warnings int
	// First is the first column's date in a wide file, else empty.
	First domain.Date
	// Files say how each file was read.
	Files []Reading
}

// Reading says how a file was read.
type Reading struct {
	// Layout is machine, table, days (columns of one day), wide (columns of dates) or blocks (a machine's report, person by person).
	Layout string `json:"layout"`
	// Encoding is the text's, empty for a workbook; Sheets are the workbook's sheets that were read.
	Encoding string   `json:"encoding,omitempty"`
	Sheets   []string `json:"sheets,omitempty"`
	// Dates is the order that was decided or stated, empty where no date needed it.
	Dates string `json:"dates,omitempty"`
	// Header is the line of the column names, 0 where there is none.
	Header int `json:"header,omitempty"`
}

// FileError says that a whole file cannot be read in its format; nothing of it was imported.
type FileError struct {
	File int
	// Code is file_invalid, dates_ambiguous or dates_contradict.
	Code string
	Text string
	// Lines and Readings are the parts of what is said about the order of dates.
	Lines    []int
	Readings string
	// placed says that File is known.
	placed bool
}

// Error names the file by its place, from 1.
func (e *FileError) Error() string { return fmt.Sprintf("file %d: %s", e.File+1, e.Text) }

// refuseFile refuses a file whole; most codes are file_invalid.
func refuseFile(code, text string, args ...any) *FileError {
	if !strings.HasPrefix(code, "dates_") {
		code = "file_invalid"
	}
	return &FileError{Code: code, Text: fmt.Sprintf(text, args...)}
}

// IsFileError says that err is about a whole file, and which.
func IsFileError(err error) (*FileError, bool) {
	var file *FileError
	return file, errors.As(err, &file)
}

// Read reads the files of one import. It fails with a *FileError when a file cannot be read as its format, else only when a file or the sink does.
func Read(opts Options, files []Source, sink Sink) (Summary, error) {
	if opts.Format == "" {
		opts.Format = Auto
	}
	if opts.Zone == nil {
		opts.Zone = time.UTC
	}
	r := &reader{opts: opts, sink: sink, numbers: newWords(), states: newWords(), seen: map[fact]struct{}{}}
	switch {
	case !slices.Contains(Formats(), opts.Format):
		return r.summary, refuseFile("", "there is no format %q; the formats are %s", opts.Format, Named("and"))
	case opts.Dates != "" && orderNamed(opts.Dates) == 0:
		return r.summary, refuseFile("", "there is no order of dates %q; the orders are ymd, dmy and mdy", opts.Dates)
	case opts.Format == WideCSV && len(files) != 2:
		return r.summary, refuseFile("", "wide-csv takes the pair IN.csv OUT.csv, but %d were given", len(files))
	}
	err := r.files(files)
	if file, is := IsFileError(err); is && !file.placed {
		file.File = r.file
	}
	return r.summary, err
}

// reader holds what one import's files have in common.
type reader struct {
	opts    Options
	sink    Sink
	numbers *words
	states  *words
	seen    map[fact]struct{}
	summary Summary
	file    int
	// book holds the punches of the files that are decided together: one file, or a pair of tables.
	batch *batch
}

// files reads one after the other; two wide tables are beginning and end of the same days.
func (r *reader) files(files []Source) error {
	r.batch = newBatch(orderNamed(r.opts.Dates))
	for i, f := range files {
		r.file = i
		r.summary.Files = append(r.summary.Files, Reading{})
		wide, err := r.one(f, len(files) == 2)
		if err != nil {
			return err
		}
		if wide && i == 0 && len(files) == 2 {
			continue // the second table decides with the first
		}
		if err := r.settle(); err != nil {
			return err
		}
		r.batch = newBatch(orderNamed(r.opts.Dates))
	}
	return nil
}

// one reads a file and says whether it is a table of dates without words for beginning and end.
func (r *reader) one(f Source, pair bool) (wide bool, err error) {
	if f.Book != nil {
		return r.workbook(f.Book, pair)
	}
	if f.Text == nil {
		return false, refuseFile("", "the file has no content")
	}
	if r.opts.Format == DingTalkXLSX {
		return false, refuseFile("", "this is no workbook (.xlsx or .xls)")
	}
	text, err := openText(f.Text, r.opts.Encoding)
	if err != nil {
		return false, err
	}
	rows := &textRows{file: text, limit: wideLimit}
	l, err := r.textLayout(rows)
	if err != nil {
		return false, err
	}
	wide = r.sides(l, pair)
	err = r.rows(rows, l)
	about := &r.summary.Files[r.file]
	about.Layout, about.Encoding, about.Header = l.kind, text.name, l.header
	return wide, err
}

// sides makes the first table of a pair that of beginnings and the second that of ends.
func (r *reader) sides(l *layout, pair bool) (wide bool) {
	wide = l.kind == wideLayout && l.plan.plain()
	if wide && pair {
		l.plan.sided([...]domain.CheckType{domain.OnDuty, domain.OffDuty}[r.file])
	}
	return wide
}

func (r *reader) warn(file, number int, code, text string) error {
	r.summary.Warnings++
	return r.sink.Issue(Issue{File: file, Number: number, Kind: Warning, Code: code, Text: text})
}

func (r *reader) refuse(number int, p *problem) error {
	r.summary.Lines++
	r.summary.Refused++
	return r.sink.Issue(Issue{File: r.file, Number: number, Kind: Refused, Code: p.code, Text: p.text})
}

// words gives each text a number, so that millions of lines share them.
type words struct {
	list []string
	at   map[string]int32
}

func newWords() *words { return &words{at: map[string]int32{}} }

func (w *words) index(text string) int32 {
	i, known := w.at[text]
	if !known {
		i = int32(len(w.list))
		w.list = append(w.list, text)
		w.at[text] = i
	}
	return i
}
