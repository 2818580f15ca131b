package punchfile

import (
	"fmt"
	"math"
	"slices"
	"time"
)

const (
	dayLong = secondsADay // a clock that is off by less is not doubted
	// earliest is the year before which a machine's clock was reset.
	earliest = 2010
	// stray bounds a run of lines that stand alone, a year away from all others.
	strayLines = 10
	strayGap   = 366 * dayLong
	straySpan  = 7 * dayLong
	// jumpsMax and scanMax bound the work on files whose order means nothing.
	jumpsMax = 1500
	scanMax  = 1 << 16
)

// doubts marks the punches whose clock cannot be right, and says why by their index.
func (b *batch) doubts(nowText string) map[int]string {
	reasons := map[int]string{}
	now := int64(math.MaxInt64)
	if at, err := time.Parse(wallLayout, nowText); err == nil {
		now = at.Unix()
	}
	for k, part := range b.runs {
		to := len(b.entries)
		if k+1 < len(b.runs) {
			to = b.runs[k+1].from
		}
		d := &doubter{entries: b.entries, reasons: reasons, machine: part.kind == machineLayout}
		d.run(part.from, to, now)
	}
	return reasons
}

// doubter looks at the punches of one file.
type doubter struct {
	entries []entry
	reasons map[int]string
	machine bool
	// found are the runs that disagree with the lines around them.
	found []suspect
}

func (d *doubter) run(from, to int, now int64) {
	sound := make([]int32, 0, to-from)
	for i := from; i < to; i++ {
		switch wall := d.entries[i].wall(); {
		case time.Unix(wall, 0).UTC().Year() < earliest:
			d.doubt(i, "%s is before 2010: the clock was reset", wallText(wall))
		case wall > now:
			d.doubt(i, "%s is after the import", wallText(wall))
		default:
			sound = append(sound, int32(i))
		}
	}
	order, usable := d.order(sound)
	if usable {
		d.walk(order)
	}
	d.suspects(from, to, d.found)
	d.strays(sound)
}

func wallText(wall int64) string { return time.Unix(wall, 0).UTC().Format(wallLayout) }

func (d *doubter) doubt(i int, text string, args ...any) {
	d.entries[i].jump = true
	d.reasons[i] = fmt.Sprintf(text, args...)
}

// jumps counts the steps of a sequence that go more than a day back, and those that go back at all.
func (d *doubter) jumps(order []int32) (days, steps int) {
	for k := 1; k < len(order); k++ {
		a, b := d.entries[order[k-1]].wall(), d.entries[order[k]].wall()
		if b < a {
			steps++
		}
		if b < a-dayLong {
			days++
		}
	}
	return days, steps
}

// order finds the sequence in which the lines were punched: that of the file, of the file from its end, or of each number's lines.
// A file in no order has none that could be judged by neighbours.
func (d *doubter) order(sound []int32) (best []int32, usable bool) {
	best = sound
	fewest, steps := d.jumps(sound)
	if fewest == 0 {
		return best, true
	}
	if steps > len(sound)*3/4 {
		best = slices.Clone(sound)
		slices.Reverse(best)
		fewest, _ = d.jumps(best)
	}
	if byNumber := d.byNumber(best); !d.machine && d.inRuns(best) || fewest >= 3 {
		n := d.jumpsByNumber(byNumber)
		if !d.machine && n < fewest || d.machine && 2*n < fewest {
			for _, part := range byNumber {
				d.part(part)
			}
			return nil, false
		}
	}
	return best, fewest <= jumpsMax && (fewest <= 3 || fewest*5 <= len(best))
}

// part judges the lines of one number.
func (d *doubter) part(order []int32) {
	if n, _ := d.jumps(order); n > 0 && n <= jumpsMax && (n <= 3 || n*5 <= len(order)) {
		d.walk(order)
	}
}

// inRuns says that the lines of each number stand together.
func (d *doubter) inRuns(order []int32) bool {
	seen := map[int32]bool{}
	for k, i := range order {
		number := d.entries[i].number
		if k > 0 && d.entries[order[k-1]].number == number {
			continue
		}
		if seen[number] {
			return false
		}
		seen[number] = true
	}
	return true
}

func (d *doubter) byNumber(order []int32) [][]int32 {
	at := map[int32]int{}
	var parts [][]int32
	for _, i := range order {
		number := d.entries[i].number
		k, known := at[number]
		if !known {
			k = len(parts)
			at[number] = k
			parts = append(parts, nil)
		}
		parts[k] = append(parts[k], i)
	}
	return parts
}

func (d *doubter) jumpsByNumber(parts [][]int32) int {
	sum := 0
	for _, part := range parts {
		n, _ := d.jumps(part)
		sum += n
	}
	return sum
}

// piece is a run of lines without a jump inside, of places in the order.
type piece struct {
	from, to    int
	first, last int64
}

// walk parts a sequence at its jumps, keeps the pieces that agree best with each other, and finds the others as runs.
func (d *doubter) walk(order []int32) {
	if n, _ := d.jumps(order); n == 0 {
		return
	}
	pieces := d.pieces(order)
	kept := keep(pieces)
	for k, p := range pieces {
		if kept[k] {
			continue
		}
		low, high := d.around(pieces, kept, k)
		s := suspect{low: low, high: high, neighbours: d.neighbours(pieces, kept, k)}
		for _, i := range order[p.from:p.to] {
			if wall := d.entries[i].wall(); wall < low-dayLong || wall > high+dayLong {
				s.lines = append(s.lines, i)
			}
		}
		if len(s.lines) > 0 {
			d.found = append(d.found, s)
		}
	}
}

