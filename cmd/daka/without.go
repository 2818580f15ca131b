package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dakahq/daka/projections"
)

// tricks are what DAKA_WITHOUT names: each makes daka faster, and leaving it out takes the plain way to the same result. `make bench WITHOUT=name`
// measures both ways.
var tricks = []string{"heads", "heap", "heldback", "local", "cache", "fastread", "copy", "recall", "analyze"}

// without are the tricks that this process leaves out.
type without map[string]bool

// parseWithout takes names with commas between them. Errors: a name that is none.
func parseWithout(text string) (without, error) {
	w := without{}
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if !slices.Contains(tricks, name) {
			return nil, fmt.Errorf("DAKA_WITHOUT: there is no %q to leave out; it takes %s", name, strings.Join(tricks, ", "))
		}
		w[name] = true
	}
	return w, nil
}

// names are those left out, in the order of tricks.
func (w without) names() (all []string) {
	for _, name := range tricks {
		if w[name] {
			all = append(all, name)
		}
	}
	return all
}

// reads is what the read side leaves out.
func (w without) reads() projections.Plain {
	return projections.Plain{HeldBack: w["heldback"], Cache: w["cache"], FastRead: w["fastread"], Copy: w["copy"], Analyze: w["analyze"]}
}
