package domain

import (
	"regexp"
	"strings"
)

// HandleClaimed gives a handle to an organization, whose sign-in name it is: number@handle. The organization then names it.
type HandleClaimed struct {
	Org    ID     `json:"org"`
	Handle string `json:"handle"`
}

// HandleReleased lets others claim a handle that the organization named no longer.
type HandleReleased struct {
	Org    ID     `json:"org"`
	Handle string `json:"handle"`
}

func (HandleClaimed) EventType() string  { return "HandleClaimed" }
func (HandleReleased) EventType() string { return "HandleReleased" }

// HandleLimit is how many characters a handle has at most, HandleLeast at least.
const (
	HandleLeast = 3
	HandleLimit = 32
)

var handleForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$`)

// Handle is an organization's handle as it is stored.
func (p *Problems) Handle(pointer, text string) string {
	if !handleForm.MatchString(text) {
		p.Add(pointer, "must have 3 to 32 of a-z, 0-9 and -, and begin and end with a letter or digit")
	}
	return text
}

// FoldHandle is a handle as a person may type it at the door: any case, blanks around it.
func FoldHandle(text string) string { return strings.ToLower(strings.TrimSpace(text)) }

// HandleState says who has a handle.
type HandleState struct {
	// Org has it, the nil id when nobody does.
	Org ID
}

// Evolve folds one event.
func (s HandleState) Evolve(r Recorded) HandleState {
	switch e := r.Event.(type) {
	case HandleClaimed:
		s.Org = e.Org
	case HandleReleased:
		s.Org = ID{}
	}
	return s
}

// Claim takes a handle that nobody has.
func (s HandleState) Claim(org ID, handle string) ([]Event, error) {
	switch s.Org {
	case org:
		return None, nil
	case ID{}:
		return []Event{HandleClaimed{Org: org, Handle: handle}}, nil
	}
	return nil, Refuse("handle_taken", "the handle %s belongs to another organization; choose another", handle)
}

// Release gives a handle back, if the organization has it.
func (s HandleState) Release(org ID, handle string) ([]Event, error) {
	if s.Org != org {
		return None, nil
	}
	return []Event{HandleReleased{Org: org, Handle: handle}}, nil
}
