package domain

import "slices"

// ShiftScheduled sets a member's shifts of one business month.
type ShiftScheduled struct {
	Member ID `json:"member"`
	// Shifts maps dates to a shift's name; null is an explicit rest day.
	Shifts map[Date]*string `json:"shifts"`
	// Cleared dates have no entry any more.
	Cleared []Date `json:"cleared,omitempty"`
}

// ShiftSwapped exchanges two members' shifts of a date; it is written to both streams.
type ShiftSwapped struct {
	Member  ID      `json:"member"`
	Date    Date    `json:"date"`
	Shift   *string `json:"shift"`
	Request ID      `json:"request"`
}

func (ShiftScheduled) EventType() string { return "ShiftScheduled" }
func (ShiftSwapped) EventType() string   { return "ShiftSwapped" }

// RosterState is a member's roster of one month; a null shift is an explicit rest day.
type RosterState struct{ Shifts map[Date]*string }

// Evolve folds one event.
func (s RosterState) Evolve(r Recorded) RosterState {
	switch e := r.Event.(type) {
	case ShiftScheduled:
		for date, shift := range e.Shifts {
			s.Shifts = put(s.Shifts, date, shift)
		}
		for _, date := range e.Cleared {
			delete(s.Shifts, date)
		}
	case ShiftSwapped:
		s.Shifts = put(s.Shifts, e.Date, e.Shift)
	}
	return s
}

// Schedule writes the entries that differ from what is known.
func (s RosterState) Schedule(e ShiftScheduled) ([]Event, error) {
	out := ShiftScheduled{Member: e.Member, Shifts: map[Date]*string{}}
	for date, shift := range e.Shifts {
		before, known := s.Shifts[date]
		if !known || !sameText(before, shift) {
			out.Shifts[date] = shift
		}
	}
	for _, date := range e.Cleared {
		if _, known := s.Shifts[date]; known {
			out.Cleared = append(out.Cleared, date)
		}
	}
	if len(out.Shifts) == 0 && len(out.Cleared) == 0 {
		return None, nil
	}
	slices.Sort(out.Cleared)
	return []Event{out}, nil
}

func sameText(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
