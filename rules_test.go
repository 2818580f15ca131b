package daka_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	sentence  = `§?[1-9](?:\.\d+[a-z]?)?`
	sentences = sentence + `(?:(?:, | and | or | to |; )` + sentence + `)*`
)

var (
	// cited is what follows the word rules; alone is a list in brackets or before the words of a case, as the package of the rules writes it.
	cited       = regexp.MustCompile("(?i)\\brules(?:\\.md)?`?,? (" + sentences + ")")
	alone       = regexp.MustCompile(`(?:\(|"source": ?")(` + sentences + `)[:)]`)
	oneSentence = regexp.MustCompile(sentence)
	// broken is where a comment, a literal or a paragraph goes on in the next line.
	broken = regexp.MustCompile("\\s*(?:\"\\s*\\+)?\n\\s*(?://|--|\\*|#|\")?\\s*")
)

// ruleBook is what the contract on rules consists of: its sentences, and for each section the words that its citations stand among.
type ruleBook struct {
	sentences map[string]bool
	sections  map[string]*regexp.Regexp
}

func readRuleBook(t *testing.T) ruleBook {
	t.Helper()
	list, err := os.ReadFile("domain/attendance/testdata/sentences.txt")
	require.NoError(t, err)
	book := ruleBook{map[string]bool{}, map[string]*regexp.Regexp{}}
	for _, line := range strings.Split(strings.TrimSpace(string(list)), "\n") {
		name, rest, _ := strings.Cut(line, " ")
		switch {
		case name == "#":
		case strings.HasPrefix(name, "§"):
			_, words, found := strings.Cut(rest, " | ")
			require.True(t, found, line)
			if words == "*" {
				words = ""
			}
			book.sections[name] = regexp.MustCompile("(?i)" + words)
		default:
			require.Contains(t, book.sections, "§"+name[:1])
			book.sentences[name] = true
		}
	}
	require.Len(t, book.sections, 6)
	require.Greater(t, len(book.sentences), 100)
	return book
}

// faults are the citations of a text that lead nowhere, or to a section that speaks of something else.
func (b ruleBook) faults(text string, bare bool) (faults []string, checked int) {
	text = broken.ReplaceAllString(text, " ")
	found := cited.FindAllStringSubmatchIndex(text, -1)
	if bare {
		found = append(found, alone.FindAllStringSubmatchIndex(text, -1)...)
	}
	for _, at := range found {
		near := text[max(0, at[0]-200):min(len(text), at[1]+200)]
		for _, one := range oneSentence.FindAllString(text[at[2]:at[3]], -1) {
			words, section := b.sections[one]
			switch checked++; {
			case !section && !strings.HasPrefix(one, "§") && !strings.Contains(one, "."):
				checked-- // a count, not a citation
			case section && !words.MatchString(near), !section && !b.sentences[one]:
				faults = append(faults, text[at[0]:at[1]])
			}
		}
	}
	return faults, checked
}

// TestCitedSentencesExist: who looks up what code, tests, texts and pages cite of the rules finds the sentence.
func TestCitedSentencesExist(t *testing.T) {
	book := readRuleBook(t)
	all := 0
	for _, path := range tracked(t) {
		switch filepath.Ext(path) {
		case ".go", ".md", ".ts", ".tsx", ".sql", ".html", ".sh", ".json":
		default:
			continue
		}
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		faults, checked := book.faults(string(content), strings.HasPrefix(path, "domain/attendance/"))
		all += checked
		if path == "rules_test.go" {
			continue
		}
		for _, fault := range faults {
			t.Errorf("%s cites %q: there is no such sentence, or it speaks of something else", path, fault)
		}
	}
	require.Greater(t, all, 500)
}

// TestCitationsAreFound in every form that they have.
func TestCitationsAreFound(t *testing.T) {
	book := readRuleBook(t)
	for _, right := range []string{"rules 4.6", "(rules 3.4, 3.6 to\n// 3.12)", "rules §6", "`rules.md` §1", "penalties (rules §5)", "Rules 2.7a and 2.7c", "12 rules, 2 of them"} {
		faults, _ := book.faults(right, true)
		require.Empty(t, faults, right)
	}
	for _, wrong := range []string{"rules 4.6z", "rules 3.4, 3.6 to\n// 3.99", "rules §7", "a day as rules\n// §5 names it", "rules.md 6.6", "(3.9a, 9.1)", `{"source":"4.99: a case"}`} {
		faults, _ := book.faults(wrong, true)
		require.Len(t, faults, 1, wrong)
	}
}
