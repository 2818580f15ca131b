package sample

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
	"time"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// seed makes the company's history; another seed would be another company.
const seed = 20260301

// punches are the local wall clocks of a member's workday, in order, as YYYY-MM-DD HH:MM:SS; few workdays have none. Those of a night shift
// reach into the next date.
func punches(m member, g group, date domain.Date) []string {
	r := rand.New(rand.NewPCG(seed, uint64(date.Time().Unix())^uint64(len(m.name))<<40^number(m)))
	if r.IntN(100) < 2 { // away without a word
		return nil
	}
	if m.group == research {
		return walls(r, date, freeTimes(r))
	}
	if m.group == operations {
		shift := shiftOn(m.crew, date)
		g.on, g.off = shiftStarts[shift], shiftStarts[shift]+8*60
	}
	on := g.on - 4 - r.IntN(18)
	switch lateness := r.IntN(100); {
	case lateness < 2+m.habit:
		on = g.on + 6 + r.IntN(20)
	case lateness < 3+m.habit && m.habit > 6:
		on = g.on + 35 + r.IntN(60)
	}
	off := g.off + 1 + r.IntN(25)
	switch leaving := r.IntN(100); {
	case leaving < 2:
		off = g.off - 5 - r.IntN(40)
	case leaving < 14 && m.group != operations: // who works in shifts is relieved
		off = g.off + 60 + r.IntN(140)
	}
	times := []int{on, off}
	if g.lunch {
		times = []int{on, 12*60 + r.IntN(9), 13*60 - 1 - r.IntN(14), off}
	}
	return walls(r, date, times)
}

// freeTimes are first and last punch of someone with free hours: mostly inside the core, mostly long enough.
func freeTimes(r *rand.Rand) []int {
	on := 8*60 + 20 + r.IntN(150)
	if r.IntN(100) < 4 {
		on = 11*60 + 5 + r.IntN(40)
	}
	stay := 8*60 + 32 + r.IntN(90)
	if r.IntN(100) < 6 {
		stay = 7*60 + 30 + r.IntN(50)
	}
	return []int{on, on + stay}
}

// walls drops a forgotten punch now and then, and adds seconds and a second tap.
func walls(r *rand.Rand, date domain.Date, minutes []int) []string {
	forgotten := -1
	if r.IntN(100) < 3 {
		forgotten = r.IntN(len(minutes))
	}
	var out []string
	for i, minute := range minutes {
		second := r.IntN(60)
		if i == forgotten {
			continue
		}
		out = append(out, wall(date, minute*60+second))
		if r.IntN(100) < 2 {
			out = append(out, wall(date, minute*60+second+3+r.IntN(20)))
		}
	}
	return out
}

func wall(date domain.Date, second int) string {
	return date.Time().Add(time.Duration(second) * time.Second).Format(time.DateTime)
}

func number(m member) uint64 {
	var n uint64
	for _, c := range m.number {
		n = n*10 + uint64(c-'0')
	}
	return n
}

// workday says whether a member works on a date: by the roster, or as the company does.
func workday(m member, date domain.Date) bool {
	if m.group == operations {
		return shiftOn(m.crew, date) != ""
	}
	return works(date)
}

// file is the machine's export of the workdays from..to, sorted by time, only what lies before now (a local wall clock); empty when nobody punched.
func file(from, to domain.Date, now string) string {
	var lines []string
	kinds := groups(string(from))
	for date := from; date <= to; date = date.AddDays(1) {
		for _, m := range members() {
			if !workday(m, date) {
				continue
			}
			for _, at := range punches(m, kinds[m.group], date) {
				if at <= now {
					lines = append(lines, fmt.Sprintf("%s\t%9s\t%s\t1\t0\t1\t0", at, m.number, at))
				}
			}
		}
	}
	sort.Strings(lines)
	var b strings.Builder
	for _, l := range lines {
		_, line, _ := strings.Cut(l, "\t")
		b.WriteString(line + "\n")
	}
	return b.String()
}

// works says whether the company works on a date: Monday to Friday, less China's holidays, and on its 调休 workdays.
func works(date domain.Date) bool {
	day, err := attendance.ParseDate(string(date))
	if err != nil {
		return false
	}
	if c, ok := attendance.ChinaCalendar(date.Time().Year()); ok {
		if _, work := c.Workdays[day]; work {
			return true
		}
		if _, off := c.Holidays[day]; off {
			return false
		}
	}
	weekday := date.Time().Weekday()
	return weekday != time.Saturday && weekday != time.Sunday
}
