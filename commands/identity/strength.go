package identity

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/trustelem/zxcvbn"
	"github.com/trustelem/zxcvbn/match"
)

const (
	// leastGuesses is how many guesses a password must outlast, as zxcvbn counts them: its score 3.
	leastGuesses = 1e8
	// phoneGuesses are those for a phone number that is somebody's, characterGuesses those for a Chinese character that is no known word.
	phoneGuesses     = 1e5
	characterGuesses = 1000
)

// easily says why a password is guessed too easily, empty if it is not. What is Latin is measured by zxcvbn, with the words of the person
// and those in pinyin; Chinese characters, which zxcvbn does not know, by the words in them.
func easily(password string, about []string) string {
	words := aboutWords(about)
	latin, guesses, reason := withoutHanzi(password, append(slices.Clone(words), strings.Fields(hanziWords)...))
	latin, phones := withoutPhones(latin)
	if phones > 0 {
		guesses, reason = guesses*phones, "is little but a phone number; choose another, a short sentence is good"
	}
	if latin != "" {
		r := zxcvbn.PasswordStrength(latin, append(words, strings.Fields(pinyinWords)...))
		if guesses *= latinGuesses(r); guesses < leastGuesses && reason == "" {
			reason = reasonOf(r.Sequence)
		}
	}
	if guesses >= leastGuesses {
		return ""
	}
	return reason
}

const easyWords = "is made of words that are guessed first, also in pinyin, with a year or with signs; choose another, a sentence of several rare words is good"

// latinGuesses are zxcvbn's, but where words of our lists are in it: who knows those puts them together with little else first, which
// zxcvbn takes for longer by 10,000 for each part.
func latinGuesses(r zxcvbn.Result) float64 {
	product, ours := 1.0, false
	for i, part := range r.Sequence {
		product *= part.Guesses * float64(i+1) // the parts in any order
		ours = ours || part.DictionaryName == "user_inputs"
	}
	if ours {
		return min(product, r.Guesses)
	}
	return r.Guesses
}

// reasonOf names the longest part that is guessed easily.
func reasonOf(parts []*match.Match) (reason string) {
	longest := 0
	for _, p := range parts {
		n := len(p.Token)
		if n <= longest || p.Pattern == "bruteforce" {
			continue
		}
		longest = n
		switch p.Pattern {
		case "date":
			reason = "is little but a date, such as a birthday; choose another, a short sentence is good"
		case "spatial", "sequence", "repeat":
			reason = "is a run of keys or a repetition; choose another, a short sentence is good"
		default:
			reason = easyWords
		}
	}
	if reason == "" {
		return easyWords
	}
	return reason
}

// aboutWords are what everybody knows of a person: the words of names, addresses and numbers, whole and in their parts.
func aboutWords(about []string) (words []string) {
	for _, text := range about {
		text = strings.ToLower(text)
		parts := append(strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), text, strings.ReplaceAll(text, " ", ""))
		for _, part := range parts {
			if len([]rune(part)) > 1 && !slices.Contains(words, part) {
				words = append(words, part)
			}
		}
	}
	return words
}

var phoneForm = regexp.MustCompile(`(\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}`)

// withoutPhones takes phone numbers out, and says how many guesses they are worth; 0 where there are none.
func withoutPhones(text string) (rest string, guesses float64) {
	found := phoneForm.FindAllString(text, -1)
	if len(found) == 0 {
		return text, 0
	}
	return phoneForm.ReplaceAllString(text, ""), phoneGuesses * float64(len(found))
}

// withoutHanzi takes Chinese characters out, and says how many guesses they are worth: a known word, longest first, by its place in the
// list, any other character by itself.
func withoutHanzi(text string, words []string) (rest string, guesses float64, reason string) {
	slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) })
	guesses = 1
	var latin strings.Builder
	for letters := []rune(text); len(letters) > 0; {
		if !unicode.Is(unicode.Han, letters[0]) {
			if letters[0] <= unicode.MaxASCII {
				latin.WriteRune(letters[0])
			} else {
				guesses *= characterGuesses
			}
			letters = letters[1:]
			continue
		}
		here := string(letters)
		if i := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(here, w) }); i >= 0 {
			letters, guesses, reason = letters[len([]rune(words[i])):], guesses*float64(len(words)), easyWords
			continue
		}
		letters, guesses = letters[1:], guesses*characterGuesses
	}
	return latin.String(), guesses, reason
}
