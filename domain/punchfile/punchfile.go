// Package punchfile reads the files that attendance machines and HR programs write, line by line.
//
// No line is lost: each one becomes a punch, a duplicate of an earlier punch, or a refusal that names its
// number. A doubt (a clock jump, a run of NUL bytes) is a warning beside the punch. The package reads no
// clock and keeps no more than one line and one hash per punch in memory.
package punchfile

import (
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dakahq/daka/domain"
)

// Format names how a file is written (design §7).
type Format string

// The formats.
const (
	WideCSV      Format = "wide-csv"      // the pair IN.csv OUT.csv, one row per employee, one column per date
	CSV          Format = "csv"           // one punch per line under a header
	AttLog       Format = "attlog"        // a ZKTeco machine's export, TAB between the columns
	DingTalkXLSX Format = "dingtalk-xlsx" // DingTalk's 原始记录 export; its rows come through ReadRows
)

// Formats lists the formats that exist.
func Formats() []Format { return []Format{WideCSV, CSV, AttLog, DingTalkXLSX} }

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
	// Jump says that the clock cannot be right: year < 2010, after the import, or more than 24 h behind the line before.
	Jump bool
}

// Kind says what became of a line that is named.
type Kind int

// The kinds of issue.
const (
	Refused   Kind = iota // not imported
	Duplicate             // equal to an earlier line; one fact
	Warning               // imported, with a doubt
)

// Issue names a line that was not simply imported.
type Issue struct {
	File, Number int
	Kind         Kind
	// Code is stable: time, fields, number, text, too_long, nul, quotes, encoding, header, clock_jump, duplicate.
	Code string
	// Text says what is wrong, in English.
	Text string
}

// Sink takes what is read, in the order of the files; an error from it ends the reading.
type Sink struct {
	Line  func(Line) error
	Issue func(Issue) error
}

// Summary counts what was read; Lines = Punches + Duplicates + Refused, where a wide file counts cells that are not empty.
type Summary struct {
	Lines, Punches, Duplicates, Refused, Warnings int
	// First is the first column's date in a wide file, else empty.
	First domain.Date
}

// FileError says that a whole file cannot be read in its format; nothing of it was imported.
type FileError struct {
	File int
	Text string
}

// Error names the file by its place, from 1.
func (e *FileError) Error() string { return fmt.Sprintf("file %d: %s", e.File+1, e.Text) }

// Read reads files of one format; now is the import's time as a local wall clock, YYYY-MM-DDTHH:MM:SS.
// It fails with a *FileError when a file is not of the format, else only when a file or the sink does.
func Read(format Format, files []io.Reader, now string, sink Sink) (Summary, error) {
	r := newReader(now, sink)
	switch format {
	case WideCSV:
		err := r.wide(files)
		return r.summary, err
	case CSV:
		return r.each(files, r.csvFile)
	case AttLog:
		return r.each(files, r.attlogFile)
	case DingTalkXLSX:
		return r.summary, &FileError{Text: "dingtalk-xlsx is a workbook: its rows are read through ReadRows"}
	}
	return r.summary, &FileError{Text: fmt.Sprintf("there is no format %q; the formats are %s", format, Named("and"))}
}

type reader struct {
	now     string
	sink    Sink
	seen    map[[16]byte]struct{}
	summary Summary
	file    int
	// last is the wall clock of the line before, of one machine or one number.
	last map[string]time.Time
}

func newReader(now string, sink Sink) *reader {
	return &reader{now: now, sink: sink, seen: map[[16]byte]struct{}{}}
}

func (r *reader) each(files []io.Reader, read func(io.Reader) error) (Summary, error) {
	for i, f := range files {
		r.file, r.last = i, map[string]time.Time{}
		if err := read(f); err != nil {
			return r.summary, err
		}
	}
	return r.summary, nil
}

// accept gives a punch to the sink, or names it as a duplicate; clock is the key of the clock it was read from.
func (r *reader) accept(l Line, at time.Time, clock string) error {
	l.File = r.file
	r.summary.Lines++
	why := r.jump(l, at, clock)
	if r.isDuplicate(l) {
		r.summary.Duplicates++
		return r.sink.Issue(Issue{File: l.File, Number: l.Number, Kind: Duplicate, Code: "duplicate", Text: "equal to an earlier line; one punch"})
	}
	r.summary.Punches++
	if why != "" {
		l.Jump = true
		if err := r.warn(l.Number, "clock_jump", why); err != nil {
			return err
		}
	}
	return r.sink.Line(l)
}

func (r *reader) isDuplicate(l Line) bool {
	sum := sha256.Sum256(domain.PunchFact{Number: l.Badge, Wall: l.Wall, State: l.State}.Preimage())
	key := [16]byte(sum[:16])
	_, found := r.seen[key]
	r.seen[key] = struct{}{}
	return found
}

// jump says why the clock of a line cannot be right, or nothing (design §7).
func (r *reader) jump(l Line, at time.Time, clock string) string {
	before, known := r.last[clock]
	r.last[clock] = at
	switch {
	case at.Year() < 2010:
		return fmt.Sprintf("%s is before 2010: the clock was reset", l.Wall)
	case l.Wall > r.now:
		return fmt.Sprintf("%s is after the import", l.Wall)
	case known && before.Sub(at) > 24*time.Hour:
		return fmt.Sprintf("%s is more than 24 h behind the line before (%s)", l.Wall, before.Format(wallLayout))
	}
	return ""
}

func (r *reader) warn(number int, code, text string) error {
	r.summary.Warnings++
	return r.sink.Issue(Issue{File: r.file, Number: number, Kind: Warning, Code: code, Text: text})
}

func (r *reader) refuse(number int, p *problem) error {
	r.summary.Lines++
	r.summary.Refused++
	return r.sink.Issue(Issue{File: r.file, Number: number, Kind: Refused, Code: p.code, Text: p.text})
}
