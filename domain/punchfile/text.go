package punchfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/dakahq/daka/domain"
)

const (
	wallLayout = "2006-01-02T15:04:05"
	// lineLimit bounds a line of a machine's file; wideLimit a row of a wide file, which holds years of cells.
	lineLimit = 64 << 10
	wideLimit = 1 << 20
	// textLimit bounds a short column that is kept verbatim, in bytes.
	textLimit = 64
)

// problem is why a line is refused.
type problem struct{ code, text string }

func refusal(code, text string, args ...any) *problem {
	return &problem{code: code, text: fmt.Sprintf(text, args...)}
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

// plainText checks a short column that is kept verbatim.
func plainText(raw []byte, name string) (string, *problem) {
	raw = bytes.TrimSpace(raw)
	switch {
	case !utf8.Valid(raw):
		return "", refusal("encoding", "the %s is not UTF-8: bytes % x", name, clip(raw))
	case len(raw) > textLimit:
		return "", refusal("fields", "the %s has %d bytes; the limit is %d", name, len(raw), textLimit)
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
