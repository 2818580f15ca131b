package punchfile

import (
	"bytes"
	"io"
)

const attlogLayout = "2006-01-02 15:04:05"

// attlogFile reads a machine's export: id TAB local time TAB verify TAB state TAB mode TAB workcode, LF or CRLF.
// Columns after the time may be missing; the state stays verbatim, for machines in the field set it at random.
func (r *reader) attlogFile(f io.Reader) error {
	return lines(f, lineLimit, func(number int, line []byte, length int) error {
		if line == nil && length > lineLimit {
			return r.refuse(number, tooLong(length, lineLimit))
		}
		if number == 1 && utf16(line) {
			return &FileError{File: r.file, Text: "the file is UTF-16; save it as plain text or UTF-8"}
		}
		if bytes.IndexByte(line, 0) >= 0 {
			return r.attlogWithNUL(number, line)
		}
		if len(bytes.TrimSpace(line)) == 0 {
			return nil
		}
		return r.attlogLine(number, line)
	})
}

// attlogWithNUL imports the records between runs of NUL bytes, which a machine leaves after a power cut.
func (r *reader) attlogWithNUL(number int, line []byte) error {
	nul, parts := bytes.Count(line, []byte{0}), 0
	for _, part := range bytes.FieldsFunc(line, func(c rune) bool { return c == 0 }) {
		if len(bytes.TrimSpace(part)) == 0 {
			continue
		}
		parts++
		if err := r.attlogLine(number, part); err != nil {
			return err
		}
	}
	if parts == 0 {
		return r.refuse(number, refusal("nul", "nothing but %s", plural(nul, "NUL byte", "NUL bytes")))
	}
	return r.warn(number, "nul", plural(nul, "NUL byte was", "NUL bytes were")+" left out")
}

func (r *reader) attlogLine(number int, line []byte) error {
	fields := bytes.Split(line, []byte("\t"))
	if len(fields) < 2 {
		return r.refuse(number, refusal("fields", "a machine's line has an id, a TAB and a time; this is %s", quote(line)))
	}
	id, bad := badge(fields[0])
	if bad != nil {
		return r.refuse(number, bad)
	}
	at, bad := wallClock(fields[1], attlogLayout)
	if bad != nil {
		return r.refuse(number, bad)
	}
	l := Line{Number: number, Badge: id, Wall: at.Format(wallLayout)}
	if len(fields) > 3 {
		state, bad := plainText(fields[3], "state")
		if bad != nil {
			return r.refuse(number, bad)
		}
		l.State = state
	}
	return r.accept(l, at, "machine")
}
