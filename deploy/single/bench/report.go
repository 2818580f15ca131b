package main

import (
	"fmt"
	"io"
)

// goal is one line of the report: a figure, the limit measured in the same run, and what is asked of their ratio.
type goal struct {
	name  string
	value float64
	// atLeast or atMost is the aim; the other is zero.
	atLeast, atMost float64
	unit            string
	detail          string
}

func (g goal) held() bool {
	if g.atLeast > 0 {
		return g.value >= g.atLeast
	}
	return g.value <= g.atMost
}

// print writes the goal as one line, with "ok" or "MISSED".
func (g goal) print(w io.Writer) {
	sign, aim := "≥", g.atLeast
	if g.atLeast == 0 {
		sign, aim = "≤", g.atMost
	}
	word := "ok"
	if !g.held() {
		word = "MISSED"
	}
	fmt.Fprintf(w, "%-58s %10.2f %-4s %s %-8.2f %-7s %s\n", g.name, g.value, g.unit, sign, aim, word, g.detail)
}
