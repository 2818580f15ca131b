package domain

import (
	"cmp"
	"slices"
)

// BadgeKind says what a member has a number for.
type BadgeKind string

// The kinds of badge number (events §1): the 工号, and what a machine or a file knows the member by.
const (
	BadgeStaff   BadgeKind = "staff"
	BadgeMachine BadgeKind = "machine"
)

// BadgeAssigned gives a number to a member from a local date on, inclusive; an earlier From of the same member extends the holding back.
type BadgeAssigned struct {
	Number string `json:"number"`
	Member ID     `json:"member"`
	From   Date   `json:"from"`
	// Until is the last day, inclusive, of a holding whose end is known from the start.
	Until Date `json:"until,omitempty"`
	// Kind is left out for a 工号.
	Kind BadgeKind `json:"kind,omitempty" enum:"staff,machine"`
}

// BadgeReleased ends the holding; Until is the last day, inclusive. The day before From says that the number was given by mistake.
type BadgeReleased struct {
	Number string `json:"number" text:"kept"`
	Member ID     `json:"member"`
	Until  Date   `json:"until"`
}

func (BadgeAssigned) EventType() string { return "BadgeAssigned" }
func (BadgeReleased) EventType() string { return "BadgeReleased" }

// BadgeState is who held a number, in the order in which it was given. Evolve replaces Holdings and never changes them.
type BadgeState struct {
	Holdings []Holding
	// Next is the revision of the next event, which names a provisioned member (events §1).
	Next uint64
}

// Holding is a stretch of dates in which a member has the number, both inclusive; Until empty is open.
type Holding struct {
	Member      ID
	From, Until Date
	Kind        BadgeKind
}

// On says that the holding has a date.
func (h Holding) On(date Date) bool { return h.From <= date && (h.Until == "" || date <= h.Until) }

// meets says that two holdings share a date.
func (h Holding) meets(from, until Date) bool {
	return (h.Until == "" || from <= h.Until) && (until == "" || h.From <= until)
}

// Evolve folds one event.
func (s BadgeState) Evolve(r Recorded) BadgeState {
	s.Next = r.Revision + 1
	switch e := r.Event.(type) {
	case BadgeAssigned:
		return s.assigned(e)
	case BadgeReleased:
		return s.released(e)
	}
	return s
}

func (s BadgeState) assigned(e BadgeAssigned) BadgeState {
	if i := s.open(e.Member); i >= 0 && e.Until == "" {
		s.Holdings = slices.Clone(s.Holdings)
		s.Holdings[i].From, s.Holdings[i].Kind = min(s.Holdings[i].From, e.From), e.Purpose()
		return s
	}
	s.Holdings = append(slices.Clone(s.Holdings), Holding{Member: e.Member, From: e.From, Until: e.Until, Kind: e.Purpose()})
	return s
}

func (s BadgeState) released(e BadgeReleased) BadgeState {
	i := s.ending(e.Member, e.Until)
	if i < 0 {
		return s
	}
	s.Holdings = slices.Clone(s.Holdings)
	if e.Until < s.Holdings[i].From {
		s.Holdings = slices.Delete(s.Holdings, i, i+1)
		return s
	}
	s.Holdings[i].Until = e.Until
	return s
}

// Purpose is the kind of the number, BadgeStaff where none is written.
func (e BadgeAssigned) Purpose() BadgeKind {
	if e.Kind == "" {
		return BadgeStaff
	}
	return e.Kind
}

// open is the index of a member's holding without an end, -1 for none.
func (s BadgeState) open(member ID) int {
	return slices.IndexFunc(s.Holdings, func(h Holding) bool { return h.Member == member && h.Until == "" })
}

// ending is the index of the holding that a release on a date ends: the open one, else the last that would end later now; -1 for none.
func (s BadgeState) ending(member ID, until Date) int {
	if i := s.open(member); i >= 0 {
		return i
	}
	best := -1
	for i, h := range s.Holdings {
		if h.Member == member && until < h.Until && (best < 0 || h.From > s.Holdings[best].From) {
			best = i
		}
	}
	return best
}

// Holder is who has the number now, if anyone.
func (s BadgeState) Holder() (ID, bool) {
	for _, h := range s.Holdings {
		if h.Until == "" {
			return h.Member, true
		}
	}
	return ID{}, false
}

// HolderOn is who has the number on a date. A date that nobody holds belongs to the holder before it, else to the first one: no punch is lost.
func (s BadgeState) HolderOn(date Date) (ID, bool) { return HolderOn(s.Holdings, date) }

