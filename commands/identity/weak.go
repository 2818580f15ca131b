package identity

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/trustelem/zxcvbn/frequency"
	"golang.org/x/text/unicode/norm"
)

// The length of a password, in characters.
const (
	PasswordLeast = 10
	PasswordMost  = 128
	// dressing is how many digits or signs around a common word do not make it a password.
	dressing = 4
	// fewest different characters that a password has.
	fewest = 5
)

// Password is a password as it is hashed: NFC. Nothing else is changed; blanks count.
func Password(text string) string { return norm.NFC.String(text) }

// PasswordProblem says what is wrong with a new password, empty for nothing; about are words of the person, such as number and name.
func PasswordProblem(password string, about ...string) string {
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password):
		return "is not valid UTF-8"
	case n < PasswordLeast:
		return "is too short; use at least 10 characters, a short sentence is good"
	case n > PasswordMost:
		return "is too long; use at most 128 characters"
	}
	folded := strings.ToLower(password)
	if isAbout(folded, about) {
		return "holds little but your name, number or address; choose another"
	}
	if isCommon(folded) {
		return "is among the passwords that are guessed first; choose another, a short sentence is good"
	}
	return easily(password, about)
}

// isAbout says that a password is little but a word that everybody knows of the person.
func isAbout(folded string, about []string) bool {
	for _, word := range about {
		word = strings.ToLower(strings.TrimPrefix(word, "+"))
		for _, w := range []string{word, strings.TrimPrefix(word, "86"), strings.ReplaceAll(word, " ", "")} {
			if utf8.RuneCountInString(w) >= 4 && strings.Contains(folded, w) && utf8.RuneCountInString(folded) <= utf8.RuneCountInString(w)+dressing {
				return true
			}
		}
	}
	return false
}

// isCommon says that a password is a run, a repetition, or one of the 30,000 most used, dressed or doubled or not.
func isCommon(folded string) bool {
	letters := []rune(folded)
	if different(letters) < fewest || isRun(letters) {
		return true
	}
	if half := len(letters) / 2; len(letters)%2 == 0 && string(letters[:half]) == string(letters[half:]) && isListed(string(letters[:half])) {
		return true
	}
	core := strings.TrimFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) })
	return isListed(folded) || len(letters)-utf8.RuneCountInString(core) <= dressing && isListed(core)
}

func isListed(word string) bool { return slices.Contains(frequency.FrequencyLists["passwords"], word) }

func different(letters []rune) int {
	set := map[rune]bool{}
	for _, r := range letters {
		set[r] = true
	}
	return len(set)
}

// isRun says that each character follows the one before it by the same step, such as 0123456789 or zyxwvutsrq; after 9 comes 0.
func isRun(letters []rune) bool {
	for _, step := range []rune{1, -1} {
		run := true
		for i := 1; i < len(letters) && run; i++ {
			d := letters[i] - letters[i-1]
			run = d == step || d == -9*step
		}
		if run {
			return true
		}
	}
	return false
}
