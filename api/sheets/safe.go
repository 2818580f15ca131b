package sheets

import (
	"strings"
	"unicode"
)

// formulaSigns begin what a spreadsheet runs, in every form that one of them takes for the sign.
const formulaSigns = "=+-@＝＋－＠﹦﹢﹣﹫−"

// SafeText keeps a spreadsheet from running a text as a formula. What cannot be seen before a sign hides it from people, not from a spreadsheet
// that trims; a leading tab or break splits cells.
func SafeText(text string) string {
	seen := strings.TrimLeftFunc(text, invisible)
	switch {
	case text == "":
	case strings.ContainsRune("\t\r\n", rune(text[0])), seen != "" && strings.ContainsRune(formulaSigns, []rune(seen)[0]):
		return "'" + text
	}
	return text
}

// invisible runes are spaces of every width, breaks, controls, and formatting such as U+FEFF and the zero-width ones.
func invisible(r rune) bool {
	return unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zs, unicode.Zl, unicode.Zp) || strings.ContainsRune(blankLetters, r)
}

// blankLetters are letters and marks that show nothing: fillers, the Braille blank, variation selectors, the grapheme joiner.
const blankLetters = "\u115f\u1160\u3164\uffa0\u2800\ufe00\ufe01\ufe0e\ufe0f\u034f\u17b4\u17b5"
