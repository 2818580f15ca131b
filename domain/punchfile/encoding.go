package punchfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const (
	// headBytes is how much of a text file is looked at before it is read.
	headBytes = 64 << 10
	utf8Name  = "UTF-8"
	gbName    = "GB18030"
)

// textFile gives the lines of a text file in UTF-8, whatever they are written in.
type textFile struct {
	in *bufio.Reader
	// name is the encoding's, for the report.
	name string
	// decoder is set where lines are decoded one by one; stated says that a person named the encoding.
	decoder *encoding.Decoder
	stated  bool
	// wide says that a line beyond ASCII was read as UTF-8.
	wide   bool
	number int
}

// openText finds out how the file is written, or takes the encoding's name as a person states it.
func openText(f io.Reader, stated string) (*textFile, error) {
	raw := bufio.NewReaderSize(f, headBytes)
	head, err := raw.Peek(headBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the beginning of the file: %w", err)
	}
	t := &textFile{in: raw, name: utf8Name, stated: stated != ""}
	switch name := strings.ToLower(strings.NewReplacer("_", "-", " ", "").Replace(stated)); {
	case name == "" && bytes.HasPrefix(head, []byte("\xef\xbb\xbf")), name == "utf-8", name == "utf8":
		t.name, t.stated = utf8Name, true
	case name == "":
		t.detect(head)
	case strings.HasPrefix(name, "utf-16") || strings.HasPrefix(name, "utf16"):
		t.utf16(utf16Order(name, head))
	default:
		enc, err := htmlindex.Get(name)
		if err != nil {
			return nil, refuseFile("encoding", "there is no encoding %q; use utf-8, gb18030, gbk, big5, utf-16le, utf-16be or windows-1252", stated)
		}
		if name == "gbk" || name == "gb2312" {
			enc = simplifiedchinese.GB18030
		}
		t.name, t.decoder = strings.ToUpper(name), enc.NewDecoder()
	}
	return t, t.loneReturns(head)
}

// detect goes by a byte order mark, by where zero bytes stand, and by what is no UTF-8.
func (t *textFile) detect(head []byte) {
	switch order := utf16Order("", head); {
	case order != "":
		t.utf16(order)
	case !validHead(head):
		t.name, t.decoder = gbName, simplifiedchinese.GB18030.NewDecoder()
	}
}

// validHead allows a character that the head's end cuts.
func validHead(head []byte) bool {
	for cut := 0; cut < utf8.UTFMax && cut <= len(head); cut++ {
		if utf8.Valid(head[:len(head)-cut]) {
			return cut == 0 || len(head) == headBytes
		}
	}
	return false
}

// utf16Order is LE or BE, from the name, the mark, or the zero bytes that ASCII has in UTF-16; empty is no UTF-16.
func utf16Order(name string, head []byte) string {
	switch {
	case strings.HasSuffix(name, "le"), bytes.HasPrefix(head, []byte("\xff\xfe")):
		return "LE"
	case strings.HasSuffix(name, "be"), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return "BE"
	}
	var zeros [2]int
	for i, c := range head {
		if c == 0 {
			zeros[i%2]++
		}
	}
	quarter, few := len(head)/8, len(head)/100
	switch {
	case len(head) < 8:
	case zeros[1] > quarter && zeros[0] <= few:
		return "LE"
	case zeros[0] > quarter && zeros[1] <= few:
		return "BE"
	}
	if name != "" {
		return "LE"
	}
	return ""
}

func (t *textFile) utf16(order string) {
	endian := unicode.LittleEndian
	if order == "BE" {
		endian = unicode.BigEndian
	}
	t.name, t.stated = "UTF-16"+order, true
	t.in = bufio.NewReaderSize(transform.NewReader(t.in, unicode.UTF16(endian, unicode.UseBOM).NewDecoder()), headBytes)
}

// loneReturns lets CR alone end a line, as old programs write, where the head has no LF.
func (t *textFile) loneReturns([]byte) error {
	head, err := t.in.Peek(headBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the beginning of the file: %w", err)
	}
	if bytes.IndexByte(head, '\r') >= 0 && bytes.IndexByte(head, '\n') < 0 {
		t.in = bufio.NewReaderSize(&returns{t.in}, headBytes)
	}
	return nil
}

type returns struct{ in io.Reader }

// Read writes each CR as LF.
func (r *returns) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	for i := range p[:n] {
		if p[i] == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// rawLine is one line of a file, or why it cannot be read.
type rawLine struct {
	number int
	text   []byte
	// length counts the bytes with the line's end.
	length int
	bad    *problem
}

// next gives the next line without its end; io.EOF ends the file. A line beyond the limit comes as a problem.
func (t *textFile) next(limit int) (rawLine, error) {
	line, length, err := readLine(t.in, limit)
	if length == 0 && errors.Is(err, io.EOF) {
		return rawLine{}, io.EOF
	}
	t.number++
	if err != nil && !errors.Is(err, io.EOF) {
		return rawLine{}, fmt.Errorf("read line %d: %w", t.number, err)
	}
	raw := rawLine{number: t.number, text: line, length: length}
	if line == nil && length > limit {
		raw.bad = tooLong(length, limit)
		return raw, nil
	}
	if t.number == 1 {
		raw.text = bytes.TrimPrefix(raw.text, []byte("\xef\xbb\xbf"))
	}
	raw.text, raw.bad = t.decode(raw.text)
	return raw, nil
}

// decode writes a line in UTF-8. A file that was ASCII so far and is no UTF-8 here is Chinese.
func (t *textFile) decode(line []byte) ([]byte, *problem) {
	if ascii(line) {
		return line, nil
	}
	if t.decoder == nil {
		switch {
		case utf8.Valid(line):
			t.wide = true
			return line, nil
		case t.wide || t.stated:
			return line, nil // named where the broken column is read
		}
		t.name, t.decoder = gbName, simplifiedchinese.GB18030.NewDecoder()
	}
	out, err := t.decoder.Bytes(line)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
		return line, nil
	}
	return out, nil
}

func ascii(line []byte) bool {
	for _, c := range line {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
