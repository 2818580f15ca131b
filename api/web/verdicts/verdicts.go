// Package verdicts holds how a verdict is shown: its word, symbol and colours. The page reads the same file, so that a day looks alike on
// the page, in a workbook and on paper.
package verdicts

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

//go:embed verdicts.json
var file []byte

// Style is how a verdict is drawn on a light and on a dark ground.
type Style struct {
	Form  string  `json:"form"` // text, fill, solid, square, outline or dashed
	Light Colours `json:"light"`
	Dark  Colours `json:"dark"`
}

// Colours are #RRGGBB; a Fill is empty where the ground shows through.
type Colours struct {
	Text string `json:"text"`
	Fill string `json:"fill"`
}

// Words are a text in both languages.
type Words struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// In gives the Chinese text, or the English one.
func (w Words) In(chinese bool) string {
	if chinese {
		return w.ZH
	}
	return w.EN
}

// Verdict is a result of a slot or the status of a day, by the name that rules give it.
type Verdict struct {
	Name string `json:"name"`
	Words
	Symbol Words  `json:"symbol"`
	Style  string `json:"style"` // a name among the styles
}

// Corner is a sign beside a verdict; its symbol is the same in both languages.
type Corner struct {
	Name string `json:"name"`
	Words
	Symbol string `json:"symbol"`
}

// Set is everything that the file holds, in its order.
type Set struct {
	Styles   map[string]Style `json:"styles"`
	Verdicts []Verdict        `json:"verdicts"`
	Corners  []Corner         `json:"corners"`
}

// Read reads the file that the program carries.
func Read() (*Set, error) {
	var s Set
	if err := json.Unmarshal(file, &s); err != nil {
		return nil, fmt.Errorf("read the verdicts: %w", err)
	}
	return &s, nil
}

// Verdict finds one by its name.
func (s *Set) Verdict(name string) (Verdict, bool) {
	for _, v := range s.Verdicts {
		if v.Name == name {
			return v, true
		}
	}
	return Verdict{}, false
}

// Corner finds one by its name.
func (s *Set) Corner(name string) (Corner, bool) {
	for _, c := range s.Corners {
		if c.Name == name {
			return c, true
		}
	}
	return Corner{}, false
}