// HolderOn is who of the holders of one number has it on a date; see BadgeState.HolderOn.
func HolderOn(holdings []Holding, date Date) (ID, bool) {
	if len(holdings) == 0 {
		return ID{}, false
	}
	best := slices.MinFunc(holdings, func(a, b Holding) int { return cmp.Compare(a.From, b.From) })
	for _, h := range holdings {
		if h.From <= date && h.From >= best.From {
			best = h
		}
	}
	return best.Member, true
}

// Assign gives the 工号 to a member from a date on; see Give.
func (s BadgeState) Assign(number string, member ID, from Date) ([]Event, error) {
	return s.Give(BadgeAssigned{Number: number, Member: member, From: from})
}

// Give gives the number to a member for the dates that it says. Taken dates are refused; an earlier date of the one who holds it without an end
// extends the holding back, and a 工号 never becomes a machine's number by it.
func (s BadgeState) Give(e BadgeAssigned) ([]Event, error) {
	if e.Kind == BadgeStaff {
		e.Kind = ""
	}
	if e.Until != "" && e.Until < e.From {
		return nil, Refuse("badge_dates", "the number would end on %s, before it begins on %s; choose a later last day", e.Until, e.From)
	}
	own := s.open(e.Member)
	for i, h := range s.Holdings {
		if i == own && (e.Until == "" || e.From >= h.From) {
			continue
		}
		if h.meets(e.From, e.Until) {
			return nil, refuseTaken(e, h)
		}
	}
	if own >= 0 && (e.Until == "" || e.From >= s.Holdings[own].From) {
		return s.giveAgain(e, s.Holdings[own]), nil
	}
	return []Event{e}, nil
}

// giveAgain is what a member who holds the number without an end is given more.
func (s BadgeState) giveAgain(e BadgeAssigned, held Holding) []Event {
	if e.From >= held.From && (e.Kind == BadgeMachine || held.Kind == BadgeStaff) {
		return None
	}
	if held.Kind == BadgeStaff {
		e.Kind = ""
	}
	e.From, e.Until = min(e.From, held.From), ""
	return []Event{e}
}

func refuseTaken(e BadgeAssigned, h Holding) error {
	switch {
	case h.Member == e.Member && h.Until != "":
		return Refuse("badge_held", "this member has the number %s from %s to %s already; choose other dates", e.Number, h.From, h.Until)
	case h.Member == e.Member:
		return Refuse("badge_held", "this member has the number %s from %s on already; choose other dates", e.Number, h.From)
	case h.Until == "":
		return Refuse("number_taken", "the number %s belongs to another member; release it or choose another", e.Number)
	}
	return Refuse("number_taken", "the number %s belonged to another member until %s; begin after that date", e.Number, h.Until)
}

// Provision gives the number to a new member, whose id follows from the badge's revision (events §1).
func (s BadgeState) Provision(org ID, number string, from Date) ([]Event, error) {
	return s.Assign(number, ProvisionedMemberID(org, number, s.Next), from)
}

// Release ends the holding of a member on a date, inclusive: of a 工号 not before its first day, of a machine's number as if it had never been.
func (s BadgeState) Release(number string, member ID, until Date) ([]Event, error) {
	i := s.ending(member, until)
	if i < 0 {
		return None, nil
	}
	first := s.Holdings[i].From
	if s.Holdings[i].Kind == BadgeMachine {
		first = first.AddDays(-1)
	}
	return []Event{BadgeReleased{Number: number, Member: member, Until: max(until, first)}}, nil
}

// ReleaseStaff ends the member's holding of a 工号; a number that has become a machine's stays.
func (s BadgeState) ReleaseStaff(number string, member ID, until Date) ([]Event, error) {
	if i := s.ending(member, until); i < 0 || s.Holdings[i].Kind != BadgeStaff {
		return None, nil
	}
	return s.Release(number, member, until)
}

// Undo takes a number from a member as if it had never been given: an import gave it by mistake.
func (s BadgeState) Undo(number string, member ID) ([]Event, error) {
	i := s.open(member)
	if i < 0 {
		return None, nil
	}
	return []Event{BadgeReleased{Number: number, Member: member, Until: s.Holdings[i].From.AddDays(-1)}}, nil
}

// TakeBack ends a machine's number on a date, inclusive. A date before its first day says that it was given by mistake.
func (s BadgeState) TakeBack(number string, member ID, until Date) ([]Event, error) {
	if i := s.ending(member, until); i >= 0 && s.Holdings[i].Kind == BadgeStaff {
		return nil, Refuse("badge_staff", "%s is the member's own number; change the number, or end the membership", number)
	}
	if !slices.ContainsFunc(s.Holdings, func(h Holding) bool { return h.Member == member }) {
		return nil, Refuse("badge_not_found", "this member has no such number")
	}
	return s.Release(number, member, until)
}
