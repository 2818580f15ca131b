package punchfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/dakahq/daka/domain"
)

const (
	wallLayout = "2006-01-02T15:04:05"
	// lineLimit bounds a line of a machine's file; wideLimit a row of a wide file, which holds years of cells.
	lineLimit = 64 << 10
	wideLimit = 1 << 20
	// numberLimit bounds a badge number, in bytes.
	numberLimit = 64
)

// problem is why a line is refused.
type problem struct{ code, text string }

func refusal(code, text string, args ...any) *problem {
	return &problem{code: code, text: fmt.Sprintf(text, args...)}
}

// lines gives each physical line without its end, numbered from 1; a line beyond the limit comes as nil with its length.
func lines(f io.Reader, limit int, fn func(number int, line []byte, length int) error) error {
	in := bufio.NewReaderSize(f, 64<<10)
	for number := 1; ; number++ {
		line, length, err := readLine(in, limit)
		if length == 0 && errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read line %d: %w", number, err)
		}
		if number == 1 {
			line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
		}
		if fnErr := fn(number, line, length); fnErr != nil {
			return fnErr
		}
		if err != nil {
			return nil
		}
	}
}

// readLine reads up to LF and keeps at most limit bytes; length counts the bytes with the line's end.
func readLine(in *bufio.Reader, limit int) (line []byte, length int, err error) {
	for {
		part, err := in.ReadSlice('\n')
		length += len(part)
		if length <= limit+2 {
			line = append(line, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
		if length > limit+2 {
			line = nil
		}
		return line, length, err
	}
}

func tooLong(length, limit int) *problem {
	return refusal("too_long", "the line has %d bytes; the limit is %d", length, limit)
}

// badge checks and normalizes a number: NFC, trimmed, leading zeros kept (events §1).
func badge(raw []byte) (string, *problem) {
	raw = bytes.TrimSpace(raw)
	if !utf8.Valid(raw) {
		return "", refusal("encoding", "the number is not UTF-8: bytes % x", clip(raw))
	}
	text := strings.TrimSpace(norm.NFC.String(string(raw)))
	switch {
	case text == "":
		return "", refusal("number", "the number is empty")
	case len(text) > numberLimit:
		return "", refusal("number", "the number has %d bytes; the limit is %d", len(text), numberLimit)
	case strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) }):
		return "", refusal("number", "the number %q holds a character that cannot be printed", text)
	}
	return text, nil
}

// wallClock reads a local time in one of the layouts, exactly as long as the layout.
func wallClock(raw []byte, layouts ...string) (time.Time, *problem) {
	text := string(bytes.TrimSpace(raw))
	for _, layout := range layouts {
		if len(text) != len(layout) {
			continue
		}
		at, err := time.Parse(layout, text)
		switch {
		case err != nil:
		case strings.Contains(layout, "2006") && !domain.DateOf(at, time.UTC).Writable():
			return time.Time{}, refusal("time", "%s %s", quote(raw), domain.RangeText(domain.FirstDate, domain.LastDate))
		default:
			return at, nil
		}
	}
	return time.Time{}, refusal("time", "%s is not a time such as %s", quote(raw), layouts[0])
}

// quote shows bytes of a file as text if they are text, else as hex.
func quote(raw []byte) string {
	if !utf8.Valid(raw) {
		return fmt.Sprintf("bytes % x", clip(raw))
	}
	return fmt.Sprintf("%q", string(clip(raw)))
}

func clip(raw []byte) []byte {
	if len(raw) <= 40 {
		return raw
	}
	cut := raw[:40]
	for len(cut) > 0 && !utf8.Valid(cut) && utf8.Valid(raw) {
		cut = cut[:len(cut)-1]
	}
	return cut
}

// utf16 says that a file begins as UTF-16, which spreadsheets write as "Unicode text".
func utf16(line []byte) bool {
	return bytes.HasPrefix(line, []byte("\xff\xfe")) || bytes.HasPrefix(line, []byte("\xfe\xff"))
}

// plainText checks a short column that is kept verbatim.
func plainText(raw []byte, name string) (string, *problem) {
	raw = bytes.TrimSpace(raw)
	switch {
	case !utf8.Valid(raw):
		return "", refusal("encoding", "the %s is not UTF-8: bytes % x", name, clip(raw))
	case len(raw) > numberLimit:
		return "", refusal("fields", "the %s has %d bytes; the limit is %d", name, len(raw), numberLimit)
	}
	text := domain.NormalText(string(raw), false)
	if fault := domain.TextFault(text, false); fault != "" {
		return "", refusal("text", "the %s %s", name, fault)
	}
	return text, nil
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
