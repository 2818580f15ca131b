package facts

import (
	"maps"
	"slices"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// EntryOf is a planned shift as Assess takes it; a null shift is an explicit rest day.
func EntryOf(shift *string) attendance.RosterEntry {
	if shift == nil {
		return attendance.RosterEntry{Rest: true}
	}
	return attendance.RosterEntry{Shift: *shift}
}

func (m *Member) schedule(e domain.ShiftScheduled) {
	if e.Member != m.ID {
		return
	}
	for date, shift := range e.Shifts {
		m.plan(date, shift)
	}
	for _, date := range e.Cleared {
		delete(m.Roster, dateOf(date))
	}
}

func (m *Member) plan(date domain.Date, shift *string) {
	if m.Roster == nil {
		m.Roster = map[attendance.Date]attendance.RosterEntry{}
	}
	m.Roster[dateOf(date)] = EntryOf(shift)
}

// planned are the dates that a roster sets or clears.
func planned(e domain.ShiftScheduled) []domain.Date {
	return slices.Concat(slices.Sorted(maps.Keys(e.Shifts)), e.Cleared)
}

func checkShifts(e domain.ShiftScheduled) error { return dates(planned(e)...) }