// around is the last time of the kept piece before piece k and the first of the one after it; nothing between the two is far.
func (d *doubter) around(pieces []piece, kept []bool, k int) (low, high int64) {
	low, high = math.MinInt64/2, math.MaxInt64/2
	for i := k - 1; i >= 0; i-- {
		if kept[i] {
			low = pieces[i].last
			break
		}
	}
	for i := k + 1; i < len(pieces); i++ {
		if kept[i] {
			high = pieces[i].first
			break
		}
	}
	return low, high
}

func (d *doubter) neighbours(pieces []piece, kept []bool, k int) string {
	text := ""
	for i := k - 1; i >= 0; i-- {
		if kept[i] {
			text = wallText(pieces[i].last)
			break
		}
	}
	for i := k + 1; i < len(pieces); i++ {
		if kept[i] {
			if text != "" {
				text += ", "
			}
			return text + wallText(pieces[i].first)
		}
	}
	return text
}

// pieces cuts where the clock goes back by more than a day, where it had gone ahead before that, and where it comes forward again.
func (d *doubter) pieces(order []int32) []piece {
	wall := func(k int) int64 { return d.entries[order[k]].wall() }
	cuts := map[int]bool{0: true}
	for k := 1; k < len(order); k++ {
		before, here := wall(k-1), wall(k)
		if here >= before-dayLong {
			continue
		}
		cuts[k] = true
		for p := k - 1; p > max(0, k-scanMax); p-- {
			if wall(p-1) <= here+dayLong && wall(p) > here+dayLong {
				cuts[p] = true
				break
			}
		}
		for q := k + 1; q < min(len(order), k+scanMax); q++ {
			if wall(q) >= before-dayLong {
				cuts[q] = true
				break
			}
		}
	}
	starts := make([]int, 0, len(cuts))
	for k := range cuts {
		starts = append(starts, k)
	}
	slices.Sort(starts)
	out := make([]piece, len(starts))
	for n, from := range starts {
		to := len(order)
		if n+1 < len(starts) {
			to = starts[n+1]
		}
		out[n] = piece{from: from, to: to, first: wall(from), last: wall(to - 1)}
	}
	return out
}

// keep chooses the chain of pieces that costs least: leaving out a run costs more where it has a neighbour on one side only and the more lines
// it has; a long gap between two kept pieces costs too.
func keep(pieces []piece) []bool {
	n := len(pieces)
	lines := make([]int, n+1)
	for i, p := range pieces {
		lines[i+1] = lines[i] + p.to - p.from
	}
	cost, from := make([]float64, n), make([]int, n)
	for j := range n {
		cost[j], from[j] = leaveOut(lines[j], true), -1
		for i := range j {
			if pieces[j].first < pieces[i].last-dayLong {
				continue
			}
			c := cost[i] + leaveOut(lines[j]-lines[i+1], false) + gapCost(pieces[j].first-pieces[i].last)
			if c < cost[j] {
				cost[j], from[j] = c, i
			}
		}
	}
	best, end := math.Inf(1), 0
	for j := range n {
		if c := cost[j] + leaveOut(lines[n]-lines[j+1], true); c <= best-1e-9 {
			best, end = c, j
		}
	}
	kept := make([]bool, n)
	for j := end; j >= 0; j = from[j] {
		kept[j] = true
	}
	return kept
}

func leaveOut(lines int, edge bool) float64 {
	n := float64(lines)
	switch {
	case lines == 0:
		return 0
	case edge:
		return 1.5 + 0.25*math.Log2(n) + n/50
	}
	return 1 + 0.25*math.Log2(n) + n/50
}

func gapCost(gap int64) float64 {
	switch {
	case gap > strayGap:
		return 0.8
	case gap > 31*dayLong:
		return 0.4
	}
	return 0
}

// strays doubts a few lines that lie more than a year away from all others, on the side where the file's median is not.
func (d *doubter) strays(sound []int32) {
	sorted := make([]int32, 0, len(sound))
	for _, i := range sound {
		if !d.entries[i].jump {
			sorted = append(sorted, i)
		}
	}
	slices.SortStableFunc(sorted, func(a, b int32) int {
		return int(min(max(d.entries[a].wall()-d.entries[b].wall(), -1), 1))
	})
	from, to := 0, len(sorted)
	for k := 1; k < len(sorted); k++ {
		if d.entries[sorted[k]].wall()-d.entries[sorted[k-1]].wall() <= strayGap {
			continue
		}
		if k <= len(sorted)/2 {
			from = k
		} else if to == len(sorted) {
			to = k
		}
	}
	d.stray(sorted[:from], sorted)
	d.stray(sorted[to:], sorted)
}

// stray doubts one end of the sorted lines, if it is short in lines and days, and less than the rest.
func (d *doubter) stray(end, all []int32) {
	if len(end) == 0 || len(end) > strayLines || 2*len(end) >= len(all) || d.entries[end[len(end)-1]].wall()-d.entries[end[0]].wall() > straySpan {
		return
	}
	median := d.entries[all[len(all)/2]].wall()
	for _, i := range end {
		d.doubt(int(i), "%s is more than a year off the file's other lines (their middle is %s)", wallText(d.entries[i].wall()), wallText(median))
	}
}
