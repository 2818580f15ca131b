package tables

import (
	"strconv"
	"time"

	"github.com/dakahq/daka/domain/attendance"
)

// SlotNames are rules §6's names of what a slot tells, in the order of a stored slot.
var SlotNames = [...]string{"section", "check_type", "plan_at", "punch_at", "time_result", "location_result", "minutes", "source_type"}

// AppendSlots writes each slot as an array of what slotNames say: with the names, a day's row would be nearly twice as long, and every
// punch writes one.
func AppendSlots(b []byte, slots []attendance.Slot) []byte {
	b = append(b, '[')
	for i := range slots {
		s := &slots[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(append(b, '['), int64(s.Section), 10)
		b = AppendWord(append(b, ','), string(s.CheckType))
		b = appendInstant(append(b, ','), s.PlanAt)
		b = appendInstant(append(b, ','), s.PunchAt)
		b = AppendWord(append(b, ','), string(s.TimeResult))
		b = AppendWord(append(b, ','), string(s.LocationResult))
		b = strconv.AppendInt(append(b, ','), int64(s.Minutes), 10)
		b = append(AppendWord(append(b, ','), string(s.SourceType)), ']')
	}
	return append(b, ']')
}

// NamedSlots makes rules §6's objects of stored slots. Their values are numbers, words of closed lists and instants: no bracket or comma
// stands inside one.
func NamedSlots(stored []byte) []byte {
	b := make([]byte, 0, 3*len(stored))
	depth, field := 0, 0
	name := func() {
		b = append(append(append(b, '"'), SlotNames[min(field, len(SlotNames)-1)]...), `":`...)
		field++
	}
	for _, c := range stored {
		switch {
		case c == '[' && depth == 1:
			depth, field = 2, 0
			b = append(b, '{')
			name()
		case c == '[':
			depth = 1
			b = append(b, c)
		case c == ']' && depth == 2:
			depth = 1
			b = append(b, '}')
		case c == ',' && depth == 2:
			b = append(b, c)
			name()
		default:
			b = append(b, c)
		}
	}
	return b
}

// AppendWord writes a word of a closed list, null when empty.
func AppendWord(b []byte, word string) []byte {
	if word == "" {
		return append(b, "null"...)
	}
	return append(append(append(b, '"'), word...), '"')
}

func appendInstant(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, "null"...)
	}
	return append(t.AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
}
