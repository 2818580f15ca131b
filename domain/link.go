package domain

import (
	"cmp"
	"slices"
)

// LinkTime says that a group takes a department from a date on, or does so no longer, until the next one begins.
type LinkTime struct {
	From  Date
	Taken bool
}

// LinkTimes are those of one group and one department in the order of their dates. They are replaced, never changed.
type LinkTimes []LinkTime

// Begin are the times after a department was taken from a date on; the next that was planned stays.
func (l LinkTimes) Begin(from Date) LinkTimes { return l.set(LinkTime{from, true}) }

// End are the times after the department was given back from a date on, for good.
func (l LinkTimes) End(from Date) LinkTimes {
	before := slices.DeleteFunc(slices.Clone(l), func(t LinkTime) bool { return t.From > from })
	return before.set(LinkTime{from, false})
}

func (l LinkTimes) set(t LinkTime) LinkTimes {
	at, same := slices.BinarySearchFunc(l, t.From, func(other LinkTime, from Date) int { return cmp.Compare(other.From, from) })
	if l = slices.Clone(l); same {
		l[at] = t
		return l
	}
	return slices.Insert(l, at, t)
}

// On is the time in force on a date, Taken being false where none is.
func (l LinkTimes) On(date Date) (in LinkTime) {
	for _, t := range l {
		if t.From <= date {
			in = t
		}
	}
	return in
}

// Whole is a department as a key, the nil id standing for the whole organization.
func Whole(department *ID) ID {
	if department == nil {
		return ID{}
	}
	return *department
}

// linked says that a department is taken on a date or later.
func (s GroupState) linked(date Date) bool {
	for _, times := range s.Links {
		if times.On(date).Taken || slices.ContainsFunc(times, func(t LinkTime) bool { return t.Taken && t.From > date }) {
			return true
		}
	}
	return false
}

// Link lets the group take a department from a date on.
func (s GroupState) Link(e GroupLinked) ([]Event, error) {
	switch {
	case !s.Exists || s.Closed:
		return nil, errNoGroup()
	case s.Links[Whole(e.Department)].On(e.From).Taken:
		return None, nil
	}
	return []Event{e}, nil
}

// Unlink ends it from a date on.
func (s GroupState) Unlink(e GroupUnlinked) ([]Event, error) {
	times := s.Links[Whole(e.Department)]
	switch {
	case !s.Exists:
		return nil, errNoGroup()
	case len(times) == 0:
		return nil, Refuse("link_not_found", "the group takes no such department")
	case !times.On(e.From).Taken && !slices.ContainsFunc(times, func(t LinkTime) bool { return t.Taken && t.From > e.From }):
		return None, nil
	}
	return []Event{e}, nil
}
