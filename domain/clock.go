package domain

import "time"

// ClockAdvanced says that time has passed `through`, UTC floored to 5 minutes: a window is over iff its close is before the greatest through known.
type ClockAdvanced struct {
	Through Instant `json:"through"`
}

func (ClockAdvanced) EventType() string { return "ClockAdvanced" }

// ClockStep is the grid of `through` (events §4).
const ClockStep = 5 * time.Minute

// FloorClock is an instant floored to the grid.
func FloorClock(now Instant) Instant { return At(now.Time().Truncate(ClockStep)) }

// ClockState is how far time has passed in one month's stream.
type ClockState struct{ Through Instant }

// Evolve folds one event.
func (s ClockState) Evolve(r Recorded) ClockState {
	if e, ok := r.Event.(ClockAdvanced); ok && e.Through.Time().After(s.Through.Time()) {
		s.Through = e.Through
	}
	return s
}

// Advance says that time has passed `through`; it never goes back and never into the future.
func (s ClockState) Advance(through, now Instant) ([]Event, error) {
	switch {
	case through != FloorClock(through):
		return nil, Refuse("clock_off_grid", "through must be a multiple of 5 minutes; %s is not", through)
	case through.Time().After(now.Time()):
		return nil, Refuse("clock_in_future", "through %s is after the server's time %s", through, now)
	case !through.Time().After(s.Through.Time()):
		return None, nil
	}
	return []Event{ClockAdvanced{Through: through}}, nil
}
