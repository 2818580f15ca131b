package domain

import (
	"cmp"
	"slices"
)

// Posting is a time in a department, from a date on until the next one begins. From empty is from the beginning; Department nil is none.
type Posting struct {
	From       Date
	Department *ID
}

// Postings are a member's departments in the order of their dates. They are replaced, never changed.
type Postings []Posting

// PostedFirst is where a member begins.
func PostedFirst(department *ID) Postings { return Postings{{Department: department}} }

// Moved are the postings after a change. One without a date was recorded before departments had dates: it holds from the beginning.
func (p Postings) Moved(e MemberChanged) Postings {
	switch {
	case e.Department == nil:
		return p
	case e.DepartmentFrom == "":
		return PostedFirst(e.Department)
	}
	at, same := slices.BinarySearchFunc(p, e.DepartmentFrom, func(other Posting, from Date) int { return cmp.Compare(other.From, from) })
	if p = slices.Clone(p); same {
		p[at].Department = e.Department
		return p
	}
	return slices.Insert(p, at, Posting{From: e.DepartmentFrom, Department: e.Department})
}

// On is the department of a date, nil for none.
func (p Postings) On(date Date) *ID {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i].From <= date {
			return p[i].Department
		}
	}
	return nil
}

// Ever says that a department is among them on any date from one on.
func (p Postings) Ever(department ID, from Date) bool {
	for i := range p {
		over := i+1 < len(p) && p[i+1].From <= from
		if !over && p[i].Department != nil && *p[i].Department == department {
			return true
		}
	}
	return false
}
