package domain

import (
	"slices"
	"strings"
)

// BalanceState is a member's claims: makeups of a month and ranges of leave that are taken.
//
// Claims come first and releases last, so that a crash between the two streams of a command never lets two requests fit.
type BalanceState struct {
	Makeups map[string][]ID // requests by yyyy-mm
	Leaves  map[ID]LeaveReserved
}

// Evolve folds one event.
func (s BalanceState) Evolve(r Recorded) BalanceState {
	switch e := r.Event.(type) {
	case MakeupCounted:
		held := slices.DeleteFunc(slices.Clone(s.Makeups[e.Month]), func(id ID) bool { return id == e.Request })
		if !e.Released {
			held = append(held, e.Request)
		}
		s.Makeups = put(s.Makeups, e.Month, held)
	case LeaveReserved:
		s.Leaves = put(s.Leaves, e.Request, e)
	case LeaveReleased:
		delete(s.Leaves, e.Request)
	}
	return s
}

// MakeupLimits is what the rule allows (rules §1).
type MakeupLimits struct {
	PerMonth   int
	WithinDays int
	Kinds      []string
}

// MakeupClaim asks for one makeup of a month's quota; Today is the local date of the request.
type MakeupClaim struct {
	Request ID
	Date    Date
	Today   Date
	// Month is the attendance month of the date, whose quota is taken (rules 5.1).
	Month string
	// Joined and Left bound the membership, both inclusive; Left empty is open.
	Joined, Left Date
	Kind         string
	Limits       MakeupLimits
	// Section is the one to be made up, from 1; Sections is how many a workday has at most under the rule, 0 when none is known.
	Section, Sections int
}

// Check judges what needs no count: the day, its age, the kind and the section.
func (c MakeupClaim) Check() error {
	switch {
	case c.Date > c.Today:
		return Refuse("makeup_in_future", "%s has not come yet; a makeup mends a day that was", c.Date)
	case c.Date < c.Joined:
		return Refuse("before_joining", "%s is before the first day of the membership, %s; choose a later date, or let the membership begin earlier", c.Date, c.Joined)
	case c.Left != "" && c.Date > c.Left:
		return Refuse("after_leaving", "%s is after the last day of the membership, %s; choose an earlier date, or let the membership end later", c.Date, c.Left)
	case c.Date.AddDays(c.Limits.WithinDays) < c.Today:
		return Refuse("makeup_too_late", "the rule allows makeups within %d days; %s is longer ago; ask an administrator for a correction", c.Limits.WithinDays, c.Date)
	case !slices.Contains(c.Limits.Kinds, c.Kind):
		return Refuse("makeup_kind", "the rule allows no makeup of kind %q; choose one of %s, or ask an administrator for a correction", c.Kind, strings.Join(c.Limits.Kinds, ", "))
	case c.Sections > 0 && c.Section > c.Sections:
		return Refuse("makeup_section", "by the rule, %s has no section %d; choose one from 1 to %d", c.Date, c.Section, c.Sections)
	}
	return nil
}

// ClaimMakeup counts one makeup in the month of its day, if the rule's limits allow it.
func (s BalanceState) ClaimMakeup(c MakeupClaim) ([]Event, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	month := c.Month
	held := s.Makeups[month]
	switch {
	case slices.Contains(held, c.Request):
		return None, nil
	case len(held) >= c.Limits.PerMonth:
		return nil, Refuse("makeup_limit", "the rule allows %d makeups a month; %s has %d already; ask an administrator for a correction, or cancel another makeup of that month", c.Limits.PerMonth, month, len(held))
	}
	return []Event{MakeupCounted{Request: c.Request, Month: month}}, nil
}

// ReserveLeave claims a range that no other live leave of the member touches.
func (s BalanceState) ReserveLeave(e LeaveReserved) ([]Event, error) {
	if _, held := s.Leaves[e.Request]; held {
		return None, nil
	}
	var first *LeaveReserved
	for _, other := range s.Leaves {
		overlaps := other.From.Time().Before(e.Until.Time()) && e.From.Time().Before(other.Until.Time())
		if overlaps && (first == nil || other.From.Time().Before(first.From.Time())) {
			first = &other
		}
	}
	if first != nil {
		return nil, Refuse("leave_overlaps", "another leave is asked for or approved from %s to %s; withdraw or cancel it, or choose another time", first.From, first.Until)
	}
	return []Event{e}, nil
}

// Release gives back what a request holds.
func (s BalanceState) Release(request ID) ([]Event, error) {
	if _, held := s.Leaves[request]; held {
		return []Event{LeaveReleased{Request: request}}, nil
	}
	for month, held := range s.Makeups {
		if slices.Contains(held, request) {
			return []Event{MakeupCounted{Request: request, Month: month, Released: true}}, nil
		}
	}
	return None, nil
}
