package punchfile

import "time"

// suspect is a run of lines that disagrees with the lines around it.
type suspect struct {
	lines []int32
	// low and high are the last sound time before the run and the first after it.
	low, high  int64
	neighbours string
}

// numberDay is a day of one number.
type numberDay struct {
	number int32
	day    int64
}

// suspects doubts the runs that were found, but for those that came late: people enter by hand, or from a second machine, what is of
// an earlier day. Such a run is behind the lines before it, never ahead, and its days are days of the file.
func (d *doubter) suspects(from, to int, found []suspect) {
	if len(found) == 0 {
		return
	}
	others := d.others(from, to, found)
	for _, s := range found {
		if d.late(s, others) {
			continue
		}
		for _, i := range s.lines {
			d.doubt(int(i), "%s is more than 24 h off its neighbours (%s)", wallText(d.entries[i].wall()), s.neighbours)
		}
	}
}

// others says of the days of all runs which of them the file has otherwise, and of which numbers.
func (d *doubter) others(from, to int, found []suspect) map[numberDay]bool {
	days, inRun := map[int64]bool{}, map[int32]bool{}
	for _, s := range found {
		for _, i := range s.lines {
			days[d.day(i)], inRun[i] = true, true
		}
	}
	out := map[numberDay]bool{}
	for i := int32(from); i < int32(to); i++ {
		if day := d.day(i); days[day] && !inRun[i] && !d.entries[i].jump {
			out[numberDay{d.entries[i].number, day}], out[numberDay{anyNumber, day}] = true, true
		}
	}
	return out
}

// anyNumber stands for a day on which the file has a line of anybody.
const anyNumber = -1

func (d *doubter) day(i int32) int64 {
	return d.entries[i].wall() / int64(24*time.Hour/time.Second)
}

// late says that a run is no work of a wrong clock: it takes longer than the time between its neighbours, so that no clock ran through it there,
// or most of its lines are of days on which their numbers have no line otherwise.
func (d *doubter) late(s suspect, others map[numberDay]bool) bool {
	first, last := d.entries[s.lines[0]].wall(), d.entries[s.lines[0]].wall()
	filled := 0
	for _, i := range s.lines {
		wall, day := d.entries[i].wall(), d.day(i)
		if wall >= s.low || !others[numberDay{anyNumber, day}] {
			return false
		}
		first, last = min(first, wall), max(last, wall)
		if !others[numberDay{d.entries[i].number, day}] {
			filled++
		}
	}
	return last-first > s.high-s.low || 2*filled > len(s.lines)
}
