package readiness

import "time"

// Status is how the whole copy is.
type Status string

// The states of a copy.
const (
	StatusReady Status = "ready"
	// StatusDegraded takes punches; some part is away, or has stalled for a moment.
	StatusDegraded Status = "degraded"
	// StatusStarting has not taken a punch yet.
	StatusStarting Status = "starting"
	// StatusDown takes none, having been up or being in need of a person.
	StatusDown Status = "down"
	// StatusStopping still takes what comes, and is to get nothing more.
	StatusStopping Status = "stopping"
)

// Takes says that punches are taken and may be sent here.
func (s Status) Takes() bool { return s == StatusReady || s == StatusDegraded }

// Line is what the board says of one part.
type Line struct {
	Name string
	Finding
	// Since is when the part came into this state, UTC.
	Since time.Time
}

// Report is how the copy and each of its parts is at this moment. It waits for nothing.
func (b *Board) Report() (Status, []Line) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	now, status := b.now(), StatusReady
	lines := make([]Line, 0, len(b.parts))
	for _, w := range b.parts {
		found, since := w.current(now)
		line := Line{Name: w.Name, Finding: found, Since: since.UTC()}
		lines = append(lines, line)
		status = worse(status, b.weigh(w.Needed, line, now))
	}
	if b.stopping {
		status = StatusStopping
	}
	return status, lines
}

// weigh says what a part alone makes of the copy; the lock is held.
func (b *Board) weigh(needed bool, line Line, now time.Time) Status {
	switch line.State {
	case OK:
		return StatusReady
	case Down:
		return StatusDown
	case Building:
		return StatusStarting
	case Starting:
		if !needed {
			return b.late(now)
		}
	case Degraded:
		return StatusDegraded
	}
	switch {
	case !b.up:
		return StatusStarting
	case now.Sub(line.Since) < grace:
		return StatusDegraded
	}
	return StatusDown
}

// late is a copy without a part that no punch needs: a start waits for it a while.
func (b *Board) late(now time.Time) Status {
	if now.Sub(b.began) < startPatience {
		return StatusStarting
	}
	return StatusDegraded
}

func worse(a, b Status) Status {
	rank := map[Status]int{StatusReady: 0, StatusDegraded: 1, StatusStarting: 2, StatusDown: 3}
	if rank[b] > rank[a] {
		return b
	}
	return a
}
