package sheets

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
)

// lines is a part as CSV: Chinese titles for people, the API's names for programs.
type lines struct{ out *csv.Writer }

func newLines(w io.Writer, p part, chinese bool) (*lines, error) {
	if _, err := io.WriteString(w, "\xef\xbb\xbf"); err != nil { // so that spreadsheets read UTF-8
		return nil, err
	}
	l := &lines{csv.NewWriter(w)}
	titles := make([]string, len(p.columns))
	for i, c := range p.columns {
		if titles[i] = c.name; chinese {
			titles[i] = strings.ReplaceAll(c.title.ZH, "\n", " ")
		}
	}
	return l, l.out.Write(titles)
}

func (l *lines) add(cells []cell) error {
	texts := make([]string, len(cells))
	for i, c := range cells {
		if c.value != nil {
			texts[i] = strings.ReplaceAll(fmt.Sprint(c.value), "\n", " ")
		}
	}
	return l.out.Write(texts)
}

func (l *lines) end() error {
	l.out.Flush()
	return l.out.Error()
}
