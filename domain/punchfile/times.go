package punchfile

import (
	"regexp"
	"strings"
)

var (
	// glued are clock times without anything between them, as machines print them into one cell.
	glued = regexp.MustCompile(`^(?:\d{2}:\d{2}){2,}$`)
	// between are marks that part the times of one cell.
	between = strings.NewReplacer("\r", "\n", ";", "\n", "；", "\n", "、", "\n", "|", "\n", "~", "\n", "～", "\n", "—", "\n", "–", "\n")
	// joint is a line between two times.
	joint = regexp.MustCompile(`(:\d{2})\s*[-/,，]\s*(\d{1,2}:)`)
)

// momentsIn reads one time or all times of a cell; nil if anything in it is no time.
func momentsIn(c Cell) []moment {
	if m, ok := c.moment(); ok && (m.clock || m.form == noDate) {
		return []moment{m}
	}
	return timesIn(c.Text)
}

// timesIn reads the times of a cell, parted by line breaks, blanks, marks or nothing.
func timesIn(text string) []moment {
	text = between.Replace(text)
	for joint.MatchString(text) {
		text = joint.ReplaceAllString(text, "$1\n$2")
	}
	var out []moment
	for _, part := range strings.Split(text, "\n") {
		all, ok := timesOf(part)
		if !ok {
			return nil
		}
		out = append(out, all...)
	}
	return out
}

// timesOf reads times with blanks between them.
func timesOf(part string) ([]moment, bool) {
	if strings.TrimSpace(part) == "" {
		return nil, true
	}
	if m, ok := readMoment(part); ok && m.clock {
		return []moment{m}, true
	}
	var out []moment
	pending := ""
	words := strings.Fields(plainTime(part))
	for i := 0; i < len(words); i++ {
		word := words[i]
		switch {
		case glued.MatchString(word):
			for k := 0; k < len(word); k += 5 {
				m, ok := readMoment(word[k : k+5])
				if !ok {
					return nil, false
				}
				out = append(out, m)
			}
		case isSuffix(word) && len(out) > 0 && pending == "":
			m, ok := readMoment(words[i-1] + " " + word)
			if !ok {
				return nil, false
			}
			out[len(out)-1] = m
		case remark(word):
		default:
			m, ok := readMoment(pending + " " + word)
			switch {
			case ok && m.clock:
				out, pending = append(out, m), ""
			case ok || isPrefix(pending+" "+word):
				pending = strings.TrimSpace(pending + " " + word)
			default:
				return nil, false
			}
		}
	}
	return out, pending == ""
}

// isSuffix says that a word belongs to the time before it.
func isSuffix(word string) bool {
	return strings.HasPrefix(word, "+") || strings.HasPrefix(word, "(次") || strings.HasPrefix(word, "(翌") || strings.HasPrefix(word, "(+") || word == "am" || word == "pm" || word == "a.m." || word == "p.m."
}

// isPrefix says that a word belongs to the time behind it: 次日 06:10.
func isPrefix(word string) bool {
	m, ok := readMoment(word + " 8:00")
	return ok && m.clock
}

// remark are words beside a time that say nothing about it.
func remark(word string) bool {
	word = strings.Trim(word, "()[]")
	switch word {
	case "外勤", "正常", "迟到", "早退", "补卡", "加班", "旷工", "严重迟到", "审批", "管理员":
		return true
	}
	return word == "" || strings.Trim(word, "-*#./") == ""
}
