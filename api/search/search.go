// Package search finds people by what is typed: their names are sealed in the tables, so they are opened and compared here.
package search

import (
	"strings"
	"sync"
	"unicode"

	"github.com/mozillazg/go-pinyin"

	"github.com/dakahq/daka/projections/query"
)

// Person is what somebody can be found by.
type Person struct{ Name, Number, Phone string }

// leastDigits is how many digits of a phone number find its holder.
const leastDigits = 4

// Words is a prepared search.
type Words struct {
	text, digits string
	readings     *readings
}

// For prepares what was typed; case, spaces and full-width forms make no difference.
func For(typed string) Words {
	w := Words{text: fold(typed), readings: &readings{known: map[rune]string{}}}
	w.digits = strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, w.text)
	return w
}

// Find says whether a person is meant: by a part of the name, its pinyin or the initials of that, by the beginning of the badge number, or by
// four digits or more of the phone number.
func (w Words) Find(p Person) bool {
	name, number := fold(p.Name), fold(p.Number)
	if strings.Contains(name, w.text) || strings.HasPrefix(number, w.text) {
		return true
	}
	if len(w.digits) >= leastDigits && len(w.digits) == len(w.text) && strings.Contains(p.Phone, w.digits) {
		return true
	}
	whole, initials := w.readings.of(name)
	return whole != "" && (strings.HasPrefix(whole, w.text) || strings.HasPrefix(initials, w.text))
}

// fold brings what is written in several ways to one.
func fold(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '·', r == '\'':
			return -1
		case r >= '！' && r <= '～': // full-width
			return unicode.ToLower(r - '！' + '!')
		}
		return unicode.ToLower(r)
	}, text)
}

// readings remembers the pinyin of characters, because a list names the same ones often.
type readings struct {
	guard sync.Mutex
	known map[rune]string
}

// of gives a name's pinyin as one word, and its initials; both are empty for a name without Chinese characters.
func (r *readings) of(name string) (whole, initials string) {
	r.guard.Lock()
	defer r.guard.Unlock()
	chinese := false
	var all, first strings.Builder
	for _, c := range name {
		reading, known := r.known[c]
		if !known {
			if found := pinyin.SinglePinyin(c, pinyin.NewArgs()); len(found) > 0 {
				reading = found[0]
			}
			r.known[c] = reading
		}
		if reading == "" {
			all.WriteRune(c)
			first.WriteRune(c)
			continue
		}
		chinese = true
		all.WriteString(reading)
		first.WriteByte(reading[0])
	}
	if !chinese {
		return "", ""
	}
	return all.String(), first.String()
}

// Members lists the members, or those among them whom a search means; personOf opens what somebody can be found by.
func Members(typed, cursor string, limit int, list func(cursor string, limit int) (query.Page[query.Member], error), personOf func(*query.Member) Person) (query.Page[query.Member], error) {
	words := For(typed)
	if words.text == "" {
		return list(cursor, limit)
	}
	all := func(cursor string) (query.Page[query.Member], error) { return list(cursor, query.Limit(Most)) }
	return Collect(query.Limit(limit), cursor, all, func(m *query.Member) bool { return words.Find(personOf(m)) }, query.MemberCursor)
}

// Most is how many members are looked at for one answer; who is not among them is found by going on with the cursor.
const Most = 20_000

// Collect goes through a list until limit entries are meant, and gives the cursor to go on with.
func Collect[T any](limit int, cursor string, list func(cursor string) (query.Page[T], error), meant func(*T) bool, cursorOf func(*T) string) (query.Page[T], error) {
	found := query.Page[T]{Items: []T{}}
	for seen := 0; ; {
		page, err := list(cursor)
		if err != nil {
			return found, err
		}
		for i := range page.Items {
			if !meant(&page.Items[i]) {
				continue
			}
			found.Items = append(found.Items, page.Items[i])
			if len(found.Items) == limit && (i < len(page.Items)-1 || page.Next != "") {
				found.Next = cursorOf(&page.Items[i])
				return found, nil
			}
		}
		if seen += len(page.Items); page.Next == "" || seen >= Most {
			found.Next = page.Next
			return found, nil
		}
		cursor = page.Next
	}
}
