package sheets

import (
	"math"

	"github.com/dakahq/daka/api/web/verdicts"
)

// kind is how a column's values look.
type kind int

const (
	text  kind = iota
	sign       // a symbol, in the middle
	whole      // a whole number, added up
	tenth      // a number with one decimal, added up
	hours      // the minutes of the column before it, as hours with one decimal
)

// column is a column of a part.
type column struct {
	name  string // in CSV files for programs
	title verdicts.Words
	width float64
	kind  kind
	rest  bool // a weekend's
}

// cell is a value, and the style of a verdict where it tells one. A nil value is an empty cell.
type cell struct {
	value any
	style string
}

func plain(values ...any) []cell {
	cells := make([]cell, len(values))
	for i, v := range values {
		if s, is := v.(string); is {
			v = SafeText(s)
		}
		cells[i].value = v
	}
	return cells
}

// inHours rounds minutes to tenths of hours.
func inHours(minutes float64) float64 { return math.Round(minutes/6) / 10 }

// number reads what the API gives as a number.
func number(v any) float64 {
	switch n := v.(type) {
	case int:
		return float64(n)
	case int64:
		return float64(n)
	case float64:
		return n
	}
	return 0
}

// minuted are the two columns of minutes: as they are, and as hours.
func minuted(name string, title verdicts.Words) []column {
	return []column{
		{name: name, title: verdicts.Words{ZH: title.ZH + "(分钟)", EN: title.EN + " (min)"}, width: 6.5, kind: whole},
		{name: name + "_hours", title: verdicts.Words{ZH: title.ZH + "(小时)", EN: title.EN + " (h)"}, width: 6.5, kind: hours},
	}
}

func minutes(n float64) []cell { return plain(int(n), inHours(n)) }
