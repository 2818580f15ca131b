package consequence

import (
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// Penalty is one consequence of one occurrence.
type Penalty struct {
	Occurrence
	// Count is the occurrence's place among those of its kind that no allowance forgives.
	Count      int
	DeductDays float64
	Note       string
}

// Month is what follows from one member's month.
type Month struct {
	// Allowed counts the occurrences that an allowance forgives, by kind.
	Allowed map[string]int
	// Penalties are in the order of their workdays and slots, of one occurrence in the order of the rule.
	Penalties []Penalty
}

// count goes through occurrences in order.
type count struct {
	month string
	// used says how often each allowance of a kind was taken in the month, in the order of a rule's rows of that kind: an edit of a row does not
	// give it back.
	used map[string][]int
	// inMonth counts what no allowance forgave; dates are those of all months.
	inMonth map[string]int
	dates   map[string][]attendance.Date
}

// Of gives one month of a member. The occurrences are those of the month, and, where some penalty counts beyond months, all before it from
// the first date of its rule on.
func (t *Calendar) Of(month string, occurrences []Occurrence) Month {
	out := Month{Allowed: map[string]int{}}
	c := count{dates: map[string][]attendance.Date{}}
	for i := range occurrences {
		o := &occurrences[i]
		of := t.monthOf(o.Date)
		if of != c.month {
			c.month, c.used, c.inMonth = of, map[string][]int{}, map[string]int{}
		}
		switch {
		case !c.allows(o):
			c.inMonth[o.When]++
			c.dates[o.When] = append(c.dates[o.When], o.Date)
			if of == month {
				out.Penalties = append(out.Penalties, c.penalties(o)...)
			}
		case of == month:
			out.Allowed[o.When]++
		}
	}
	return out
}

// allows says whether an allowance forgives an occurrence: the first row that has room (rules 5.2).
func (c *count) allows(o *Occurrence) bool {
	if o.Terms == nil {
		return false
	}
	row := 0
	for _, a := range o.Terms.Allowances {
		if a.When != o.When {
			continue
		}
		used := c.used[o.When]
		if row == len(used) {
			used = append(used, 0)
			c.used[o.When] = used
		}
		if o.Minutes <= a.UpToMin && used[row] < a.PerMonth {
			used[row]++
			return true
		}
		row++
	}
	return false
}

// penalties are those of an occurrence that was counted last (rules 5.3).
func (c *count) penalties(o *Occurrence) (out []Penalty) {
	if o.Terms == nil {
		return nil
	}
	for _, p := range o.Terms.Penalties {
		if p.When != o.When {
			continue
		}
		n := c.inMonth[o.When]
		if !p.PerMonth {
			n = c.since(o.When, o.Terms.First)
		}
		if n >= p.FromCount {
			out = append(out, Penalty{*o, n, p.DeductDays, p.Note})
		}
	}
	return out
}

func (c *count) since(when string, first attendance.Date) (n int) {
	for _, d := range c.dates[when] {
		if d >= first {
			n++
		}
	}
	return n
}

// Calendar says which month a date is of; the same dates are asked again and again.
type Calendar struct {
	months   domain.AttendanceMonths
	from, to attendance.Date
	month    string
}

// NewCalendar takes an organization's attendance months.
func NewCalendar(months domain.AttendanceMonths) *Calendar { return &Calendar{months: months, from: 1} }

func (t *Calendar) monthOf(d attendance.Date) string {
	if d < t.from || d > t.to {
		t.month = t.months.Of(domain.Date(d.String()))
		from, to, err := t.months.Span(t.month)
		t.from, t.to = d, d
		if err == nil {
			t.from, t.to = dateOf(from), dateOf(to)
		}
	}
	return t.month
}

func dateOf(d domain.Date) attendance.Date {
	parsed, _ := attendance.ParseDate(string(d))
	return parsed
}
