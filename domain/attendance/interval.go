package attendance

import (
	"cmp"
	"slices"
)

// interval is a stretch of time in unix seconds, end exclusive.
type interval struct{ from, to int64 }

func (i interval) length() int64 { return max(0, i.to-i.from) }

// holds says whether an interval covers the whole of another that is not empty.
func (i interval) holds(other interval) bool {
	return other.length() > 0 && i.from <= other.from && i.to >= other.to
}

// clip cuts an interval to a range; nothing left is an empty interval.
func (i interval) clip(from, to int64) interval {
	return interval{max(i.from, from), min(i.to, to)}
}

// merge sorts a list in place and joins what overlaps or touches; empty intervals vanish.
func merge(list []interval) []interval {
	if len(list) > 1 {
		slices.SortFunc(list, func(a, b interval) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	}
	out := list[:0]
	for _, next := range list {
		switch {
		case next.to <= next.from:
		case len(out) > 0 && next.from <= out[len(out)-1].to:
			out[len(out)-1].to = max(out[len(out)-1].to, next.to)
		default:
			out = append(out, next)
		}
	}
	return out
}

// measure sums what a merged list covers of a stretch.
func measure(list []interval, within interval) int64 {
	total := int64(0)
	for _, part := range list {
		total += part.clip(within.from, within.to).length()
	}
	return total
}

// common appends to out what two merged lists share.
func common(out, a, b []interval) []interval {
	for _, left := range a {
		for _, right := range b {
			if both := left.clip(right.from, right.to); both.length() > 0 {
				out = append(out, both)
			}
		}
	}
	return out
}

// without appends to out what a merged list covers and another merged list does not.
func without(out, list, minus []interval) []interval {
	for _, part := range list {
		for _, hole := range minus {
			if hole.to <= part.from || hole.from >= part.to {
				continue
			}
			if hole.from > part.from {
				out = append(out, interval{part.from, hole.from})
			}
			part.from = hole.to
		}
		if part.length() > 0 {
			out = append(out, part)
		}
	}
	return out
}
