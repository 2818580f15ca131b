package domain

import (
	"bytes"
	"encoding/json"
	"strings"
)

// GroupCreated makes an attendance group.
type GroupCreated struct {
	Group ID     `json:"group"`
	Name  string `json:"name"`
}

// RuleChanged publishes the whole rule document of a group; versions count from 1.
type RuleChanged struct {
	Version int `json:"version" min:"1"`
	// EffectiveFrom is the first workday under the rule; it may lie in the past or the future.
	EffectiveFrom Date `json:"effective_from"`
	// Rule is the document as published, whitespace aside.
	Rule RawRule `json:"rule"`
}

// GroupClosed ends a group without members.
type GroupClosed struct{}

// GroupLinked lets the group take a department, with all below it, from a local date on, inclusive: who is there belongs to the group, unless a
// nearer department is taken by another group, or a group was chosen for the member. Department left out is the whole organization.
type GroupLinked struct {
	Department *ID  `json:"department,omitempty"`
	From       Date `json:"from"`
}

// GroupUnlinked ends that from a local date on, inclusive.
type GroupUnlinked struct {
	Department *ID  `json:"department,omitempty"`
	From       Date `json:"from"`
}

// RuleLines says where line feeds belong into a rule document: into the notes of its penalties.
func RuleLines(pointer string) bool { return strings.HasSuffix(pointer, "/note") }

func (GroupCreated) EventType() string { return "GroupCreated" }
func (RuleChanged) EventType() string  { return "RuleChanged" }
func (GroupClosed) EventType() string  { return "GroupClosed" }

func (GroupLinked) EventType() string   { return "GroupLinked" }
func (GroupUnlinked) EventType() string { return "GroupUnlinked" }

// GroupState is an attendance group as its own stream tells it.
type GroupState struct {
	Exists bool
	Closed bool
	Name   string
	// Version is the last rule's version, 0 without a rule; Last is that rule.
	Version int
	Last    RuleChanged
	// Links are the departments that the group takes, the nil id being the whole organization.
	Links map[ID]LinkTimes
}

// Evolve folds one event.
func (s GroupState) Evolve(r Recorded) GroupState {
	switch e := r.Event.(type) {
	case GroupCreated:
		s.Exists, s.Name = true, e.Name
	case RuleChanged:
		s.Version, s.Last = e.Version, e
	case GroupClosed:
		s.Closed = true
	case GroupLinked:
		s.Links = put(s.Links, Whole(e.Department), s.Links[Whole(e.Department)].Begin(e.From))
	case GroupUnlinked:
		s.Links = put(s.Links, Whole(e.Department), s.Links[Whole(e.Department)].End(e.From))
	}
	return s
}

func errNoGroup() error { return Refuse("group_not_found", "there is no such open group") }

// Create makes the group, with its first rule if there is one.
func (s GroupState) Create(e GroupCreated, rule RawRule, from Date) ([]Event, error) {
	if s.Exists {
		return nil, Refuse("group_exists", "the group exists already")
	}
	events := []Event{e}
	if rule != nil {
		events = append(events, RuleChanged{Version: 1, EffectiveFrom: from, Rule: rule})
	}
	return events, nil
}

// ChangeRule publishes a whole rule document, already validated; from is its effective_from. The very document that was published last changes nothing.
func (s GroupState) ChangeRule(rule RawRule, from Date) ([]Event, error) {
	if !s.Exists || s.Closed {
		return nil, errNoGroup()
	}
	if s.Version > 0 && s.Last.EffectiveFrom == from && sameJSON(s.Last.Rule, rule) {
		return None, nil
	}
	return []Event{RuleChanged{Version: s.Version + 1, EffectiveFrom: from, Rule: rule}}, nil
}

// sameJSON compares two documents without their whitespace.
func sameJSON(a, b []byte) bool {
	var left, right bytes.Buffer
	return json.Compact(&left, a) == nil && json.Compact(&right, b) == nil && bytes.Equal(left.Bytes(), right.Bytes())
}

// Close ends a group; members says how many belong to it on a day or later.
func (s GroupState) Close(members int, today Date) ([]Event, error) {
	switch {
	case !s.Exists:
		return nil, errNoGroup()
	case s.Closed:
		return None, nil
	case members > 0:
		return nil, Refuse("group_not_empty", "the group has %d members; move them to another group first", members)
	case s.linked(today):
		return nil, Refuse("group_linked", "the group takes departments; take them from it first, so that nobody who joins comes into a group that is closed")
	}
	return []Event{GroupClosed{}}, nil
}
