package wire

import (
	"time"
	"unicode/utf8"

	"github.com/dakahq/daka/domain"
)

// fastJSON reads JSON as the ledger's encoder writes it: no white space, no escapes, integers of few digits. Anything else makes it give
// up (bad), and the strict decoder decides; so it may only be narrower than that one, never wider.
type fastJSON struct {
	b   []byte
	i   int
	bad bool
}

func (p *fastJSON) want(c byte) {
	if p.i >= len(p.b) || p.b[p.i] != c {
		p.bad = true
		return
	}
	p.i++
}

func (p *fastJSON) next(c byte) bool {
	if p.i < len(p.b) && p.b[p.i] == c {
		p.i++
		return true
	}
	return false
}

// text is a string without escapes; it is good until the bytes are.
func (p *fastJSON) text() []byte {
	p.want('"')
	start, ascii := p.i, true
	for p.i < len(p.b) {
		switch c := p.b[p.i]; {
		case c == '"':
			out := p.b[start:p.i]
			p.i++
			if !ascii && !utf8.Valid(out) {
				p.bad = true
			}
			return out
		case c == '\\' || c < 0x20:
			p.bad = true
			return nil
		case c >= utf8.RuneSelf:
			ascii = false
		}
		p.i++
	}
	p.bad = true
	return nil
}

// some is a text that must not be empty.
func (p *fastJSON) some() []byte {
	out := p.text()
	if len(out) == 0 {
		p.bad = true
	}
	return out
}

// number is an integer from 0 to 99,999,999 without leading zeros.
func (p *fastJSON) number() (n int) {
	start := p.i
	for p.i < len(p.b) && p.b[p.i] >= '0' && p.b[p.i] <= '9' {
		n = n*10 + int(p.b[p.i]-'0')
		p.i++
	}
	if digits := p.i - start; digits == 0 || digits > 8 || (digits > 1 && p.b[start] == '0') {
		p.bad = true
	}
	return n
}

// fixed is a string of a known length, between its quotes; what is between is the caller's to look at.
func (p *fastJSON) fixed(n int) []byte {
	if p.i+n+2 > len(p.b) || p.b[p.i] != '"' || p.b[p.i+n+1] != '"' {
		p.bad = true
		return nil
	}
	out := p.b[p.i+1 : p.i+n+1]
	p.i += n + 2
	return out
}

func (p *fastJSON) id() (id domain.ID) {
	text := p.fixed(36)
	if text == nil {
		return id
	}
	odd := (text[8] ^ '-') | (text[13] ^ '-') | (text[18] ^ '-') | (text[23] ^ '-')
	for at, i := range idDigits {
		high, low := hexDigits[text[i]], hexDigits[text[i+1]]
		odd |= (high | low) & notHex
		id[at] = high<<4 | low
	}
	if odd != 0 || id == (domain.ID{}) {
		p.bad = true
	}
	return id
}

// idDigits are where the bytes of an id begin in its text.
var idDigits = [16]int{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34}

const notHex = 0x80

// hexDigits are the values of small hexadecimal digits, notHex for every other byte.
var hexDigits = func() (digits [256]byte) {
	for c := range digits {
		digits[c] = notHex
	}
	for v, c := range []byte("0123456789abcdef") {
		digits[c] = byte(v)
	}
	return digits
}()

// instant is the ledger's form, 2006-01-02T15:04:05.000000Z.
func (p *fastJSON) instant() (at domain.Instant) {
	const form = "0000-00-00T00:00:00.000000Z"
	text := p.fixed(len(form))
	if text == nil {
		return at
	}
	for i := range form {
		if digit := text[i] >= '0' && text[i] <= '9'; (form[i] == '0') != digit || (form[i] != '0' && text[i] != form[i]) {
			p.bad = true
			return at
		}
	}
	part := func(from, to int) (n int) {
		for _, c := range text[from:to] {
			n = n*10 + int(c-'0')
		}
		return n
	}
	month, day := part(5, 7), part(8, 10)
	hour, minute, second := part(11, 13), part(14, 16), part(17, 19)
	t := time.Date(part(0, 4), time.Month(month), day, hour, minute, second, part(20, 26)*1000, time.UTC)
	if hour > 23 || minute > 59 || second > 59 || t.Day() != day || int(t.Month()) != month {
		p.bad = true
	}
	return domain.At(t)
}

// object calls field for each name; field reads the value and says which bit the name is, 0 for an unknown one. It gives the bits seen.
func (p *fastJSON) object(field func(name []byte) uint32) (seen uint32) {
	p.want('{')
	for !p.bad {
		name := p.text()
		p.want(':')
		if p.bad {
			break
		}
		bit := field(name)
		if bit == 0 || seen&bit != 0 {
			p.bad = true
		}
		seen |= bit
		if p.next('}') {
			return seen
		}
		p.want(',')
	}
	return seen
}

// end says whether everything was read and nothing was odd.
func (p *fastJSON) end() bool { return !p.bad && p.i == len(p.b) }
